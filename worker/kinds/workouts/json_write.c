#include "worker/kinds/workouts/json_write.h"

#include <math.h>
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

/* digits appends `value` in at least `least` decimal digits. A chart has 20,000 numbers: printf would take
 * longer than all metrics together. */
static void
digits(Str *json, uint64_t value, int least)
{
    char buffer[24];
    size_t at = sizeof buffer;

    while (value > 0 || least > 0) {
        buffer[--at] = (char)('0' + value % 10);
        value /= 10;
        least--;
    }
    str_append_bytes(json, buffer + at, sizeof buffer - at);
}

/* fixed appends a number whose digits fit into 53 bits, rounded to `decimals` places, without trailing zeros.
 */
static void
fixed(Str *json, double value, int decimals)
{
    static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
    uint64_t scaled = (uint64_t)llround(fabs(value) * (double)powers[decimals]);
    uint64_t whole = scaled / powers[decimals];
    uint64_t rest = scaled % powers[decimals];

    if (value < 0 && scaled > 0) {
        str_append_char(json, '-');
    }
    digits(json, whole, 1);
    if (rest > 0) {
        while (rest % 10 == 0) {
            rest /= 10;
            decimals--;
        }
        str_append_char(json, '.');
        digits(json, rest, decimals);
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
    if (value < 0) {
        str_append_char(json, '-');
    }
    digits(json, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
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
    if (decimals >= 0 && decimals <= 7 && fabs(value) < 1e8) { /* times 10^7 is below 2^53 */
        fixed(json, value, decimals);
    } else {
        str_append_double(json, value, decimals);
    }
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
