#include "common/activity/provider_read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/timestamp.h"
#include "common/clock.h"
#include "common/json_read.h"

bool
read_refuse(const ProviderRead *read, const char *name, const char *text, ...)
{
    char path[FIELD_PATH_MAX];
    char reason[200];
    va_list arguments;

    field_path(path, read->field, name);
    va_start(arguments, text);
    (void)vsnprintf(reason, sizeof reason, text, arguments);
    va_end(arguments);
    return field_err(read->err, path, "%s", reason);
}

bool
numbers_read(const ProviderRead *read, const NumberField *fields)
{
    for (const NumberField *field = fields; field->name != NULL; field++) {
        const cJSON *member = json_member(read->object, field->name);
        char path[FIELD_PATH_MAX];
        double value = 0;

        if (member == NULL) {
            continue;
        }
        field_path(path, read->field, field->name);
        if (!json_number(member, path, &value, read->err)) {
            return false;
        }
        value *= field->factor;
        if (field->is_int) {
            value = round(value);
        }
        if (value < field->min || value > field->max) {
            return field_err(read->err, path, "%.10g is not in %.10g to %.10g", value / field->factor,
                             field->min / field->factor, field->max / field->factor);
        }
        char *target = (char *)read->activity + field->offset;
        if (field->is_int) {
            *(int32_t *)(void *)target = (int32_t)value;
        } else {
            *(double *)(void *)target = value;
        }
    }
    return true;
}

bool
flag_read(const ProviderRead *read, const char *name, int32_t *ret_flag)
{
    const cJSON *member = json_member(read->object, name);
    char path[FIELD_PATH_MAX];
    bool is_set = false;

    if (member == NULL) {
        return true;
    }
    field_path(path, read->field, name);
    if (!json_bool(member, path, &is_set, read->err)) {
        return false;
    }
    *ret_flag = is_set ? 1 : 0;
    return true;
}

/* characters counts the code points of well-formed UTF-8. */
static size_t
characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return count;
}

bool
words_read(const ProviderRead *read, const char *name, size_t max_characters, bool is_required,
           const char **ret_text)
{
    const cJSON *member = json_member(read->object, name);
    char path[FIELD_PATH_MAX];
    const char *text = NULL;

    if (member == NULL) {
        return is_required ? read_refuse(read, name, "missing") : true;
    }
    field_path(path, read->field, name);
    if (!json_text(member, path, max_characters * 4, &text, read->err)) {
        return false;
    }
    if (*text == '\0' || characters(text) > max_characters) {
        return field_err(read->err, path, "%zu characters are not in 1 to %zu", characters(text),
                         max_characters);
    }
    *ret_text = arena_copy_text(read->arena, text, strlen(text));
    return *ret_text != NULL || memory_err(read->err);
}

bool
instant_read(const ProviderRead *read, const char *name, bool accepts_number, int64_t *ret_at_us,
             int32_t *ret_offset_s)
{
    const cJSON *member = json_member(read->object, name);
    const char *text = NULL;
    char path[FIELD_PATH_MAX];
    int32_t offset_s = INT32_MIN;
    int64_t at_us = 0;

    field_path(path, read->field, name);
    if (member == NULL) {
        return field_err(read->err, path, "missing");
    }
    if (accepts_number && cJSON_IsNumber(member)) {
        if (!timestamp_from_number(member->valuedouble, &at_us)) {
            return field_err(read->err, path, "not a Unix time in s or ms");
        }
    } else if (!json_text(member, path, 40, &text, read->err)) {
        return false;
    } else if (!timestamp_parse(text, &at_us, &offset_s)) {
        return field_err(read->err, path, "not a time as 2020-06-01T13:03:45Z");
    }
    if (at_us < 0 || at_us > clock_wall_us() + START_AHEAD_MAX_US) {
        return field_err(read->err, path, "not between 1970 and tomorrow");
    }
    *ret_at_us = at_us;
    *ret_offset_s = offset_s;
    return true;
}

bool
pair_read(const ProviderRead *read, const char *name, double *ret_lat, double *ret_lng)
{
    const cJSON *member = json_member(read->object, name);

    if (member == NULL || (cJSON_IsArray(member) && member->child == NULL)) {
        return true;
    }
    const cJSON *lat = member->child;
    const cJSON *lng = lat == NULL ? NULL : lat->next;
    if (!cJSON_IsArray(member) || lng == NULL || lng->next != NULL || !cJSON_IsNumber(lat) ||
        !cJSON_IsNumber(lng)) {
        return read_refuse(read, name, "not a pair of latitude and longitude");
    }
    if (fabs(lat->valuedouble) > 90 || fabs(lng->valuedouble) > 180) {
        return read_refuse(read, name, "%.10g, %.10g is not on Earth", lat->valuedouble, lng->valuedouble);
    }
    *ret_lat = lat->valuedouble;
    *ret_lng = lng->valuedouble;
    return true;
}
