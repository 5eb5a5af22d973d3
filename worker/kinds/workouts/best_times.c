#include "worker/kinds/workouts/best_times.h"

#include <math.h>

const double best_time_distances_m[BEST_TIMES_COUNT] = { 400,  800,   1000,  1609.344, 3000,
                                                         5000, 10000, 15000, 21097.5,  42195 };

bool
best_time_s(const int32_t *time_s, const int32_t *distance_cm, size_t n, double distance_m, double max_mps,
            int32_t *ret_s)
{
    int64_t wanted_mm = llround(distance_m * 1000);
    int32_t best_s = INT32_MAX;
    size_t start = 0; /* last sample at least the distance behind end */

    for (size_t end = 0; distance_cm != NULL && end < n; end++) {
        while (start < end && 10 * ((int64_t)distance_cm[end] - distance_cm[start + 1]) >= wanted_mm) {
            start++;
        }
        int64_t mm = 10 * ((int64_t)distance_cm[end] - distance_cm[start]);
        int32_t window_s = time_s[end] - time_s[start];
        bool too_fast = max_mps > 0 && (double)mm > max_mps * 1000 * window_s;
        if (mm >= wanted_mm && window_s > 0 && window_s < best_s && !too_fast) {
            best_s = window_s;
        }
    }
    if (best_s == INT32_MAX) {
        return false;
    }
    *ret_s = best_s;
    return true;
}
