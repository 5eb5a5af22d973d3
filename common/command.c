#include "common/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/contract.h"
#include "common/exit_code.h"
#include "common/log.h"

/* --- complaints --- */

static void complain(const Command *command, const char *format, va_list values) PRINTF_LIKE(2, 0);

static void
complain(const Command *command, const char *format, va_list values)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "paceline-%s: %s: ", config_program_name(command->config->program), command->name);
    (void)vfprintf(stderr, format, values);
    (void)fputc('\n', stderr);
}

/* usage_print shows how the command is called, in each of its forms. */
static void
usage_print(const Command *command)
{
    size_t length = strlen(command->name);
    for (const ConfigSubcommand *form = command->subcommands; form->usage != NULL; form++) {
        bool is_named = strncmp(form->usage, command->name, length) == 0;
        if (is_named && (form->usage[length] == ' ' || form->usage[length] == '\0')) {
            (void)fprintf(stderr, "usage: paceline-%s %s\n", config_program_name(command->config->program),
                          form->usage);
        }
    }
}

int
command_usage(const Command *command, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    complain(command, format, values);
    va_end(values);
    usage_print(command);
    return EXIT_CODE_USAGE;
}

void
command_warn(const Command *command, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    complain(command, format, values);
    va_end(values);
}

int
command_fail(const Command *command, const Err *err)
{
    command_warn(command, "%s", err->message);
    return strcmp(err->code, COMMAND_USAGE) == 0          ? EXIT_CODE_USAGE
           : err->class == ERR_MEMORY_LIMIT               ? EXIT_CODE_MEMORY
           : strcmp(err->code, COMMAND_NOT_POSSIBLE) == 0 ? EXIT_CODE_FAILED
           : err->class == ERR_NETWORK                    ? EXIT_CODE_KAFKA
                                                          : EXIT_CODE_DATABASE;
}

/* --- arguments --- */

/* option_find finds the option that `text` names, up to a '='; NULL if there is none. */
static const CommandOption *
option_find(const CommandOption *options, const char *text)
{
    size_t length = strcspn(text, "=");
    for (const CommandOption *option = options; option->name != NULL; option++) {
        if (strlen(option->name) == length && strncmp(option->name, text, length) == 0) {
            return option;
        }
    }
    return NULL;
}

static bool
option_set(const Command *command, const CommandOption *option, const char *value)
{
    if (option->ret_text != NULL) {
        *option->ret_text = value;
        return true;
    }
    int64_t number = 0;
    if (!str_to_int64(value, &number) || number < option->min || number > option->max) {
        (void)command_usage(command, "%s: %s is not a whole number from %lld to %lld", option->name, value,
                            (long long)option->min, (long long)option->max);
        return false;
    }
    *option->ret_number = number;
    return true;
}

/* option_take reads the option at *at, and its value; *at is then its last argument. */
static bool
option_take(const Command *command, const CommandOption *options, int *at)
{
    const char *text = command->argv[*at];
    const char *equals = strchr(text, '=');
    const CommandOption *option = option_find(options, text);
    if (option == NULL) {
        (void)command_usage(command, "%s: no such option", text);
        return false;
    }
    if (option->ret_flag != NULL) {
        *option->ret_flag = true;
        if (equals != NULL) {
            (void)command_usage(command, "%s: takes no value", option->name);
        }
        return equals == NULL;
    }
    if (equals != NULL) {
        return option_set(command, option, equals + 1);
    }
    if (*at + 1 >= command->argc) {
        (void)command_usage(command, "%s: no value", option->name);
        return false;
    }
    return option_set(command, option, command->argv[++*at]);
}

static bool
is_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && (text[1] < '0' || text[1] > '9'); /* -5 is a key */
}

bool
command_parse(Command *command, const CommandOption *options, int least, int most)
{
    int kept = 0;
    bool are_over = false;
    for (int i = 0; i < command->argc; i++) {
        if (!are_over && strcmp(command->argv[i], "--") == 0) {
            are_over = true;
        } else if (are_over || !is_option(command->argv[i])) {
            command->argv[kept++] = command->argv[i];
        } else if (!option_take(command, options, &i)) {
            return false;
        }
    }
    command->argc = kept;
    if (kept < least || kept > most) {
        (void)command_usage(command, kept < least ? "too few arguments" : "too many arguments");
        return false;
    }
    return true;
}

