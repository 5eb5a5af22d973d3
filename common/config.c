/* The order of the four places, and the command line. */
#include "common/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config_internal.h"
#include "common/exit_code.h"

const char *
config_program_name(ConfigProgram program)
{
    return program == CONFIG_PRODUCER ? "producer" : program == CONFIG_WORKER ? "worker" : "reaper";
}

bool
config_fail(Err *err, const char *code, const char *place)
{
    if (err != NULL) {
        (void)err_set(err, err->class, code, "%s: %s", place, err->message);
    }
    return false;
}

static bool
no_memory(Err *err)
{
    (void)err_set(err, ERR_MEMORY_LIMIT, "out_of_memory", "no memory for the configuration");
    return false;
}

static void
set_origin(Config *config, const ConfigOption *option, const char *origin)
{
    (void)str_copy(config->origins->texts[option - config_options], sizeof config->origins->texts[0], origin);
}

bool
config_set_defaults(Config *config, ConfigProgram program, Err *err)
{
    *config = (Config){ .program = program };
    config->origins = calloc(1, sizeof *config->origins);
    if (config->origins == NULL) {
        return no_memory(err);
    }
    config->origins->texts = calloc(config_option_count, sizeof config->origins->texts[0]);
    if (config->origins->texts == NULL) {
        config_done(config);
        return no_memory(err);
    }
    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        if (option->name == NULL) {
            continue;
        }
        if (!config_value_set(config, option, config_option_default(option, program), err)) {
            config_done(config);
            return config_fail(err, CONFIG_CODE_WRONG, option->name);
        }
        set_origin(config, option, "built-in");
    }
    return true;
}

void
config_done(Config *config)
{
    for (size_t i = 0; i < config_option_count; i++) {
        if (config_options[i].name != NULL) {
            config_value_clear(config, &config_options[i]);
        }
    }
    config_pairs_clear(&config->rdkafka);
    if (config->origins != NULL) {
        free(config->origins->texts);
        free(config->origins);
    }
    *config = (Config){ .origins = NULL };
}

/* read_environment: an empty variable counts as not set, as compose files leave them. */
static bool
read_environment(Config *config, Err *err)
{
    char variable[CONFIG_VARIABLE_SIZE];

    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        if (option->name == NULL || (option->programs & config->program) == 0) {
            continue;
        }
        config_option_variable(option, variable);
        const char *text = getenv(variable);
        if (text == NULL || *text == '\0') {
            continue;
        }
        if (!config_value_set(config, option, text, err)) {
            return config_fail(err, CONFIG_CODE_WRONG, variable);
        }
        set_origin(config, option, variable);
    }
    const char *pairs = getenv("PACELINE_RDKAFKA");
    if (pairs != NULL && *pairs != '\0') {
        (void)str_copy(config->origins->rdkafka, sizeof config->origins->rdkafka, "PACELINE_RDKAFKA");
        return config_pairs_parse(&config->rdkafka, pairs, err) ||
               config_fail(err, CONFIG_CODE_WRONG, "PACELINE_RDKAFKA");
    }
    return true;
}

/* Argument is an option of the command line, taken apart. */
typedef struct Argument {
    char name[64]; /* with its dashes, for messages */
    const char *value;
    int count; /* arguments it takes up: 1 or 2 */
} Argument;

static bool
refuse_argument(Err *err, const char *name, const char *why)
{
    return err_set(err, ERR_INVALID_DATA, CONFIG_CODE_USAGE, "%s: %s", name, why);
}

/* split_argument takes "--name=value", "--name value", "-j N", "-jN" and "-h" apart. The value is NULL when
 * there is none. */
static void
split_argument(char **argv, Argument *ret)
{
    const char *text = argv[0];
    const char *value = NULL;
    size_t length = strlen(text);

    if (strncmp(text, "--", 2) == 0) {
        const char *equals = strchr(text, '=');
        value = equals == NULL ? NULL : equals + 1;
        length = equals == NULL ? length : (size_t)(equals - text);
    } else if (length > 2) {
        value = text + 2;
        length = 2;
    }
    length = length < sizeof ret->name ? length : sizeof ret->name - 1;
    memcpy(ret->name, text, length);
    ret->name[length] = '\0';
    ret->count = value == NULL && argv[1] != NULL ? 2 : 1;
    ret->value = value == NULL ? argv[1] : value;
}

static const ConfigOption *
argument_option(const char *name)
{
    return strcmp(name, "-j") == 0       ? config_option_find("slots")
           : strncmp(name, "--", 2) == 0 ? config_option_find(name + 2)
                                         : NULL;
}

/* is_ours tells whether config knows the argument, for options that stand behind the subcommand. */
static bool
is_ours(const Config *config, const char *name)
{
    const ConfigOption *option = argument_option(name);

    return strcmp(name, "--config") == 0 || strcmp(name, "--rdkafka") == 0 || strcmp(name, "--help") == 0 ||
           strcmp(name, "-h") == 0 || (option != NULL && (option->programs & config->program) != 0);
}

