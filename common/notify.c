#include "common/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/str.h"

/* The supervisor has one thread: nobody changes the environment meanwhile. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

bool
notify_send(const char *state, Err *err)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (path == NULL || *path == '\0') {
        return true;
    }
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length >= sizeof address.sun_path) {
        return err_set(err, ERR_INVALID_DATA, "notify",
                       "notify: NOTIFY_SOCKET is \"%s\", want a path or @name", path);
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* abstract: the length ends it, not a NUL */
    }
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (fd < 0 ||
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size) < 0) {
        return err_set(err, ERR_NETWORK, "notify", "notify: %s to %s: %s", state, path,
                       strerrordesc_np(errno));
    }
    return true;
}

int64_t
notify_watchdog_us(void)
{
    const char *interval = getenv("WATCHDOG_USEC");
    const char *owner = getenv("WATCHDOG_PID");
    int64_t interval_us = 0;
    int64_t pid = getpid();

    if (interval == NULL || !str_to_int64(interval, &interval_us) || interval_us <= 0) {
        return 0;
    }
    if (owner != NULL && (!str_to_int64(owner, &pid) || pid != getpid())) {
        return 0; /* meant for another process */
    }
    return interval_us / 2;
}

/* NOLINTEND(concurrency-mt-unsafe) */
