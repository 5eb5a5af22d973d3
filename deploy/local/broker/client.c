#include "deploy/local/broker/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "common/str.h"

static bool
client_connect(int fd, const char *path, Err *err)
{
    const struct timeval limit = { .tv_sec = 10 };
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (!str_copy(address.sun_path, sizeof address.sun_path, path)) {
        return err_set(err, ERR_INVALID_DATA, "control", "path of control socket too long: %.300s", path);
    }
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return err_set(err, ERR_NETWORK, "control", "%s: %s", path, strerrordesc_np(errno));
    }
    return true;
}

/* client_read_line reads up to the newline, or up to what fits. */
static bool
client_read_line(int fd, char *line, size_t size, Err *err)
{
    size_t length = 0;

    while (length + 1 < size && memchr(line, '\n', length) == NULL) {
        const ssize_t got = recv(fd, line + length, size - 1 - length, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(err, ERR_NETWORK, "control", "no answer: %s",
                           got == 0 ? "connection closed" : strerrordesc_np(errno));
        }
        length += (size_t)got;
    }
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

bool
client_say(const char *path, char *const *words, size_t count, Err *err)
{
    _cleanup_(str_done) Str line = STR_EMPTY;
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char reply[1024] = "";
    size_t i = 0;

    for (i = 0; i < count; i++) {
        str_append_format(&line, "%s%s", i == 0 ? "" : " ", words[i]);
    }
    str_append_char(&line, '\n');
    if (!str_ok(&line)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    if (!client_connect(fd, path, err)) {
        return false;
    }
    if (send(fd, str_text(&line), line.length, MSG_NOSIGNAL) != (ssize_t)line.length) {
        return err_set(err, ERR_NETWORK, "control", "%s: %s", path, strerrordesc_np(errno));
    }
    if (!client_read_line(fd, reply, sizeof reply, err)) {
        return false;
    }
    if (strcmp(reply, "ok") != 0) {
        return err_set(err, ERR_INVALID_DATA, "refused", "%s",
                       strncmp(reply, "error ", 6) == 0 ? reply + 6 : reply);
    }
    return true;
}
