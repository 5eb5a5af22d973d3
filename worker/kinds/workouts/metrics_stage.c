/* metrics: the figures of metrics.h, and the document made of them. */
#include "worker/kinds/workouts/metrics.h"

#include <math.h>
#include <string.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/critical_power.h"
#include "worker/kinds/workouts/decoupling.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/grade_adjusted.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/moving_time.h"
#include "worker/kinds/workouts/normalized_power.h"
#include "worker/kinds/workouts/trimp.h"
#include "worker/kinds/workouts/w_balance.h"
#include "worker/kinds/workouts/workout.h"
#include "worker/kinds/workouts/xpower.h"

/* Report is the work under way. */
typedef struct Report {
    const Workout *workout;
    const Samples *samples;
    size_t n; /* of samples; 0 without any */
    Metrics *metrics;
    LoadInputs load;
} Report;

void
metrics_reason(Metrics *metrics, const char *name, double value, const char *why_missing)
{
    if (!isfinite(value) && metrics->reasons_n < REASONS_MAX) {
        metrics->reasons[metrics->reasons_n++] = (Reason){ name, why_missing };
    }
}

/* put notes one figure, and if it is missing, why. */
static void
put(Report *report, const char *name, double value, const char *why_missing)
{
    Metrics *metrics = report->metrics;

    if (metrics->figures_n < FIGURES_MAX) {
        metrics->figures[metrics->figures_n++] = (Figure){ name, value };
    }
    metrics_reason(metrics, name, value, why_missing);
}

/* first_missing is the reason why a figure is missing that needs two things. */
static const char *
first_missing(bool has_first, const char *no_first, const char *no_second)
{
    return has_first ? no_second : no_first;
}

static void
put_power(Report *report)
{
    const Samples *samples = report->samples;
    const Thresholds *thresholds = &report->workout->thresholds;
    bool has_power = report->n > 0 && samples->power_w != NULL;
    double np_w = NAN;
    double recorded_w = NAN;
    double xp_w = NAN;
    double ride_tss = NAN;

    (void)!mean_all(samples->power_w, report->n, &recorded_w);
    (void)!xpower_w(samples->time_s, samples->power_w, report->n, &xp_w);
    if (normalized_power_w(samples->power_w, report->n, &np_w)) {
        (void)!tss(report->n, np_w, thresholds->ftp_w, &ride_tss);
    }
    report->load.tss = ride_tss;
    put(report, "power_recorded_w", recorded_w, "no_power");
    put(report, "work_recorded_j", has_power ? (double)sum_all(samples->power_w, report->n) : NAN,
        "no_power");
    put(report, "tss", ride_tss, first_missing(has_power, "no_power", "no_ftp"));
    put(report, "xpower_w", xp_w, "no_power");
}

static void
put_critical_power(Report *report)
{
    const Samples *samples = report->samples;
    const Thresholds *thresholds = &report->workout->thresholds;
    bool has_power = report->n > 0 && samples->power_w != NULL;
    double cp_w = NAN;
    double w_prime_j = NAN;
    WBalance balance = { NAN, NAN, NAN, 0 };
    const char *why = first_missing(has_power, "no_power", "no_cp_or_w_prime");

    (void)!critical_power_estimate(samples->time_s, samples->power_w, report->n, &cp_w, &w_prime_j);
    (void)!w_balance(samples->time_s, samples->power_w, report->n, thresholds->cp_w, thresholds->w_prime_j,
                     &balance);
    put(report, "cp_w", cp_w, first_missing(has_power, "no_power", "no_fit"));
    put(report, "w_prime_j", w_prime_j, first_missing(has_power, "no_power", "no_fit"));
    put(report, "w_bal_tau_s", balance.tau_s, why);
    put(report, "w_bal_min_j", balance.min_j, why);
    put(report, "w_prime_used_pct", balance.used_pct, why);
}

