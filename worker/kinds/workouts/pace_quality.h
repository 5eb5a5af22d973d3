/* pace_quality.h - how evenly a target was kept, and how the heart answered.
 *
 * workouts.md section 5.6. Over the recorded seconds; needs samples. Pure.
 */
#ifndef PACELINE_PACE_QUALITY_H
#define PACELINE_PACE_QUALITY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/streams.h"
#include "worker/kinds/workouts/pace_score.h"
#include "worker/kinds/workouts/samples.h"

/* Stretches of 10 s or more that lie over 10 s a mile outside the range. */
typedef struct Stretches {
    int surges;  /* too fast */
    int crashes; /* too slow */
} Stretches;

/* pace_stretches counts them between two elements of R; none without speed or target. */
Stretches pace_stretches(const Samples *samples, size_t start, size_t end, const PaceRange *range);

/* steady_adherence_pct is the share of moving seconds inside the range, in %, times 0.95 / 0.90 / 0.85 if the
 * coefficient of variation of pace exceeds 2 / 4 / 6 %. Pace is that of each full minute, for single seconds
 * measure the GPS. NaN without speed, target or a moving second. */
double steady_adherence_pct(const Samples *samples, const PaceRange *range);

/* hr_drop_bpm is the heart rate at the start of a recovery less that at its end (means of 5 s); NaN if either
 * is missing. */
double hr_drop_bpm(const Samples *samples, size_t start, size_t end);

/* hr_drop_rating: over 20 excellent, over 15 good, over 10 fair, else poor; NULL for NaN. */
const char *hr_drop_rating(double drop_bpm);

/* hr_drift_band: below 5 stable, below 10 moderate, below 20 high, else very_high; NULL for NaN. */
const char *hr_drift_band(double drift_bpm);

/* pace_confidence: high if more than 80 % of the rows have the device's speed, medium if more than 30 %, or
 * more than 50 % have a distance to derive it from, else low. */
const char *pace_confidence(const Streams *streams);

#endif
