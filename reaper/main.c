/* paceline-reaper - what was lost comes back; and the commands with which people look after the jobs. */
#include <stdio.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/program.h"
#include "reaper/announce.h"
#include "reaper/migrate.h"
#include "reaper/operate.h"
#include "reaper/reclaim.h"
#include "sql.h"

static const ConfigSubcommand subcommands[] = {
    { "run", "look after the jobs until SIGTERM (the default)" },
    { "status [--count] [--json]",
      "what waits, what is in work, who works, how far behind Kafka is; --count counts "
      "the finished rows of large tables too" },
    { "failed [KIND] [--limit N] [--json]", "the last failed jobs and why" },
    { "requeue KIND KEY... [--force]",
      "request jobs again; --force: those in work too, whose workers are fenced" },
    { "requeue KIND --failed [--class CLASS] [--limit N]", "request failed jobs again" },
    { "cancel KIND KEY...", "cancel jobs: at once, or at the next checkpoint of those in work" },
    { "pause KIND", "begin no jobs of a kind; those in work go on" },
    { "resume KIND", "begin them again" },
    { "verify [--json]", "check every invariant of the contract; exit status 1 if one is violated" },
    { "adopt SCHEMA.TABLE --kind KIND [OPTION...]",
      "make a table a table of jobs, in steps that keep nobody waiting; to be run again if it was "
      "interrupted. "
      "Options: --key COLUMN (id), --existing complete|pending (complete), --lease TIME, --max-attempts N, "
      "--backoff-base TIME, --backoff-cap TIME, --cancel-at-once, --keep-finished TIME" },
    { "abandon KIND", "undo adopt; the job columns and what they hold are gone" },
    { "rotate-key", "encrypt with PACELINE_SECRET_KEY the tokens that PACELINE_SECRET_KEY_OLD still reads; "
                    "exit status 1 if "
                    "some can be read by neither" },
    { "migrate", "bring the database to this program's schema" },
    { NULL, NULL },
};

enum { HANG_TIMEOUT_US = 120000000 }; /* above the longest answer of PostgreSQL and Kafka together */

static int
run(Config *config, char **argv)
{
    static const ProgramRole roles[] = {
        { .name = "reclaim", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US, .run = reclaim_run },
        { .name = "announce", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US, .run = announce_run },
    };
    return program_run(&(Program){ .roles = roles, .role_count = 2 }, config, argv);
}

static int
migrate_command(Command *command)
{
    Err err = ERR_NONE;
    int applied = 0;
    if (!command_parse(command, COMMAND_NO_OPTIONS, 0, 0)) {
        return EXIT_CODE_USAGE;
    }
    command->db = db_new(command->config->database, "paceline-reaper migrate");
    if (command->db == NULL) {
        return EXIT_CODE_MEMORY;
    }
    if (!migrate_run(command->db, sql_migrations, &applied, &err)) {
        return command_fail(command, &err);
    }
    printf("migrate: %d applied\n", applied);
    return EXIT_CODE_OK;
}

static const CommandEntry commands[] = {
    { "status", status_command },   { "failed", failed_command },         { "requeue", requeue_command },
    { "cancel", cancel_command },   { "pause", pause_command },           { "resume", resume_command },
    { "verify", verify_command },   { "adopt", adopt_command },           { "abandon", abandon_command },
    { "migrate", migrate_command }, { "rotate-key", rotate_key_command }, { .name = NULL },
};

int
main(int argc, char **argv)
{
    return command_main(CONFIG_REAPER, subcommands, commands, run, argc, argv);
}
