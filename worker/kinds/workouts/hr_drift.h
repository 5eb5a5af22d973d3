/* hr_drift.h - how far heart rate rises over a continuous run.
 *
 * Mean of [end - 900 s, end - 300 s) less mean of [300 s, 900 s); if fewer than 900 s are left between
 * the two cuts of 300 s, mean of the last 600 s less mean of [180 s, 780 s) (metrics.md, section 5).
 * Times count from the first sample; end is the end of the last second. Whether a run is continuous (no
 * intervals planned) the caller knows. Pure.
 */
#ifndef PACELINE_HR_DRIFT_H
#define PACELINE_HR_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define HR_DRIFT_MIN_S 1200    /* 20 min */
#define HR_DRIFT_MIN_VALUES 20 /* heart rates in all */
#define HR_DRIFT_MIN_IN_WINDOW 10

/* hr_drift_bpm:  time_s, hr_bpm [n], 0 = missing; hr_bpm may be NULL. False if the activity is shorter
 * than 20 min, or has too few heart rates in all or in one of the windows. */
MUST_CHECK bool hr_drift_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, double *ret_bpm);

#endif
