#include "worker/kinds/workouts/normalized_power.h"

#include <math.h>

bool
normalized_mean(const int32_t *values, size_t n, double *ret_mean)
{
    int64_t window = 0;
    double fourth_powers = 0;

    if (values == NULL || n == 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        window += values[i];
        if (i >= NORMALIZED_WINDOW_S) {
            window -= values[i - NORMALIZED_WINDOW_S];
        }
        double mean = (double)window / NORMALIZED_WINDOW_S;
        fourth_powers += mean * mean * mean * mean;
    }
    *ret_mean = pow(fourth_powers / (double)n, 0.25);
    return true;
}

bool
normalized_power_w(const int32_t *power_w, size_t n, double *ret_w)
{
    return normalized_mean(power_w, n, ret_w);
}

bool
intensity_factor(double np_w, double ftp_w, double *ret_if)
{
    if (!(ftp_w > 0)) {
        return false;
    }
    *ret_if = np_w / ftp_w;
    return true;
}

bool
variability_index(double np_w, double power_recorded_w, double *ret_vi)
{
    if (!(power_recorded_w > 0)) {
        return false;
    }
    *ret_vi = np_w / power_recorded_w;
    return true;
}

bool
tss(size_t n, double np_w, double ftp_w, double *ret_tss)
{
    double factor = 0;

    if (!intensity_factor(np_w, ftp_w, &factor)) {
        return false;
    }
    *ret_tss = 100 * (double)n * np_w * factor / (3600 * ftp_w);
    return true;
}
