/* analysis: the figures of analysis.h; analysis_write.c makes the document of them. */
#include "worker/kinds/workouts/analysis.h"

#include <math.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/normalized_power.h"

static int64_t
known(int32_t device_s, bool is_measured, int32_t measured_s)
{
    return device_s != STREAM_NO_INT ? device_s : is_measured ? measured_s : JSON_NO_INT;
}

/* lap_figures takes the device's own figures as they are, and what it does not say from the samples. */
static LapFigures
lap_figures(const Workout *workout, const Lap *lap)
{
    Segment segment = { .distance_m = NAN, .power_w = NAN, .hr_bpm = NAN, .cadence_per_min = NAN };
    bool has_rows = lap->start_index != STREAM_NO_INT && lap->start_index >= 0 && lap->end_index >= 0;
    bool is_measured =
        workout->has_samples && has_rows &&
        lap_measure(&workout->samples, (size_t)lap->start_index, (size_t)lap->end_index, &segment);

    return (LapFigures){
        .lap = lap,
        .has_rows = has_rows,
        .distance_m = isnan(lap->distance_m) ? segment.distance_m : lap->distance_m,
        .elapsed_s = known(lap->elapsed_s, is_measured, segment.elapsed_s),
        .moving_s = known(lap->moving_s, is_measured, segment.moving_s),
        .power_w = segment.power_w,
        .hr_bpm = segment.hr_bpm,
        .cadence_per_min = segment.cadence_per_min,
    };
}

static bool
laps_find(const Workout *workout, Analysis *analysis, Err *err)
{
    analysis->laps = arena_alloc(workout->arena, workout->laps_n, sizeof *analysis->laps);
    if (analysis->laps == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "analysis", "analysis: the job's memory is used up");
    }
    for (size_t i = 0; i < workout->laps_n; i++) {
        analysis->laps[i] = lap_figures(workout, &workout->laps[i]);
    }
    return true;
}

static void
zones_find(const Workout *workout, Analysis *analysis)
{
    const Samples *samples = &workout->samples;
    const Thresholds *thresholds = &workout->thresholds;
    size_t n = samples->n;

    if (!zones_hr(samples->hr_bpm, n, thresholds->lthr_bpm, &analysis->zones_hr)) {
        analysis->zones_hr_of_max =
            zones_hr_of_max(samples->hr_bpm, n, thresholds->max_hr_bpm, &analysis->zones_hr);
    }
    (void)!zones_power(samples->power_w, n, thresholds->ftp_w, &analysis->zones_power);
    (void)!zones_speed(samples->speed_mmps, n, thresholds->threshold_speed_mps, &analysis->zones_speed);
}

static void
power_find(const Workout *workout, Analysis *analysis)
{
    const Samples *samples = &workout->samples;
    double recorded_w = NAN;

    if (!normalized_power_w(samples->power_w, samples->n, &analysis->normalized_power_w)) {
        return;
    }
    (void)!intensity_factor(analysis->normalized_power_w, workout->thresholds.ftp_w,
                            &analysis->intensity_factor);
    if (mean_all(samples->power_w, samples->n, &recorded_w)) {
        (void)!variability_index(analysis->normalized_power_w, recorded_w, &analysis->variability_index);
    }
}

static void
bests_find(const Workout *workout, Analysis *analysis)
{
    const Samples *samples = &workout->samples;
    double max_mps = workout->scalars.sport == SPORT_RUN ? BEST_RUN_MAX_MPS : 0;

    analysis->has_power_curve =
        power_curve_w(samples->time_s, samples->power_w, samples->n, analysis->power_curve_w);
    analysis->has_hr_curve =
        hr_curve_bpm(samples->time_s, samples->hr_bpm, samples->n, analysis->hr_curve_bpm);
    for (size_t i = 0; i < BEST_TIMES_COUNT; i++) {
        (void)!best_time_s(samples->time_s, samples->distance_cm, samples->n, best_time_distances_m[i],
                           max_mps, &analysis->best_time_s[i]);
    }
}

static bool
samples_analyse(const Workout *workout, Analysis *analysis, Err *err)
{
    const Samples *samples = &workout->samples;

    if (!chart_make(workout, &analysis->chart, err) ||
        !splits_make(samples, SPLIT_KM_MM, workout->arena, &analysis->splits_km, &analysis->splits_km_n,
                     err) ||
        !splits_make(samples, SPLIT_MILE_MM, workout->arena, &analysis->splits_mi, &analysis->splits_mi_n,
                     err)) {
        return false;
    }
    zones_find(workout, analysis);
    power_find(workout, analysis);
    bests_find(workout, analysis);
    return true;
}

static Analysis *
analysis_new(Arena *arena, Err *err)
{
    Analysis *analysis = arena_alloc(arena, 1, sizeof *analysis);

    if (analysis == NULL) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "analysis", "analysis: the job's memory is used up");
        return NULL;
    }
    analysis->normalized_power_w = analysis->intensity_factor = analysis->variability_index = NAN;
    for (size_t i = 0; i < BEST_TIMES_COUNT; i++) {
        analysis->best_time_s[i] = BEST_TIME_NONE;
    }
    return analysis;
}

bool
stage_analysis(Workout *workout, const char **ret_reason, Err *err)
{
    Analysis *analysis = analysis_new(workout->arena, err);

    if (analysis == NULL || !laps_find(workout, analysis, err) || !swim_read(workout, &analysis->swim, err)) {
        return false;
    }
    if (!workout->has_samples) {
        *ret_reason = "no_samples";
    } else if (!samples_analyse(workout, analysis, err)) {
        return false;
    }
    workout->analysis = analysis;
    return true;
}

bool
stage_analysis_write(Workout *workout, Err *err)
{
    analysis_write(&workout->analysis_json, workout, workout->analysis);
    return document_whole(&workout->analysis_json, "analysis", err);
}