/* --- the database --- */

bool
command_connect(Command *command, Err *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "paceline-%s %s", config_program_name(command->config->program),
                   command->name);
    if (command->db == NULL) {
        command->db = db_new(command->config->database, name);
    }
    if (command->db == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    return contract_connect(command->db, err) && db_wait_long(command->db, err) &&
           db_script(command->db, "SET plan_cache_mode = force_custom_plan", err);
}

bool
command_kind(Command *command, const char *name, JobKind *ret_kind, Err *err)
{
    JobKinds kinds = { .items = NULL };
    Str known = STR_EMPTY;
    if (!job_kinds_load(command->db, &kinds, err)) {
        return false;
    }
    const JobKind *kind = job_kind_find(&kinds, name);
    if (kind == NULL) {
        kind = job_kind_of_topic(&kinds, name);
    }
    for (size_t i = 0; i < kinds.n; i++) {
        str_append_format(&known, "%s%s", i > 0 ? ", " : "", kinds.items[i].name);
    }
    if (kind != NULL) {
        *ret_kind = *kind;
    } else {
        err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "no kind %s is adopted; there are: %s", name,
                kinds.n > 0 ? str_text(&known) : "none");
    }
    bool is_found = kind != NULL;
    str_done(&known);
    job_kinds_done(&kinds);
    return is_found;
}

/* --- output --- */

int
command_print(const Command *command, const Str *text, int exit_code)
{
    if (!str_ok(text)) {
        command_warn(command, "out of memory");
        return EXIT_CODE_MEMORY;
    }
    if (fputs(str_text(text), stdout) < 0 || fflush(stdout) != 0) {
        command_warn(command, "standard output: %m");
        return EXIT_CODE_SYSTEM;
    }
    return exit_code;
}

void
print_key(Str *out, const char *name)
{
    const char *text = str_text(out);
    bool is_first = out->length == 0 || text[out->length - 1] == '{';
    str_append(out, is_first ? "" : ",");
    str_append_json(out, name);
    str_append_char(out, ':');
}

void
print_text(Str *out, const char *name, const char *value)
{
    print_key(out, name);
    if (value != NULL) {
        str_append_json(out, value);
    } else {
        str_append(out, "null");
    }
}

void
print_raw(Str *out, const char *name, const char *value)
{
    print_key(out, name);
    str_append(out, value != NULL && value[0] != '\0' ? value : "null");
}

/* --- main --- */

static int
entry_run(const CommandEntry *commands, Command *command)
{
    for (const CommandEntry *entry = commands; entry->name != NULL; entry++) {
        if (strcmp(command->name, entry->name) == 0) {
            config_forget_environment();
            int exit_code = entry->run(command);
            db_free(command->db);
            return exit_code;
        }
    }
    command_warn(command, "no such subcommand, or too many arguments; see --help");
    return EXIT_CODE_USAGE;
}

int
command_main(ConfigProgram program, const ConfigSubcommand *subcommands, const CommandEntry *commands,
             int (*run)(Config *config, char **argv), int argc, char **argv)
{
    Config config;
    int at = 0;
    int exit_code = config_open(&config, program, subcommands, argc, argv, &at);
    if (exit_code >= 0) {
        return exit_code;
    }
    log_init(config_program_name(program), NULL, (LogFormat)config.log_format, (LogLevel)config.log_level);
    const char *name = at < argc ? argv[at] : "run";
    if (strcmp(name, "run") == 0 && at + 1 >= argc) {
        exit_code = run(&config, argv);
    } else {
        Command command = { .name = name,
                            .config = &config,
                            .subcommands = subcommands,
                            .argc = argc - at - 1,
                            .argv = argv + at + 1 };
        exit_code = entry_run(commands, &command);
    }
    config_done(&config);
    return exit_code;
}
