/* power_score.h - whether a power kept to its target.
 *
 * Beside pace_score.h, for rides: W instead of s a mile. There are no points for power (metrics.md, section
 * 7): what is found here goes into words. Pure.
 */
#ifndef PACELINE_POWER_SCORE_H
#define PACELINE_POWER_SCORE_H

#include <stdbool.h>

#include "worker/kinds/workouts/pace_score.h"

/* PowerRange is what the power is held against. */
typedef struct PowerRange {
    double low_w, high_w; /* NaN without a target */
    bool is_widened;
} PowerRange;

/* power_range: the target, or if it is narrower than 60 % of the tolerance band of its type
 * (effort_tolerance), that band: the rule of pace_range, in W. */
PowerRange power_range(EffortType type, double power_min_w, double power_max_w);

/* watts_outside is how many W the power lies outside: above 0 too high, below 0 too low, 0 inside. NaN
 * without a target or a power. */
double watts_outside(const PowerRange *range, double power_w);

#endif
