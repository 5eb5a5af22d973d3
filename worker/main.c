/* paceline-worker - Kafka in, claim, run, finish. The supervisor starts `slots` slots and the ops endpoint.
 */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/program.h"
#include "common/role.h"
#include "worker/file/run_file.h"
#include "worker/slot.h"

static const ConfigSubcommand subcommands[] = {
    { "run", "take jobs until SIGTERM (the default)" },
    { "run-one KIND KEY", "claim one job by its key and run it here, with its log on the terminal" },
    { "run-one --file FILE [--json] [--sport SPORT] [SETTING...]",
      "compute an activity's file (FIT, GPX, TCX, JSON) here and print it, without database and Kafka; the "
      "athlete's settings are --ftp, --cp, --w-prime, --lthr, --max-hr, --rest-hr, --threshold-speed, "
      "--female" },
    { NULL, NULL },
};

static int
run(Config *config, char **argv)
{
    const ProgramRole roles[] = { { .name = "slot",
                                    .count = config->slots,
                                    .hang_timeout_us = config->hang_timeout_s * 1000000,
                                    .run = slot_run } };
    return program_run(&(Program){ .roles = roles, .role_count = 1 }, config, argv);
}

static int
run_one(const Config *config, int argc, char **argv)
{
    Role role;
    Err err = ERR_NONE;
    if (argc > 1 && argv[1][0] == '-') {
        return run_file(config, argc, argv);
    }
    if (argc != 3) {
        (void)fputs("paceline-worker: run-one takes a kind and a key, or --file FILE\n", stderr);
        return EXIT_CODE_USAGE;
    }
    if (!role_begin_alone(&role, "run-one", &err)) {
        LOG_ERROR("role.begin", LOG_FAILURE(&err));
        return EXIT_CODE_SYSTEM;
    }
    log_init("worker", "run-one", (LogFormat)config->log_format, LOG_LEVEL_DEBUG);
    int exit_code = slot_run_one(&role, config, argv[1], argv[2]);
    role_done(&role);
    return exit_code;
}

static int
command(Config *config, int argc, char **argv, int at)
{
    const char *name = at < argc ? argv[at] : "run";
    log_init("worker", NULL, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (strcmp(name, "run") == 0 && at + 1 >= argc) {
        return run(config, argv);
    }
    if (strcmp(name, "run-one") == 0) {
        return run_one(config, argc - at, argv + at);
    }
    (void)fprintf(stderr, "paceline-worker: %s: no such subcommand, or too many arguments; see --help\n",
                  name);
    return EXIT_CODE_USAGE;
}

int
main(int argc, char **argv)
{
    Config config;
    int at = 0;
    int exit_code = config_open(&config, CONFIG_WORKER, subcommands, argc, argv, &at);
    if (exit_code >= 0) {
        return exit_code;
    }
    exit_code = command(&config, argc, argv, at);
    config_done(&config);
    return exit_code;
}
