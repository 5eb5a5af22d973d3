/* verdict.h - what is said of one interval, in words: "on target", "7 s/km too fast", "12 W too low".
 *
 * By the first target that the step has and the recording answers: power, speed, length. The unit of a speed
 * is the sport's: s/km on foot, s/100 m in the water, km/h otherwise. Pure.
 */
#ifndef PACELINE_VERDICT_H
#define PACELINE_VERDICT_H

#include <stddef.h>

#include "common/activity/sport.h"
#include "worker/kinds/workouts/pace_quality.h"
#include "worker/kinds/workouts/pace_score.h"
#include "worker/kinds/workouts/power_score.h"
#include "worker/kinds/workouts/workout.h"

#define VERDICT_MAX 48 /* bytes with the NUL */

/* Judged is what the execution stage finds of one interval. NaN = unknown, or no such target. */
typedef struct Judged {
    EffortType type;
    PaceRange range;
    double outside_s; /* a mile; above 0 too fast */
    PowerRange power;
    double outside_w; /* above 0 too high */
    double score;
    Stretches stretches;
    double hr_drop_bpm; /* of recoveries */
} Judged;

/* verdict_side tells where an interval lies by power or, without that, by speed: 1 too hard, -1 too easy, 0
 * on target. False if the step has neither target. A speed within the seconds that cost no points
 * (PACE_FREE_S) is on target, and so is a power that is outside by less than half a watt. */
MUST_CHECK bool verdict_side(const Judged *judged, int *ret_side);

/* verdict_print writes the verdict into text and returns it; NULL if the step has no target of any sort. What
 * is outside but costs no points ends with "which is fine"; a step that was not carried out is "skipped". */
const char *verdict_print(Sport sport, const Interval *interval, const Judged *judged,
                          char text[VERDICT_MAX]);

#endif
