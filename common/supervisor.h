/* supervisor.h - the parent of a program's role processes: forks, executes, waits, restarts, ends them.
 *
 * How a main uses it (configuration is read by both sides, since roles are executed with the same argv):
 *
 *     if (role_requested() == NULL) {                       // the supervisor
 *         int ops_fd = -1, port = 0;
 *         if (!listen_open(config.ops_address, config.ops_port, &ops_fd, &port, &err)) ...
 *         RoleSpec roles[] = { { .name = "slot", .count = config.slots, .hang_timeout_us = config.lease_us },
 *                              { .name = "ops", .count = 1, .is_auxiliary = true } };
 *         PassedFd fds[] = { { "ops", ops_fd } };
 *         SupervisorSpec spec = { .program = "worker", .argv = argv, .roles = roles, .role_count = 2,
 *                                 .fds = fds, .fd_count = 1, .drain_timeout_us = config.drain_timeout_us };
 *         return supervisor_run(&spec);
 *     }
 *     _cleanup_(role_done) Role role = ROLE_NONE; // a role
 *     if (!role_begin(&role, &err)) ...
 *     return strcmp(role.name, "ops") == 0 ? ops_run(&role) : slot_run(&role, &config);
 *
 * It holds no Kafka or PostgreSQL handle and does nothing that blocks; what can block is in a role. As PID 1
 * it reaps strangers too. It logs: role.start, role.end (in a drain), process.died (with the job the board
 * names), process.hung, supervisor.drain, supervisor.force, supervisor.end. SIGTERM and SIGINT drain, a
 * second one kills, SIGHUP goes to the roles. Linux only: memfd, signalfd, PR_SET_PDEATHSIG.
 */
#ifndef PACELINE_SUPERVISOR_H
#define PACELINE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum RestartPolicy {
    RESTART_ALWAYS, /* whatever its end, unless EXIT_CODE_CONFIG */
    RESTART_NEVER,  /* its end drains the program, which exits with its code */
} RestartPolicy;

typedef struct RoleSpec {
    const char *name; /* below SLOT_NAME_SIZE bytes */
    int count;
    RestartPolicy restart;
    int64_t hang_timeout_us; /* a heartbeat older than this: SIGKILL; 0 = not watched. Also the time to the
                                first tick */
    bool is_auxiliary;       /* ops: ended last, not counted as the program's duty */
} RoleSpec;

typedef struct PassedFd {
    const char *name; /* role_fd(role, name) finds it; no '=' or ',' */
    int fd;           /* the caller's; stays open */
} PassedFd;

/* A time or limit of 0 means its default. */
typedef struct SupervisorSpec {
    const char *program; /* producer, worker, reaper */
    char **argv;         /* main's own, NULL-terminated */
    const RoleSpec *roles;
    size_t role_count;
    const PassedFd *fds;
    size_t fd_count;
    int64_t drain_timeout_us; /* 25 s: below the 30 s after which Kubernetes kills */
    int restart_limit;        /* 5 restarts of one slot ... (at most SUPERVISOR_RESTART_LIMIT_MAX) */
    int64_t
        restart_window_us; /* ... in 60 s: not ready; and the end, if it is the program's only role process */
    int64_t restart_base_us;  /* 100 ms, doubling ... */
    int64_t restart_cap_us;   /* ... to 30 s, less up to half by jitter */
    int64_t restart_reset_us; /* 60 s up: back to the first delay */
} SupervisorSpec;

#define SUPERVISOR_RESTART_LIMIT_MAX 32

/* supervisor_run starts the roles and returns when all have ended: an ExitCode. EXIT_CODE_OK after a clean
 * drain; EXIT_CODE_FORCED when some had to be killed; EXIT_CODE_CONFIG and that of a RESTART_NEVER role as
 * they ended; EXIT_CODE_RESTART_LIMIT; EXIT_CODE_SYSTEM or EXIT_CODE_MEMORY when it could not begin. */
int supervisor_run(const SupervisorSpec *spec);

#endif