/* put_heart writes TRIMP and its kin; moving time is GoldenCheetah's. */
static void
put_heart(Report *report)
{
    const Samples *samples = report->samples;
    const Thresholds *thresholds = &report->workout->thresholds;
    const TrimpAthlete athlete = { thresholds->rest_hr_bpm, thresholds->max_hr_bpm, thresholds->lthr_bpm,
                                   thresholds->is_female };
    int32_t moving_s = moving_time_gc_s(samples->speed_mmps, samples->cadence_per_min, report->n);
    double hr_bpm = NAN;
    double points = NAN;
    double hour_points = NAN;
    double edwards_points = NAN;
    double beats = NAN;

    bool has_hr = mean_positive(samples->hr_bpm, report->n, &hr_bpm);
    if (has_hr && trimp(hr_bpm, moving_s > 0 ? moving_s : samples->total_s + 1, &athlete, &points)) {
        (void)!hr_tss(points, &athlete, &hour_points);
    }
    (void)!edwards(samples->hr_bpm, report->n, thresholds->max_hr_bpm, &edwards_points);
    (void)!heartbeats(samples->hr_bpm, report->n, &beats);
    report->load.trimp = points;
    report->load.hr_tss = hour_points;
    put(report, "moving_time_gc_s", report->n > 0 ? (double)moving_s : NAN, "no_samples");
    put(report, "hr_recorded_bpm", hr_bpm, "no_hr");
    put(report, "trimp", points, first_missing(has_hr, "no_hr", "no_max_hr"));
    put(report, "hr_tss", hour_points,
        first_missing(has_hr, "no_hr", isnan(points) ? "no_max_hr" : "no_lthr"));
    put(report, "edwards", edwards_points, first_missing(has_hr, "no_hr", "no_max_hr"));
    put(report, "heartbeats", beats, "no_hr");
}

/* drift_missing is why there is no decoupling although there is a heart rate. */
static const char *
drift_missing(const int32_t *output, size_t n, const char *no_output)
{
    if (n == 0 || output == NULL) {
        return no_output;
    }
    return sum_all(output, n) == 0 ? "zero_output" : "no_hr_or_output_in_a_half";
}

/* put_output writes output per heartbeat: power of rides, speed on foot. */
static void
put_output(Report *report)
{
    const Samples *samples = report->samples;
    Sport sport = report->workout->scalars.sport;
    double threshold_mps = report->workout->thresholds.threshold_speed_mps;
    double np_w = NAN;
    double ngs_mps = NAN;
    double hr_bpm = NAN;
    double factor = NAN;
    double drift_pct = NAN;
    double run_tss = NAN;
    bool on_foot = sport_on_foot(sport);
    bool has_hr = mean_positive(samples->hr_bpm, report->n, &hr_bpm);
    const char *no_output = on_foot ? "no_speed" : "no_power";

    if (on_foot && report->n > 0 && speed_ngs_mps(samples, &ngs_mps)) {
        (void)!efficiency_factor_run(ngs_mps, hr_bpm, &factor);
        (void)!r_tss(report->n, ngs_mps, threshold_mps, &run_tss);
    } else if (!on_foot && normalized_power_w(samples->power_w, report->n, &np_w)) {
        (void)!efficiency_factor_ride(np_w, hr_bpm, &factor);
    }
    (void)!decoupling_pct(on_foot ? samples->speed_mmps : samples->power_w, samples->hr_bpm, report->n,
                          &drift_pct);
    report->load.r_tss = run_tss;
    put(report, "efficiency_factor", factor, first_missing(has_hr, "no_hr", no_output));
    put(report, "decoupling_pct", drift_pct,
        first_missing(has_hr, "no_hr",
                      drift_missing(on_foot ? samples->speed_mmps : samples->power_w, report->n, no_output)));
    put(report, "speed_ngs_mps", ngs_mps, on_foot ? "no_speed" : "not_on_foot");
    put(report, "r_tss", run_tss,
        on_foot ? first_missing(!isnan(ngs_mps), "no_speed", "no_threshold_speed") : "not_on_foot");
}

static void
put_climb(Report *report)
{
    double gain_m = NAN;
    double loss_m = NAN;
    double vam = NAN;

    if (elevation_change_m(report->samples->altitude_cm, report->n, &gain_m, &loss_m)) {
        vam = vam_m_per_h(gain_m, report->samples->total_s);
    }
    put(report, "vam_m_per_h", vam, "no_altitude");
}

