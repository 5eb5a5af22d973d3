#include "common/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/exit_code.h"
#include "common/metrics.h"
#include "common/role_exec.h"
#include "common/str.h"

/* Called before any library may start a thread: nobody else reads the environment. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

const char *
role_requested(void)
{
    const char *name = getenv(ROLE_ENV_NAME);
    return name != NULL && *name != '\0' ? name : NULL;
}

/* env_number reads a small number that the supervisor wrote, and removes it from the environment. */
static bool
env_number(const char *name, int *ret_number, Err *err)
{
    const char *text = getenv(name);
    int64_t number = -1;

    if (text == NULL || !str_to_int64(text, &number) || number < 0 || number > INT32_MAX) {
        return err_set(err, ERR_INVALID_DATA, "role", "role: %s is \"%s\", want a number from the supervisor",
                       name, text == NULL ? "" : text);
    }
    *ret_number = (int)number;
    (void)unsetenv(name);
    return true;
}

static bool
fd_set_cloexec(int fd)
{
    int flags = fcntl(fd, F_GETFD);
    return flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0;
}

/* passed_fds_read parses "name=fd,name=fd". */
static bool
passed_fds_read(Role *role, Err *err)
{
    const char *text = getenv(ROLE_ENV_PASSED_FDS);
    const char *at = text == NULL ? "" : text;

    while (*at != '\0') {
        size_t length = strcspn(at, ",");
        const char *equals = memchr(at, '=', length);
        char number[16] = "";
        int64_t fd = -1;
        if (equals == NULL || role->fd_count == ROLE_FDS_MAX || (size_t)(equals - at) >= SLOT_NAME_SIZE ||
            length - (size_t)(equals - at) - 1 >= sizeof number) {
            return err_set(err, ERR_INVALID_DATA, "role", "role: %s is \"%s\", want name=fd,...",
                           ROLE_ENV_PASSED_FDS, text);
        }
        memcpy(number, equals + 1, length - (size_t)(equals - at) - 1);
        if (!str_to_int64(number, &fd) || fd < 0 || fd > INT32_MAX || !fd_set_cloexec((int)fd)) {
            return err_set(err, ERR_INVALID_DATA, "role", "role: %s is \"%s\": fd %s is not open",
                           ROLE_ENV_PASSED_FDS, text, number);
        }
        memcpy(role->fds[role->fd_count].name, at, (size_t)(equals - at));
        role->fds[role->fd_count].fd = (int)fd;
        role->fd_count++;
        at += length + (at[length] == ',');
    }
    (void)unsetenv(ROLE_ENV_PASSED_FDS);
    return true;
}

static void
role_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGHUP);
}

static bool
signals_take(Role *role, Err *err)
{
    sigset_t signals;

    role_signals(&signals);
    role->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (role->signal_fd < 0 || pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0 ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return err_set(err, ERR_UNKNOWN, "role", "role: signalfd: %s", strerrordesc_np(errno));
    }
    return true;
}

static bool
role_inherit(Role *role, Err *err)
{
    int board_fd = -1;
    int slot = -1;

    if (!str_copy(role->name, sizeof role->name, getenv(ROLE_ENV_NAME))) {
        return err_set(err, ERR_INVALID_DATA, "role", "role: %s is too long", ROLE_ENV_NAME);
    }
    if (!env_number(ROLE_ENV_INDEX, &role->index, err) || !env_number(ROLE_ENV_BOARD_FD, &board_fd, err) ||
        !env_number(ROLE_ENV_BOARD_SLOT, &slot, err) ||
        !env_number(ROLE_ENV_SUPERVISOR_FD, &role->supervisor_fd, err) || !passed_fds_read(role, err)) {
        return false;
    }
    if (!fd_set_cloexec(board_fd) || !fd_set_cloexec(role->supervisor_fd)) {
        return err_set(err, ERR_INVALID_DATA, "role", "role: fd %d or %d is not open", board_fd,
                       role->supervisor_fd);
    }
    role->board = board_open(board_fd, err);
    if (role->board == NULL) {
        return false;
    }
    if ((size_t)slot >= board_count(role->board)) {
        return err_set(err, ERR_INVALID_DATA, "role", "role: slot %d of %zu", slot, board_count(role->board));
    }
    role->slot = board_slot(role->board, (size_t)slot);
    (void)unsetenv(ROLE_ENV_NAME);
    return true;
}

