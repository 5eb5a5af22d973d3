/* averages.h - sums, means and extremes over the seconds of R.
 *
 * Values are whole units (W, bpm, per minute, mm/s, cm) and the result has the same unit. Which mean
 * belongs to which field (metrics.md, section 3):
 *
 *   power_avg_w        mean_moving           hr_avg_bpm      mean_positive_moving
 *   power_recorded_w   mean_all              hr_recorded_bpm mean_positive
 *   cadence_avg_...    mean_positive         nonzero power   mean_positive
 *   work_recorded_j    sum_all (1 W for 1 s is 1 J)
 *   work_j             power_avg_w (not rounded) * moving time
 *
 * `values` [n] may be NULL: then there is no channel and the metric is NULL. Sums are 64-bit integers,
 * so nothing drifts. Pure; any thread.
 */
#ifndef PACELINE_AVERAGES_H
#define PACELINE_AVERAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* mean_all: sum / n. False if there is no value. */
MUST_CHECK bool mean_all(const int32_t *values, size_t n, double *ret_mean);

/* mean_positive: mean of the values above 0, where 0 means missing or not pedalling. False if there is
 * none. */
MUST_CHECK bool mean_positive(const int32_t *values, size_t n, double *ret_mean);

/* mean_moving: mean over the moving seconds, zeros included. False if none moves. */
MUST_CHECK bool mean_moving(const int32_t *values, const bool *is_moving, size_t n, double *ret_mean);

/* mean_positive_moving: mean of the values above 0 among the moving seconds. False if there is none. */
MUST_CHECK bool mean_positive_moving(const int32_t *values, const bool *is_moving, size_t n,
                                     double *ret_mean);

/* sum_all: sum of all values; 0 without a channel. */
int64_t sum_all(const int32_t *values, size_t n);

/* highest, lowest: extremes of the channel; for channels in which 0 is missing, lowest_positive.
 * Altitudes that are not there yet (SAMPLES_NO_ALTITUDE) are skipped. False if there is no value. */
MUST_CHECK bool highest(const int32_t *values, size_t n, int32_t *ret_value);
MUST_CHECK bool lowest(const int32_t *values, size_t n, int32_t *ret_value);
MUST_CHECK bool lowest_positive(const int32_t *values, size_t n, int32_t *ret_value);

/* speed_avg_mps: distance over moving time, never a mean of speeds or paces. False if moving_s is not
 * above 0. */
MUST_CHECK bool speed_avg_mps(double distance_m, double moving_s, double *ret_mps);

/* coverage_pct: 100 * rows that have a value / rows, of a stored int stream; floats below. 0 without a
 * stream. */
double coverage_int_pct(const int32_t *stream, size_t rows);
double coverage_float_pct(const float *stream, size_t rows);

#endif
