/* paceline-worker - Kafka in, claim, run, finish. The supervisor starts `slots` slots and the ops endpoint.
 */
#include "common/command.h"
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
run_one(Command *command)
{
    Role role;
    Err err = ERR_NONE;
    if (command->argc > 0 && command->argv[0][0] == '-') {
        return run_file(command->config, command->argc + 1, command->argv - 1); /* from "run-one" on */
    }
    if (command->argc != 2) {
        return command_usage(command, "takes a kind and a key, or --file FILE");
    }
    if (!role_begin_alone(&role, "run-one", &err)) {
        (void)command_fail(command, &err);
        return EXIT_CODE_SYSTEM;
    }
    log_init("worker", "run-one", (LogFormat)command->config->log_format, LOG_LEVEL_DEBUG);
    int exit_code = slot_run_one(&role, command->config, command->argv[0], command->argv[1]);
    role_done(&role);
    return exit_code;
}

static const CommandEntry commands[] = {
    { "run-one", run_one },
    { .name = NULL },
};

int
main(int argc, char **argv)
{
    return command_main(CONFIG_WORKER, subcommands, commands, run, argc, argv);
}