static bool
refuse_unknown_argument(const Config *config, const char *name, Err *err)
{
    char why[160];
    const ConfigOption *option = argument_option(name);
    const ConfigOption *near = strncmp(name, "--", 2) == 0 ? config_option_near(name + 2) : NULL;

    if (option != NULL) {
        ConfigProgram owner = (option->programs & CONFIG_PRODUCER) != 0 ? CONFIG_PRODUCER
                              : (option->programs & CONFIG_WORKER) != 0 ? CONFIG_WORKER
                                                                        : CONFIG_REAPER;
        (void)snprintf(why, sizeof why, "an option of paceline-%s, not of paceline-%s",
                       config_program_name(owner), config_program_name(config->program));
    } else if (near != NULL) {
        (void)snprintf(why, sizeof why, "no such option (did you mean --%s?)", near->name);
        for (char *c = why; *c != '\0'; c++) {
            if (*c == '_') {
                *c = '-';
            }
        }
    } else {
        (void)str_copy(why, sizeof why, "no such option; --help lists them");
    }
    return refuse_argument(err, name, why);
}

/* reorder puts the options first: argv becomes program, options, [--], subcommand and its arguments. */
static bool
reorder(Config *config, int argc, char **argv, Err *err)
{
    _cleanup_(free_pointer) char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int option_count = 0;
    int rest_count = 0;

    if (rest == NULL) {
        return no_memory(err);
    }
    for (int i = 1; i < argc;) {
        Argument argument = { .count = 1 };
        bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';
        if (strcmp(argv[i], "--") == 0) {
            while (i < argc) {
                rest[rest_count++] = argv[i++];
            }
            break;
        }
        if (is_option) {
            split_argument(argv + i, &argument);
        }
        bool is_version = strcmp(argv[i], "--version") == 0;
        if (!is_option || (!is_ours(config, argument.name) && rest_count > 0)) {
            rest[rest_count++] = argv[i++];
            continue;
        }
        if (strcmp(argument.name, "--help") == 0 || strcmp(argument.name, "-h") == 0 || is_version) {
            config->wants_help = config->wants_help || !is_version;
            config->wants_version = config->wants_version || is_version;
            argument.count = 1;
        } else if (!is_ours(config, argument.name)) {
            return refuse_unknown_argument(config, argument.name, err);
        } else if (argument.value == NULL) {
            return refuse_argument(err, argument.name, "no value");
        }
        for (int n = 0; n < argument.count; n++) {
            argv[1 + option_count++] = argv[i++]; /* never ahead of i: what is overwritten has been read */
        }
    }
    memcpy((void *)(argv + 1 + option_count), (void *)rest, (size_t)rest_count * sizeof *rest);
    config->origins->argv = argv;
    config->origins->option_count = option_count;
    return true;
}

/* option_arguments calls visit for each option of the reordered command line. */
static bool
option_arguments(Config *config, bool (*visit)(Config *config, const Argument *argument, Err *err), Err *err)
{
    char **argv = config->origins->argv;

    for (int i = 1; i <= config->origins->option_count;) {
        Argument argument = { .count = 1 };
        split_argument(argv + i, &argument);
        if (!visit(config, &argument, err)) {
            return false;
        }
        i += argument.count;
    }
    return true;
}

static bool
read_named_file(Config *config, const Argument *argument, Err *err)
{
    return strcmp(argument->name, "--config") != 0 || config_file_read(config, argument->value, false, err);
}

static bool
read_argument(Config *config, const Argument *argument, Err *err)
{
    const ConfigOption *option = argument_option(argument->name);

    if (strcmp(argument->name, "--config") == 0) {
        return true;
    }
    if (strcmp(argument->name, "--rdkafka") == 0) {
        (void)str_copy(config->origins->rdkafka, sizeof config->origins->rdkafka, "command line");
        return config_pairs_parse(&config->rdkafka, argument->value, err) ||
               config_fail(err, CONFIG_CODE_USAGE, argument->name);
    }
    if (option->type == CONFIG_TYPE_OF_SECRET) {
        return refuse_argument(err, argument->name,
                               "a secret is read from the environment alone: others see the command line");
    }
    if (!config_value_set(config, option, argument->value, err)) {
        return config_fail(err, CONFIG_CODE_USAGE, argument->name);
    }
    set_origin(config, option, "command line");
    return true;
}

static bool
names_file(const Config *config)
{
    for (int i = 1; i <= config->origins->option_count; i++) {
        const char *text = config->origins->argv[i];
        if (strcmp(text, "--config") == 0 || strncmp(text, "--config=", 9) == 0) {
            return true;
        }
    }
    return false;
}

/* read_places reads file, environment and command line over the built-in values. */
static bool
read_places(Config *config, Err *err)
{
    const char *variable = getenv("PACELINE_CONFIG");
    bool is_variable_set = variable != NULL && *variable != '\0';

    if (names_file(config)) {
        if (!option_arguments(config, read_named_file, err)) {
            return false;
        }
    } else if (!config_file_read(config, is_variable_set ? variable : CONFIG_DEFAULT_FILE, !is_variable_set,
                                 err)) {
        return false;
    }
    return read_environment(config, err) && option_arguments(config, read_argument, err);
}

