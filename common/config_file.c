/* The configuration file, through libconfig. */
#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config_internal.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)

static const struct {
    const char *name;
    ConfigProgram program;
} groups[] = { { "producer", CONFIG_PRODUCER }, { "worker", CONFIG_WORKER }, { "reaper", CONFIG_REAPER } };

typedef struct FileReader {
    Config *config;
    const char *path;
    Err *err;
} FileReader;

static void
describe_place(const FileReader *reader, const config_setting_t *setting, char *place, size_t size)
{
    const char *included = config_setting_source_file(setting);
    const char *name = config_setting_name(setting);

    (void)snprintf(place, size, "%s:%u%s%s", included != NULL ? included : reader->path,
                   (unsigned)config_setting_source_line(setting), name != NULL ? ": " : "",
                   name != NULL ? name : "");
}

/* refuse names the file, the line and the setting. */
static bool PRINTF_LIKE(3, 4)
    refuse(const FileReader *reader, const config_setting_t *setting, const char *format, ...)
{
    char place[256];
    char what[256];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    describe_place(reader, setting, place, sizeof place);
    return err_set(reader->err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%s: %s", place, what);
}

static bool
fail_at(const FileReader *reader, const config_setting_t *setting)
{
    char place[256];

    describe_place(reader, setting, place, sizeof place);
    return config_fail(reader->err, CONFIG_CODE_WRONG, place);
}

static bool
is_sequence(const config_setting_t *setting)
{
    return config_setting_is_array(setting) || config_setting_is_list(setting);
}

/* append_items writes the strings of an array with commas between. */
static bool
append_items(const config_setting_t *setting, Str *text)
{
    for (int i = 0; i < config_setting_length(setting); i++) {
        const char *item = config_setting_get_string_elem(setting, i);
        if (item == NULL || strchr(item, ',') != NULL) {
            return false;
        }
        str_append(text, i > 0 ? "," : "");
        str_append(text, item);
    }
    return true;
}

static bool
append_scalar(const config_setting_t *setting, Str *text)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        str_append_format(text, "%lld", config_setting_get_int64(setting));
        return true;
    case CONFIG_TYPE_BOOL:
        str_append(text, config_setting_get_bool(setting) != 0 ? "true" : "false");
        return true;
    case CONFIG_TYPE_STRING:
        str_append(text, config_setting_get_string(setting));
        return true;
    default:
        return false;
    }
}

/* type_fits tells whether the file's type is the option's; numbers with a unit stand in quotes. */
static bool
type_fits(const config_setting_t *setting, ConfigType type)
{
    bool is_number =
        config_setting_type(setting) == CONFIG_TYPE_INT || config_setting_type(setting) == CONFIG_TYPE_INT64;
    bool is_string = config_setting_type(setting) == CONFIG_TYPE_STRING;

    switch (type) {
    case CONFIG_TYPE_OF_INT:
        return is_number;
    case CONFIG_TYPE_OF_DURATION:
    case CONFIG_TYPE_OF_SIZE:
        return is_number || is_string;
    case CONFIG_TYPE_OF_BOOL:
        return config_setting_type(setting) == CONFIG_TYPE_BOOL;
    case CONFIG_TYPE_OF_LIST:
        return is_string || is_sequence(setting);
    default:
        return is_string;
    }
}

static const char *
type_name(ConfigType type)
{
    switch (type) {
    case CONFIG_TYPE_OF_INT:
        return "a whole number";
    case CONFIG_TYPE_OF_DURATION:
    case CONFIG_TYPE_OF_SIZE:
        return "a whole number, or one with its unit in quotes";
    case CONFIG_TYPE_OF_BOOL:
        return "true or false";
    case CONFIG_TYPE_OF_LIST:
        return "a list of texts in quotes";
    default:
        return "a text in quotes";
    }
}

static bool
set_option(const FileReader *reader, const config_setting_t *setting, const ConfigOption *option,
           Config *target)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    if (option->type == CONFIG_TYPE_OF_SECRET) {
        char variable[CONFIG_VARIABLE_SIZE];
        config_option_variable(option, variable);
        return refuse(reader, setting, "a secret is read from the environment alone: %s", variable);
    }
    if (!type_fits(setting, option->type) ||
        !(is_sequence(setting) ? append_items(setting, &text) : append_scalar(setting, &text))) {
        return refuse(reader, setting, "not %s", type_name(option->type));
    }
    if (!str_ok(&text)) {
        return err_set(reader->err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for the configuration");
    }
    if (!config_value_set(target, option, str_text(&text), reader->err)) {
        return fail_at(reader, setting);
    }
    if (target->origins != NULL) {
        char *origin = target->origins->texts[option - config_options];
        (void)snprintf(origin, sizeof target->origins->texts[0], "%s:%u", reader->path,
                       (unsigned)config_setting_source_line(setting));
    }
    return true;
}

/* check_option reads a value that is another program's: it must be valid, and is not kept. */
static bool
check_option(const FileReader *reader, const config_setting_t *setting, const ConfigOption *option)
{
    Config scratch = { .origins = NULL };
    bool valid = set_option(reader, setting, option, &scratch);

    config_value_clear(&scratch, option);
    return valid;
}

