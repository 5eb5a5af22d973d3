/* samples.h - an activity second by second: what every metric of a workout is computed from.
 *
 * samples_build turns the stored rows (common/activity/streams.h) into the recorded series R of
 * metrics.md section 2: one element for each recorded second, on a fixed grid of whole cm and mm/s, so
 * that the results do not depend on whether a stream was kept as float or double. The rules:
 *
 *   range   a value outside its channel's physical range is missing
 *   gap     a step of 2 to 30 s is filled: speed, power, cadence, distance and altitude linearly between
 *           the two rows, `moving` as at the later row, heart rate held from the earlier row
 *   pause   a step of more than 30 s is not filled: two neighbours of R are then further apart than 1 s
 *   null    power 0; heart rate and cadence 0, which no mean counts; altitude holds the last; distance is
 *           integrated from speed, speed is derived from distance
 *
 * The wall-clock series Z (R with every second of a pause at 0 W) is never built: functions that need
 * it take time_s beside the power and know that the seconds between two elements are zeros.
 *
 * A Samples is plain memory of the arena it was built in. Pure: no I/O, any thread.
 */
#ifndef PACELINE_SAMPLES_H
#define PACELINE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/activity/sport.h"
#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"

#define SAMPLES_GAP_MAX_S 30 /* longest step that is filled; GoldenCheetah's limit for Strava's streams */
#define SAMPLES_MAX_SECONDS (ACTIVITY_MAX_DURATION_S + 1) /* some 110 MB, within a job's memory */
#define SAMPLES_NO_ALTITUDE INT32_MIN

/* Samples: arrays have n elements and share an index; a channel without a single value is NULL.
 * Summary, analysis, metrics and execution only read it. With n < 2 there is nothing to compute: the
 * provider's scalars are all there is. */
typedef struct Samples {
    Sport sport;
    size_t n;        /* seconds in R */
    int32_t total_s; /* T = last time - first time; 0 if n < 2 */

    int32_t *time_s;          /* since start_at, ascending, unique; never NULL */
    int32_t *distance_cm;     /* cumulative, never falling; NULL without distance, position and speed */
    int32_t *speed_mmps;      /* 0 or more; NULL without speed and distance */
    int32_t *altitude_cm;     /* SAMPLES_NO_ALTITUDE before the first value */
    int32_t *hr_bpm;          /* 0 = missing */
    int32_t *cadence_per_min; /* rpm, or steps of both feet; 0 = none or missing */
    int32_t *power_w;         /* 0 = none or missing */
    bool *is_moving;          /* the device's, else by speed (moving_time.h); never NULL */
    int32_t *moving_s;        /* moving seconds from the first element to this one; never NULL */
    int32_t *gap_mmps;        /* grade-adjusted speed; NULL until grade_adjusted_add, and without altitude */

    double path_m; /* sum of haversine over the rows, broken at pauses and missing positions; NaN without
                      position */

    size_t rows;      /* n of the streams */
    uint32_t *row;    /* [n] stored row at or before this second: what sample_start and sample_end store */
    uint32_t *at_row; /* [rows] element of R that is this stored row: for laps and the chart */
} Samples;

/* samples_build fills *ret_samples from streams; streams are borrowed for the call, all arrays come
 * from the arena. Zero rows or one row are no error. False, *ret_samples untouched: ERR_MEMORY_LIMIT
 * (arena exhausted), or ERR_INVALID_DATA, code "bad_time", when time is missing or not ascending, and
 * "too_long" for more than SAMPLES_MAX_SECONDS. O(n) of R. */
MUST_CHECK bool samples_build(const Streams *streams, Sport sport, Arena *arena, Samples *ret_samples,
                              Err *err);

/* samples_distance_m returns the distance of the whole activity in *ret_m: the last value of
 * `distance`, or where the device kept none the path by GPS, or the integral of speed. False if there
 * is none of the three. */
MUST_CHECK bool samples_distance_m(const Samples *samples, double *ret_m);

#endif
