/* paceline-reaper - what was lost comes back; and the commands with which people look after the jobs. */
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "reaper/migrate.h"
#include "sql.h"

static const ConfigSubcommand subcommands[] = {
    { "migrate", "bring the database to this program's schema" },
    { NULL, NULL },
};

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

int
main(int argc, char **argv)
{
    Config config;
    int at = 0;
    int exit_code = config_open(&config, CONFIG_REAPER, subcommands, argc, argv, &at);
    if (exit_code >= 0) {
        return exit_code;
    }
    log_init("reaper", NULL, (LogFormat)config.log_format, (LogLevel)config.log_level);
    if (at < argc && strcmp(argv[at], "migrate") == 0) {
        exit_code = command_migrate(&config);
    } else {
        (void)fprintf(stderr, "paceline-reaper: see --help\n");
        exit_code = EXIT_CODE_USAGE;
    }
    config_done(&config);
    return exit_code;
}
