/* paceline-producer - the front door: what enters becomes a message in Kafka.
 *
 *   run      supervisor of the roles: wal (announcements in the WAL), http (requests), ops (/livez, /readyz,
 * /metrics) topics   makes the topics that are missing
 */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/program.h"
#include "producer/http/http.h"
#include "producer/topics.h"
#include "producer/wal.h"

static const ConfigSubcommand subcommands[] = {
    { "run", "read announcements and requests, send them to Kafka (the default)" },
    { "topics", "make the topics of all adopted kinds where they are missing" },
    { NULL, NULL },
};

static int
run(Config *config, char **argv)
{
    const ProgramRole roles[] = {
        { .name = "wal", .count = 1, .hang_timeout_us = WAL_HANG_TIMEOUT_US, .run = wal_run },
        { .name = "http",
          .count = config->http_processes,
          .hang_timeout_us = HTTP_HANG_TIMEOUT_US,
          .run = http_run },
    };
    const ProgramListen listens[] = { { .name = "http", .address = &config->http_listen } };
    return program_run(&(Program){ .roles = roles, .role_count = 2, .listens = listens, .listen_count = 1 },
                       config, argv);
}

static int
command_run(Config *config, char **argv, const char *command)
{
    log_init("producer", NULL, (LogFormat)config->log_format, (LogLevel)config->log_level);
    if (strcmp(command, "topics") == 0) {
        config_forget_environment();
        return topics_command(config);
    }
    if (strcmp(command, "run") == 0) {
        return run(config, argv);
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
