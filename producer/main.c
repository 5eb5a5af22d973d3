/* paceline-producer - the front door: what enters becomes a message in Kafka.
 *
 *   run      supervisor of the roles: wal (announcements in the WAL), http (requests), ops (/livez, /readyz,
 * /metrics) topics   makes the topics that are missing
 */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config.h"
#include "common/exit_code.h"
#include "common/listen.h"
#include "common/log.h"
#include "common/ops.h"
#include "common/role.h"
#include "common/supervisor.h"
#include "producer/http/http.h"
#include "producer/topics.h"
#include "producer/wal.h"

#define SECOND_US INT64_C(1000000)

static const ConfigSubcommand subcommands[] = {
    { "run", "read announcements and requests, send them to Kafka (the default)" },
    { "topics", "make the topics of all adopted kinds where they are missing" },
    { NULL, NULL },
};

static int
role_run(Config *config)
{
    Role role;
    Err err = ERR_NONE;
    char slot[SLOT_NAME_SIZE + 16];
    int code = EXIT_CODE_USAGE;

    config_forget_environment();
    if (!role_begin(&role, &err)) {
        LOG_ERROR("role.start", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    (void)snprintf(slot, sizeof(slot), "%s-%d", role.name, role.index);
    log_init("producer", slot, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (strcmp(role.name, "ops") == 0) {
        code = ops_run(&role);
    } else if (strcmp(role.name, "wal") == 0) {
        code = wal_run(&role, config);
    } else if (strcmp(role.name, "http") == 0) {
        code = http_run(&role, config);
    }
    role_done(&role);
    return code;
}

/* address_open listens and tells the port to those who asked for any. */
static bool
address_open(const Config *config, const char *name, const NetAddress *address, int *ret_fd, Err *err)
{
    int port = 0;

    if (!listen_open(address->host, address->port, ret_fd, &port, err) ||
        !port_file_append(config->port_file, name, port, err)) {
        return false;
    }
    LOG_INFO("listen.open", LOG_TEXT("name", name), LOG_TEXT("host", address->host), LOG_INT("port", port));
    return true;
}

static int
supervise(const Config *config, char **argv)
{
    _cleanup_(close_fd) int http_fd = -1;
    _cleanup_(close_fd) int ops_fd = -1;
    Err err = ERR_NONE;

    log_init("producer", NULL, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (!address_open(config, "http", &config->http_listen, &http_fd, &err) ||
        !address_open(config, "ops", &config->ops_listen, &ops_fd, &err)) {
        LOG_ERROR("listen.open", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    const RoleSpec roles[] = {
        { .name = "wal", .count = 1, .hang_timeout_us = WAL_HANG_TIMEOUT_US },
        { .name = "http", .count = config->http_processes, .hang_timeout_us = HTTP_HANG_TIMEOUT_US },
        { .name = "ops", .count = 1, .hang_timeout_us = 30 * SECOND_US, .is_auxiliary = true },
    };
    const PassedFd fds[] = { { "http", http_fd }, { "ops", ops_fd } };
    return supervisor_run(&(SupervisorSpec){ .program = "producer",
                                             .argv = argv,
                                             .roles = roles,
                                             .role_count = sizeof(roles) / sizeof(roles[0]),
                                             .fds = fds,
                                             .fd_count = sizeof(fds) / sizeof(fds[0]),
                                             .drain_timeout_us = config->drain_timeout_s * SECOND_US,
                                             .restart_limit = config->restart_limit,
                                             .restart_window_us = config->restart_window_s * SECOND_US });
}

static int
command_run(Config *config, char **argv, const char *command)
{
    if (role_requested() != NULL) {
        return role_run(config);
    }
    if (strcmp(command, "topics") == 0) {
        config_forget_environment();
        return topics_command(config);
    }
    if (strcmp(command, "run") == 0) {
        return supervise(config, argv);
    }
    (void)fprintf(stderr, "paceline-producer: unknown command \"%s\"; --help lists them\n", command);
    return EXIT_CODE_USAGE;
}

int
main(int argc, char **argv)
{
    Config config;
    int argi = argc;
    int code = config_open(&config, CONFIG_PRODUCER, subcommands, argc, argv, &argi);

    if (code >= 0) {
        return code;
    }
    if (argi + 1 < argc) {
        (void)fprintf(stderr, "paceline-producer: unexpected argument \"%s\"\n", argv[argi + 1]);
        code = EXIT_CODE_USAGE;
    } else {
        code = command_run(&config, argv, argi < argc ? argv[argi] : "run");
    }
    config_done(&config);
    return code;
}
