#include "worker/kinds/workouts/mean_max.h"

#include <math.h>

const int32_t curve_durations_s[CURVE_COUNT] = {
    1,    2,    3,    5,    8,    10,   15,   20,   30,    45,    60,    90,
    120,  180,  240,  300,  360,  420,  480,  600,  720,   900,   1200,  1500,
    1800, 2400, 3000, 3600, 4500, 5400, 7200, 9000, 10800, 14400, 18000, 21600,
};

const int32_t best_power_durations_s[BEST_POWER_COUNT] = { 5,   15,  30,   60,   120,  180, 300,
                                                           480, 600, 1200, 1800, 3600, 5400 };

bool
best_power_w(const int32_t *time_s, const int32_t *power_w, size_t n, int32_t duration_s, double *ret_w)
{
    int64_t sum = 0;
    int64_t best = 0;
    size_t end = 0; /* first element after the window */

    if (power_w == NULL || n == 0 || time_s[n - 1] - time_s[0] + 1 < duration_s) {
        return false;
    }
    for (size_t start = 0; start < n; start++) {
        while (end < n && time_s[end] - time_s[start] < duration_s) {
            sum += power_w[end++];
        }
        /* A window that reaches past the last second is moved back to end with it. What it covers more
         * there only adds, so the first one that does so is left to the loop below. */
        if (time_s[n - 1] - time_s[start] + 1 < duration_s) {
            break;
        }
        best = sum > best ? sum : best;
        sum -= power_w[start];
    }
    sum = 0;
    for (size_t i = n; i > 0 && time_s[n - 1] - time_s[i - 1] < duration_s; i--) {
        sum += power_w[i - 1];
    }
    best = sum > best ? sum : best;
    *ret_w = (double)best / duration_s;
    return true;
}

bool
best_hr_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, int32_t duration_s, double *ret_bpm)
{
    int64_t sum = 0;
    int64_t best = 0;
    int32_t length_s = 0; /* seconds in the window that ends at i, all consecutive and known */

    for (size_t i = 0; hr_bpm != NULL && i < n; i++) {
        if (hr_bpm[i] <= 0 || (i > 0 && time_s[i] - time_s[i - 1] > 1)) {
            sum = 0;
            length_s = 0;
        }
        if (hr_bpm[i] <= 0) {
            continue;
        }
        sum += hr_bpm[i];
        if (++length_s > duration_s) {
            sum -= hr_bpm[i - (size_t)duration_s];
            length_s = duration_s;
        }
        if (length_s == duration_s && sum > best) {
            best = sum;
        }
    }
    if (best == 0) {
        return false;
    }
    *ret_bpm = (double)best / duration_s;
    return true;
}

bool
power_curve_w(const int32_t *time_s, const int32_t *power_w, size_t n, double ret_curve[CURVE_COUNT])
{
    if (power_w == NULL || n == 0) {
        return false;
    }
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (!best_power_w(time_s, power_w, n, curve_durations_s[i], &ret_curve[i])) {
            ret_curve[i] = NAN;
        }
    }
    return true;
}

bool
hr_curve_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, double ret_curve[CURVE_COUNT])
{
    double one_second = 0;

    if (!best_hr_bpm(time_s, hr_bpm, n, 1, &one_second)) {
        return false;
    }
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (!best_hr_bpm(time_s, hr_bpm, n, curve_durations_s[i], &ret_curve[i])) {
            ret_curve[i] = NAN;
        }
    }
    return true;
}
