/* Why a figure of `overall` or `analysis` is null. What is asked for is looked at in the order in which it is
 * missed: the channel, then the athlete's threshold, then the values. */
#include <math.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/metrics.h"
#include "worker/kinds/workouts/workout.h"
#include "worker/kinds/workouts/zones.h"

static void
explain_overall(Metrics *metrics, const Workout *workout)
{
    const Overall *overall = &workout->overall;
    bool on_foot = sport_on_foot(workout->scalars.sport);
    bool has_samples = workout->has_samples;
    bool has_hr = has_samples && workout->samples.hr_bpm != NULL;
    bool has_power = has_samples && workout->samples.power_w != NULL;
    const char *no_adherence = !workout->has_plan          ? "unplanned"
                               : workout->intervals_n == 0 ? "no_intervals"
                                                           : "no_target";

    metrics_reason(metrics, "distance_m", overall->distance_m, "no_distance");
    metrics_reason(metrics, "elapsed_time_s", overall->elapsed_time_s, "no_duration");
    metrics_reason(metrics, "moving_time_s", overall->moving_time_s, "no_duration");
    metrics_reason(metrics, "speed_avg_mps", overall->speed_avg_mps,
                   isnan(overall->distance_m) ? "no_distance" : "no_moving_time");
    metrics_reason(metrics, "speed_gap_mps", overall->speed_gap_mps,
                   !on_foot                        ? "not_on_foot"
                   : isnan(overall->speed_avg_mps) ? "no_speed"
                                                   : "no_samples");
    metrics_reason(metrics, "speed_max_mps", overall->speed_max_mps, "no_speed");
    metrics_reason(metrics, "hr_avg_bpm", overall->hr_avg_bpm, has_hr ? "no_moving_time" : "no_hr");
    metrics_reason(metrics, "hr_max_bpm", overall->hr_max_bpm, "no_hr");
    metrics_reason(metrics, on_foot ? "cadence_avg_spm" : "cadence_avg_rpm", overall->cadence_avg,
                   "no_cadence");
    metrics_reason(metrics, "power_avg_w", overall->power_avg_w, has_power ? "no_moving_time" : "no_power");
    metrics_reason(metrics, "power_max_w", overall->power_max_w, "no_power");
    metrics_reason(metrics, "work_j", overall->work_j, has_power ? "no_moving_time" : "no_power");
    metrics_reason(metrics, "elevation_gain_m", overall->elevation_gain_m, "no_altitude");
    metrics_reason(metrics, "elevation_loss_m", overall->elevation_loss_m, "no_altitude");
    metrics_reason(metrics, "adherence_pct", overall->adherence_pct, no_adherence);
}

/* explain_zones: a distribution needs a channel, a threshold, and ZONES_MIN_VALUES values. */
static void
explain_zones(Metrics *metrics, const char *name, bool is_known, bool has_channel, const char *no_channel,
              bool has_threshold, const char *no_threshold)
{
    metrics_reason(metrics, name, is_known ? 0 : (double)NAN,
                   !has_channel     ? no_channel
                   : !has_threshold ? no_threshold
                                    : "too_few_values");
}

static void
explain_analysis(Metrics *metrics, const Workout *workout)
{
    const Samples *samples = &workout->samples;
    const Thresholds *t = &workout->thresholds;
    size_t n = workout->has_samples ? samples->n : 0;
    double mean = NAN;
    Zones zones;
    bool has_power = n > 0 && samples->power_w != NULL;
    bool has_hr = mean_positive(samples->hr_bpm, n, &mean);
    bool has_speed = n > 0 && samples->speed_mmps != NULL;
    bool is_output = has_power && sum_all(samples->power_w, n) > 0;
    bool knows_hr = zones_hr(samples->hr_bpm, n, t->lthr_bpm, &zones) ||
                    zones_hr_of_max(samples->hr_bpm, n, t->max_hr_bpm, &zones);

    metrics_reason(metrics, "normalized_power_w", has_power ? 0 : (double)NAN, "no_power");
    metrics_reason(metrics, "intensity_factor", has_power && t->ftp_w > 0 ? 0 : (double)NAN,
                   has_power ? "no_ftp" : "no_power");
    metrics_reason(metrics, "variability_index", is_output ? 0 : (double)NAN,
                   has_power ? "zero_power" : "no_power");
    metrics_reason(metrics, "power_curve_w", has_power ? 0 : (double)NAN, "no_power");
    metrics_reason(metrics, "hr_curve_bpm", has_hr ? 0 : (double)NAN, "no_hr");
    metrics_reason(metrics, "bests.time_s", n > 0 && samples->distance_cm != NULL ? 0 : (double)NAN,
                   "no_distance");
    explain_zones(metrics, "zones.hr", knows_hr, has_hr, "no_hr", t->lthr_bpm > 0 || t->max_hr_bpm > 0,
                  "no_lthr_or_max_hr");
    explain_zones(metrics, "zones.power", zones_power(samples->power_w, n, t->ftp_w, &zones), has_power,
                  "no_power", t->ftp_w > 0, "no_ftp");
    explain_zones(metrics, "zones.speed", zones_speed(samples->speed_mmps, n, t->threshold_speed_mps, &zones),
                  has_speed, "no_speed", t->threshold_speed_mps > 0, "no_threshold_speed");
}

void
metrics_explain(Metrics *metrics, const Workout *workout)
{
    explain_overall(metrics, workout);
    explain_analysis(metrics, workout);
    if (!workout->has_plan) {
        metrics_reason(metrics, "against_plan", NAN, "unplanned");
    }
}
