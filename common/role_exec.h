/* role_exec.h - how a supervisor's new process becomes a role: who it is stands in environment variables,
 * which role_begin reads and removes.
 *
 * For supervisor.c and role.c only.
 */
#ifndef PACELINE_ROLE_EXEC_H
#define PACELINE_ROLE_EXEC_H

#include <stddef.h>
#include <sys/types.h>

#include "common/supervisor.h"

#define ROLE_ENV_NAME "PACELINE_ROLE"
#define ROLE_ENV_INDEX "PACELINE_ROLE_INDEX"
#define ROLE_ENV_BOARD_FD "PACELINE_BOARD_FD"
#define ROLE_ENV_BOARD_SLOT "PACELINE_BOARD_SLOT" /* its place on the board */
#define ROLE_ENV_SUPERVISOR_FD "PACELINE_SUPERVISOR_FD"
#define ROLE_ENV_PASSED_FDS "PACELINE_PASSED_FDS" /* "name=fd,name=fd" */

typedef struct RoleExec {
    const char *name;
    int index;
    size_t board_slot;
    int board_fd, supervisor_fd;
    const PassedFd *fds; /* [fd_count] */
    size_t fd_count;
    pid_t supervisor;
    char **argv;
} RoleExec;

/* role_exec turns the calling process, fresh from fork, into the role: death signal, inherited fds,
 * environment, default signals and an empty mask, then this same program with argv. Does not return; ends
 * with EXIT_CODE_EXEC, or EXIT_CODE_SUPERVISOR_GONE if the supervisor has ended meanwhile. */
_Noreturn void role_exec(const RoleExec *role);

#endif
