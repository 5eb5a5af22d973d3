#include "common/activity/laps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/activity.h"
#include "common/activity/field.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"
#include "common/str.h"

#define LAP_NAME_BYTES 500

/* whole_read reads the first member that is there under one of two names, 0 or more, rounded. */
static bool
whole_read(const cJSON *lap, const char *path, const char *name, const char *other, int32_t *ret_value,
           Err *err)
{
    char field[FIELD_PATH_MAX];
    const cJSON *member = json_member(lap, name);
    double value = 0;

    if (member == NULL && other != NULL) {
        name = other;
        member = json_member(lap, other);
    }
    if (member == NULL) {
        return true;
    }
    field_path(field, path, name);
    if (!json_number(member, field, &value, err)) {
        return false;
    }
    value = round(value);
    if (value < 0 || value > INT32_MAX) {
        return field_err(err, field, "%.15g is out of range", value);
    }
    *ret_value = (int32_t)value;
    return true;
}

static bool
distance_read(const cJSON *lap, const char *path, double *ret_m, Err *err)
{
    const bool is_stored = json_member(lap, "distance_m") != NULL;
    const char *name = is_stored ? "distance_m" : "distance";
    const cJSON *member = json_member(lap, name);
    char field[FIELD_PATH_MAX];
    double metres = 0;

    if (member == NULL) {
        return true;
    }
    field_path(field, path, name);
    if (!json_number(member, field, &metres, err)) {
        return false;
    }
    if (metres < 0 || metres > LAP_DISTANCE_MAX_M) {
        return field_err(err, field, "%.15g m is out of range", metres);
    }
    *ret_m = metres;
    return true;
}

/* start_read finds when the lap starts, in seconds of the activity. A start outside the activity stays
 * missing: clocks of laps are less careful than those of samples. */
static bool
start_read(const cJSON *lap, const char *path, int64_t start_at_us, int32_t *ret_start_s, Err *err)
{
    const cJSON *date = json_member(lap, "start_date");
    const cJSON *clock = json_member(lap, "startTimeInSeconds");
    char field[FIELD_PATH_MAX];
    const char *text = NULL;
    double number = 0;
    int64_t at_us = 0;

    if (date != NULL) {
        field_path(field, path, "start_date");
        if (!json_text(date, field, 40, &text, err)) {
            return false;
        }
        if (!timestamp_parse(text, &at_us, NULL)) {
            return field_err(err, field, "not a time");
        }
    } else if (clock != NULL) {
        field_path(field, path, "startTimeInSeconds");
        if (!json_number(clock, field, &number, err)) {
            return false;
        }
        if (!timestamp_from_number(number, &at_us)) {
            return field_err(err, field, "not a Unix time in s or ms");
        }
    } else {
        return whole_read(lap, path, "start_s", NULL, ret_start_s, err);
    }
    const double second = round((double)(at_us - start_at_us) / 1e6);
    if (second >= 0 && second <= ACTIVITY_MAX_DURATION_S) {
        *ret_start_s = (int32_t)second;
    }
    return true;
}

static bool
lap_read(const cJSON *value, const char *path, int64_t start_at_us, Arena *arena, Lap *ret_lap, Err *err)
{
    const cJSON *name = json_member(value, "name");
    char field[FIELD_PATH_MAX];
    const char *text = NULL;
    Lap lap = { .start_index = STREAM_NO_INT,
                .end_index = STREAM_NO_INT,
                .start_s = STREAM_NO_INT,
                .distance_m = NAN,
                .elapsed_s = STREAM_NO_INT,
                .moving_s = STREAM_NO_INT };

    if (!cJSON_IsObject(value)) {
        return field_err(err, path, "a lap is an object");
    }
    if (name != NULL) {
        field_path(field, path, "name");
        if (!json_text(name, field, LAP_NAME_BYTES, &text, err)) {
            return false;
        }
        lap.name = arena_copy_text(arena, text, strlen(text));
        if (lap.name == NULL) {
            return memory_err(err);
        }
    }
    if (!whole_read(value, path, "start_index", NULL, &lap.start_index, err) ||
        !whole_read(value, path, "end_index", NULL, &lap.end_index, err) ||
        !whole_read(value, path, "elapsed_time_s", "elapsed_time", &lap.elapsed_s, err) ||
        !whole_read(value, path, "moving_time_s", "moving_time", &lap.moving_s, err) ||
        !distance_read(value, path, &lap.distance_m, err) ||
        !start_read(value, path, start_at_us, &lap.start_s, err)) {
        return false;
    }
    *ret_lap = lap;
    return true;
}

