/* role.h - a role process's own side of its supervisor: who it is, when to stop.
 *
 * A role is one process of one thread with one poll loop:
 *
 *     while (!role_draining(&role)) {
 *         struct pollfd fds[] = { { role.signal_fd, POLLIN, 0 }, { role.supervisor_fd, POLLIN, 0 }, ... };
 *         poll(fds, n, timeout);   // at most 1 s, and below a third of the hang timeout
 *         role_tick(&role);        // reads signals, stamps the heartbeat
 *         ...
 *     }
 *     // drain: stop taking, finish or give back, commit, leave; keep ticking; stop at once when
 * role_forced(&role)
 *
 * Long work calls role_tick between its steps. Under a supervisor only SIGTERM drains and repeating it
 * changes nothing: a terminal's Ctrl-C or a service manager may signal the whole group, and forcing is the
 * supervisor's (SIGKILL). Without one, SIGINT and SIGTERM drain and a second one forces. When its supervisor
 * ends, a role is killed by the kernel (PR_SET_PDEATHSIG); the pipe's end-of-file backs that up and counts as
 * draining and forced.
 */
#ifndef PACELINE_ROLE_H
#define PACELINE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/slots.h"

#define ROLE_FDS_MAX 8

typedef struct Role {
    char name[SLOT_NAME_SIZE];
    int index;         /* 0, 1, ... within the role */
    Slot *slot;        /* never NULL; private memory without a supervisor */
    Board *board;      /* NULL without a supervisor */
    int signal_fd;     /* readable when a signal waits: poll it, let role_tick read it */
    int supervisor_fd; /* readable (end-of-file) when the supervisor is gone; -1 without one */
    struct {
        char name[SLOT_NAME_SIZE];
        int fd;
    } fds[ROLE_FDS_MAX]; /* handed down; role_fd finds them */
    size_t fd_count;
    bool is_draining, is_forced, is_supervisor_gone, wants_reload;
} Role;

#define ROLE_NONE ((Role){ .signal_fd = -1, .supervisor_fd = -1 })

/* role_requested returns the role this process was started for, or NULL: then main is the supervisor, or a
 * command. Read from the environment (PACELINE_ROLE), so that argv stays the user's. */
const char *role_requested(void);

/* role_begin takes over what the supervisor handed down: maps the board, sends the metrics to its slot,
 * blocks SIGTERM, SIGINT and SIGHUP in favour of signal_fd, ignores SIGPIPE. Call once, before any library
 * that starts threads (librdkafka): they inherit the mask. */
MUST_CHECK bool role_begin(Role *ret_role, Err *err);

/* role_begin_alone is the same for a process without a supervisor (run-one, tests). */
MUST_CHECK bool role_begin_alone(Role *ret_role, const char *name, Err *err);

/* role_done releases what role_begin took; ROLE_NONE is fine. The signals stay blocked, so that the process
 * ends with its exit code whatever comes. For `_cleanup_(role_done) Role role = ROLE_NONE;`. */
void role_done(Role *role);

/* role_fd returns the file descriptor handed down under this name (SupervisorSpec.fds), or -1. Close-on-exec.
 */
int role_fd(const Role *role, const char *name);

/* role_tick stamps the heartbeat and reads waiting signals; never blocks. */
void role_tick(Role *role);

/* role_draining: take nothing new. role_forced: exit now, killing is always safe. role_exit_code says what to
 * end with after the drain. */
bool role_draining(const Role *role);
bool role_forced(const Role *role);
int role_exit_code(const Role *role);

/* role_take_reload is true once after each SIGHUP. */
bool role_take_reload(Role *role);

#endif
