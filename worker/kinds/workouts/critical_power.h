/* critical_power.h - an estimate of critical power and W' from one activity.
 *
 * Least squares of P = CP + W' * (1/t) (Monod & Scherrer 1965, the linear form by 1/t) on the best
 * powers of 180, 300, 480, 600, 900 and 1200 s. It never replaces the athlete's own values. Pure; any
 * thread.
 */
#ifndef PACELINE_CRITICAL_POWER_H
#define PACELINE_CRITICAL_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* critical_power_fit: the line through `count` points (duration_s above 0, power_w). False with fewer
 * than 2 different durations, or if CP or W' is not above 0 (power that rises with time): both are NULL
 * then. */
MUST_CHECK bool critical_power_fit(const int32_t *duration_s, const double *power_w, size_t count,
                                   double *ret_cp_w, double *ret_w_prime_j);

/* critical_power_estimate takes the points from the activity itself (mean_max.h), those it is long
 * enough for.
 *   time_s, power_w [n]; power_w may be NULL */
MUST_CHECK bool critical_power_estimate(const int32_t *time_s, const int32_t *power_w, size_t n,
                                        double *ret_cp_w, double *ret_w_prime_j);

#endif
