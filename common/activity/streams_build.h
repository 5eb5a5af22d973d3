/* streams_build.h - the arrays of Streams, filled value by value: what every reader of samples ends with.
 *
 * A value outside its sensor's range is missing (metrics.md, section 2), and so is a coordinate whose partner
 * is. Pure; arrays come from the arena.
 */
#ifndef PACELINE_STREAMS_BUILD_H
#define PACELINE_STREAMS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/sport.h"
#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"

typedef enum StreamId {
    STREAM_TIME,
    STREAM_DISTANCE,
    STREAM_LAT,
    STREAM_LNG,
    STREAM_ALTITUDE,
    STREAM_SPEED,
    STREAM_HR,
    STREAM_CADENCE,
    STREAM_POWER,
    STREAM_TEMPERATURE,
    STREAM_GRADE,
    STREAM_MOVING,
    STREAM_COUNT
} StreamId;

/* streams_has tells whether the array is there. */
bool streams_has(const Streams *streams, StreamId id);

/* streams_open makes an array of streams->n elements, every one missing, unless it is there. False when the
 * arena is full. */
MUST_CHECK bool streams_open(Streams *streams, StreamId id, Arena *arena);

/* streams_put stores element i of an open array, in the stored unit (degrees * 10^7), whole where the array
 * is; NaN leaves it missing. False, and the element stays missing, if the value is outside its range. */
bool streams_put(Streams *streams, StreamId id, size_t i, double value);

/* streams_limit is the largest value of a stream, in the stored unit. */
double streams_limit(StreamId id);

/* streams_prune leaves positions only where both coordinates are, and no array without any value. */
void streams_prune(Streams *streams);

/* cadence_is_one_leg tells whether the cadence of a sport on foot can only be one leg's: the median of the
 * values above 0 is below 120 (workouts.md, section 4.1). NULL: false. O(n). */
bool cadence_is_one_leg(const int32_t *cadence_per_min, size_t n);

#endif
