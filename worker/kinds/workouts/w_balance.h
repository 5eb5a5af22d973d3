/* w_balance.h - what is left of the work above critical power (W'), second by second.
 *
 * Integral form, each second of the wall-clock series Z:
 *   I    <- I * e^(-1/tau) + max(0, P - CP);  W'bal = W' - I
 *   tau  =  floor(546 * e^(-0.01 * (CP - p)) + 316), p = mean of the seconds of Z below CP, leaving
 *           out the last second
 * In a pause I decays by e^(-seconds/tau). Not clamped: below 0 says that CP or W' is set too low.
 * Source: Skiba et al. 2012, Med Sci Sports Exerc 44:1526; rounding as in GoldenCheetah 3.5.
 * CP and W' are the athlete's, never guessed. Pure: no allocation, any thread.
 */
#ifndef PACELINE_W_BALANCE_H
#define PACELINE_W_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

typedef struct WBalance {
    double tau_s;    /* whole seconds */
    double min_j;    /* w_bal_min_j; may be below 0 */
    double used_pct; /* w_prime_used_pct: 100 * (W' - min) / W' */
    size_t min_at;   /* element of R with the minimum */
} WBalance;

/* w_balance computes the three figures.
 *   time_s, power_w [n]; power_w may be NULL
 *   cp_w, w_prime_j  above 0, else NULL
 * False if any of them is missing. O(n). */
MUST_CHECK bool w_balance(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w,
                          double w_prime_j, WBalance *ret_balance);

/* w_balance_tau_exact_s: tau before it is rounded down; 546 * e^(-0.01 * CP) + 316 if no second is
 * below CP. n > 0. */
double w_balance_tau_exact_s(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w);

/* w_balance_series_j writes W' - I after each second of R into ret_j [n], for a given tau. */
void w_balance_series_j(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w,
                        double w_prime_j, double tau_s, double *ret_j);

#endif
