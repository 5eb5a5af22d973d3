/* intervals.h - a workout cut into the pieces that a plan, the laps, or the distance give.
 *
 * workouts.md section 5.3. Intervals are Segments of the recorded seconds; their sample indices refer to the
 * stored rows (samples->row). Lists come from the arena. Pure.
 */
#ifndef PACELINE_INTERVALS_H
#define PACELINE_INTERVALS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "worker/kinds/workouts/workout.h"

/* intervals_unplanned cuts by laps; without them runs and swims from 600 m by kilometre; everything else into
 * 60 s. Needs has_samples. Fills workout->intervals. False only for memory. */
MUST_CHECK bool intervals_unplanned(Workout *workout, Err *err);

/* intervals_planned cuts by the plan: snapped to laps if they fit it, else walked step by step. *ret_fits is
 * false, and there are no intervals, if plan and execution do not fit together. Needs has_samples and
 * has_plan. False only for memory. */
MUST_CHECK bool intervals_planned(Workout *workout, bool *ret_fits, Err *err);

/* intervals_snap tries the laps alone: one step a lap, counts differing by at most one, each lap within the
 * tolerance of its step. ret_snapped tells. */
MUST_CHECK bool intervals_snap(Workout *workout, bool *ret_snapped, Err *err);

/* intervals_walk cuts the rows step by step, by distance first, else by time; the last step takes the rest.
 */
MUST_CHECK bool intervals_walk(Workout *workout, Err *err);

/* step_fits tells whether a measured duration and distance are within the tolerance of a step: for distances
 * run to 1 km 10 m, longer 2 %, ride 5 %, swim 0.5 m; for times work 3 s, the rest 8 s (ride 2 and 6, swim 2
 * and 5). A step without a measure fits anything. NaN does not fit. */
bool step_fits(const PlanStep *step, Sport sport, double duration_s, double distance_m);

/* intervals_judge sets adherence_pct and pass of each planned interval. adherence is executed / planned in %,
 * by the first of power, speed, duration, distance that both have. */
void intervals_judge(Workout *workout);

/* intervals_adherence_pct is the mean adherence weighted by duration, recoveries left out; NaN without any.
 */
double intervals_adherence_pct(const Interval *intervals, size_t n);

#endif
