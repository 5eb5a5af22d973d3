/* attach: finds the plan that a workout carried out, by day, sport, time and distance (workouts.md,
 * section 5.2).
 *
 * Decided in memory among the candidates that were read before; the link is written in the finishing
 * transaction, and never takes a plan that another workout holds. A user's own decision stands.
 */
#include <math.h>

#include "worker/kinds/workouts/attach.h"

#define RATIO_MIN 0.50 /* done / planned time, outside of which it is another workout */
#define RATIO_MAX 1.50
#define DISTANCE_WEIGHT 0.5   /* of the distance's share beside the time's */
#define AMBIGUOUS_WITHIN 0.06 /* a runner-up this close leaves the choice to the user */

double
attach_score(double done_s, double done_m, const Plan *plan)
{
    double planned_s = plan_duration_s(plan);
    double planned_m = plan_distance_m(plan);
    double ratio = done_s / planned_s;

    if (!(ratio >= RATIO_MIN && ratio <= RATIO_MAX)) { /* unknown, too */
        return NAN;
    }
    double score = fmin(fabs(done_s - planned_s) / planned_s, 1);
    if (done_m > 0 && planned_m > 0) {
        score += DISTANCE_WEIGHT * fmin(fabs(done_m - planned_m) / planned_m, 1);
    }
    return score;
}

/* attach_only takes the one candidate of sports whose plans have no comparable length. */
static const char *
attach_only(size_t n, size_t *ret_chosen)
{
    *ret_chosen = 0;
    return n == 1 ? NULL : "ambiguous";
}

const char *
attach_choose(const Plan *plans, size_t n, Sport sport, double done_s, double done_m, size_t *ret_chosen)
{
    double best = INFINITY;
    double second = INFINITY;
    bool any_duration = false;

    if (sport == SPORT_STRENGTH || sport == SPORT_MOBILITY || sport == SPORT_PILATES_YOGA) {
        return attach_only(n, ret_chosen);
    }
    if (!(done_s > 0)) {
        return "no_workout_duration";
    }
    for (size_t i = 0; i < n; i++) {
        double score = attach_score(done_s, done_m, &plans[i]);
        any_duration = any_duration || plan_duration_s(&plans[i]) > 0;
        if (score < best) {
            second = best;
            best = score;
            *ret_chosen = i;
        } else if (score < second) {
            second = score;
        }
    }
    if (!any_duration) {
        return "no_planned_duration";
    }
    if (isinf(best)) {
        return "duration_out_of_range";
    }
    return second - best <= AMBIGUOUS_WITHIN ? "ambiguous" : NULL;
}

bool
stage_attach(Workout *workout, const char **ret_reason, Err *err)
{
    size_t chosen = 0;

    workout->link_plan_id = NULL;
    if (workout->plan_err.class != ERR_CLASS_NONE) {
        *err = workout->plan_err;
        return false;
    }
    if (workout->planned_by == PLANNED_BY_DETACHED) {
        *ret_reason = "detached_by_user";
        return true;
    }
    if (workout->has_plan) {
        *ret_reason = "already_linked";
        return true;
    }
    if (workout->candidates_n == 0) {
        *ret_reason = workout->taken_n > 0       ? "plan_taken"
                      : workout->same_day_n == 0 ? "no_candidates"
                                                 : "no_date_sport_match";
        return true;
    }
    *ret_reason = attach_choose(workout->candidates, workout->candidates_n, workout->scalars.sport,
                                workout_duration_s(workout), workout_distance_m(workout), &chosen);
    if (*ret_reason == NULL) {
        workout->plan = workout->candidates[chosen];
        workout->has_plan = true;
        workout->link_plan_id = workout->plan.id;
        *ret_reason = "attached";
    }
    return true;
}
