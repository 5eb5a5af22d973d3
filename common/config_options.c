/* The table of options as an array, and its names. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/config_internal.h"

/* A meaning that is missing or a word or two fails the build, and so does a reload of memory in use. */
#define CAN_RELOAD_INT 1
#define CAN_RELOAD_DURATION 1
#define CAN_RELOAD_SIZE 1
#define CAN_RELOAD_BOOL 1
#define CAN_RELOAD_CHOICE 1
#define CAN_RELOAD_TEXT 0
#define CAN_RELOAD_LIST 0
#define CAN_RELOAD_ADDRESS 0
#define CAN_RELOAD_SECRET 0
#define RELOADABLE 1
#define FIXED 0

#define SECTION(title)
#define OPTION(name_, type_, unit_, default_, min_, max_, reload_, programs_, meaning_)                      \
    _Static_assert(sizeof(meaning_) > 16, "options.def: " #name_ " has no meaning");                         \
    _Static_assert(!(reload_) || CAN_RELOAD_##type_, "options.def: " #name_ " cannot be reloadable");
#include "common/options.def"
#undef OPTION
#undef SECTION

#define PRODUCER CONFIG_PRODUCER
#define WORKER CONFIG_WORKER
#define REAPER CONFIG_REAPER
#define EVERY CONFIG_EVERY
#define EACH(producer, worker, reaper) producer, worker, reaper

const ConfigOption config_options[] = {
#define SECTION(title) { .meaning = (title) },
#define OPTION(name_, type_, unit_, default_, min_, max_, reload_, programs_, meaning_)                      \
    { .name = #name_,                                                                                        \
      .type = CONFIG_TYPE_OF_##type_,                                                                        \
      .unit = (unit_),                                                                                       \
      .defaults = { default_ },                                                                              \
      .min = (min_),                                                                                         \
      .max = (max_),                                                                                         \
      .is_reloadable = (reload_),                                                                            \
      .programs = (programs_),                                                                               \
      .meaning = (meaning_),                                                                                 \
      .offset = offsetof(Config, name_) },
#include "common/options.def"
#undef OPTION
#undef SECTION
};

const size_t config_option_count = sizeof config_options / sizeof config_options[0];

/* letter folds the ways to write a name into one. */
static char
letter(char c)
{
    if (c == '-') {
        return '_';
    }
    return c;
}

const ConfigOption *
config_option_find(const char *name)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const char *candidate = config_options[i].name;
        if (candidate == NULL) {
            continue;
        }
        size_t n = 0;
        while (candidate[n] != '\0' && candidate[n] == letter(name[n])) {
            n++;
        }
        if (candidate[n] == '\0' && name[n] == '\0') {
            return &config_options[i];
        }
    }
    return NULL;
}

#define NAME_MAX_LETTERS 40

/* edit_distance is Levenshtein's: insertions, deletions and substitutions between two short names. */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LETTERS + 1];
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);

    if (a_length > NAME_MAX_LETTERS || b_length > NAME_MAX_LETTERS) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = diagonal + (letter(a[i - 1]) == letter(b[j - 1]) ? 0 : 1);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[b_length];
}

const ConfigOption *
config_option_near(const char *name)
{
    const ConfigOption *nearest = NULL;
    size_t least = 3;

    for (size_t i = 0; i < config_option_count; i++) {
        const char *candidate = config_options[i].name;
        size_t distance = candidate == NULL ? least : edit_distance(name, candidate);
        if (distance < least && distance < strlen(name)) {
            least = distance;
            nearest = &config_options[i];
        }
    }
    return nearest;
}

void
config_option_variable(const ConfigOption *option, char variable[CONFIG_VARIABLE_SIZE])
{
    (void)snprintf(variable, CONFIG_VARIABLE_SIZE, "PACELINE_%s", option->name);
    for (char *c = variable; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
}

const char *
config_option_default(const ConfigOption *option, ConfigProgram program)
{
    const char *own = program == CONFIG_WORKER   ? option->defaults[1]
                      : program == CONFIG_REAPER ? option->defaults[2]
                                                 : option->defaults[0];

    return own != NULL ? own : option->defaults[0];
}
