/* w_balance_differential.h - the other form of W'bal, as an oracle for tests.
 *
 * Skiba 2015: below CP, B += (CP - P) * (W' - B) / W'; at or above it, B += CP - P; each second of the
 * wall-clock series, starting at W'. It differs widely from the integral form that is stored
 * (metrics.md, section 1), and both have known values.
 */
#ifndef PACELINE_TESTS_W_BALANCE_DIFFERENTIAL_H
#define PACELINE_TESTS_W_BALANCE_DIFFERENTIAL_H

#include <stddef.h>
#include <stdint.h>

typedef struct Differential {
    double min_j;  /* lowest B */
    double last_j; /* B after the last second */
} Differential;

static inline double
differential_step(double left_j, double power_w, double cp_w, double w_prime_j)
{
    if (power_w < cp_w) {
        return left_j + (cp_w - power_w) * (w_prime_j - left_j) / w_prime_j;
    }
    return left_j + cp_w - power_w;
}

static inline Differential
w_balance_differential(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w, double w_prime_j)
{
    Differential state = { w_prime_j, w_prime_j };

    for (size_t i = 0; i < n; i++) {
        int32_t paused_s = i == 0 ? 0 : time_s[i] - time_s[i - 1] - 1;
        for (; paused_s > 0; paused_s--) {
            state.last_j = differential_step(state.last_j, 0, cp_w, w_prime_j);
        }
        state.last_j = differential_step(state.last_j, power_w[i], cp_w, w_prime_j);
        state.min_j = state.last_j < state.min_j ? state.last_j : state.min_j;
    }
    return state;
}

#endif
