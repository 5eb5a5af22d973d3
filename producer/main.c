/* paceline-producer - the front door: what enters becomes a message in Kafka.
 *
 *   run      supervisor of the roles: wal (announcements in the WAL), http (requests)
 *   topics   makes the topics that are missing
 *   replay   requests again the jobs that messages name
 *   dead     lists the messages that nobody can read, and sends them again
 */

#include "common/command.h"
#include "common/config.h"
#include "common/exit_code.h"
#include "common/program.h"
#include "producer/dead.h"
#include "producer/http/http.h"
#include "producer/replay.h"
#include "producer/topics.h"
#include "producer/wal.h"

static const ConfigSubcommand subcommands[] = {
    { "run", "read announcements and requests, send them to Kafka (the default)" },
    { "topics", "make the topics of all adopted kinds where they are missing" },
    { "replay --topic TOPIC --from TIME --to TIME [--status STATUS,...] [--dry-run]",
      "request again the jobs that the messages of that time name: each once, and those that have finished "
      "unless --status says which; --dry-run only counts them" },
    { "replay --topic TOPIC --partition N --from OFFSET --to OFFSET [...]",
      "the same for a partition's offsets; --to itself is left out in both" },
    { "dead [PARTITION:OFFSET...] [--reason TEXT] [--topic TOPIC] [--all] [--resend]",
      "list the messages that no worker could read; --resend sends those chosen to their topic again" },
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
topics(Command *command)
{
    return command_parse(command, COMMAND_NO_OPTIONS, 0, 0) ? topics_command(command->config)
                                                            : EXIT_CODE_USAGE;
}

static const CommandEntry commands[] = {
    { "topics", topics },
    { "replay", replay_command },
    { "dead", dead_command },
    { .name = NULL },
};

int
main(int argc, char **argv)
{
    return command_main(CONFIG_PRODUCER, subcommands, commands, run, argc, argv);
}
