/* summary: the whole workout and its pieces (workouts.md, section 5.3; metrics.md, sections 2 and 3).
 *
 * Figures come from the recorded seconds; one whose channel was not recorded is the provider's, and without
 * samples all are. An earlier computed value is never an input.
 */
#include <math.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/grade_adjusted.h"
#include "worker/kinds/workouts/intervals.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/workout.h"

static double
seconds(int32_t value)
{
    return value == ACTIVITY_NO_INT ? NAN : (double)value;
}

/* overall_from_scalars takes the provider's figures. */
static void
overall_from_scalars(const Workout *workout, Overall *overall)
{
    const Activity *scalars = &workout->scalars;

    *overall = (Overall){
        .distance_m = scalars->distance_m,
        .elapsed_time_s = seconds(scalars->elapsed_time_s),
        .moving_time_s = seconds(scalars->moving_time_s),
        .speed_avg_mps = scalars->speed_avg_mps,
        .speed_gap_mps = NAN,
        .speed_max_mps = scalars->speed_max_mps,
        .hr_avg_bpm = scalars->hr_avg_bpm,
        .hr_max_bpm = scalars->hr_max_bpm,
        .cadence_avg = sport_on_foot(scalars->sport) ? scalars->cadence_avg_spm : scalars->cadence_avg_rpm,
        .power_avg_w = scalars->power_avg_w,
        .power_max_w = scalars->power_max_w,
        .work_j = scalars->work_j,
        .elevation_gain_m = scalars->elevation_gain_m,
        .elevation_loss_m = scalars->elevation_loss_m,
        .adherence_pct = NAN,
    };
    if (isnan(overall->speed_avg_mps) && overall->moving_time_s > 0) {
        overall->speed_avg_mps = overall->distance_m / overall->moving_time_s;
    }
}

/* take_highest replaces a maximum by that of the channel, if it was recorded; all zero is known, too. */
static void
take_highest(const int32_t *values, size_t n, double unit, double *maximum)
{
    int32_t value = 0;

    if (values != NULL && highest(values, n, &value)) {
        *maximum = value * unit;
    }
}

/* The functions of averages.h leave a figure untouched when its channel is missing: then the provider's
 * stands. */
static void
overall_from_samples(const Workout *workout, Overall *overall)
{
    const Samples *samples = &workout->samples;
    size_t n = samples->n;
    double gap_mps = NAN;

    overall->distance_m = workout_distance_m(workout);
    overall->elapsed_time_s = samples->total_s;
    overall->moving_time_s = workout_duration_s(workout);
    overall->speed_avg_mps = NAN;
    (void)!speed_avg_mps(overall->distance_m, overall->moving_time_s, &overall->speed_avg_mps);
    if (sport_on_foot(samples->sport) && speed_gap_mps(samples, overall->moving_time_s, &gap_mps)) {
        overall->speed_gap_mps = gap_mps;
    }
    if (workout->streams.speed_mps != NULL) {
        take_highest(samples->speed_mmps, n, 0.001, &overall->speed_max_mps);
    }
    (void)!mean_positive_moving(samples->hr_bpm, samples->is_moving, n, &overall->hr_avg_bpm);
    take_highest(samples->hr_bpm, n, 1, &overall->hr_max_bpm);
    (void)!mean_positive(samples->cadence_per_min, n, &overall->cadence_avg);
    if (mean_moving(samples->power_w, samples->is_moving, n, &overall->power_avg_w)) {
        overall->work_j = overall->power_avg_w * overall->moving_time_s;
    }
    take_highest(samples->power_w, n, 1, &overall->power_max_w);
    (void)!elevation_change_m(samples->altitude_cm, n, &overall->elevation_gain_m,
                              &overall->elevation_loss_m);
}

/* cut makes the intervals, with the reason why there are none. */
static bool
cut(Workout *workout, const char **ret_reason, Err *err)
{
    bool fits = true;

    workout->intervals_n = 0;
    if (!workout->has_samples) {
        *ret_reason = "no_samples";
        return true;
    }
    if (!workout->has_plan || workout->plan.n == 0) {
        return intervals_unplanned(workout, err);
    }
    if (!intervals_planned(workout, &fits, err)) {
        return false;
    }
    if (!fits) {
        *ret_reason = "plan_mismatch";
    }
    return true;
}

bool
stage_summary(Workout *workout, const char **ret_reason, Err *err)
{
    overall_from_scalars(workout, &workout->overall);
    if (workout->has_samples) {
        overall_from_samples(workout, &workout->overall);
    }
    if (!cut(workout, ret_reason, err)) {
        return false;
    }
    workout->overall.adherence_pct = intervals_adherence_pct(workout->intervals, workout->intervals_n);
    return true;
}

bool
stage_summary_write(Workout *workout, Err *err)
{
    overall_write(&workout->overall_json, workout->scalars.sport, &workout->overall);
    intervals_write(&workout->intervals_json, workout);
    planned_steps_write(&workout->planned_steps_json, workout);
    return document_whole(&workout->overall_json, "summary", err) &&
           document_whole(&workout->intervals_json, "summary", err) &&
           document_whole(&workout->planned_steps_json, "summary", err);
}
