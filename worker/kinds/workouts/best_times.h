/* best_times.h - the least time for a distance: the fastest 400 m, kilometre, mile, marathon.
 *
 * min(t_j - t_i) with D_j - D_i >= distance, over whole samples of R, without interpolation; wall-clock
 * time, so a pause inside counts. Two moving indices, O(n) a distance, no allocation. Any thread.
 */
#ifndef PACELINE_BEST_TIMES_H
#define PACELINE_BEST_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define BEST_RUN_MAX_MPS 8.94 /* a run's window faster than this (20 mph) is a GPS jump */
#define BEST_TIMES_COUNT 10

/* The distances of workouts.md 5.4 in metres: 400 800 1000 1609.344 3000 5000 10000 15000 21097.5 42195. */
extern const double best_time_distances_m[BEST_TIMES_COUNT];

/* best_time_s finds the least time for distance_m (above 0, exact to the mm).
 *   time_s, distance_cm [n]; distance_cm may be NULL
 *   max_mps  windows faster than this are discarded (runs: BEST_RUN_MAX_MPS); 0 = none is
 * False if the activity is shorter than distance_m or no window is left. */
MUST_CHECK bool best_time_s(const int32_t *time_s, const int32_t *distance_cm, size_t n, double distance_m,
                            double max_mps, int32_t *ret_s);

#endif
