/* check-config and --help. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config_internal.h"

extern char **environ;

#define LINE_WIDTH 96
#define MEANING_COLUMN 30

/* print_near_variables warns of variables that look like a mistyped option. Others are none of our business:
 * Kubernetes, for one, adds PACELINE_PRODUCER_PORT for a service of that name. */
static void
print_near_variables(FILE *out)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        char name[64] = "";
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "PACELINE_", 9) != 0 || length >= sizeof name) {
            continue;
        }
        for (size_t i = 9; i < length; i++) {
            char c = (*entry)[i];
            name[i - 9] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const ConfigOption *near = config_option_find(name) == NULL ? config_option_near(name) : NULL;
        if (near != NULL) {
            char variable[CONFIG_VARIABLE_SIZE];
            config_option_variable(near, variable);
            (void)fprintf(out, "# %.*s is not an option (did you mean %s?)\n", (int)length, *entry, variable);
        }
    }
}

/* is_secret_pair: librdkafka has a handful of properties that hold secrets. */
static bool
is_secret_pair(const char *name)
{
    return strstr(name, "password") != NULL || strstr(name, "secret") != NULL ||
           strstr(name, ".pem") != NULL || strstr(name, "sasl.jaas") != NULL ||
           strstr(name, "oauthbearer.config") != NULL;
}

static void
print_pairs(const Config *config, FILE *out)
{
    if (config->rdkafka.count == 0) {
        return;
    }
    (void)fprintf(out, "rdkafka = (");
    for (size_t i = 0; i < config->rdkafka.count; i++) {
        const ConfigPair *pair = &config->rdkafka.items[i];
        (void)fprintf(out, "%s (\"%s\", \"%s\")", i > 0 ? "," : "", pair->name,
                      is_secret_pair(pair->name) ? "***" : pair->value);
    }
    (void)fprintf(out, " ); # %s\n", config->origins->rdkafka);
}

void
config_print(const Config *config, FILE *out)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        _cleanup_(str_done) Str value = STR_EMPTY;
        if (option->name == NULL || (option->programs & config->program) == 0) {
            continue;
        }
        config_value_append(config, option, true, &value);
        if (option->type == CONFIG_TYPE_OF_SECRET) {
            char variable[CONFIG_VARIABLE_SIZE];
            config_option_variable(option, variable);
            (void)fprintf(out, "# %s: %s\n", variable, str_text(&value));
        } else {
            (void)fprintf(out, "%s = %s; # %s\n", option->name, str_text(&value), config->origins->texts[i]);
        }
    }
    print_pairs(config, out);
    print_near_variables(out);
}

/* print_wrapped prints text in lines of LINE_WIDTH, the following ones indented; column is where the first
 * one begins. */
static void
print_wrapped(FILE *out, const char *text, size_t column)
{
    const char *space = "";

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column + strlen(space) + length > LINE_WIDTH) {
            (void)fprintf(out, "\n%*s", MEANING_COLUMN, "");
            column = MEANING_COLUMN;
            space = "";
        }
        (void)fprintf(out, "%s%.*s", space, (int)length, text);
        column += strlen(space) + length;
        space = " ";
        text += length + strspn(text + length, " ");
    }
    (void)fprintf(out, "\n");
}

static void
print_entry(FILE *out, const char *name, const char *meaning)
{
    int printed = fprintf(out, "  %s", name);
    size_t column = printed < 0 ? 0 : (size_t)printed;

    if (column + 2 > MEANING_COLUMN) {
        (void)fprintf(out, "\n");
        column = 0;
    }
    (void)fprintf(out, "%*s", (int)(MEANING_COLUMN - column), "");
    print_wrapped(out, meaning, MEANING_COLUMN);
}

static void
print_option(FILE *out, const ConfigOption *option, ConfigProgram program)
{
    char name[CONFIG_VARIABLE_SIZE];
    char meaning[640];
    const char *value = config_option_default(option, program);

    if (option->type == CONFIG_TYPE_OF_SECRET) {
        config_option_variable(option, name);
        (void)snprintf(meaning, sizeof meaning, "%s Only in the environment.", option->meaning);
        print_entry(out, name, meaning);
        return;
    }
    (void)snprintf(name, sizeof name, "--%s %s", option->name,
                   option->type == CONFIG_TYPE_OF_BOOL ? "true|false" : option->unit);
    for (char *c = name; *c != '\0' && *c != ' '; c++) {
        if (*c == '_') {
            *c = '-';
        }
    }
    (void)snprintf(meaning, sizeof meaning, "%s Default: %s", option->meaning,
                   *value == '\0' ? "empty" : value);
    print_entry(out, name, meaning);
}

/* section_has tells whether the program has an option in the section that begins at row i. */
static bool
section_has(size_t i, ConfigProgram program)
{
    for (i++; i < config_option_count && config_options[i].name != NULL; i++) {
        if ((config_options[i].programs & program) != 0) {
            return true;
        }
    }
    return false;
}

void
config_print_help(ConfigProgram program, const ConfigSubcommand *subcommands, FILE *out)
{
    (void)fprintf(out, "usage: paceline-%s [option...] [subcommand [argument...]]\n\nSubcommands:\n",
                  config_program_name(program));
    for (const ConfigSubcommand *subcommand = subcommands; subcommand->usage != NULL; subcommand++) {
        print_entry(out, subcommand->usage, subcommand->meaning);
    }
    print_entry(out, "check-config", "print the effective configuration and where each value is from");
    (void)fprintf(out,
                  "\nOptions come from %s, the environment (PACELINE_NAME) and\nthe command line; "
                  "the last one wins. See paceline.conf(5).\n\n",
                  CONFIG_DEFAULT_FILE);
    print_entry(out, "--config path", "Read this file instead (PACELINE_CONFIG).");
    print_entry(out, "--rdkafka name=value", "An option for librdkafka; ';' between several.");
    print_entry(out, "-h, --help", "Print this.");
    print_entry(out, "--version", "Print the version.");
    for (size_t i = 0; i < config_option_count; i++) {
        const ConfigOption *option = &config_options[i];
        if (option->name == NULL && section_has(i, program)) {
            (void)fprintf(out, "\n%s:\n", option->meaning);
        } else if (option->name != NULL && (option->programs & program) != 0) {
            print_option(out, option, program);
        }
    }
}
