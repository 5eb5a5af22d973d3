#include "worker/kinds/workouts/json_write.h"

#include <inttypes.h>
#include <stddef.h>

/* json_name puts the comma that is due and the name. */
static void
json_name(Str *json, const char *name)
{
    char last = '[';

    if (json->length > 0) {
        last = json->bytes[json->length - 1];
    }
    if (last != '{' && last != '[' && last != ':') {
        str_append_char(json, ',');
    }
    if (name != NULL) {
        str_append_char(json, '"');
        str_append(json, name);
        str_append(json, "\":");
    }
}

void
json_open(Str *json, const char *name, char bracket)
{
    json_name(json, name);
    str_append_char(json, bracket);
}

void
json_close(Str *json, char bracket)
{
    str_append_char(json, bracket);
}

void
json_put_text(Str *json, const char *name, const char *text)
{
    if (text == NULL) {
        json_put_null(json, name);
        return;
    }
    json_name(json, name);
    str_append_json(json, text);
}

void
json_put_int(Str *json, const char *name, int64_t value)
{
    if (value == JSON_NO_INT) {
        json_put_null(json, name);
        return;
    }
    json_name(json, name);
    str_append_format(json, "%" PRId64, value);
}

void
json_put_bool(Str *json, const char *name, bool value)
{
    json_put_raw(json, name, value ? "true" : "false");
}

void
json_put_number(Str *json, const char *name, double value, int decimals)
{
    json_name(json, name);
    str_append_double(json, value, decimals);
}

void
json_put_null(Str *json, const char *name)
{
    json_put_raw(json, name, "null");
}

void
json_put_raw(Str *json, const char *name, const char *text)
{
    json_name(json, name);
    str_append(json, text != NULL ? text : "null");
}
