/* swim.h - speed of each pool length.
 *
 * workouts.lengths is stored as the client gave it: an array of objects with a time (duration_s,
 * elapsed_time_s, moving_time_s, or a device's totalTimerTimeInSeconds, elapsed_time, duration) and maybe a
 * distance (distance_m, distance, totalDistanceInMeters); the pool's length is the distance of those without.
 */
#ifndef PACELINE_SWIM_H
#define PACELINE_SWIM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"
#include "worker/kinds/workouts/workout.h"

#define SWIM_LENGTHS_MAX 5000

typedef struct SwimLength {
    double duration_s, distance_m; /* NaN = unknown */
} SwimLength;

typedef struct Swim {
    bool is_known; /* false: another sport, or no lengths */
    double pool_length_m;
    SwimLength *lengths; /* [n], in the workout's arena */
    size_t n;
} Swim;

/* swim_read takes the lengths of a swim. ERR_INVALID_DATA, code "bad_lengths", for what is no array of at
 * most SWIM_LENGTHS_MAX objects; ERR_MEMORY_LIMIT. */
MUST_CHECK bool swim_read(const Workout *workout, Swim *ret_swim, Err *err);

/* swim_write writes the member `swim`: {"pool_length_m", "lengths": [{"n", "duration_s", "distance_m",
 * "speed_mps"}]}, or null if it is not known. */
void swim_write(Str *json, const Swim *swim);

#endif