/* indices_check wants both indices or neither, in order and within the samples. */
static bool
indices_check(const Lap *lap, const Streams *streams, const char *path, Err *err)
{
    const bool has_start = lap->start_index != STREAM_NO_INT;
    const bool has_end = lap->end_index != STREAM_NO_INT;
    char field[FIELD_PATH_MAX];

    if (!has_start && !has_end) {
        return true;
    }
    field_path(field, path, has_start ? "end_index" : "start_index");
    if (has_start != has_end) {
        return field_err(err, field, "missing beside the other index");
    }
    if (lap->end_index < lap->start_index) {
        return field_err(err, field, "%d is before the start at %d", lap->end_index, lap->start_index);
    }
    if (streams != NULL && streams->n > 0 && (size_t)lap->end_index >= streams->n) {
        return field_err(err, field, "%d is beyond the %zu samples", lap->end_index, streams->n);
    }
    return true;
}

/* first_from finds the first sample at or after a second; n if there is none. */
static size_t
first_from(const Streams *streams, int64_t second)
{
    size_t low = 0;
    size_t high = streams->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (streams->time_s[middle] < second) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* indices_from_time gives a lap that has only a start its samples: up to the next lap, or as long as it
 * lasted. */
static void
indices_from_time(Lap *laps, size_t n, size_t i, const Streams *streams)
{
    Lap *lap = &laps[i];
    size_t end = streams->n;

    if (lap->start_s == STREAM_NO_INT || lap->start_index != STREAM_NO_INT) {
        return;
    }
    if (i + 1 < n && laps[i + 1].start_s != STREAM_NO_INT) {
        end = first_from(streams, laps[i + 1].start_s);
    } else if (lap->elapsed_s != STREAM_NO_INT) {
        end = first_from(streams, (int64_t)lap->start_s + lap->elapsed_s + 1);
    }
    const size_t start = first_from(streams, lap->start_s);
    if (start < end) {
        lap->start_index = (int32_t)start;
        lap->end_index = (int32_t)end - 1;
    }
}

void
laps_locate(Lap *laps, size_t n, const Streams *streams)
{
    for (size_t i = 0; streams->n > 0 && i < n; i++) {
        indices_from_time(laps, n, i, streams);
    }
}

bool
laps_import(const cJSON *value, const char *field, int64_t start_at_us, const Streams *streams, Arena *arena,
            Lap **ret_laps, size_t *ret_n, Err *err)
{
    const int count = cJSON_GetArraySize(value);
    char path[FIELD_PATH_MAX];
    size_t n = 0;

    if (!cJSON_IsArray(value)) {
        return field_err(err, field, "not an array");
    }
    if (count > LAPS_MAX) {
        return field_err(err, field, "%d laps are more than %d", count, LAPS_MAX);
    }
    Lap *laps = arena_alloc(arena, (size_t)count, sizeof *laps);
    if (laps == NULL) {
        return memory_err(err);
    }
    for (const cJSON *item = value->child; item != NULL; item = item->next, n++) {
        (void)snprintf(path, sizeof path, "%.40s[%zu]", field, n);
        if (!lap_read(item, path, start_at_us, arena, &laps[n], err) ||
            !indices_check(&laps[n], streams, path, err)) {
            return false;
        }
    }
    if (streams != NULL) {
        laps_locate(laps, n, streams);
    }
    *ret_laps = laps;
    *ret_n = n;
    return true;
}

static void
member_int(Str *text, const char *name, int32_t value)
{
    if (value != STREAM_NO_INT) {
        str_append_format(text, ",\"%s\":%d", name, value);
    }
}

static void
lap_print(Str *text, const Lap *lap, size_t number)
{
    str_append_format(text, "%s{\"lap\":%zu", number > 1 ? "," : "", number);
    if (lap->name != NULL) {
        str_append(text, ",\"name\":");
        str_append_json(text, lap->name);
    }
    member_int(text, "start_index", lap->start_index);
    member_int(text, "end_index", lap->end_index);
    member_int(text, "start_s", lap->start_s);
    if (!isnan(lap->distance_m)) {
        str_append(text, ",\"distance_m\":");
        str_append_double(text, lap->distance_m, 3);
    }
    member_int(text, "elapsed_time_s", lap->elapsed_s);
    member_int(text, "moving_time_s", lap->moving_s);
    str_append_char(text, '}');
}

char *
laps_text(const Lap *laps, size_t n, Arena *arena, Err *err)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    str_append_char(&text, '[');
    for (size_t i = 0; i < n; i++) {
        lap_print(&text, &laps[i], i + 1);
    }
    str_append_char(&text, ']');
    char *copy = str_ok(&text) ? arena_copy_text(arena, str_text(&text), text.length) : NULL;
    if (copy == NULL) {
        (void)memory_err(err);
    }
    return copy;
}

bool
laps_read(const char *text, const Streams *streams, Arena *arena, Lap **ret_laps, size_t *ret_n, Err *err)
{
    if (text == NULL || strcmp(text, "null") == 0) {
        *ret_laps = NULL;
        *ret_n = 0;
        return true;
    }
    _cleanup_(json_delete) cJSON *value = json_parse(text, strlen(text), err);
    return value != NULL && laps_import(value, "laps", 0, streams, arena, ret_laps, ret_n, err);
}
