/* Reading the values of a tree that json_parse made; the tree itself is json_read.c's. */
#include "common/json_read.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "common/utf8.h"

#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */

void
json_delete(cJSON **json)
{
    cJSON_Delete(*json);
}

const cJSON *
json_member(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;

    return cJSON_IsNull(member) ? NULL : member;
}

static bool
refuse_field(Err *err, const char *field, const char *what)
{
    return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: %s", field, what);
}

bool
json_int64(const cJSON *value, const char *field, int64_t *ret_value, Err *err)
{
    if (!cJSON_IsNumber(value)) {
        return refuse_field(err, field, "not a number");
    }
    if (value->valuestring != NULL) {
        return str_to_int64(value->valuestring, ret_value) ||
               refuse_field(err, field, "beyond the range of 64 bits");
    }
    if (trunc(value->valuedouble) != value->valuedouble) {
        return refuse_field(err, field, "not a whole number");
    }
    if (fabs(value->valuedouble) > EXACT_INTEGER_MAX) { /* written with an exponent: digits are lost */
        return refuse_field(err, field, "not an exact whole number");
    }
    *ret_value = (int64_t)value->valuedouble;
    return true;
}

bool
json_number(const cJSON *value, const char *field, double *ret_value, Err *err)
{
    if (!cJSON_IsNumber(value)) {
        return refuse_field(err, field, "not a number");
    }
    *ret_value = value->valuedouble;
    return true;
}

bool
json_text(const cJSON *value, const char *field, size_t max_bytes, const char **ret_text, Err *err)
{
    if (!cJSON_IsString(value)) {
        return refuse_field(err, field, "not a text");
    }
    if (strnlen(value->valuestring, max_bytes + 1) > max_bytes) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: longer than %zu bytes", field, max_bytes);
    }
    *ret_text = value->valuestring;
    return true;
}

bool
json_bool(const cJSON *value, const char *field, bool *ret_value, Err *err)
{
    if (!cJSON_IsBool(value)) {
        return refuse_field(err, field, "not true or false");
    }
    *ret_value = cJSON_IsTrue(value) != 0;
    return true;
}

bool
json_utf8_valid(const char *text, size_t length)
{
    for (size_t offset = 0; offset < length;) {
        size_t sequence = utf8_sequence(text + offset, length - offset);
        if (sequence == 0) {
            return false;
        }
        offset += sequence;
    }
    return true;
}
