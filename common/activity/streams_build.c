#include "common/activity/streams_build.h"

#include <math.h>

#include "common/activity/activity.h"

#define CADENCE_BOTH_FEET_FROM 120 /* per minute: fewer on foot are one leg's (workouts.md, section 4.1) */
#define CADENCE_MAX 500

/* Where a stream lies in Streams, and which values its sensor can give. */
static const struct {
    size_t offset;
    bool is_float;
    double min, max;
} stored[STREAM_COUNT] = {
    [STREAM_TIME] = { offsetof(Streams, time_s), false, 0, ACTIVITY_MAX_DURATION_S },
    [STREAM_DISTANCE] = { offsetof(Streams, distance_m), true, 0, 1e8 },
    [STREAM_LAT] = { offsetof(Streams, lat_e7), false, -90e7, 90e7 },
    [STREAM_LNG] = { offsetof(Streams, lng_e7), false, -180e7, 180e7 },
    [STREAM_ALTITUDE] = { offsetof(Streams, altitude_m), true, -1000, 20000 },
    [STREAM_SPEED] = { offsetof(Streams, speed_mps), true, 0, 150 },
    [STREAM_HR] = { offsetof(Streams, hr_bpm), false, 30, 250 }, /* sync.md section 5; 0 is "no contact" */
    [STREAM_CADENCE] = { offsetof(Streams, cadence_per_min), false, 0, CADENCE_MAX },
    [STREAM_POWER] = { offsetof(Streams, power_w), false, 0, 5000 },
    [STREAM_TEMPERATURE] = { offsetof(Streams, temperature_c), false, -60, 60 }, /* sync.md section 5 */
    [STREAM_GRADE] = { offsetof(Streams, grade_pct), true, -100, 100 },
    [STREAM_MOVING] = { offsetof(Streams, moving), false, 0, 1 },
};

static void **
array_of(Streams *streams, StreamId id)
{
    return (void **)((char *)streams + stored[id].offset);
}

bool
streams_has(const Streams *streams, StreamId id)
{
    return *(void *const *)((const char *)streams + stored[id].offset) != NULL;
}

bool
streams_open(Streams *streams, StreamId id, Arena *arena)
{
    void **array = array_of(streams, id);

    if (*array != NULL) {
        return true;
    }
    *array = arena_alloc(arena, streams->n, sizeof(int32_t));
    for (size_t i = 0; *array != NULL && i < streams->n; i++) {
        if (stored[id].is_float) {
            ((float *)*array)[i] = NAN;
        } else {
            ((int32_t *)*array)[i] = STREAM_NO_INT;
        }
    }
    return *array != NULL;
}

bool
streams_put(Streams *streams, StreamId id, size_t i, double value)
{
    void *array = *array_of(streams, id);
    const double kept = stored[id].is_float ? value : round(value);

    if (isnan(value)) {
        return true;
    }
    if (kept < stored[id].min || kept > stored[id].max) {
        return false;
    }
    if (stored[id].is_float) {
        ((float *)array)[i] = (float)kept;
    } else {
        ((int32_t *)array)[i] = (int32_t)kept;
    }
    return true;
}

double
streams_limit(StreamId id)
{
    return stored[id].max;
}

/* positions_pair leaves a position only where both coordinates are. */
static void
positions_pair(Streams *streams)
{
    for (size_t i = 0; streams->lat_e7 != NULL && streams->lng_e7 != NULL && i < streams->n; i++) {
        if (streams->lat_e7[i] == STREAM_NO_INT || streams->lng_e7[i] == STREAM_NO_INT) {
            streams->lat_e7[i] = STREAM_NO_INT;
            streams->lng_e7[i] = STREAM_NO_INT;
        }
    }
}

void
streams_prune(Streams *streams)
{
    positions_pair(streams);
    for (int id = 0; id < STREAM_COUNT; id++) {
        void **array = array_of(streams, (StreamId)id);
        bool has_value = false;

        for (size_t i = 0; *array != NULL && !has_value && i < streams->n; i++) {
            has_value =
                stored[id].is_float ? !isnan(((float *)*array)[i]) : ((int32_t *)*array)[i] != STREAM_NO_INT;
        }
        if (!has_value) {
            *array = NULL;
        }
    }
}

bool
cadence_is_one_leg(const int32_t *cadence_per_min, size_t n)
{
    size_t counts[CADENCE_MAX + 1] = { 0 };
    size_t positive_n = 0;
    size_t seen = 0;
    int32_t lower = 0;

    for (size_t i = 0; cadence_per_min != NULL && i < n; i++) {
        if (cadence_per_min[i] > 0 && cadence_per_min[i] <= CADENCE_MAX) {
            counts[cadence_per_min[i]]++;
            positive_n++;
        }
    }
    /* The median is the mean of the two middle values, which are one and the same for an odd number. */
    for (int32_t value = 1; positive_n > 0 && value <= CADENCE_MAX; value++) {
        seen += counts[value];
        if (lower == 0 && 2 * seen >= positive_n) {
            lower = value;
        }
        if (2 * seen > positive_n) {
            return lower + value < 2 * CADENCE_BOTH_FEET_FROM;
        }
    }
    return false;
}
