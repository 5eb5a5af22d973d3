#include "deploy/local/broker/ports.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"

typedef int (*BindFunction)(int, __CONST_SOCKADDR_ARG, socklen_t);

/* Global because bind() has no argument to carry it. Written by ports_want before librdkafka has a
 * thread; afterwards only `next` changes. */
static struct {
    uint16_t ports[PORTS_MAX];
    size_t count;
    atomic_size_t next;
} wanted;

void
ports_want(const uint16_t *ports, size_t count)
{
    memcpy(wanted.ports, ports, count * sizeof *ports);
    wanted.count = count;
    atomic_store(&wanted.next, 0);
}

static int
real_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    static BindFunction function; /* threads that race here store the same value */
    void *symbol = NULL;

    if (function == NULL) {
        symbol = dlsym(RTLD_NEXT, "bind");
        if (symbol == NULL) {
            errno = ENOSYS;
            return -1;
        }
        memcpy(&function, &symbol, sizeof function);
    }
    return function(fd, address, length);
}

/* bind stands in front of the C library's. A broker that was set down and comes up again binds its
 * old port, not 0; it too may find connections of before in TIME_WAIT, so every loopback listener
 * may reuse its address. */
__attribute__((visibility("default"))) int
bind(int fd, __CONST_SOCKADDR_ARG any_address, socklen_t length)
{
    const struct sockaddr *address = any_address.__sockaddr__;
    struct sockaddr_in inet = { .sin_port = 0 };
    const int on = 1;
    size_t i = 0;

    if (address->sa_family != AF_INET || length < sizeof inet) {
        return real_bind(fd, address, length);
    }
    memcpy(&inet, address, sizeof inet);
    if (inet.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) {
        return real_bind(fd, address, length);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet.sin_port != 0) {
        return real_bind(fd, address, length);
    }
    i = atomic_fetch_add(&wanted.next, 1);
    inet.sin_port = htons(i < wanted.count ? wanted.ports[i] : 0);
    return real_bind(fd, (const struct sockaddr *)&inet, sizeof inet);
}

static bool
port_is_free(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    _cleanup_(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
}

bool
ports_are_free(const uint16_t *ports, size_t count, Err *err)
{
    size_t i = 0;

    for (i = 0; i < count; i++) {
        if (ports[i] != 0 && !port_is_free(ports[i])) {
            return err_set(err, ERR_UNKNOWN, "listen", "broker: cannot listen on 127.0.0.1:%u: %s",
                           (unsigned)ports[i], strerrordesc_np(errno));
        }
    }
    return true;
}
