/* streams_read.h - sample streams from the shapes in which providers send them.
 *
 * Four shapes, told apart by their form (workouts.md, section 4.1):
 *   StreamSet      {"heartrate":{"data":[...]},...}, also {"heartrate":[...]}
 *   older Strava   [{"type":"heartrate","data":[...]},...]
 *   Garmin         [{"startTimeInSeconds","heartRate",...},...] or {"samples":[...]}
 *   by name        the arrays of workouts.md 2.2: {"time_s":[...],"hr_bpm":[...],...}
 * Clocks and units are converted here and nowhere else. Time is in whole seconds since the start; instead
 * of it `timestamp` may give Unix time in s, or in ms from 10^12 up. Nulls stay missing; a value outside
 * its sensor's range becomes missing (metrics.md, section 2); a channel without any value is left out.
 * Cadence of run and walk is steps of both feet: Strava's `cadence` counts one leg and is doubled, any
 * other is doubled if the median of its non-zero values is below 120.
 */
#ifndef PACELINE_STREAMS_READ_H
#define PACELINE_STREAMS_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"

/* streams_read converts one JSON value.
 *   value        NULL, null or empty: ret_streams->n is 0
 *   source       decides the cadence rule, with the sport
 *   start_at_us  start of the activity; Unix times become seconds after it, to the nearest
 *   ret_streams  arrays in the arena; untouched on failure
 * ERR_INVALID_DATA, code "invalid_field" and a message that begins with the path ("streams.heartrate[12]:
 * ..."): unequal lengths, more than STREAMS_MAX_SAMPLES, no time, time that does not increase or is negative
 * or beyond ACTIVITY_MAX_DURATION_S, an element of another type, a coordinate beyond ±90 or ±180, one channel
 * twice, one coordinate without the other. ERR_MEMORY_LIMIT when the arena is full. O(n). */
MUST_CHECK bool streams_read(const cJSON *value, ActivitySource source, Sport sport, int64_t start_at_us,
                             Arena *arena, Streams *ret_streams, Err *err);

#endif
