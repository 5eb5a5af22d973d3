/* program.h - how each of the three programs runs: as the supervisor of its roles, or as one of them.
 *
 * A program is a table of roles and of the addresses it listens on. The role `ops` and its address are every
 * program's and are added here. Sockets are opened before the roles start, so that several processes can
 * share one.
 */
#ifndef PACELINE_PROGRAM_H
#define PACELINE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/role.h"

enum { PROGRAM_ROLES_MAX = 8, PROGRAM_LISTENS_MAX = 4 };

typedef struct ProgramRole {
    const char *name;
    int count;
    int64_t hang_timeout_us;                /* as RoleSpec's */
    int (*run)(Role *role, Config *config); /* until the role drains; returns an ExitCode */
} ProgramRole;

typedef struct ProgramListen {
    const char
        *name; /* role_fd(role, name) finds the socket, and the port file has its port under this name */
    const NetAddress *address;
} ProgramListen;

typedef struct Program {
    const ProgramRole *roles;
    size_t role_count; /* below PROGRAM_ROLES_MAX */
    const ProgramListen *listens;
    size_t listen_count; /* below PROGRAM_LISTENS_MAX */
} Program;

/* program_run is the subcommand `run`: in the process the user started it supervises until SIGTERM, in a
 * role's process it runs that role. Returns an ExitCode; argv is main's own. */
int program_run(const Program *program, Config *config, char **argv);

#endif
