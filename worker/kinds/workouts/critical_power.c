#include "worker/kinds/workouts/critical_power.h"

#include "worker/kinds/workouts/mean_max.h"

static const int32_t fitted_durations_s[] = { 180, 300, 480, 600, 900, 1200 };
#define FITTED_COUNT (sizeof fitted_durations_s / sizeof *fitted_durations_s)

bool
critical_power_fit(const int32_t *duration_s, const double *power_w, size_t count, double *ret_cp_w,
                   double *ret_w_prime_j)
{
    double mean_x = 0; /* x = 1/t */
    double mean_y = 0;
    double xx = 0;
    double xy = 0;

    for (size_t i = 0; i < count; i++) {
        mean_x += 1.0 / duration_s[i] / (double)count;
        mean_y += power_w[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double dx = 1.0 / duration_s[i] - mean_x;
        xx += dx * dx;
        xy += dx * (power_w[i] - mean_y);
    }
    if (count < 2 || !(xx > 0)) {
        return false;
    }
    double w_prime_j = xy / xx;
    double cp_w = mean_y - w_prime_j * mean_x;
    if (!(cp_w > 0) || !(w_prime_j > 0)) {
        return false;
    }
    *ret_cp_w = cp_w;
    *ret_w_prime_j = w_prime_j;
    return true;
}

bool
critical_power_estimate(const int32_t *time_s, const int32_t *power_w, size_t n, double *ret_cp_w,
                        double *ret_w_prime_j)
{
    double best_w[FITTED_COUNT];
    size_t count = 0;

    while (count < FITTED_COUNT &&
           best_power_w(time_s, power_w, n, fitted_durations_s[count], &best_w[count])) {
        count++;
    }
    return critical_power_fit(fitted_durations_s, best_w, count, ret_cp_w, ret_w_prime_j);
}
