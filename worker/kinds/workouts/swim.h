/* swim.h - speed of each pool length.
 *
 * workouts.lengths is stored as the client gave it: an array of objects with a time (duration_s,
 * elapsed_time_s, moving_time_s, or a device's totalTimerTimeInSeconds, elapsed_time, duration) and maybe a
 * distance (distance_m, distance, totalDistanceInMeters); the pool's length is the distance of those without.
 */
#ifndef PACELINE_SWIM_H
#define PACELINE_SWIM_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"
#include "worker/kinds/workouts/workout.h"

#define SWIM_LENGTHS_MAX 5000

/* swim_write writes the member `swim`: {"pool_length_m", "lengths": [{"n", "duration_s", "distance_m",
 * "speed_mps"}]}, or null for other sports and without lengths. ERR_INVALID_DATA, code "bad_lengths", for
 * what is no array of objects. */
MUST_CHECK bool swim_write(Str *json, const Workout *workout, Err *err);

#endif
