#include "common/activity/file_activity.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/provider_read.h"
#include "common/activity/timestamp.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"

#define DEGREES_AN_HOUR 15.0
#define CREATOR_MAX 200 /* bytes */

bool
file_refuse(FileFault *fault, size_t offset, const char *text, ...)
{
    char reason[256];
    va_list arguments;

    va_start(arguments, text);
    (void)vsnprintf(reason, sizeof reason, text, arguments);
    va_end(arguments);
    fault->offset = offset;
    return err_set(fault->err, ERR_INVALID_DATA, "invalid_file", "%s: byte %zu: %s", fault->format, offset,
                   reason);
}

bool
file_no_memory(FileFault *fault)
{
    return err_set(fault->err, ERR_MEMORY_LIMIT, "arena", "%s: no memory left in the arena", fault->format);
}

void
file_activity_init(FileActivity *file, Arena *arena)
{
    *file = (FileActivity){ .arena = arena };
    activity_init(&file->activity);
    file->activity.source = SOURCE_FILE;
    file->activity.start_at_us = INT64_MIN;
}

void
file_point_init(FilePoint *point, int64_t at_us, size_t offset)
{
    *point = (FilePoint){ .at_us = at_us, .offset = offset };
    for (int id = 0; id < STREAM_COUNT; id++) {
        point->value[id] = NAN;
    }
}

/* room makes place for one more element of an array in the arena: twice as many when it is full. NULL without
 * memory. */
static void *
room(Arena *arena, void *array, size_t n, size_t size, size_t *capacity)
{
    if (n < *capacity) {
        return array;
    }
    const size_t wanted = *capacity == 0 ? 256 : 2 * *capacity;
    void *larger = arena_alloc(arena, wanted, size);
    if (larger != NULL && n > 0) {
        memcpy(larger, array, n * size);
    }
    if (larger != NULL) {
        *capacity = wanted;
    }
    return larger;
}

bool
file_point_add(FileActivity *file, const FilePoint *point, FileFault *fault)
{
    if (file->points_n == STREAMS_MAX_SAMPLES) {
        return file_refuse(fault, point->offset, "more than %d points", STREAMS_MAX_SAMPLES);
    }
    FilePoint *points =
        room(file->arena, file->points, file->points_n, sizeof *points, &file->points_capacity);
    if (points == NULL) {
        return file_no_memory(fault);
    }
    file->points = points;
    file->points[file->points_n++] = *point;
    return true;
}

bool
file_lap_add(FileActivity *file, const FileLap *lap, size_t offset, FileFault *fault)
{
    if (file->laps_n == LAPS_MAX) {
        return file_refuse(fault, offset, "more than %d laps", LAPS_MAX);
    }
    FileLap *laps = room(file->arena, file->laps, file->laps_n, sizeof *laps, &file->laps_capacity);
    if (laps == NULL) {
        return file_no_memory(fault);
    }
    file->laps = laps;
    file->laps[file->laps_n++] = *lap;
    return true;
}

/* text_keep copies text, cut to a number of bytes. */
static bool
text_keep(FileActivity *file, const char *text, size_t max_bytes, const char **ret_text, FileFault *fault)
{
    char kept[ACTIVITY_NAME_MAX + 1];

    (void)str_copy(kept, max_bytes + 1, text);
    *ret_text = arena_copy_text(file->arena, kept, strlen(kept));
    return *ret_text != NULL || file_no_memory(fault);
}

bool
file_creator_set(FileActivity *file, const char *name, FileFault *fault)
{
    return text_keep(file, name, CREATOR_MAX, &file->creator, fault);
}

bool
file_name_set(FileActivity *file, const char *name, FileFault *fault)
{
    return file->activity.name != NULL ||
           text_keep(file, name, ACTIVITY_NAME_MAX, &file->activity.name, fault);
}

bool
file_sport_set(FileActivity *file, const char *word, FileFault *fault)
{
    if (!text_keep(file, word, ACTIVITY_SPORT_MAX, &file->activity.provider_sport, fault)) {
        return false;
    }
    file->activity.sport = sport_from_provider(file->activity.provider_sport);
    return true;
}

/* by_time orders points by time, those of one instant as they stand in the file. */
static int
by_time(const void *a, const void *b)
{
    const FilePoint *left = a;
    const FilePoint *right = b;

    if (left->at_us != right->at_us) {
        return left->at_us < right->at_us ? -1 : 1;
    }
    return (left->offset > right->offset) - (left->offset < right->offset);
}

/* points_sort: nearly every file is in order already. */
static void
points_sort(FileActivity *file)
{
    for (size_t i = 1; i < file->points_n; i++) {
        if (by_time(&file->points[i - 1], &file->points[i]) > 0) {
            qsort(file->points, file->points_n, sizeof *file->points, by_time);
            return;
        }
    }
}

/* start_find settles when it starts: a start that the file names must not be after its first point. */
static bool
start_find(FileActivity *file, FileFault *fault)
{
    Activity *activity = &file->activity;
    const bool has_points = file->points_n > 0;
    const size_t offset = has_points ? file->points[0].offset : 0;

    if (has_points && (activity->start_at_us == INT64_MIN || activity->start_at_us > file->points[0].at_us)) {
        activity->start_at_us = file->points[0].at_us;
    }
    if (activity->start_at_us == INT64_MIN) {
        return file_refuse(fault, 0, "nothing in it has a time: it is no recorded activity");
    }
    if (activity->start_at_us < 0 || activity->start_at_us > clock_wall_us() + START_AHEAD_MAX_US) {
        return file_refuse(fault, offset, "it starts before 1970 or after tomorrow");
    }
    return true;
}

static int64_t
second_of(const FileActivity *file, int64_t at_us)
{
    return llround((double)(at_us - file->activity.start_at_us) / 1e6);
}

