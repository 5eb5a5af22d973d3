/* elevation.h - climbing and descending, and the slope of the chart.
 *
 * Altitudes are whole cm in R (samples.h); the comparison with 3 m is one of integers, because steps of
 * exactly 3.0 m are common and binary fractions decide them by chance (metrics.md, section 10: the laps
 * ride). Pure: no allocation, any thread.
 */
#ifndef PACELINE_ELEVATION_H
#define PACELINE_ELEVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define ELEVATION_HYSTERESIS_CM 300 /* both ways; GoldenCheetah 3.5 */

/* elevation_change_m: the reference starts at the first altitude; a rise of more than 3 m over it adds
 * to the gain and moves the reference, a fall of more than 3 m to the loss. The reference is kept over
 * a pause. Both in metres, 0 or more. False if altitude_cm is NULL or holds no value. */
MUST_CHECK bool elevation_change_m(const int32_t *altitude_cm, size_t n, double *ret_gain_m,
                                   double *ret_loss_m);

/* vam_m_per_h: gain * 3600 / (T + 1), metres climbed per hour; total_s is T. */
double vam_m_per_h(double gain_m, int32_t total_s);

/* grade_chart_pct: slope for the chart where the device gave none (`grade_smooth`): altitude difference
 * over distance to the first sample at least 10 m ahead, in %, clamped to +-50, rounded to 0.1. While
 * the distance stands still, at the end and where a pause lies between, the last grade holds (0 at
 * first).
 *   time_s, distance_cm, altitude_cm [n];  ret_pct [n] */
void grade_chart_pct(const int32_t *time_s, const int32_t *distance_cm, const int32_t *altitude_cm, size_t n,
                     float *ret_pct);

#endif