/* put_coverage tells which share of the stored rows has a value. */
static void
put_coverage(Report *report)
{
    const Streams *streams = &report->workout->streams;
    size_t n = report->n > 0 ? streams->n : 0;
    const Figure coverage[COVERAGE_COUNT] = {
        { "distance_m", coverage_float_pct(streams->distance_m, n) },
        { "position", coverage_int_pct(streams->lat_e7, n) },
        { "altitude_m", coverage_float_pct(streams->altitude_m, n) },
        { "speed_mps", coverage_float_pct(streams->speed_mps, n) },
        { "hr_bpm", coverage_int_pct(streams->hr_bpm, n) },
        { "cadence_per_min", coverage_int_pct(streams->cadence_per_min, n) },
        { "power_w", coverage_int_pct(streams->power_w, n) },
    };

    memcpy(report->metrics->coverage_pct, coverage, sizeof coverage);
}

bool
stage_metrics(Workout *workout, const char **ret_reason, Err *err)
{
    Metrics *metrics = arena_alloc(workout->arena, 1, sizeof *metrics);
    Report report = {
        .workout = workout,
        .samples = &workout->samples,
        .n = workout->has_samples ? workout->samples.n : 0,
        .metrics = metrics,
        .load = { NAN, NAN, NAN, NAN },
    };

    if (metrics == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "metrics", "metrics: the job's memory is used up");
    }
    if (!workout->has_samples) {
        *ret_reason = "no_samples";
    }
    put_power(&report);
    put_critical_power(&report);
    put_heart(&report);
    put_output(&report);
    put_climb(&report);
    put_coverage(&report);
    if (!load_choose(workout, &report.load, &metrics->load, err)) {
        return false;
    }
    put(&report, "load", metrics->load.value, "no_duration");
    metrics_explain(metrics, workout);
    workout->metrics = metrics;
    return true;
}

/* against_write writes one figure done, planned, and their difference. */
static void
against_write(Str *json, const char *name, double executed, double planned, int digits)
{
    json_open(json, name, '{');
    json_put_number(json, "executed", executed, digits);
    json_put_number(json, "planned", planned, digits);
    json_put_number(json, "difference", executed - planned, digits);
    json_close(json, '}');
}

static void
plan_write(Str *json, const Workout *workout)
{
    if (!workout->has_plan) {
        json_put_null(json, "against_plan");
        return;
    }
    double planned_s = plan_duration_s(&workout->plan);
    double planned_m = plan_distance_m(&workout->plan);
    json_open(json, "against_plan", '{');
    against_write(json, "duration_s", workout->overall.moving_time_s, planned_s, 0);
    against_write(json, "distance_m", workout->overall.distance_m, planned_m, DIGITS_M);
    against_write(json, "speed_mps", workout->overall.speed_avg_mps, planned_m / planned_s, DIGITS_MPS);
    json_close(json, '}');
}

bool
stage_metrics_write(Workout *workout, Err *err)
{
    const Metrics *metrics = workout->metrics;
    Str *json = &workout->metrics_json;

    json_open(json, NULL, '{');
    for (size_t i = 0; i < metrics->figures_n; i++) {
        json_put_number(json, metrics->figures[i].name, metrics->figures[i].value, DIGITS_METRIC);
    }
    json_put_text(json, "load_basis", metrics->load.basis);
    json_open(json, "coverage_pct", '{');
    for (size_t i = 0; i < COVERAGE_COUNT; i++) {
        json_put_number(json, metrics->coverage_pct[i].name, metrics->coverage_pct[i].value, DIGITS_PCT);
    }
    json_close(json, '}');
    plan_write(json, workout);
    json_open(json, "reasons", '{');
    for (size_t i = 0; i < metrics->reasons_n; i++) {
        json_put_text(json, metrics->reasons[i].name, metrics->reasons[i].why);
    }
    json_close(json, '}');
    json_close(json, '}');
    return document_whole(json, "metrics", err);
}
