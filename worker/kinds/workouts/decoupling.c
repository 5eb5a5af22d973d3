#include "worker/kinds/workouts/decoupling.h"

/* output_per_beat is mean output / mean heart rate of the elements start ... end - 1 with a heart rate:
 * both means have the same count, which cancels. */
static bool
output_per_beat(const int32_t *output, const int32_t *hr_bpm, size_t start, size_t end, double *ret_ratio)
{
    int64_t outputs = 0;
    int64_t beats = 0;

    for (size_t i = start; i < end; i++) {
        if (hr_bpm[i] > 0) {
            outputs += output[i];
            beats += hr_bpm[i];
        }
    }
    if (beats == 0) {
        return false;
    }
    *ret_ratio = (double)outputs / (double)beats;
    return true;
}

bool
decoupling_pct(const int32_t *output, const int32_t *hr_bpm, size_t n, double *ret_pct)
{
    double first = 0;
    double second = 0;

    if (output == NULL || hr_bpm == NULL || n == 0) {
        return false;
    }
    size_t half = (n - 1) / 2;
    if (!output_per_beat(output, hr_bpm, 0, half, &first) ||
        !output_per_beat(output, hr_bpm, half, n, &second) || !(first > 0)) {
        return false;
    }
    *ret_pct = 100 * (first - second) / first;
    return true;
}

bool
efficiency_factor_ride(double np_w, double hr_mean_bpm, double *ret_ef)
{
    if (!(hr_mean_bpm > 0)) {
        return false;
    }
    *ret_ef = np_w / hr_mean_bpm;
    return true;
}

bool
efficiency_factor_run(double ngs_mps, double hr_mean_bpm, double *ret_ef)
{
    if (!(hr_mean_bpm > 0)) {
        return false;
    }
    *ret_ef = ngs_mps * 60 / hr_mean_bpm;
    return true;
}
