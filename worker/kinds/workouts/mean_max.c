#include "worker/kinds/workouts/mean_max.h"

#include <math.h>
#include <string.h>

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

/* stretch_end is the end of the seconds from `start` on that are consecutive and have a heart rate. */
static size_t
stretch_end(const int32_t *time_s, const int32_t *hr_bpm, size_t n, size_t start)
{
    size_t end = start;

    while (end < n && hr_bpm[end] > 0 && (end == start || time_s[end] - time_s[end - 1] == 1)) {
        end++;
    }
    return end;
}

/* highest_sum is that of `length` neighbours among values [n], n at least length. */
static int64_t
highest_sum(const int32_t *values, size_t n, size_t length)
{
    int64_t sum = 0;

    for (size_t i = 0; i < length; i++) {
        sum += values[i];
    }
    int64_t best = sum;
    for (size_t i = length; i < n; i++) {
        sum += values[i] - values[i - length];
        best = sum > best ? sum : best;
    }
    return best;
}

/* best_hr_means fills ret_bpm [count] for ascending durations, NaN where no window is whole; false if all
 * are. */
static bool
best_hr_means(const int32_t *time_s, const int32_t *hr_bpm, size_t n, const int32_t *durations_s,
              size_t count, double *ret_bpm)
{
    size_t start = 0;

    for (size_t i = 0; i < count; i++) {
        ret_bpm[i] = NAN;
    }
    while (hr_bpm != NULL && start < n) {
        size_t end = stretch_end(time_s, hr_bpm, n, start);
        for (size_t i = 0; i < count && (size_t)durations_s[i] <= end - start; i++) {
            int64_t sum = highest_sum(hr_bpm + start, end - start, (size_t)durations_s[i]);
            ret_bpm[i] = fmax(ret_bpm[i], (double)sum / durations_s[i]); /* of NaN and a number, the number */
        }
        start = end > start ? end : start + 1;
    }
    return count > 0 && !isnan(ret_bpm[0]);
}

bool
best_hr_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, int32_t duration_s, double *ret_bpm)
{
    double best = NAN;

    if (!best_hr_means(time_s, hr_bpm, n, &duration_s, 1, &best)) {
        return false;
    }
    *ret_bpm = best;
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
    double curve[CURVE_COUNT];

    if (!best_hr_means(time_s, hr_bpm, n, curve_durations_s, CURVE_COUNT, curve)) {
        return false;
    }
    memcpy(ret_curve, curve, sizeof curve);
    return true;
}
