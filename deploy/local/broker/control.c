#include "deploy/local/broker/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/str.h"

enum { LINE_MAX_BYTES = 1024, WORDS_MAX = 5 };

typedef struct Client {
    int fd; /* -1 = free place */
    size_t length;
    char line[LINE_MAX_BYTES];
} Client;

struct Control {
    int listener;
    Cluster *cluster;
    struct sockaddr_un address;
    Client clients[CONTROL_CLIENTS_MAX];
};

typedef struct Command {
    const char *name;
    size_t numbers; /* how many numbers follow the name (and the topic, where there is one) */
    bool has_topic;
    const char *usage;
    bool (*obey)(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err);
} Command;

static bool
obey_create(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    return cluster_create_topic(cluster, topic, numbers[0], err);
}

static bool
obey_down(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    (void)topic;
    return cluster_set_up(cluster, numbers[0], false, err);
}

static bool
obey_up(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    (void)topic;
    return cluster_set_up(cluster, numbers[0], true, err);
}

static bool
obey_rtt(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    (void)topic;
    return cluster_set_rtt_ms(cluster, numbers[0], numbers[1], err);
}

static bool
obey_error(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    (void)topic;
    return cluster_push_errors(cluster, numbers[0], numbers[1], numbers[2], err);
}

static bool
obey_ping(Cluster *cluster, const char *topic, const int64_t *numbers, Err *err)
{
    (void)cluster;
    (void)topic;
    (void)numbers;
    (void)err;
    return true;
}

static const Command commands[] = {
    { "create", 1, true, "create TOPIC PARTITIONS", obey_create },
    { "down", 1, false, "down ID", obey_down },
    { "up", 1, false, "up ID", obey_up },
    { "rtt", 2, false, "rtt ID MS", obey_rtt },
    { "error", 3, false, "error APIKEY CODE COUNT", obey_error },
    { "ping", 0, false, "ping", obey_ping },
};

/* split cuts line at blanks and returns the number of words, WORDS_MAX + 1 if there are more. */
static size_t
split(char *line, char **words)
{
    size_t count = 0;
    char *save = NULL;
    char *word = strtok_r(line, " \t\r", &save);

    while (word != NULL && count < WORDS_MAX) {
        words[count++] = word;
        word = strtok_r(NULL, " \t\r", &save);
    }
    return word == NULL ? count : WORDS_MAX + 1;
}

static const Command *
command_find(const char *name)
{
    size_t i = 0;

    for (i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

bool
control_obey(Cluster *cluster, const char *line, Err *err)
{
    char copy[LINE_MAX_BYTES] = "";
    char *words[WORDS_MAX] = { NULL };
    int64_t numbers[WORDS_MAX] = { 0 };
    const Command *command = NULL;
    size_t count = 0;
    size_t first = 0;
    size_t i = 0;

    if (!str_copy(copy, sizeof copy, line)) {
        return err_set(err, ERR_INVALID_DATA, "line", "line too long");
    }
    count = split(copy, words);
    if (count == 0) {
        return err_set(err, ERR_INVALID_DATA, "line", "empty line");
    }
    command = command_find(words[0]);
    if (command == NULL) {
        return err_set(err, ERR_INVALID_DATA, "command", "unknown command: %.100s", words[0]);
    }
    first = command->has_topic ? 2 : 1;
    if (count != first + command->numbers) {
        return err_set(err, ERR_INVALID_DATA, "usage", "usage: %s", command->usage);
    }
    for (i = 0; i < command->numbers; i++) {
        if (!str_to_int64(words[first + i], &numbers[i])) {
            return err_set(err, ERR_INVALID_DATA, "usage", "not a number: %.100s; usage: %s",
                           words[first + i], command->usage);
        }
    }
    return command->obey(cluster, words[1], numbers, err);
}

/* path_is_free removes a socket that a killed broker left behind; one that answers is another
 * broker's, and anything else is not ours to remove. */
static bool
path_is_free(const struct sockaddr_un *address, Err *err)
{
    struct stat status = { 0 };
    _cleanup_(close_fd) int fd = -1;

    if (lstat(address->sun_path, &status) != 0) {
        return true; /* bind() tells of a folder that is missing */
    }
    if (!S_ISSOCK(status.st_mode)) {
        return err_set(err, ERR_INVALID_DATA, "control", "broker: %s exists and is no socket",
                       address->sun_path);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0) {
        return err_set(err, ERR_INVALID_DATA, "control", "broker: another broker listens at %s",
                       address->sun_path);
    }
    (void)unlink(address->sun_path);
    return true;
}

static bool
control_listen(Control *control, Err *err)
{
    mode_t mask = 0;
    int bound = 0;

    if (!path_is_free(&control->address, err)) {
        return false;
    }
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->listener < 0) {
        return err_set(err, ERR_UNKNOWN, "control", "broker: control socket: %s", strerrordesc_np(errno));
    }
    mask = umask(0177);
    bound = bind(control->listener, (const struct sockaddr *)&control->address, sizeof control->address);
    (void)umask(mask);
    if (bound != 0 || listen(control->listener, CONTROL_CLIENTS_MAX) != 0) {
        (void)err_set(err, ERR_UNKNOWN, "control", "broker: control socket %s: %s", control->address.sun_path,
                      strerrordesc_np(errno));
        close(control->listener);
        control->listener = -1;
        return false;
    }
    return true;
}

Control *
control_new(const char *path, Cluster *cluster, Err *err)
{
    Control *control = calloc(1, sizeof *control);
    size_t i = 0;

    if (control == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "broker: out of memory");
        return NULL;
    }
    control->listener = -1;
    control->cluster = cluster;
    control->address.sun_family = AF_UNIX;
    for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        control->clients[i].fd = -1;
    }
    if (!str_copy(control->address.sun_path, sizeof control->address.sun_path, path)) {
        err_set(err, ERR_INVALID_DATA, "control", "broker: path of control socket too long: %.300s", path);
        control_free(control);
        return NULL;
    }
    if (!control_listen(control, err)) {
        control_free(control);
        return NULL;
    }
    return control;
}

