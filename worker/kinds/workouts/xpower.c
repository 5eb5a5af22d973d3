#include "worker/kinds/workouts/xpower.h"

#include <math.h>

#define DECAY (25.0 / 26.0) /* a second of a 25 s exponential window */
#define STILL_W 0.1         /* a pause is over for the body when the average has fallen this far */

bool
xpower_w(const int32_t *time_s, const int32_t *power_w, size_t n, double *ret_w)
{
    double average_w = 0;
    double fourth_powers = 0;
    int64_t seconds = 0;

    if (power_w == NULL || n == 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t paused_s = i == 0 ? 0 : time_s[i] - time_s[i - 1] - 1;
        for (; paused_s > 0 && average_w > STILL_W; paused_s--) {
            average_w *= DECAY;
            fourth_powers += average_w * average_w * average_w * average_w;
            seconds++;
        }
        average_w = average_w * DECAY + power_w[i] / 26.0;
        fourth_powers += average_w * average_w * average_w * average_w;
        seconds++;
    }
    *ret_w = pow(fourth_powers / (double)seconds, 0.25);
    return true;
}
