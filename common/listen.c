#include "common/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

static bool
socket_listen(int fd, const struct sockaddr *address, socklen_t size, int *ret_port)
{
    struct sockaddr_storage bound = { 0 };
    socklen_t bound_size = sizeof bound;
    int yes = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || bind(fd, address, size) != 0 ||
        listen(fd, SOMAXCONN) != 0 || getsockname(fd, (struct sockaddr *)&bound, &bound_size) != 0) {
        return false;
    }
    *ret_port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                  : ((struct sockaddr_in *)&bound)->sin_port);
    return true;
}

bool
listen_open(const char *address, int port, int *ret_fd, int *ret_port, Err *err)
{
    const char *numeric = strcmp(address, "localhost") == 0 ? "127.0.0.1" : address;
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *found = NULL;
    char service[16];

    (void)snprintf(service, sizeof service, "%d", port);
    int result = port < 0 || port > 65535 ? EAI_SERVICE : getaddrinfo(numeric, service, &hints, &found);
    if (result != 0) {
        return err_set(err, ERR_INVALID_DATA, "listen", "listen: \"%s\" port %d: %s", address, port,
                       gai_strerror(result));
    }
    _cleanup_(close_fd) int fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    bool is_open = fd >= 0 && socket_listen(fd, found->ai_addr, found->ai_addrlen, ret_port);
    int error = errno;
    freeaddrinfo(found);
    if (!is_open) {
        return err_set(err, ERR_NETWORK, "listen", "listen: %s port %d: %s", address, port, strerror(error));
    }
    *ret_fd = fd;
    fd = -1;
    return true;
}

bool
port_file_append(const char *path, const char *name, int port, Err *err)
{
    char line[128];

    if (path == NULL || *path == '\0') {
        return true;
    }
    int length = snprintf(line, sizeof line, "%s %d\n", name, port);
    if (length < 0 || (size_t)length >= sizeof line) {
        return err_set(err, ERR_INVALID_DATA, "port_file", "port file: name \"%s\" is too long", name);
    }
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line, (size_t)length) != (ssize_t)length) {
        return err_set(err, ERR_UNKNOWN, "port_file", "port file: %s: %s", path, strerror(errno));
    }
    return true;
}
