#include "common/program.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/listen.h"
#include "common/log.h"
#include "common/ops.h"
#include "common/supervisor.h"

#define SECOND_US INT64_C(1000000)
#define OPS_HANG_TIMEOUT_US (30 * SECOND_US)

static int
role_find_and_run(const Program *program, Role *role, Config *config)
{
    if (strcmp(role->name, "ops") == 0) {
        return ops_run(role);
    }
    for (size_t i = 0; i < program->role_count; i++) {
        if (strcmp(role->name, program->roles[i].name) == 0) {
            return program->roles[i].run(role, config);
        }
    }
    return EXIT_CODE_USAGE;
}

static int
role_main(const Program *program, Config *config)
{
    _cleanup_(role_done) Role role = ROLE_NONE;
    Err err = ERR_NONE;
    char slot[SLOT_NAME_SIZE + 16];
    if (!role_begin(&role, &err)) {
        LOG_ERROR("role.begin", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    config_forget_environment();
    (void)snprintf(slot, sizeof slot, "%s-%d", role.name, role.index);
    log_init(config_program_name(config->program), slot, (LogFormat)config->log_format,
             (LogLevel)config->log_level);
    return role_find_and_run(program, &role, config);
}

/* address_open listens, and tells the port to those who asked for any. */
static bool
address_open(const Config *config, const ProgramListen *listen, PassedFd *ret_fd, Err *err)
{
    int port = 0;
    ret_fd->name = listen->name;
    if (!listen_open(listen->address->host, listen->address->port, &ret_fd->fd, &port, err) ||
        !port_file_append(config->port_file, listen->name, port, err)) {
        return false;
    }
    LOG_INFO("listen.open", LOG_TEXT("name", listen->name), LOG_TEXT("host", listen->address->host),
             LOG_INT("port", port));
    return true;
}

static int
supervise(const Program *program, const Config *config, char **argv, PassedFd *fds, size_t fd_count)
{
    RoleSpec roles[PROGRAM_ROLES_MAX];
    size_t n = 0;
    for (; n < program->role_count && n + 1 < PROGRAM_ROLES_MAX; n++) {
        roles[n] = (RoleSpec){ .name = program->roles[n].name,
                               .count = program->roles[n].count,
                               .hang_timeout_us = program->roles[n].hang_timeout_us };
    }
    roles[n++] =
        (RoleSpec){ .name = "ops", .count = 1, .hang_timeout_us = OPS_HANG_TIMEOUT_US, .is_auxiliary = true };
    const SupervisorSpec spec = { .program = config_program_name(config->program),
                                  .argv = argv,
                                  .roles = roles,
                                  .role_count = n,
                                  .fds = fds,
                                  .fd_count = fd_count,
                                  .drain_timeout_us = config->drain_timeout_s * SECOND_US,
                                  .restart_limit = config->restart_limit,
                                  .restart_window_us = config->restart_window_s * SECOND_US };
    return supervisor_run(&spec);
}

int
program_run(const Program *program, Config *config, char **argv)
{
    Err err = ERR_NONE;
    PassedFd fds[PROGRAM_LISTENS_MAX];
    size_t n = 0;
    bool is_open = true;
    const ProgramListen ops = { .name = "ops", .address = &config->ops_listen };
    if (role_requested() != NULL) {
        return role_main(program, config);
    }
    for (size_t i = 0; is_open && i <= program->listen_count && n < PROGRAM_LISTENS_MAX; i++) {
        fds[n] = (PassedFd){ .fd = -1 };
        is_open =
            address_open(config, i == program->listen_count ? &ops : &program->listens[i], &fds[n], &err);
        n++;
    }
    if (!is_open) {
        LOG_ERROR("listen.open", LOG_FAILURE(&err));
    }
    int exit_code = is_open ? supervise(program, config, argv, fds, n) : EXIT_CODE_SYSTEM;
    for (size_t i = 0; i < n; i++) {
        close_fd(&fds[i].fd);
    }
    return exit_code;
}
