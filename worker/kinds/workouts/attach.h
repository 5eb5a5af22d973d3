/* attach.h - which plan a workout carried out.
 *
 * workouts.md section 5.2. s and m; NaN = unknown. Pure.
 */
#ifndef PACELINE_ATTACH_H
#define PACELINE_ATTACH_H

#include <stddef.h>

#include "worker/kinds/workouts/workout.h"

/* attach_score is how far a workout is from a plan, 0 (the same) to 1.5: min(|w - p|/p, 1) for time, and half
 * of the same for distance where both know one. NaN if the times are unknown or w/p is not in 0.50 ... 1.50.
 */
double attach_score(double done_s, double done_m, const Plan *plan);

/* attach_choose picks among n (1 or more) plans of the day and sport. Strength, mobility and pilates_yoga
 * take the only one there is; the others the best score, unless the runner-up is within 0.06. *ret_chosen
 * index of the plan, if the answer is NULL Otherwise the reason why none is chosen: ambiguous,
 * no_workout_duration, no_planned_duration, duration_out_of_range. */
const char *attach_choose(const Plan *plans, size_t n, Sport sport, double done_s, double done_m,
                          size_t *ret_chosen);

#endif