void
control_free(Control *control)
{
    size_t i = 0;

    if (control == NULL) {
        return;
    }
    for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        close_fd(&control->clients[i].fd);
    }
    if (control->listener >= 0) {
        close(control->listener);
        (void)unlink(control->address.sun_path);
    }
    free(control);
}

static void
client_close(Client *client)
{
    close(client->fd);
    client->fd = -1;
    client->length = 0;
}

/* client_answer closes the connection of someone who does not read: nothing here waits. */
static bool
client_answer(Client *client, const char *text)
{
    const size_t length = strlen(text);

    if (send(client->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length) {
        client_close(client);
        return false;
    }
    return true;
}

static bool
client_obey(Client *client, Cluster *cluster, const char *line)
{
    Err err = ERR_NONE;
    char reply[sizeof err.message + 16] = "ok\n";

    if (!control_obey(cluster, line, &err)) {
        (void)snprintf(reply, sizeof reply, "error %s\n", err.message); /* the buffer holds the longest */
    }
    return client_answer(client, reply);
}

/* client_lines obeys the whole lines that have come and keeps the rest. */
static void
client_lines(Client *client, Cluster *cluster)
{
    char *end = NULL;

    while ((end = memchr(client->line, '\n', client->length)) != NULL) {
        const size_t used = (size_t)(end - client->line) + 1;

        *end = '\0';
        if (!client_obey(client, cluster, client->line)) {
            return;
        }
        memmove(client->line, client->line + used, client->length - used);
        client->length -= used;
    }
    if (client->length == sizeof client->line && client_answer(client, "error line too long\n")) {
        client_close(client);
    }
}

static void
client_read(Client *client, Cluster *cluster)
{
    const ssize_t got =
        recv(client->fd, client->line + client->length, sizeof client->line - client->length, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        client_close(client);
        return;
    }
    client->length += (size_t)got;
    client_lines(client, cluster);
}

static void
client_accept(Control *control)
{
    const int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    size_t i = 0;

    if (fd < 0) {
        return;
    }
    for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (control->clients[i].fd < 0) {
            control->clients[i].fd = fd;
            control->clients[i].length = 0;
            return;
        }
    }
    (void)send(fd, "error too many connections\n", 27, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

size_t
control_poll_fill(const Control *control, struct pollfd *fds)
{
    size_t i = 0;

    fds[0] = (struct pollfd){ .fd = control->listener, .events = POLLIN };
    for (i = 0; i < CONTROL_CLIENTS_MAX; i++) { /* poll() passes over -1 */
        fds[i + 1] = (struct pollfd){ .fd = control->clients[i].fd, .events = POLLIN };
    }
    return CONTROL_POLL_MAX;
}

void
control_poll_serve(Control *control, const struct pollfd *fds, size_t count)
{
    size_t i = 0;

    for (i = 1; i < count; i++) {
        if (fds[i].fd >= 0 && fds[i].revents != 0) {
            client_read(&control->clients[i - 1], control->cluster);
        }
    }
    if (fds[0].revents != 0) {
        client_accept(control);
    }
}
