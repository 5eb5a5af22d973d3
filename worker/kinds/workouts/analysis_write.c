#include <math.h>
#include <stdio.h>

#include "worker/kinds/workouts/analysis.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/json_write.h"

#define ANALYSIS_VERSION 1

static void
laps_write(Str *json, const LapFigures *laps, size_t n)
{
    json_open(json, "laps", '[');
    for (size_t i = 0; i < n; i++) {
        const LapFigures *lap = &laps[i];
        json_open(json, NULL, '{');
        json_put_int(json, "n", (int64_t)i + 1);
        json_put_text(json, "name", lap->lap->name);
        json_put_int(json, "start_index", lap->has_rows ? lap->lap->start_index : JSON_NO_INT);
        json_put_int(json, "end_index", lap->has_rows ? lap->lap->end_index : JSON_NO_INT);
        json_put_number(json, "distance_m", lap->distance_m, DIGITS_M);
        json_put_int(json, "elapsed_time_s", lap->elapsed_s);
        json_put_int(json, "moving_time_s", lap->moving_s);
        json_put_number(json, "speed_mps", lap->moving_s > 0 ? lap->distance_m / (double)lap->moving_s : NAN,
                        DIGITS_MPS);
        json_put_number(json, "power_w", lap->power_w, DIGITS_RATE);
        json_put_number(json, "hr_bpm", lap->hr_bpm, DIGITS_RATE);
        json_put_number(json, "cadence", lap->cadence_per_min, DIGITS_RATE);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void
splits_write(Str *json, const char *name, const Samples *samples, const Segment *splits, size_t n)
{
    json_open(json, name, '[');
    for (size_t i = 0; i < n; i++) {
        const Segment *split = &splits[i];
        json_open(json, NULL, '{');
        json_put_int(json, "n", (int64_t)i + 1);
        json_put_int(json, "t0_s", samples->time_s[split->start]);
        json_put_int(json, "t1_s", samples->time_s[split->end]);
        json_put_number(json, "distance_m", split->distance_m, DIGITS_M);
        json_put_int(json, "elapsed_time_s", split->elapsed_s);
        json_put_int(json, "moving_time_s", split->moving_s);
        json_put_number(json, "speed_mps", split->speed_mps, DIGITS_MPS);
        json_put_number(json, "speed_gap_mps", speed_gap_shown_mps(samples->sport, split->speed_gap_mps),
                        DIGITS_MPS);
        json_put_number(json, "hr_bpm", split->hr_bpm, DIGITS_METRIC);
        json_put_number(json, "cadence", split->cadence_per_min, DIGITS_RATE);
        json_put_number(json, "elevation_diff_m", split->elevation_diff_m, DIGITS_M);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* zones_write writes one distribution; `unit` turns the bounds into the unit of the threshold. */
static void
zones_write(Str *json, const char *name, const char *basis, const Zones *zones, double unit)
{
    if (zones->count == 0) {
        json_put_null(json, name);
        return;
    }
    json_open(json, name, '{');
    json_put_text(json, "basis", basis);
    json_put_number(json, "threshold", zones->threshold, DIGITS_RATE);
    json_open(json, "bounds", '[');
    for (size_t i = 0; i < zones->count; i++) {
        json_put_number(json, NULL, zones->bound[i] * unit, DIGITS_RATE);
    }
    json_close(json, ']');
    json_open(json, "seconds", '[');
    for (size_t i = 0; i < zones->count; i++) {
        json_put_int(json, NULL, zones->seconds[i]);
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void
power_write(Str *json, const Analysis *analysis)
{
    if (isnan(analysis->normalized_power_w)) {
        json_put_null(json, "power");
        return;
    }
    json_open(json, "power", '{');
    json_put_number(json, "normalized_power_w", analysis->normalized_power_w, DIGITS_METRIC);
    json_put_number(json, "intensity_factor", analysis->intensity_factor, DIGITS_METRIC);
    json_put_number(json, "variability_index", analysis->variability_index, DIGITS_METRIC);
    json_close(json, '}');
}

/* curve_write writes {"<seconds>": value}; durations that the activity is too short for are null. */
static void
curve_write(Str *json, const char *name, bool is_known, const double *curve)
{
    char seconds[16];

    if (!is_known) {
        json_put_null(json, name);
        return;
    }
    json_open(json, name, '{');
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        (void)snprintf(seconds, sizeof seconds, "%d", curve_durations_s[i]);
        json_put_number(json, seconds, curve[i], DIGITS_METRIC);
    }
    json_close(json, '}');
}

/* on_curve is the power of a duration that is one of the curve's. */
static double
on_curve(const Analysis *analysis, int32_t duration_s)
{
    for (size_t i = 0; analysis->has_power_curve && i < CURVE_COUNT; i++) {
        if (curve_durations_s[i] == duration_s) {
            return analysis->power_curve_w[i];
        }
    }
    return NAN;
}

/* bests_write writes the best powers and times that the activity is long enough for; the rest is null. */
static void
bests_write(Str *json, const Analysis *analysis)
{
    char key[24];

    json_open(json, "bests", '{');
    json_open(json, "power_w", '{');
    for (size_t i = 0; i < BEST_POWER_COUNT; i++) {
        (void)snprintf(key, sizeof key, "%d", best_power_durations_s[i]);
        json_put_number(json, key, on_curve(analysis, best_power_durations_s[i]), DIGITS_METRIC);
    }
    json_close(json, '}');
    json_open(json, "time_s", '{');
    for (size_t i = 0; i < BEST_TIMES_COUNT; i++) {
        int32_t best_s = analysis->best_time_s[i];
        (void)snprintf(key, sizeof key, "%.10g", best_time_distances_m[i]);
        json_put_int(json, key, best_s == BEST_TIME_NONE ? JSON_NO_INT : best_s);
    }
    json_close(json, '}');
    json_close(json, '}');
}

void
analysis_write(Str *json, const Workout *workout, const Analysis *analysis)
{
    const Samples *samples = &workout->samples;

    json_open(json, NULL, '{');
    json_put_int(json, "version", ANALYSIS_VERSION);
    if (analysis->chart.n == 0) {
        json_put_null(json, "series");
    } else {
        chart_write(json, workout, &analysis->chart);
    }
    json_open(json, "events", '{');
    laps_write(json, analysis->laps, workout->laps_n);
    json_open(json, "splits", '{');
    splits_write(json, "km", samples, analysis->splits_km, analysis->splits_km_n);
    splits_write(json, "mi", samples, analysis->splits_mi, analysis->splits_mi_n);
    json_close(json, '}');
    json_close(json, '}');
    json_open(json, "zones", '{');
    zones_write(json, "hr", analysis->zones_hr_of_max ? "max_hr_bpm" : "lthr_bpm", &analysis->zones_hr, 1);
    zones_write(json, "power", "ftp_w", &analysis->zones_power, 1);
    zones_write(json, "speed", "threshold_speed_mps", &analysis->zones_speed, 0.001);
    json_close(json, '}');
    power_write(json, analysis);
    curve_write(json, "power_curve_w", analysis->has_power_curve, analysis->power_curve_w);
    curve_write(json, "hr_curve_bpm", analysis->has_hr_curve, analysis->hr_curve_bpm);
    bests_write(json, analysis);
    swim_write(json, &analysis->swim);
    json_close(json, '}');
}