/* points_merge makes the points of one second one, and counts what is left. */
static bool
points_merge(FileActivity *file, FileFault *fault)
{
    size_t n = 0;

    for (size_t i = 0; i < file->points_n; i++) {
        const FilePoint *point = &file->points[i];
        const int64_t second = second_of(file, point->at_us);
        if (second > ACTIVITY_MAX_DURATION_S) {
            return file_refuse(fault, point->offset, "a point %lld s after the start, more than %d",
                               (long long)second, ACTIVITY_MAX_DURATION_S);
        }
        if (n == 0 || second_of(file, file->points[n - 1].at_us) != second) {
            file->points[n++] = *point;
            continue;
        }
        FilePoint *kept = &file->points[n - 1];
        for (int id = 0; id < STREAM_COUNT; id++) {
            kept->value[id] = isnan(kept->value[id]) ? point->value[id] : kept->value[id];
        }
    }
    file->points_n = n;
    return true;
}

static void
stream_fill(const FileActivity *file, Streams *streams, StreamId id, double factor)
{
    for (size_t i = 0; i < streams->n; i++) {
        (void)streams_put(streams, id, i, file->points[i].value[id] * factor);
    }
}

static bool
streams_make(const FileActivity *file, Streams *streams, FileFault *fault)
{
    *streams = (Streams){ .n = file->points_n };
    if (streams->n == 0) {
        return true;
    }
    for (int id = 0; id < STREAM_COUNT; id++) {
        if (!streams_open(streams, (StreamId)id, file->arena)) {
            return file_no_memory(fault);
        }
        stream_fill(file, streams, (StreamId)id, 1);
    }
    for (size_t i = 0; i < streams->n; i++) {
        streams->time_s[i] = (int32_t)second_of(file, file->points[i].at_us);
    }
    if (sport_on_foot(file->activity.sport) && cadence_is_one_leg(streams->cadence_per_min, streams->n)) {
        stream_fill(file, streams, STREAM_CADENCE, 2); /* from the halves that a device may keep */
    }
    streams_prune(streams);
    return true;
}

static int32_t
whole_s(double seconds)
{
    return seconds >= 0 && seconds <= ACTIVITY_MAX_DURATION_S ? (int32_t)lround(seconds) : STREAM_NO_INT;
}

static bool
laps_make(const FileActivity *file, IngestRequest *request, FileFault *fault)
{
    Lap *laps = arena_alloc(file->arena, file->laps_n, sizeof *laps);

    if (laps == NULL) {
        return file_no_memory(fault);
    }
    for (size_t i = 0; i < file->laps_n; i++) {
        const FileLap *lap = &file->laps[i];
        laps[i] =
            (Lap){ .start_index = STREAM_NO_INT,
                   .end_index = STREAM_NO_INT,
                   .start_s = whole_s((double)second_of(file, lap->start_us)),
                   .distance_m =
                       lap->distance_m >= 0 && lap->distance_m <= LAP_DISTANCE_MAX_M ? lap->distance_m : NAN,
                   .elapsed_s = whole_s(lap->elapsed_s),
                   .moving_s = whole_s(lap->moving_s) };
    }
    laps_locate(laps, file->laps_n, &request->streams);
    request->laps = laps;
    request->laps_n = file->laps_n;
    if (file->laps_n > 0) {
        request->activity.laps = laps_text(laps, file->laps_n, file->arena, fault->err);
    }
    return file->laps_n == 0 || request->activity.laps != NULL;
}

/* ends_find takes the first and the last position. */
static void
ends_find(Activity *activity, const Streams *streams)
{
    for (size_t i = 0; streams->lat_e7 != NULL && i < streams->n; i++) {
        if (streams->lat_e7[i] != STREAM_NO_INT) {
            activity->end_lat = streams->lat_e7[i] / 1e7;
            activity->end_lng = streams->lng_e7[i] / 1e7;
            activity->start_lat = isnan(activity->start_lat) ? activity->end_lat : activity->start_lat;
            activity->start_lng = isnan(activity->start_lng) ? activity->end_lng : activity->start_lng;
        }
    }
}

static void
day_find(Activity *activity)
{
    int32_t offset_s = activity->utc_offset_s;

    if (offset_s == ACTIVITY_NO_INT) {
        offset_s =
            isnan(activity->start_lng) ? 0 : 3600 * (int32_t)lround(activity->start_lng / DEGREES_AN_HOUR);
    }
    timestamp_date(activity->start_at_us, offset_s, activity->local_date);
}

/* provider_data_make keeps where the activity came from. */
static bool
provider_data_make(const FileActivity *file, Activity *activity, FileFault *fault)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    str_append_format(&text, "{\"format\":\"%s\",\"creator\":", fault->format);
    if (file->creator != NULL) {
        str_append_json(&text, file->creator);
    } else {
        str_append(&text, "null");
    }
    str_append_char(&text, '}');
    activity->provider_data =
        str_ok(&text) ? arena_copy_text(file->arena, str_text(&text), text.length) : NULL;
    return activity->provider_data != NULL || file_no_memory(fault);
}

bool
file_activity_finish(FileActivity *file, IngestRequest *ret_request, FileFault *fault)
{
    IngestRequest request = { .user_id = "" };

    points_sort(file);
    if (!start_find(file, fault) || !points_merge(file, fault) ||
        !streams_make(file, &request.streams, fault)) {
        return false;
    }
    request.activity = file->activity;
    ends_find(&request.activity, &request.streams);
    day_find(&request.activity);
    if (!laps_make(file, &request, fault) || !provider_data_make(file, &request.activity, fault)) {
        return false;
    }
    *ret_request = request;
    return true;
}
