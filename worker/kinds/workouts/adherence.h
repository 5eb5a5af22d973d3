/* adherence.h - how close the time came to the plan.
 *
 * metrics.md section 7 and workouts.md 5.6; the rules that need the plan's steps are the execution
 * stage's. Pure.
 */
#ifndef PACELINE_ADHERENCE_H
#define PACELINE_ADHERENCE_H

#include <stdbool.h>

#include "common/err.h"

/* duration_adherence_pct: r = actual / planned; 0.9 <= r <= 1.1: 100 - 100 * abs(r - 1); below: 100 *
 * r; above: 100 / r (the step from 90 to 90.9 at 1.1 is part of the rule). False if either is not above
 * 0. */
MUST_CHECK bool duration_adherence_pct(double actual_moving_s, double planned_s, double *ret_pct);

#endif
