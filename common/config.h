/* config.h - the options of a program, from four places: built-in < file < environment < command line.
 *
 * Config has one field for each row of options.def: config.batch_size, config.database. A later place wins;
 * an unknown key, a wrong type and a value out of range are errors that name the file and line, the variable
 * or the argument. In the file, a group named after a program holds values for it alone:
 *
 *     bootstrap_servers = "10.0.0.5:9092";
 *     worker = { slots = 8; database = "host=db user=paceline_worker dbname=paceline"; };
 *     rdkafka = ( ("linger.ms", "5"), ("compression.codec", "lz4") );
 *
 * Secrets come from the environment alone. Every process loads its own Config: a role from the same argv as
 * its supervisor. What a Config points to is its own. Single-threaded.
 */
#ifndef PACELINE_CONFIG_H
#define PACELINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "common/secret.h"
#include "common/str.h"

#define CONFIG_DEFAULT_FILE "/etc/paceline/paceline.conf"

typedef enum ConfigProgram {
    CONFIG_PRODUCER = 1,
    CONFIG_WORKER = 2,
    CONFIG_REAPER = 4,
    CONFIG_EVERY = 7,
} ConfigProgram;

typedef struct TextList {
    size_t count;
    char **items; /* [count] */
} TextList;

typedef struct NetAddress {
    char host[64]; /* without the brackets of IPv6 */
    int port;      /* 0..65535 */
} NetAddress;

typedef struct ConfigPair {
    char *name;
    char *value;
} ConfigPair;

/* An option for librdkafka, in the order given: a later one of the same name wins when set in turn. */
typedef struct ConfigPairs {
    size_t count;
    ConfigPair *items; /* [count] */
} ConfigPairs;

#define CONFIG_FIELD_INT int
#define CONFIG_FIELD_DURATION int64_t
#define CONFIG_FIELD_SIZE size_t
#define CONFIG_FIELD_BOOL bool
#define CONFIG_FIELD_CHOICE int
#define CONFIG_FIELD_TEXT const char *
#define CONFIG_FIELD_LIST TextList
#define CONFIG_FIELD_ADDRESS NetAddress
#define CONFIG_FIELD_SECRET Secret *

typedef struct Config {
#define SECTION(title)
#define OPTION(name, type, unit, default_, min, max, reload, programs, meaning) CONFIG_FIELD_##type name;
#include "common/options.def"
#undef OPTION
#undef SECTION
    ConfigPairs rdkafka;
    ConfigProgram program;
    bool wants_help, wants_version; /* --help, -h; --version: nothing else is checked then */
    struct ConfigOrigins *origins;  /* where each value came from */
} Config;

/* A subcommand as --help shows it: "requeue KIND KEY...", "make finished jobs pending again". */
typedef struct ConfigSubcommand {
    const char *usage;
    const char *meaning;
} ConfigSubcommand;

/* config_open is how a main begins: it loads, and does what --help, --version and the subcommand check-config
 * ask for, or prints why the configuration is wrong. Returns -1 when the program is to go on, else the exit
 * code to end with (*config needs no config_done then).
 *   subcommands  [], ended by a usage of NULL; check-config is added
 *   ret_argi     index of the subcommand in argv, argc if there is none */
MUST_CHECK int config_open(Config *config, ConfigProgram program, const ConfigSubcommand *subcommands,
                           int argc, char **argv, int *ret_argi);

/* config_load fills *config. Options of the table may stand after the subcommand too: argv is reordered so
 * that they come before it, and *ret_argi is where the subcommand is then (argc without one). Options that
 * are not in the table are an error before the subcommand and stay behind it, for its own parser; nothing
 * after
 * "--" is touched. argv must live as long as *config. ERR_INVALID_DATA; *config needs no config_done then. */
MUST_CHECK bool config_load(Config *config, ConfigProgram program, int argc, char **argv, int *ret_argi,
                            Err *err);
void config_done(Config *config);

/* config_forget_environment wipes all secrets from the environment. Each role and command calls it after
 * config_load; a supervisor does not, because its roles read them again. */
void config_forget_environment(void);

/* config_reload reads file and environment again and applies the reloadable options that have changed. The
 * names of changed options that need a restart are appended to ret_ignored, spaces between. On failure
 * nothing has changed. */
MUST_CHECK bool config_reload(Config *config, Str *ret_ignored, Err *err);

/* config_print prints every value of the program in the file's syntax with its origin behind it; secrets as
 * "set" or "not set", passwords in connection strings as "***". */
void config_print(const Config *config, FILE *out);

/* config_print_help prints usage, subcommands and the program's options with defaults and meanings. */
void config_print_help(ConfigProgram program, const ConfigSubcommand *subcommands, FILE *out);

/* config_program_name returns "producer", "worker" or "reaper". */
const char *config_program_name(ConfigProgram program);

#endif
