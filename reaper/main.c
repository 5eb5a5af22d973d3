/* paceline-reaper - what was lost comes back; and the commands with which people look after the jobs. */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/program.h"
#include "reaper/announce.h"
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
run(Config *config, char **argv)
{
    static const ProgramRole roles[] = {
        { .name = "reclaim", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US, .run = reclaim_run },
        { .name = "announce", .count = 1, .hang_timeout_us = HANG_TIMEOUT_US, .run = announce_run },
    };
    return program_run(&(Program){ .roles = roles, .role_count = 2 }, config, argv);
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
        return run(config, argv);
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
