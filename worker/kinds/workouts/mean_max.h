/* mean_max.h - the best mean over a duration: power curve and heart rate curve.
 *
 * Power is taken over the wall-clock series Z, in which a pause is 0 W: the best window begins at a
 * recorded second or ends with the last, so Z need not be built. Heart rate does not exist in a pause:
 * only windows of consecutive seconds, all with a heart rate, count. Rolling sums are 64-bit integers.
 * Source: GoldenCheetah 3.5's mean-max. O(n) a duration, no allocation, any thread.
 */
#ifndef PACELINE_MEAN_MAX_H
#define PACELINE_MEAN_MAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define CURVE_COUNT 36      /* durations of power_curve_w and hr_curve_bpm */
#define BEST_POWER_COUNT 13 /* durations of bests.power_w (workouts.md 5.4), all of them on the curve */

extern const int32_t curve_durations_s[CURVE_COUNT];           /* 1 2 3 5 ... 21600 s, ascending */
extern const int32_t best_power_durations_s[BEST_POWER_COUNT]; /* 5 15 30 ... 5400 s */

/* best_power_w: highest mean of duration_s (1 or more) seconds of Z, W.
 *   time_s, power_w [n]; power_w may be NULL
 * False if there is no power or the activity (T + 1 s) is shorter. */
MUST_CHECK bool best_power_w(const int32_t *time_s, const int32_t *power_w, size_t n, int32_t duration_s,
                             double *ret_w);

/* best_hr_bpm: highest mean heart rate of duration_s consecutive recorded seconds, bpm. False if no
 * such window is without a pause and without a missing value. */
MUST_CHECK bool best_hr_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, int32_t duration_s,
                            double *ret_bpm);

/* power_curve_w, hr_curve_bpm fill ret_curve [CURVE_COUNT], by curve_durations_s; NaN where the above
 * is false. False if not one value is known. */
MUST_CHECK bool power_curve_w(const int32_t *time_s, const int32_t *power_w, size_t n,
                              double ret_curve[CURVE_COUNT]);
MUST_CHECK bool hr_curve_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n,
                             double ret_curve[CURVE_COUNT]);

#endif
