/* ingest_fuzz.c - libFuzzer target: the body of POST /workouts.
 *
 * Beyond crashes it checks what every accepted body promises: the samples of streams.h, laps within
 * them, a local date, and provider_data that is JSON again.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/ingest.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
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

static void
check_documents(const IngestRequest *request, Arena *arena)
{
    const Activity *activity = &request->activity;
    Lap *laps = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    cJSON *provider_data = json_parse(activity->provider_data, strlen(activity->provider_data), &err);
    require(cJSON_IsObject(provider_data));
    cJSON_Delete(provider_data);
    require(date_valid(activity->local_date));
    require(laps_read(activity->laps, &request->streams, arena, &laps, &n, &err));
    require(n == request->laps_n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IngestRequest request = { .laps_n = 0 };
    Err err = ERR_NONE;
    char field[128];
    Arena *arena = arena_new(16 << 20);

    if (arena == NULL) {
        return 0;
    }
    if (ingest_parse((const char *)data, size, arena, &request, &err)) {
        check_streams(&request.streams);
        check_documents(&request, arena);
    } else {
        require(err.class == ERR_INVALID_DATA || err.class == ERR_MEMORY_LIMIT);
        require(strcmp(err.code, "invalid_field") != 0 || ingest_field(&err, field, sizeof field));
    }
    arena_free(arena);
    return 0;
}
