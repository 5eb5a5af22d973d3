/* json_write.h - JSON documents written member by member into a Str.
 *
 * Commas follow from what stands before, so there is no state beside the Str. `name` is the member's name, or
 * NULL for an element of an array; names are constants of ours and need no escapes. What is not known is
 * written as null, never left out: NaN, JSON_NO_INT, a NULL text. Failure for want of memory shows in str_ok.
 */
#ifndef PACELINE_JSON_WRITE_H
#define PACELINE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

#define JSON_NO_INT INT64_MIN

void json_open(Str *json, const char *name, char bracket); /* '{' or '[' */
void json_close(Str *json, char bracket);                  /* '}' or ']' */
void json_put_text(Str *json, const char *name, const char *text);
void json_put_int(Str *json, const char *name, int64_t value);
void json_put_bool(Str *json, const char *name, bool value);

/* json_put_number writes at most `decimals` digits after the point. */
void json_put_number(Str *json, const char *name, double value, int decimals);

void json_put_null(Str *json, const char *name);

/* json_put_raw writes text that is JSON already; NULL is null. */
void json_put_raw(Str *json, const char *name, const char *text);

#endif
