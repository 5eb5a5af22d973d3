#include "worker/kinds/workouts/pace_quality.h"

#include <math.h>

#include "worker/kinds/workouts/averages.h"

#define STRETCH_MIN_S 10
#define STRETCH_OUTSIDE_S 10.0 /* a mile */
#define MINUTE_S 60
#define HR_WINDOW_S ((size_t)5)

/* side tells where a second is: 1 too fast, -1 too slow by more than 10 s a mile, 0 neither. */
static int
side(const Samples *samples, size_t i, const PaceRange *range)
{
    double outside_s = seconds_outside(range, samples->speed_mmps[i] / 1000.0);

    return outside_s > STRETCH_OUTSIDE_S ? 1 : outside_s < -STRETCH_OUTSIDE_S ? -1 : 0;
}

Stretches
pace_stretches(const Samples *samples, size_t start, size_t end, const PaceRange *range)
{
    Stretches stretches = { 0, 0 };
    int running = 0;
    size_t length = 0;

    if (samples->speed_mmps == NULL || !(range->slow_mps > 0)) {
        return stretches;
    }
    for (size_t i = start + 1; i <= end && i < samples->n; i++) {
        int now = samples->is_moving[i] ? side(samples, i, range) : 0;
        length = now == running ? length + 1 : 1;
        running = now;
        if (length == STRETCH_MIN_S && running != 0) { /* counted once, when it is long enough */
            stretches.surges += running > 0 ? 1 : 0;
            stretches.crashes += running < 0 ? 1 : 0;
        }
    }
    return stretches;
}

/* pace_variation is the coefficient of variation of the paces of full minutes; 0 with less than two. */
static double
pace_variation(const Samples *samples)
{
    double sum = 0;
    double squares = 0;
    double n = 0;

    for (size_t start = 0; samples->distance_cm != NULL && start + MINUTE_S < samples->n; start += MINUTE_S) {
        size_t end = start + MINUTE_S;
        double way_m = ((double)samples->distance_cm[end] - samples->distance_cm[start]) / 100;
        int32_t moving_s = samples->moving_s[end] - samples->moving_s[start];
        if (way_m > 0 && moving_s > MINUTE_S / 2) {
            double pace = moving_s / way_m;
            sum += pace;
            squares += pace * pace;
            n++;
        }
    }
    if (n < 2) {
        return 0;
    }
    double mean = sum / n;
    return sqrt(fmax(squares / n - mean * mean, 0)) / mean;
}

double
steady_adherence_pct(const Samples *samples, const PaceRange *range)
{
    double inside = 0;
    double moving = 0;

    if (samples->speed_mmps == NULL || !(range->slow_mps > 0)) {
        return NAN;
    }
    for (size_t i = 0; i < samples->n; i++) {
        if (samples->is_moving[i]) {
            double mps = samples->speed_mmps[i] / 1000.0;
            moving++;
            inside += mps >= range->slow_mps && mps <= range->fast_mps ? 1 : 0;
        }
    }
    double variation = pace_variation(samples);
    double factor = variation > 0.06 ? 0.85 : variation > 0.04 ? 0.90 : variation > 0.02 ? 0.95 : 1;
    return moving > 0 ? 100 * inside / moving * factor : NAN;
}

double
hr_drop_bpm(const Samples *samples, size_t start, size_t end)
{
    double before = NAN;
    double after = NAN;

    if (samples->hr_bpm == NULL || end < start + 2 * HR_WINDOW_S || end >= samples->n) {
        return NAN;
    }
    if (!mean_positive(samples->hr_bpm + start, HR_WINDOW_S, &before) ||
        !mean_positive(samples->hr_bpm + end + 1 - HR_WINDOW_S, HR_WINDOW_S, &after)) {
        return NAN;
    }
    return before - after;
}

const char *
hr_drop_rating(double drop_bpm)
{
    if (isnan(drop_bpm)) {
        return NULL;
    }
    return drop_bpm > 20 ? "excellent" : drop_bpm > 15 ? "good" : drop_bpm > 10 ? "fair" : "poor";
}

const char *
hr_drift_band(double drift_bpm)
{
    if (isnan(drift_bpm)) {
        return NULL;
    }
    return drift_bpm < 5 ? "stable" : drift_bpm < 10 ? "moderate" : drift_bpm < 20 ? "high" : "very_high";
}

const char *
pace_confidence(const Streams *streams)
{
    double device_pct = coverage_float_pct(streams->speed_mps, streams->n);

    if (device_pct > 80) {
        return "high";
    }
    return device_pct > 30 || coverage_float_pct(streams->distance_m, streams->n) > 50 ? "medium" : "low";
}
