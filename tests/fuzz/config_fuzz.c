/* The first byte chooses: a whole configuration file, librdkafka's pairs, or one option's value. What is
 * accepted can be printed, and printed values are accepted again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name */
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 leaks its buffer at a string without end; the program ends then. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void
check_printed(Config *config, const ConfigOption *option)
{
    _cleanup_(str_done) Str line = STR_EMPTY;
    _cleanup_(config_done) Config again = { .origins = NULL };
    Err err = ERR_NONE;

    if (option->type == CONFIG_TYPE_OF_SECRET ||
        (option->type == CONFIG_TYPE_OF_LIST && config->kinds.count == 0)) {
        return;
    }
    str_append_format(&line, "%s = ", option->name);
    config_value_append(config, option, false, &line);
    str_append_char(&line, ';');
    if (!config_set_defaults(&again, CONFIG_WORKER, &err) ||
        !config_file_parse(&again, str_text(&line), "again", &err)) {
        abort();
    }
}

static void
read_value(Config *config, const ConfigOption *option, const char *text)
{
    Err err = ERR_NONE;

    if (option->name != NULL && config_value_set(config, option, text, &err)) {
        check_printed(config, option);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(config_done) Config config = { .origins = NULL };
    Err err = ERR_NONE;

    if (size < 1) {
        return 0;
    }
    _cleanup_(free_pointer) char *text = strndup((const char *)data + 1, size - 1);
    if (text == NULL || strstr(text, "@include") != NULL ||
        !config_set_defaults(&config, CONFIG_WORKER, &err)) {
        return 0;
    }
    if (data[0] == 'F') {
        (void)!config_file_parse(&config, text, "fuzz", &err);
    } else if (data[0] == 'R') {
        (void)!config_pairs_parse(&config.rdkafka, text, &err);
    } else {
        read_value(&config, &config_options[data[0] % config_option_count], text);
    }
    return 0;
}
