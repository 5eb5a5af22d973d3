/* analysis: the chart, laps and splits, zones, curves and bests (workouts.md, section 5.4; metrics.md,
 * sections 3 and 4).
 *
 * A figure whose channel or threshold is missing is null. Reads samples and thresholds, never the plan.
 */
#include <math.h>
#include <stdio.h>

#include "common/json_read.h"
#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/best_times.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/mean_max.h"
#include "worker/kinds/workouts/normalized_power.h"
#include "worker/kinds/workouts/series.h"
#include "worker/kinds/workouts/swim.h"
#include "worker/kinds/workouts/workout.h"
#include "worker/kinds/workouts/zones.h"

#define ANALYSIS_VERSION 1

/* laps_write writes the device's laps as they are, with the means of their samples. */
static void
laps_write(Str *json, const Workout *workout)
{
    json_open(json, "laps", '[');
    for (size_t i = 0; i < workout->laps_n; i++) {
        const Lap *lap = &workout->laps[i];
        Segment segment;
        bool has_rows = lap->start_index != STREAM_NO_INT && lap->start_index >= 0 && lap->end_index >= 0;
        bool is_measured =
            workout->has_samples && has_rows &&
            lap_measure(&workout->samples, (size_t)lap->start_index, (size_t)lap->end_index, &segment);
        double distance_m = isnan(lap->distance_m) && is_measured ? segment.distance_m : lap->distance_m;
        int64_t elapsed_s = lap->elapsed_s != STREAM_NO_INT ? lap->elapsed_s
                            : is_measured                   ? segment.elapsed_s
                                                            : JSON_NO_INT;
        int64_t moving_s = lap->moving_s != STREAM_NO_INT ? lap->moving_s
                           : is_measured                  ? segment.moving_s
                                                          : JSON_NO_INT;

        json_open(json, NULL, '{');
        json_put_int(json, "n", (int64_t)i + 1);
        json_put_text(json, "name", lap->name);
        json_put_int(json, "start_index", has_rows ? lap->start_index : JSON_NO_INT);
        json_put_int(json, "end_index", has_rows ? lap->end_index : JSON_NO_INT);
        json_put_number(json, "distance_m", distance_m, DIGITS_M);
        json_put_int(json, "elapsed_time_s", elapsed_s);
        json_put_int(json, "moving_time_s", moving_s);
        json_put_number(json, "speed_mps", moving_s > 0 ? distance_m / (double)moving_s : NAN, DIGITS_MPS);
        json_put_number(json, "power_w", is_measured ? segment.power_w : NAN, DIGITS_RATE);
        json_put_number(json, "hr_bpm", is_measured ? segment.hr_bpm : NAN, DIGITS_RATE);
        json_put_number(json, "cadence", is_measured ? segment.cadence_per_min : NAN, DIGITS_RATE);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static bool
splits_write(Str *json, const char *name, const Workout *workout, int64_t unit_mm, Err *err)
{
    const Samples *samples = &workout->samples;
    Segment *splits = NULL;
    size_t n = 0;

    if (workout->has_samples && !splits_make(samples, unit_mm, workout->arena, &splits, &n, err)) {
        return false;
    }
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
    return true;
}

/* zones_write writes one distribution; `unit` turns the bounds into the unit of the threshold. */
static void
zones_write(Str *json, const char *name, const char *basis, bool is_known, const Zones *zones, double unit)
{
    if (!is_known) {
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
all_zones_write(Str *json, const Workout *workout)
{
    const Samples *samples = &workout->samples;
    const Thresholds *thresholds = &workout->thresholds;
    size_t n = workout->has_samples ? samples->n : 0;
    Zones zones = { .count = 0 };

    json_open(json, "zones", '{');
    if (zones_hr(samples->hr_bpm, n, thresholds->lthr_bpm, &zones)) {
        zones_write(json, "hr", "lthr_bpm", true, &zones, 1);
    } else {
        bool is_known = zones_hr_of_max(samples->hr_bpm, n, thresholds->max_hr_bpm, &zones);
        zones_write(json, "hr", "max_hr_bpm", is_known, &zones, 1);
    }
    zones_write(json, "power", "ftp_w", zones_power(samples->power_w, n, thresholds->ftp_w, &zones), &zones,
                1);
    zones_write(json, "speed", "threshold_speed_mps",
                zones_speed(samples->speed_mmps, n, thresholds->threshold_speed_mps, &zones), &zones, 0.001);
    json_close(json, '}');
}

static void
power_write(Str *json, const Workout *workout)
{
    const Samples *samples = &workout->samples;
    double np_w = NAN;
    double recorded_w = NAN;
    double factor = NAN;
    double variability = NAN;

    if (!workout->has_samples || !normalized_power_w(samples->power_w, samples->n, &np_w)) {
        json_put_null(json, "power");
        return;
    }
    (void)!intensity_factor(np_w, workout->thresholds.ftp_w, &factor);
    if (mean_all(samples->power_w, samples->n, &recorded_w)) {
        (void)!variability_index(np_w, recorded_w, &variability);
    }
    json_open(json, "power", '{');
    json_put_number(json, "normalized_power_w", np_w, DIGITS_METRIC);
    json_put_number(json, "intensity_factor", factor, DIGITS_METRIC);
    json_put_number(json, "variability_index", variability, DIGITS_METRIC);
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

/* bests_write writes the best powers and times that the activity is long enough for; the rest is null. */
static void
bests_write(Str *json, const Workout *workout)
{
    const Samples *samples = &workout->samples;
    size_t n = workout->has_samples ? samples->n : 0;
    double max_mps = workout->scalars.sport == SPORT_RUN ? BEST_RUN_MAX_MPS : 0;
    char key[24];

    json_open(json, "bests", '{');
    json_open(json, "power_w", '{');
    for (size_t i = 0; i < BEST_POWER_COUNT; i++) {
        double best_w = NAN;
        (void)!best_power_w(samples->time_s, samples->power_w, n, best_power_durations_s[i], &best_w);
        (void)snprintf(key, sizeof key, "%d", best_power_durations_s[i]);
        json_put_number(json, key, best_w, DIGITS_METRIC);
    }
    json_close(json, '}');
    json_open(json, "time_s", '{');
    for (size_t i = 0; i < BEST_TIMES_COUNT; i++) {
        int32_t best = 0;
        bool is_known =
            best_time_s(samples->time_s, samples->distance_cm, n, best_time_distances_m[i], max_mps, &best);
        (void)snprintf(key, sizeof key, "%.10g", best_time_distances_m[i]);
        json_put_int(json, key, is_known ? best : JSON_NO_INT);
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void
curves_write(Str *json, const Workout *workout)
{
    const Samples *samples = &workout->samples;
    size_t n = workout->has_samples ? samples->n : 0;
    double curve[CURVE_COUNT];

    curve_write(json, "power_curve_w", power_curve_w(samples->time_s, samples->power_w, n, curve), curve);
    curve_write(json, "hr_curve_bpm", hr_curve_bpm(samples->time_s, samples->hr_bpm, n, curve), curve);
}

bool
stage_analysis(Workout *workout, const char **ret_reason, Err *err)
{
    Str *json = &workout->analysis_json;

    if (!workout->has_samples) {
        *ret_reason = "no_samples";
    }
    json_open(json, NULL, '{');
    json_put_int(json, "version", ANALYSIS_VERSION);
    if (!workout->has_samples) {
        json_put_null(json, "series");
    } else if (!series_write(json, workout, err)) {
        return false;
    }
    json_open(json, "events", '{');
    laps_write(json, workout);
    json_open(json, "splits", '{');
    if (!splits_write(json, "km", workout, SPLIT_KM_MM, err) ||
        !splits_write(json, "mi", workout, SPLIT_MILE_MM, err)) {
        return false;
    }
    json_close(json, '}');
    json_close(json, '}');
    all_zones_write(json, workout);
    power_write(json, workout);
    curves_write(json, workout);
    bests_write(json, workout);
    if (!swim_write(json, workout, err)) {
        return false;
    }
    json_close(json, '}');
    return document_whole(json, "analysis", err);
}
