#include "worker/kinds/workouts/hr_drift.h"

/* Window is a stretch of time, from inclusive, to exclusive, in seconds since the first sample. */
typedef struct Window {
    int32_t from_s, to_s;
    int64_t sum;
    int64_t count;
} Window;

static void
window_add(Window *window, int32_t at_s, int32_t hr_bpm)
{
    if (at_s >= window->from_s && at_s < window->to_s) {
        window->sum += hr_bpm;
        window->count++;
    }
}

bool
hr_drift_bpm(const int32_t *time_s, const int32_t *hr_bpm, size_t n, double *ret_bpm)
{
    if (hr_bpm == NULL || n == 0) {
        return false;
    }
    int32_t end_s = time_s[n - 1] - time_s[0] + 1;
    bool is_long = end_s - 300 - 300 >= 900;
    Window first = { is_long ? 300 : 180, is_long ? 900 : 780, 0, 0 };
    Window last = { is_long ? end_s - 900 : end_s - 600, is_long ? end_s - 300 : end_s, 0, 0 };
    int64_t known = 0;

    for (size_t i = 0; i < n; i++) {
        if (hr_bpm[i] > 0) {
            known++;
            window_add(&first, time_s[i] - time_s[0], hr_bpm[i]);
            window_add(&last, time_s[i] - time_s[0], hr_bpm[i]);
        }
    }
    if (end_s < HR_DRIFT_MIN_S || known < HR_DRIFT_MIN_VALUES || first.count < HR_DRIFT_MIN_IN_WINDOW ||
        last.count < HR_DRIFT_MIN_IN_WINDOW) {
        return false;
    }
    *ret_bpm = (double)last.sum / (double)last.count - (double)first.sum / (double)first.count;
    return true;
}
