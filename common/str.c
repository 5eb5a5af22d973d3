#include "common/str.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define FIRST_CAPACITY 64

/* reserve makes room for `more` bytes and the NUL. */
static bool
reserve(Str *str, size_t more)
{
    size_t needed = 0;

    if (str->failed) {
        return false;
    }
    if (__builtin_add_overflow(str->length, more, &needed) || __builtin_add_overflow(needed, 1, &needed)) {
        str->failed = true;
        return false;
    }
    if (needed <= str->capacity) {
        return true;
    }
    size_t capacity = str->capacity == 0 ? FIRST_CAPACITY : str->capacity;
    while (capacity < needed) {
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    }
    char *bytes = realloc(str->bytes, capacity);
    if (bytes == NULL) {
        str->failed = true;
        return false;
    }
    str->bytes = bytes;
    str->capacity = capacity;
    return true;
}

void
str_done(Str *str)
{
    free(str->bytes);
    *str = STR_EMPTY;
}

void
str_clear(Str *str)
{
    str->length = 0;
    str->failed = false;
    if (str->bytes != NULL) {
        str->bytes[0] = '\0';
    }
}

void
str_append_bytes(Str *str, const void *bytes, size_t length)
{
    if (!reserve(str, length)) {
        return;
    }
    if (length > 0) {
        memcpy(str->bytes + str->length, bytes, length);
    }
    str->length += length;
    str->bytes[str->length] = '\0';
}

void
str_append(Str *str, const char *text)
{
    str_append_bytes(str, text, strlen(text));
}

void
str_append_char(Str *str, char c)
{
    str_append_bytes(str, &c, 1);
}

void
str_append_format(Str *str, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        str->failed = true;
    } else if (reserve(str, (size_t)length)) {
        (void)vsnprintf(str->bytes + str->length, (size_t)length + 1, format, again);
        str->length += (size_t)length;
    }
    va_end(again);
}

/* escape_next writes the JSON form of the next character of *text into out and steps over it; returns the
 * bytes written, without NUL. `available` counts from *text. */
static size_t
escape_next(const char **text, size_t available, char out[8])
{
    static const char short_forms[] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };
    static const char replacement[] = { '\xEF', '\xBF', '\xBD' }; /* U+FFFD */
    size_t sequence = utf8_sequence(*text, available);

    if (sequence == 0) {
        *text += 1;
        memcpy(out, replacement, sizeof replacement);
        return sizeof replacement;
    }
    unsigned char c = (unsigned char)**text;
    if (c < sizeof short_forms && short_forms[c] != 0) {
        out[0] = '\\';
        out[1] = short_forms[c];
        *text += 1;
        return 2;
    }
    if (c < 0x20 || c == 0x7F) {
        (void)snprintf(out, 8, "\\u%04x", c);
        *text += 1;
        return 6;
    }
    memcpy(out, *text, sequence);
    *text += sequence;
    return sequence;
}

void
str_append_json(Str *str, const char *text)
{
    const char *end = text + strlen(text);
    char out[8];

    str_append_char(str, '"');
    while (text < end) {
        size_t length = escape_next(&text, (size_t)(end - text), out);
        str_append_bytes(str, out, length);
    }
    str_append_char(str, '"');
}

size_t
str_escape_json(char *buffer, size_t size, const char *text)
{
    const char *end = text + strlen(text);
    size_t used = 0;
    size_t needed = 0;
    char out[8];

    while (text < end) {
        size_t length = escape_next(&text, (size_t)(end - text), out);
        if (used == needed && length < size - used) {
            memcpy(buffer + used, out, length);
            used += length;
        }
        needed += length;
    }
    buffer[used] = '\0';
    return needed;
}

void
str_append_double(Str *str, double value, int decimals)
{
    char buffer[400]; /* 309 digits before the point, 17 behind it */

    if (!isfinite(value)) {
        str_append(str, "null");
        return;
    }
    if (decimals < 0) {
        decimals = 0;
    } else if (decimals > 17) {
        decimals = 17;
    }
    int printed = snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    size_t length = printed < 0 ? 0 : (size_t)printed;
    if (decimals > 0) {
        while (length > 0 && buffer[length - 1] == '0') {
            length--;
        }
        if (length > 0 && buffer[length - 1] == '.') {
            length--;
        }
    }
    if (length == 2 && buffer[0] == '-' && buffer[1] == '0') {
        str_append_char(str, '0');
        return;
    }
    str_append_bytes(str, buffer, length);
}

void
str_append_pg_array_item(Str *str, const char *item)
{
    str_append_char(str, str->length == 0 ? '{' : ',');
    if (item == NULL) {
        str_append(str, "NULL");
        return;
    }
    str_append_char(str, '"');
    for (const char *c = item; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            str_append_char(str, '\\');
        }
        str_append_char(str, *c);
    }
    str_append_char(str, '"');
}

bool
str_ok(const Str *str)
{
    return !str->failed;
}

const char *
str_text(const Str *str)
{
    return str->bytes == NULL ? "" : str->bytes;
}

bool
str_copy(char *buffer, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (size == 0) {
        return false;
    }
    size_t kept = utf8_cut(text, length, size - 1);
    memmove(buffer, text, kept);
    buffer[kept] = '\0';
    return kept == length;
}

bool
str_to_int64(const char *text, int64_t *ret_value)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    char *end = NULL;

    if (*digits < '0' || *digits > '9') {
        return false;
    }
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    *ret_value = value;
    return true;
}

bool
str_to_double(const char *text, double *ret_value)
{
    char *end = NULL;

    /* strtod also reads hexadecimal, "inf", "nan" and leading spaces */
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false;
    }
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}
