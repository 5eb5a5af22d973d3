/* paceline-reaper - what was lost comes back; and the commands with which people look after the jobs. */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/listen.h"
#include "common/log.h"
#include "common/ops.h"
#include "common/role.h"
#include "common/supervisor.h"
#include "reaper/announce.h"
#include "reaper/duty.h"
#include "reaper/migrate.h"
#include "reaper/reclaim.h"
#include "sql.h"

static const ConfigSubcommand subcommands[] = {
    { "run", "look after the jobs until SIGTERM (the default)" },
    { "migrate", "bring the database to this program's schema" },
    { NULL, NULL },
};

enum { HANG_TIMEOUT_US = 120000000 }; /* above the longest answer of PostgreSQL and Kafka together */

static int
reclaim_run(Role *role, Config *config)
{
    Reclaim *reclaim = reclaim_new();
    if (reclaim == NULL) {
        return EXIT_CODE_MEMORY;
    }
    const Duty duty = { .lock = DUTY_RECLAIM,
                        .turn = reclaim_turn,
                        .online = reclaim_online,
                        .state = reclaim,
                        .interval_us = reclaim_interval_us };
    int exit_code = duty_run(role, config, &duty);
    reclaim_free(reclaim);
    return exit_code;
}

static int
announce_run(Role *role, Config *config)
{
    Announcer *announcer = announce_new();
    if (announcer == NULL) {
        return EXIT_CODE_MEMORY;
    }
    const Duty duty = { .lock = DUTY_ANNOUNCE,
                        .turn = announce_turn,
                        .online = announce_online,
                        .state = announcer,
                        .interval_us = announce_interval_us };
    int exit_code = duty_run(role, config, &duty);
    announce_free(announcer);
    return exit_code;
}

static int
role_run(Config *config)
{
    _cleanup_(role_done) Role role = ROLE_NONE;
    Err err = ERR_NONE;
    if (!role_begin(&role, &err)) {
        LOG_ERROR("role.begin", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    config_forget_environment();
    log_init("reaper", role.name, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (strcmp(role.name, "ops") == 0) {
        return ops_run(&role);
    }
    return strcmp(role.name, "reclaim") == 0 ? reclaim_run(&role, config) : announce_run(&role, config);
}

static int
run(const Config *config, char **argv)
{
    Err err = ERR_NONE;
    int ops_fd = -1;
    int port = 0;
    if (!listen_open(config->ops_listen.host, config->ops_listen.port, &ops_fd, &port, &err) ||
        !port_file_append(config->port_file, "reaper-ops", port, &err)) {
        LOG_ERROR("ops.listen", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    const RoleSpec roles[] = {
        { .name = "reclaim", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US },
        { .name = "announce", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US },
        { .name = "ops", .count = 1, .is_auxiliary = true },
    };
    const PassedFd fds[] = { { "ops", ops_fd } };
    const SupervisorSpec spec = { .program = "reaper",
                                  .argv = argv,
                                  .roles = roles,
                                  .role_count = 3,
                                  .fds = fds,
                                  .fd_count = 1,
                                  .drain_timeout_us = config->drain_timeout_s * 1000000,
                                  .restart_limit = config->restart_limit,
                                  .restart_window_us = config->restart_window_s * 1000000 };
    return supervisor_run(&spec);
}

static int
command_migrate(const Config *config)
{
    Err err = ERR_NONE;
    int applied = 0;
    _cleanup_(db_free_pointer) Db *db = db_new(config->database, "paceline-reaper migrate");
    if (db == NULL || !migrate_run(db, sql_migrations, &applied, &err)) {
        (void)fprintf(stderr, "paceline-reaper: %s\n", db == NULL ? "out of memory" : err.message);
        return EXIT_CODE_DATABASE;
    }
    printf("migrate: %d applied\n", applied);
    return EXIT_CODE_OK;
}

static int
command(Config *config, int argc, char **argv, int at)
{
    const char *name = at < argc ? argv[at] : "run";
    log_init("reaper", NULL, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (strcmp(name, "run") == 0 && at + 1 >= argc) {
        return role_requested() != NULL ? role_run(config) : run(config, argv);
    }
    if (strcmp(name, "migrate") == 0 && at + 1 == argc) {
        return command_migrate(config);
    }
    (void)fprintf(stderr, "paceline-reaper: %s: no such subcommand, or too many arguments; see --help\n",
                  name);
    return EXIT_CODE_USAGE;
}

int
main(int argc, char **argv)
{
    Config config;
    int at = 0;
    int exit_code = config_open(&config, CONFIG_REAPER, subcommands, argc, argv, &at);
    if (exit_code >= 0) {
        return exit_code;
    }
    exit_code = command(&config, argc, argv, at);
    config_done(&config);
    return exit_code;
}
