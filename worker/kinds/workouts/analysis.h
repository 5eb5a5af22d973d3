/* analysis.h - what the analysis stage finds: chart, laps and splits, zones, curves and bests (workouts.md,
 * section 5.4; metrics.md, sections 3 and 4).
 *
 * A figure whose channel or threshold is missing is NaN, or is said to be unknown. Reads samples and
 * thresholds, never the plan. Everything lives in the workout's arena.
 */
#ifndef PACELINE_ANALYSIS_H
#define PACELINE_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/kinds/workouts/best_times.h"
#include "worker/kinds/workouts/mean_max.h"
#include "worker/kinds/workouts/series.h"
#include "worker/kinds/workouts/swim.h"
#include "worker/kinds/workouts/workout.h"
#include "worker/kinds/workouts/zones.h"

/* LapFigures is one of the device's laps, with the means of its samples. */
typedef struct LapFigures {
    const Lap *lap;
    bool has_rows; /* it says where in the samples it lies */
    double distance_m;
    int64_t elapsed_s, moving_s; /* JSON_NO_INT = unknown */
    double power_w, hr_bpm, cadence_per_min;
} LapFigures;

typedef struct Analysis {
    Chart chart;      /* n = 0 without samples */
    LapFigures *laps; /* [workout->laps_n] */
    Segment *splits_km, *splits_mi;
    size_t splits_km_n, splits_mi_n;
    Zones zones_hr, zones_power, zones_speed; /* count 0: unknown */
    bool zones_hr_of_max;                     /* without an LTHR */
    double normalized_power_w, intensity_factor, variability_index;
    bool has_power_curve, has_hr_curve;
    double power_curve_w[CURVE_COUNT], hr_curve_bpm[CURVE_COUNT];
    int32_t best_time_s[BEST_TIMES_COUNT]; /* BEST_TIME_NONE: the activity is shorter */
    Swim swim;
} Analysis;

#define BEST_TIME_NONE (-1)

/* analysis_write writes the document `analysis`. */
void analysis_write(Str *json, const Workout *workout, const Analysis *analysis);

#endif