/* NOLINTEND(concurrency-mt-unsafe) */

bool
role_begin(Role *ret_role, Err *err)
{
    Role role = ROLE_NONE;

    if (role_requested() == NULL) {
        return err_set(err, ERR_INVALID_DATA, "role", "role: %s is not set: no supervisor", ROLE_ENV_NAME);
    }
    if (!role_inherit(&role, err) || !signals_take(&role, err)) {
        role_done(&role);
        return false;
    }
    (void)prctl(PR_SET_NAME, program_invocation_short_name); /* /proc/self/exe would be listed as "exe" */
    metrics_use(role.slot);
    *ret_role = role;
    role_tick(ret_role);
    return true;
}

bool
role_begin_alone(Role *ret_role, const char *name, Err *err)
{
    Role role = ROLE_NONE;

    (void)str_copy(role.name, sizeof role.name, name);
    role.slot = slot_new_private(name, 0);
    if (role.slot == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "role", "role: no memory for the slot of %s", name);
    }
    if (!signals_take(&role, err)) {
        role_done(&role);
        return false;
    }
    metrics_use(role.slot);
    *ret_role = role;
    role_tick(ret_role);
    return true;
}

void
role_done(Role *role)
{
    metrics_use(NULL);
    if (role->board != NULL) {
        board_free(role->board);
    } else {
        slot_free_private(role->slot);
    }
    if (role->supervisor_fd >= 0) {
        close(role->supervisor_fd);
    }
    if (role->signal_fd >= 0) {
        close(role->signal_fd);
    }
    *role = ROLE_NONE;
}

int
role_fd(const Role *role, const char *name)
{
    for (size_t i = 0; i < role->fd_count; i++) {
        if (strcmp(role->fds[i].name, name) == 0) {
            return role->fds[i].fd;
        }
    }
    return -1;
}

static void
signal_apply(Role *role, uint32_t number)
{
    bool has_supervisor = role->supervisor_fd >= 0;

    if (number == SIGHUP) {
        role->wants_reload = true;
    } else if (number == SIGTERM || !has_supervisor) {
        role->is_forced = role->is_forced || (role->is_draining && !has_supervisor);
        role->is_draining = true;
    }
}

void
role_tick(Role *role)
{
    struct pollfd fds[] = { { .fd = role->signal_fd, .events = POLLIN },
                            { .fd = role->supervisor_fd, .events = POLLIN } };
    struct signalfd_siginfo info;

    slot_tick(role->slot);
    if (poll(fds, 2, 0) <= 0) {
        return;
    }
    while (fds[0].revents != 0 && read(role->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        signal_apply(role, info.ssi_signo);
    }
    if (fds[1].revents != 0) { /* nobody ever writes to it: it is the end of the supervisor */
        role->is_supervisor_gone = true;
        role->is_draining = true;
        role->is_forced = true;
    }
}

bool
role_draining(const Role *role)
{
    return role->is_draining;
}

bool
role_forced(const Role *role)
{
    return role->is_forced;
}

int
role_exit_code(const Role *role)
{
    if (role->is_supervisor_gone) {
        return EXIT_CODE_SUPERVISOR_GONE;
    }
    return role->is_forced ? EXIT_CODE_FORCED : EXIT_CODE_OK;
}

bool
role_take_reload(Role *role)
{
    bool wanted = role->wants_reload;
    role->wants_reload = false;
    return wanted;
}
