/* json_read.h - JSON from outside, read strictly.
 *
 * Over cJSON, it rejects text after the value, duplicate keys, invalid UTF-8, a NUL byte, numbers that
 * are not finite, nesting deeper than 64 and documents of more than JSON_VALUES_MAX values; and it reads
 * 64-bit ids exactly from the text of the number (cJSON keeps a double). Errors are ERR_INVALID_DATA and name
 * the offset or the field.
 */
#ifndef PACELINE_JSON_READ_H
#define PACELINE_JSON_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/err.h"

/* Values in one document, containers and scalars together: cJSON takes about 80 bytes for each, so that a
 * body of 16 MiB could ask for 700 MB. Twelve streams of 200,000 samples are below 3 million. */
#define JSON_VALUES_MAX 4000000

/* json_parse reads length bytes as one JSON value. The caller frees the result with cJSON_Delete
 * (or `_cleanup_(json_delete) cJSON *`). Integers beyond 2^53 keep their digits: json_int64 reads them. NULL
 * on failure. */
MUST_CHECK cJSON *json_parse(const char *text, size_t length, Err *err);
void json_delete(cJSON **json);

/* Member access. object may be NULL or not an object: then nothing is there. A JSON null counts as absent.
 * The name is matched with case. */
const cJSON *json_member(const cJSON *object, const char *name); /* NULL if absent or null */

/* json_int64, json_number, json_text, json_bool read a value that is there. They fail with
 * ERR_INVALID_DATA, code = "invalid_field" and a message that begins with the field's name, when the value
 * has another type, is not a whole number in range, or the text is longer than max_bytes. */
MUST_CHECK bool json_int64(const cJSON *value, const char *field, int64_t *ret_value, Err *err);
MUST_CHECK bool json_number(const cJSON *value, const char *field, double *ret_value, Err *err);
MUST_CHECK bool json_text(const cJSON *value, const char *field, size_t max_bytes, const char **ret_text,
                          Err *err);
MUST_CHECK bool json_bool(const cJSON *value, const char *field, bool *ret_value, Err *err);

/* json_utf8_valid tells whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool json_utf8_valid(const char *text, size_t length);

#endif
