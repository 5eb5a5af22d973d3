/* activity_check.h - what every activity that a reader accepted promises; for the fuzz targets. */
#ifndef PACELINE_ACTIVITY_CHECK_H
#define PACELINE_ACTIVITY_CHECK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/file_read.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

static inline void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* check_streams: time ascends, positions are whole, values are within their sensors' ranges. */
static inline void
check_streams(const Streams *streams)
{
    require(streams->n <= STREAMS_MAX_SAMPLES);
    require((streams->lat_e7 == NULL) == (streams->lng_e7 == NULL));
    for (size_t i = 0; i < streams->n; i++) {
        require(streams->time_s[i] >= 0 && (i == 0 || streams->time_s[i] > streams->time_s[i - 1]));
        require(streams->hr_bpm == NULL || streams->hr_bpm[i] == STREAM_NO_INT ||
                (streams->hr_bpm[i] >= 30 && streams->hr_bpm[i] <= 250));
        require(streams->distance_m == NULL || !isinf(streams->distance_m[i]));
    }
}

/* check_documents: the JSON that is stored can be read again, and laps lie within the samples. */
static inline void
check_documents(const IngestRequest *request, Arena *arena)
{
    const Activity *activity = &request->activity;
    const char *const documents[] = { activity->provider_data, activity->lengths };
    Lap *laps = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        cJSON *json = documents[i] == NULL ? NULL : json_parse(documents[i], strlen(documents[i]), &err);
        require(documents[i] == NULL || json != NULL);
        cJSON_Delete(json);
    }
    require(activity->provider_data != NULL && activity->provider_data[0] == '{');
    require(date_valid(activity->local_date));
    require(laps_read(activity->laps, &request->streams, arena, &laps, &n, &err));
    require(n == request->laps_n);
}

/* check_file reads one file and checks what came of it: an activity, or a refusal that tells a byte of the
 * file. */
static inline void
check_file(FileFormat format, const char *bytes, size_t length)
{
    IngestRequest request = { .laps_n = 0 };
    Err err = ERR_NONE;
    size_t offset = 0;
    Arena *arena = arena_new(16 << 20);

    if (arena == NULL) {
        return;
    }
    if (file_read(format, bytes, length, NULL, arena, &request, &offset, &err)) {
        check_streams(&request.streams);
        check_documents(&request, arena);
        require(strlen(request.activity.external_id) == 64);
    } else {
        require(err.class == ERR_INVALID_DATA || err.class == ERR_MEMORY_LIMIT);
        require(err.class != ERR_INVALID_DATA || (strcmp(err.code, "invalid_file") == 0 && offset <= length));
    }
    arena_free(arena);
}

#endif
