#include "worker/kinds/workouts/trimp.h"

#include <math.h>

#define EXPONENT_MEN 1.92
#define EXPONENT_WOMEN 1.67

static double
rest_bpm(const TrimpAthlete *athlete)
{
    return athlete->rest_hr_bpm > 0 ? athlete->rest_hr_bpm : TRIMP_REST_STAND_IN_BPM;
}

/* points_per_minute is x * 0.64 * e^(k x) at a heart rate; 0 below rest. */
static double
points_per_minute(double hr_bpm, const TrimpAthlete *athlete)
{
    double rest = rest_bpm(athlete);
    double x = (hr_bpm - rest) / (athlete->max_hr_bpm - rest);

    return x <= 0 ? 0 : x * 0.64 * exp((athlete->is_female ? EXPONENT_WOMEN : EXPONENT_MEN) * x);
}

bool
trimp(double hr_mean_bpm, double duration_s, const TrimpAthlete *athlete, double *ret_trimp)
{
    if (!(hr_mean_bpm > 0) || !(athlete->max_hr_bpm > rest_bpm(athlete))) {
        return false;
    }
    *ret_trimp = duration_s / 60 * points_per_minute(hr_mean_bpm, athlete);
    return true;
}

bool
hr_tss(double trimp_points, const TrimpAthlete *athlete, double *ret_tss)
{
    double hour = 0;

    if (!(athlete->lthr_bpm > 0) || !trimp(athlete->lthr_bpm, 3600, athlete, &hour) || !(hour > 0)) {
        return false;
    }
    *ret_tss = 100 * trimp_points / hour;
    return true;
}

bool
edwards(const int32_t *hr_bpm, size_t n, double max_hr_bpm, double *ret_points)
{
    int64_t max_bpm = llround(max_hr_bpm > 0 ? max_hr_bpm : 0);
    int64_t zone_seconds = 0;
    bool known = false;

    for (size_t i = 0; hr_bpm != NULL && i < n; i++) {
        if (hr_bpm[i] <= 0) {
            continue;
        }
        known = true;
        for (int64_t percent = 90; percent >= 50; percent -= 10) {
            if (INT64_C(100) * hr_bpm[i] >= percent * max_bpm) {
                zone_seconds += (percent - 40) / 10;
                break;
            }
        }
    }
    if (!known || max_bpm == 0) {
        return false;
    }
    *ret_points = (double)zone_seconds / 60;
    return true;
}

bool
heartbeats(const int32_t *hr_bpm, size_t n, double *ret_beats)
{
    int64_t sum = 0;

    for (size_t i = 0; hr_bpm != NULL && i < n; i++) {
        sum += hr_bpm[i];
    }
    if (sum == 0) {
        return false;
    }
    *ret_beats = (double)sum / 60;
    return true;
}