static bool
set_rdkafka(const FileReader *reader, const config_setting_t *list, Config *target)
{
    if (!config_setting_is_list(list)) {
        return refuse(reader, list, "not a list of pairs: rdkafka = ( (\"linger.ms\", \"5\") )");
    }
    for (int i = 0; i < config_setting_length(list); i++) {
        _cleanup_(str_done) Str value = STR_EMPTY;
        const config_setting_t *pair = config_setting_get_elem(list, (unsigned)i);
        const char *name = is_sequence(pair) ? config_setting_get_string_elem(pair, 0) : NULL;
        if (name == NULL || config_setting_length(pair) != 2 ||
            !append_scalar(config_setting_get_elem(pair, 1), &value) || !str_ok(&value)) {
            return refuse(reader, list, "item %d is not a pair (\"name\", \"value\")", i + 1);
        }
        if (!config_pair_add(&target->rdkafka, name, str_text(&value), reader->err)) {
            return fail_at(reader, list);
        }
    }
    if (target->origins != NULL) {
        (void)snprintf(target->origins->rdkafka, sizeof target->origins->rdkafka, "%s:%u", reader->path,
                       (unsigned)config_setting_source_line(list));
    }
    return true;
}

static bool
check_rdkafka(const FileReader *reader, const config_setting_t *list)
{
    Config scratch = { .origins = NULL };
    bool valid = set_rdkafka(reader, list, &scratch);

    config_pairs_clear(&scratch.rdkafka);
    return valid;
}

static ConfigProgram
group_program(const config_setting_t *setting)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(config_setting_name(setting), groups[i].name) == 0) {
            return groups[i].program;
        }
    }
    return 0;
}

static bool
refuse_unknown(const FileReader *reader, const config_setting_t *setting)
{
    const ConfigOption *near = config_option_near(config_setting_name(setting));

    return near == NULL ? refuse(reader, setting, "no such option")
                        : refuse(reader, setting, "no such option (did you mean %s?)", near->name);
}

/* read_group reads the settings of the file itself (owner CONFIG_EVERY) or of a program's group. */
static bool
read_group(const FileReader *reader, const config_setting_t *group, ConfigProgram owner)
{
    bool is_ours = (owner & reader->config->program) != 0;

    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        if (owner == CONFIG_EVERY && group_program(setting) != 0) {
            continue;
        }
        if (strcmp(name, "rdkafka") == 0) {
            if (!(is_ours ? set_rdkafka(reader, setting, reader->config) : check_rdkafka(reader, setting))) {
                return false;
            }
            continue;
        }
        const ConfigOption *option = strchr(name, '-') == NULL ? config_option_find(name) : NULL;
        if (option == NULL) {
            return refuse_unknown(reader, setting);
        }
        if ((option->programs & owner) == 0) {
            return refuse(reader, setting, "not an option of paceline-%s", config_setting_name(group));
        }
        if (!(is_ours ? set_option(reader, setting, option, reader->config)
                      : check_option(reader, setting, option))) {
            return false;
        }
    }
    return true;
}

/* read_program_groups comes after the file's own settings, so that a program's group wins wherever it stands.
 */
static bool
read_program_groups(const FileReader *reader, const config_setting_t *root)
{
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        ConfigProgram owner = group_program(setting);
        if (owner == 0) {
            continue;
        }
        if (!config_setting_is_group(setting)) {
            return refuse(reader, setting, "not a group: %s = { ... };", config_setting_name(setting));
        }
        if (!read_group(reader, setting, owner)) {
            return false;
        }
    }
    return true;
}

bool
config_file_parse(Config *config, const char *text, const char *path, Err *err)
{
    FileReader reader = { .config = config, .path = path, .err = err };
    _cleanup_(config_destroy) config_t file = { .root = NULL };

    config_init(&file);
    if (config_read_string(&file, text) != CONFIG_TRUE) {
        const char *included = config_error_file(&file);
        return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%s:%d: %s",
                       included != NULL ? included : path, config_error_line(&file),
                       config_error_text(&file));
    }
    const config_setting_t *root = config_root_setting(&file);
    return read_group(&reader, root, CONFIG_EVERY) && read_program_groups(&reader, root);
}

/* read_text returns the file's bytes with a NUL; libconfig's own reader ends the process when a read fails.
 */
static char *
read_text(FILE *file, const char *path, Err *err)
{
    char *text = malloc(FILE_MAX_BYTES + 1);

    if (text == NULL) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for the configuration");
        return NULL;
    }
    errno = 0;
    size_t length = fread(text, 1, FILE_MAX_BYTES + 1, file);
    const char *why = ferror(file) != 0                 ? strerrordesc_np(errno)
                      : length > FILE_MAX_BYTES         ? "longer than 1 MiB"
                      : memchr(text, 0, length) != NULL ? "holds a NUL byte"
                                                        : NULL;
    if (why != NULL) {
        free(text);
        (void)err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%s: %s", path, why);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

bool
config_file_read(Config *config, const char *path, bool may_be_missing, Err *err)
{
    _cleanup_(close_file) FILE *file = fopen(path, "re");

    if (file == NULL) {
        if (errno == ENOENT && may_be_missing) {
            return true;
        }
        return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_WRONG, "%s: %s", path, strerrordesc_np(errno));
    }
    _cleanup_(free_pointer) char *text = read_text(file, path, err);
    return text != NULL && config_file_parse(config, text, path, err);
}
