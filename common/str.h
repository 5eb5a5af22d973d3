/* str.h - a growing string with its length, appended to with checks.
 *
 * A Str owns its bytes, which always end in NUL (not counted). When memory runs out the Str turns
 * failed: later appends do nothing, and str_ok tells once at the end. Single-threaded.
 */
#ifndef PACELINE_STR_H
#define PACELINE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

typedef struct Str {
    char *bytes; /* NULL until the first append */
    size_t length;
    size_t capacity;
    bool failed;
} Str;

#define STR_EMPTY ((Str){ .bytes = NULL })

void str_done(Str *str);  /* frees; the Str is empty again and may be used again */
void str_clear(Str *str); /* length 0, memory kept, failure forgotten */
void str_append(Str *str, const char *text);
void str_append_bytes(Str *str, const void *bytes, size_t length);
void str_append_char(Str *str, char c);
void str_append_format(Str *str, const char *format, ...) PRINTF_LIKE(2, 3);

/* str_append_json appends text as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void str_append_json(Str *str, const char *text);

/* str_append_double appends value with at most `decimals` digits after the point and no trailing
 * zeros ("12.5", "3"); NaN and infinities become "null". For JSON output. */
void str_append_double(Str *str, double value, int decimals);

/* str_append_pg_array_item appends `item` to a PostgreSQL text array literal under construction:
 * "{" is written before the first, "," before the others; quotes and backslashes are escaped.
 * NULL appends NULL. Close with str_append_char(str, '}'), which makes "{...}"; an array without
 * items is written "{}" by the caller. */
void str_append_pg_array_item(Str *str, const char *item);

/* str_ok is false if any append since the last clear failed for want of memory. */
bool str_ok(const Str *str);

/* str_text returns the bytes as a C string, "" while empty; valid until the next append. */
const char *str_text(const Str *str);

/* str_copy copies text into a fixed buffer [size], cut at a UTF-8 boundary, always ended by NUL;
 * false if it was cut. */
bool str_copy(char *buffer, size_t size, const char *text);

/* str_escape_json writes text into buffer [size] as the inside of a JSON string (no quotes), cut between
 * characters when it does not fit, always ended by NUL; bytes that are not UTF-8 become U+FFFD. Returns the
 * bytes that the whole needs without the NUL: size or more means it was cut. size >= 1. Does not allocate. */
size_t str_escape_json(char *buffer, size_t size, const char *text);

/* str_to_int64 reads a whole decimal number, nothing before or after it; false (and *ret_value
 * untouched) otherwise or out of range. */
MUST_CHECK bool str_to_int64(const char *text, int64_t *ret_value);

/* str_to_double reads a whole finite decimal number in the C locale; false otherwise. */
MUST_CHECK bool str_to_double(const char *text, double *ret_value);

#endif
