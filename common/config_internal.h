/* config_internal.h - what the files of config share; nobody else includes it (but their tests). */
#ifndef PACELINE_CONFIG_INTERNAL_H
#define PACELINE_CONFIG_INTERNAL_H

#include "common/config.h"

typedef enum ConfigType {
    CONFIG_TYPE_OF_INT,
    CONFIG_TYPE_OF_DURATION,
    CONFIG_TYPE_OF_SIZE,
    CONFIG_TYPE_OF_BOOL,
    CONFIG_TYPE_OF_CHOICE,
    CONFIG_TYPE_OF_TEXT,
    CONFIG_TYPE_OF_LIST,
    CONFIG_TYPE_OF_ADDRESS,
    CONFIG_TYPE_OF_SECRET,
} ConfigType;

/* A row of options.def. A section has a title in meaning and no name. */
typedef struct ConfigOption {
    const char *name;
    ConfigType type;
    const char *unit;
    const char *defaults[3]; /* producer, worker, reaper; or only the first, for all */
    int64_t min, max;
    bool is_reloadable;
    ConfigProgram programs;
    const char *meaning;
    size_t offset; /* of the field in Config */
} ConfigOption;

#define CONFIG_VARIABLE_SIZE 80

struct ConfigOrigins {
    char **argv; /* the caller's: arguments 1 .. option_count hold options, for a reload */
    int option_count;
    char (*texts)[192]; /* [config_option_count] where each value came from, as check-config shows it */
    char rdkafka[192];
};

extern const ConfigOption config_options[];
extern const size_t config_option_count;

/* config_option_find returns the option of that name, or NULL. config_option_near returns the one whose name
 * differs in at most two letters, for a hint, or NULL. '-' counts as '_'. */
const ConfigOption *config_option_find(const char *name);
const ConfigOption *config_option_near(const char *name);
void config_option_variable(const ConfigOption *option, char variable[CONFIG_VARIABLE_SIZE]);
const char *config_option_default(const ConfigOption *option, ConfigProgram program);

/* config_value_set reads text as the option's type into its field, replacing (and freeing) what is there.
 * The message says what is wrong with the value; the caller puts the origin in front. Untouched on failure.
 */
MUST_CHECK bool config_value_set(Config *config, const ConfigOption *option, const char *text, Err *err);

/* config_value_append appends the value as the file has it ("set" or "not set" for a secret; masked:
 * passwords in connection strings are "***"). */
void config_value_append(const Config *config, const ConfigOption *option, bool is_masked, Str *out);
void config_value_clear(Config *config, const ConfigOption *option);

/* config_pair_add appends an option for librdkafka, once librdkafka has agreed to it. */
MUST_CHECK bool config_pair_add(ConfigPairs *pairs, const char *name, const char *value, Err *err);
void config_pairs_clear(ConfigPairs *pairs);
/* config_pairs_parse appends those of "name=value;name=value". */
MUST_CHECK bool config_pairs_parse(ConfigPairs *pairs, const char *text, Err *err);

/* config_file_read reads the file at path into config; a file that is not there is fine if it may be missing.
 * config_file_parse does the same with text (ended by NUL), calling it path in messages. */
MUST_CHECK bool config_file_read(Config *config, const char *path, bool may_be_missing, Err *err);
MUST_CHECK bool config_file_parse(Config *config, const char *text, const char *path, Err *err);

/* config_set_defaults makes *config a Config with the built-in values of its program. */
MUST_CHECK bool config_set_defaults(Config *config, ConfigProgram program, Err *err);

/* config_fail puts the place of a mistake in front of err's message and makes `code` its code; always false.
 */
bool config_fail(Err *err, const char *code, const char *place);

#define CONFIG_CODE_USAGE "usage"         /* the command line is wrong */
#define CONFIG_CODE_WRONG "configuration" /* file or environment is wrong */

#endif
