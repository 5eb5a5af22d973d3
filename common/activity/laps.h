/* laps.h - the device's laps, in one form for all providers.
 *
 * Stored in workouts.laps as a JSON array of objects, one a lap, in order:
 *   {"lap","name","start_index","end_index","start_s","distance_m","elapsed_time_s","moving_time_s"}
 * Members that are not known are left out; "lap" counts from 1. Indices refer to the stored sample arrays of
 * the same activity (workouts.md, WK19): start_index is the lap's first sample, end_index its last.
 */
#ifndef PACELINE_LAPS_H
#define PACELINE_LAPS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"

#define LAPS_MAX 5000
#define LAP_DISTANCE_MAX_M 1e8

typedef struct Lap {
    const char *name;               /* NULL if it has none */
    int32_t start_index, end_index; /* both or neither: STREAM_NO_INT */
    int32_t start_s;                /* since the activity's start, or STREAM_NO_INT */
    double distance_m;              /* NaN if missing */
    int32_t elapsed_s, moving_s;    /* STREAM_NO_INT if missing */
} Lap;

/* laps_import reads a provider's laps: Strava's (start_index, end_index, distance, elapsed_time,
 * moving_time, start_date), Garmin's (startTimeInSeconds alone) and the form above. A lap that has only a
 * time gets its indices from the samples.
 *   value        JSON array; field is its path, for messages
 *   start_at_us  start of the activity, Unix time
 *   streams      NULL: indices are kept as given
 *   ret_laps     [*ret_n] in the arena
 * ERR_INVALID_DATA for what is no array of objects, an index outside the samples, end before start,
 * negative figures, more than LAPS_MAX; ERR_MEMORY_LIMIT. */
MUST_CHECK bool laps_import(const cJSON *value, const char *field, int64_t start_at_us,
                            const Streams *streams, Arena *arena, Lap **ret_laps, size_t *ret_n, Err *err);

/* laps_locate gives laps that have only a start their samples: up to the next lap's start, or as long as they
 * lasted. One without a sample stays without indices. */
void laps_locate(Lap *laps, size_t n, const Streams *streams);

/* laps_text prints laps in the stored form; NULL with ERR_MEMORY_LIMIT. */
MUST_CHECK char *laps_text(const Lap *laps, size_t n, Arena *arena, Err *err);

/* laps_read reads the stored form back, as laps_import; text NULL or "null" gives no laps. */
MUST_CHECK bool laps_read(const char *text, const Streams *streams, Arena *arena, Lap **ret_laps,
                          size_t *ret_n, Err *err);

#endif
