#include "worker/kinds/workouts/grade_adjusted.h"

#include <math.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/lookahead.h"
#include "worker/kinds/workouts/normalized_power.h"

#define MINETTI_SLOPE_MAX 0.30
#define MINETTI_FACTOR_MIN 0.7
#define MINETTI_FACTOR_MAX 2.5
#define STRAVA_GRADE_MAX_PCT 34.0
#define ALTITUDE_SMOOTHING 0.1 /* share of the new altitude a second */

double
minetti_cost(double slope)
{
    return ((((155.4 * slope - 30.4) * slope - 43.3) * slope + 46.3) * slope + 19.5) * slope + 3.6;
}

static double
clamp(double value, double low, double high)
{
    return fmax(low, fmin(high, value));
}

double
gap_factor(GapModel model, double slope)
{
    if (model == GAP_MINETTI) {
        double cost = minetti_cost(clamp(slope, -MINETTI_SLOPE_MAX, MINETTI_SLOPE_MAX));
        return clamp(cost / minetti_cost(0), MINETTI_FACTOR_MIN, MINETTI_FACTOR_MAX);
    }
    double g = clamp(100 * slope, -STRAVA_GRADE_MAX_PCT, STRAVA_GRADE_MAX_PCT);
    return ((((-2.66281e-9 * g - 3.68619e-7) * g + 4.06624e-7) * g + 0.00180840) * g + 0.0292909) * g + 1;
}

/* smooth_altitude writes a' <- a' + 0.1 (a - a') over R, in cm. It starts anew at the first altitude
 * and after a pause, or what rose there would come out as a slope of the first minute behind it. */
static void
smooth_altitude(const Samples *samples, double *ret_cm)
{
    double smooth = SAMPLES_NO_ALTITUDE;

    for (size_t i = 0; i < samples->n; i++) {
        bool known_before = i > 0 && samples->altitude_cm[i - 1] != SAMPLES_NO_ALTITUDE;
        if (known_before && samples->time_s[i] - samples->time_s[i - 1] == 1) {
            smooth += ALTITUDE_SMOOTHING * (samples->altitude_cm[i] - smooth);
        } else {
            smooth = samples->altitude_cm[i];
        }
        ret_cm[i] = smooth;
    }
}

bool
grade_adjusted_add(Samples *samples, GapModel model, Arena *arena, Err *err)
{
    if (samples->n == 0 || samples->altitude_cm == NULL || samples->distance_cm == NULL) {
        return true;
    }
    double *altitude_cm = arena_alloc(arena, samples->n, sizeof *altitude_cm);
    int32_t *gap_mmps = arena_alloc(arena, samples->n, sizeof *gap_mmps);
    if (altitude_cm == NULL || gap_mmps == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "samples", "grade-adjusted speed: the job's memory is used up");
    }
    smooth_altitude(samples, altitude_cm);

    Lookahead lookahead = { .time_s = samples->time_s, .distance_cm = samples->distance_cm, .n = samples->n };
    double slope = 0;
    for (size_t i = 0; i < samples->n; i++) {
        size_t ahead = 0;
        if (lookahead_find(&lookahead, i, &ahead) && samples->altitude_cm[i] != SAMPLES_NO_ALTITUDE) {
            double way_cm = (double)samples->distance_cm[ahead] - samples->distance_cm[i];
            slope = (altitude_cm[ahead] - altitude_cm[i]) / way_cm;
        }
        gap_mmps[i] = (int32_t)lround(samples->speed_mmps[i] * gap_factor(model, slope));
    }
    samples->gap_mmps = gap_mmps;
    return true;
}

bool
speed_gap_mps(const Samples *samples, double moving_time_s, double *ret_mps)
{
    double distance_m = 0;

    if (!samples_distance_m(samples, &distance_m)) {
        return false;
    }
    if (samples->gap_mmps != NULL) {
        distance_m = (double)sum_all(samples->gap_mmps, samples->n) / 1000;
    }
    return speed_avg_mps(distance_m, moving_time_s, ret_mps);
}

bool
speed_ngs_mps(const Samples *samples, double *ret_mps)
{
    const int32_t *mmps = samples->gap_mmps != NULL ? samples->gap_mmps : samples->speed_mmps;
    double mean_mmps = 0;

    if (!normalized_mean(mmps, samples->n, &mean_mmps)) {
        return false;
    }
    *ret_mps = mean_mmps / 1000;
    return true;
}

bool
r_tss(size_t n, double ngs_mps, double threshold_mps, double *ret_tss)
{
    if (!(threshold_mps > 0)) {
        return false;
    }
    double intensity = ngs_mps / threshold_mps;
    *ret_tss = 100 * (double)n / 3600 * intensity * intensity;
    return true;
}
