/* segments.h - figures of a part of an activity: a kilometre, a mile, a lap, an interval.
 *
 * A segment runs from element `start` to element `end` of R. Distance, time and elevation are
 * differences between the two; means are over the samples start + 1 ... end that move (metrics.md
 * section 3). This is how Strava's splits and laps come out in every field. Pure; any thread; the list
 * comes from the arena.
 */
#ifndef PACELINE_SEGMENTS_H
#define PACELINE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "worker/kinds/workouts/samples.h"

#define SPLIT_KM_MM INT64_C(1000000)
#define SPLIT_MILE_MM INT64_C(1609344)

/* Segment: a value that is not known is NaN and is written as JSON null. */
typedef struct Segment {
    size_t start, end; /* elements of R; the stored rows are samples->row[start], samples->row[end] */
    int32_t elapsed_s;
    int32_t moving_s;       /* elapsed - stops of 16 s or more - pauses */
    double distance_m;      /* NaN without distance */
    double speed_mps;       /* distance / moving time; NaN if moving_s is 0 */
    double speed_gap_mps;   /* sum of grade-adjusted speed / moving time; = speed_mps without altitude */
    double hr_bpm;          /* mean of the known ones */
    double power_w;         /* mean, zeros included */
    double cadence_per_min; /* mean of those above 0 */
    double elevation_diff_m;
} Segment;

/* segment_measure fills *ret_segment; needs start <= end < samples->n. O(end - start). */
void segment_measure(const Samples *samples, size_t start, size_t end, Segment *ret_segment);

/* splits_make cuts the activity into splits of unit_mm: split k ends at the first sample with distance
 * >= k * unit, without interpolation (a jump over several units gives one long split, counted once),
 * and what is left is the last, shorter one. *ret_splits is an array of *ret_count in the arena; 0
 * without distance or with less than 2 samples. False only for memory. */
MUST_CHECK bool splits_make(const Samples *samples, int64_t unit_mm, Arena *arena, Segment **ret_splits,
                            size_t *ret_count, Err *err);

/* slices_make cuts by time: pieces of slice_s, at most max_count of them (then longer ones), the last
 * one shorter. For activities without plan, laps and distance (workouts.md, 5.3). */
MUST_CHECK bool slices_make(const Samples *samples, int32_t slice_s, size_t max_count, Arena *arena,
                            Segment **ret_slices, size_t *ret_count, Err *err);

/* lap_measure measures a device's lap given by stored rows (`start_index`, `end_index`). False if the
 * indices are outside the rows or out of order. */
MUST_CHECK bool lap_measure(const Samples *samples, size_t start_row, size_t end_row, Segment *ret_segment);

#endif
