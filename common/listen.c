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
    union {
        struct sockaddr_storage any;
        struct sockaddr plain;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = { .any = { 0 } };
    socklen_t bound_size = sizeof bound;
    int yes = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, address, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, &bound.plain, &bound_size) != 0) {
        return false;
    }
    *ret_port = ntohs(bound.any.ss_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
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
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    bool is_open = socket_listen(fd, found->ai_addr, found->ai_addrlen, ret_port);
    int error = errno;
    freeaddrinfo(found);
    if (!is_open) {
        close_fd(&fd);
        return err_set(err, ERR_NETWORK, "listen", "listen: %s port %d: %s", address, port,
                       strerrordesc_np(error));
    }
    *ret_fd = fd;
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
        return err_set(err, ERR_UNKNOWN, "port_file", "port file: %s: %s", path, strerrordesc_np(errno));
    }
    return true;
}
