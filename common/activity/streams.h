/* streams.h - second-by-second samples of an activity as they are stored: typed arrays, SI units.
 *
 * These are the columns of workout_streams (workouts.md, section 2.2). All arrays that are there have n
 * elements and share an index; a stream that is missing is NULL. A single missing element is
 * STREAM_NO_INT in int arrays and NaN in float arrays. Arrays belong to the arena they were made in.
 */
#ifndef PACELINE_STREAMS_H
#define PACELINE_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_NO_INT INT32_MIN
#define STREAMS_MAX_SAMPLES 200000 /* workouts.md, section 8 */

typedef struct Streams {
    size_t n;
    int32_t *time_s;          /* [n] since start_at, ascending, unique, never missing */
    float *distance_m;        /* [n] cumulative */
    int32_t *lat_e7, *lng_e7; /* [n] degrees * 10^7; both or neither */
    float *altitude_m;        /* [n] */
    float *speed_mps;         /* [n] */
    int32_t *hr_bpm;          /* [n] */
    int32_t *cadence_per_min; /* [n] rpm, or steps of both feet for run and walk */
    int32_t *power_w;         /* [n] */
    int32_t *temperature_c;   /* [n] */
    float *grade_pct;         /* [n] */
    int32_t *moving;          /* [n] 0 or 1 */
} Streams;

#endif