bool
config_load(Config *config, ConfigProgram program, int argc, char **argv, int *ret_argi, Err *err)
{
    Config loaded = { .origins = NULL };

    if (!config_set_defaults(&loaded, program, err)) {
        return false;
    }
    bool done = reorder(&loaded, argc, argv, err) &&
                (loaded.wants_help || loaded.wants_version || read_places(&loaded, err));
    if (!done) {
        config_done(&loaded);
        return false;
    }
    int argi = 1 + loaded.origins->option_count;
    *ret_argi = argi < argc && strcmp(argv[argi], "--") == 0 ? argi + 1 : argi;
    *config = loaded;
    return true;
}

void
config_forget_environment(void)
{
    char variable[CONFIG_VARIABLE_SIZE];

    for (size_t i = 0; i < config_option_count; i++) {
        if (config_options[i].name != NULL && config_options[i].type == CONFIG_TYPE_OF_SECRET) {
            config_option_variable(&config_options[i], variable);
            secret_wipe_environment(variable);
        }
    }
}

static void
copy_field(Config *to, const Config *from, const ConfigOption *option)
{
    static const size_t sizes[] = { [CONFIG_TYPE_OF_INT] = sizeof(int),
                                    [CONFIG_TYPE_OF_DURATION] = sizeof(int64_t),
                                    [CONFIG_TYPE_OF_SIZE] = sizeof(size_t),
                                    [CONFIG_TYPE_OF_BOOL] = sizeof(bool),
                                    [CONFIG_TYPE_OF_CHOICE] = sizeof(int) };

    memcpy((char *)to + option->offset, (const char *)from + option->offset, sizes[option->type]);
    set_origin(to, option, from->origins->texts[option - config_options]);
}

bool
config_reload(Config *config, Str *ret_ignored, Err *err)
{
    _cleanup_(config_done) Config fresh = { .origins = NULL };

    if (!config_set_defaults(&fresh, config->program, err)) {
        return false;
    }
    fresh.origins->argv = config->origins->argv;
    fresh.origins->option_count = config->origins->option_count;
    if (!read_places(&fresh, err)) {
        return false;
    }
    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        _cleanup_(str_done) Str before = STR_EMPTY;
        _cleanup_(str_done) Str after = STR_EMPTY;
        /* secrets are no longer in the environment */
        if (option->name == NULL || option->type == CONFIG_TYPE_OF_SECRET) {
            continue;
        }
        config_value_append(config, option, false, &before);
        config_value_append(&fresh, option, false, &after);
        if (strcmp(str_text(&before), str_text(&after)) == 0) {
            continue;
        }
        if (option->is_reloadable) {
            copy_field(config, &fresh, option);
        } else if ((option->programs & config->program) != 0) {
            str_append_format(ret_ignored, "%s%s", ret_ignored->length > 0 ? " " : "", option->name);
        }
    }
    return true;
}

/* warn_unknown names the variables of the environment that look like options and are none, of any program. */
static void
warn_unknown(FILE *out)
{
    static const char prefix[] = "PACELINE_";
    static const char *const others[] = { "config", "rdkafka", "state", "data", "failpoints" };
    char name[CONFIG_VARIABLE_SIZE];

    for (char **variable = environ; *variable != NULL; variable++) {
        size_t length = strcspn(*variable, "=");
        if (strncmp(*variable, prefix, strlen(prefix)) != 0) {
            continue;
        }
        (void)snprintf(name, sizeof name, "%.*s", (int)(length - strlen(prefix)), *variable + strlen(prefix));
        for (char *c = name; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        bool is_known = config_option_find(name) != NULL;
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            is_known = is_known || strcmp(name, others[i]) == 0;
        }
        const ConfigOption *near = config_option_near(name);
        if (!is_known) {
            (void)fprintf(out, "warning: %.*s: no such option%s%s%s\n", (int)length, *variable,
                          near != NULL ? " (did you mean " : "", near != NULL ? near->name : "",
                          near != NULL ? "?)" : "");
        }
    }
}

int
config_open(Config *config, ConfigProgram program, const ConfigSubcommand *subcommands, int argc, char **argv,
            int *ret_argi)
{
    Err err = ERR_NONE;
    int argi = argc;

    if (!config_load(config, program, argc, argv, &argi, &err)) {
        (void)fprintf(stderr, "paceline-%s: %s\n", config_program_name(program), err.message);
        return strcmp(err.code, CONFIG_CODE_USAGE) == 0 ? EXIT_CODE_USAGE
               : err.class == ERR_MEMORY_LIMIT          ? EXIT_CODE_MEMORY
                                                        : EXIT_CODE_CONFIG;
    }
    bool wants_check = argi < argc && strcmp(argv[argi], "check-config") == 0;
    if (config->wants_help) {
        config_print_help(program, subcommands, stdout);
    } else if (config->wants_version) {
        (void)printf("paceline-%s %s\n", config_program_name(program), PACELINE_VERSION);
    } else if (wants_check) {
        warn_unknown(stderr);
        config_print(config, stdout);
    } else {
        *ret_argi = argi;
        return -1;
    }
    config_done(config);
    return EXIT_CODE_OK;
}
