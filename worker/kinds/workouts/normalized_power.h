/* normalized_power.h - the steady power that costs what an uneven ride costs, and what follows from it.
 *
 * Units: W, one sample a second of R: pauses are left out and do not reset the window, missing samples
 * are 0 already (samples.h). Pure: no I/O, no allocation, any thread.
 * Source: Allen & Coggan, "Training and Racing with a Power Meter"; start-up ramp as in GoldenCheetah
 * 3.5. Checked against the reference rides (metrics.md, sections 10 and 11).
 */
#ifndef PACELINE_NORMALIZED_POWER_H
#define PACELINE_NORMALIZED_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define NORMALIZED_WINDOW_S 30

/* normalized_mean computes ((1/n) * sum of m_i^4)^(1/4), where m_i is the mean of the 30 s that end
 * with sample i, and seconds before the start count as 0.
 *
 *   values   [n], 0 or more, any whole unit; borrowed for the call; may be NULL
 *   ret_mean same unit; untouched on failure
 *
 * False if there is no channel or n is 0: the metric is NULL. O(n), constant space. */
MUST_CHECK bool normalized_mean(const int32_t *values, size_t n, double *ret_mean);

/* normalized_power_w is normalized_mean of power: NP, W. */
MUST_CHECK bool normalized_power_w(const int32_t *power_w, size_t n, double *ret_w);

/* intensity_factor: NP / FTP. False without an FTP (not above 0). */
MUST_CHECK bool intensity_factor(double np_w, double ftp_w, double *ret_if);

/* variability_index: NP / mean power over R (power_recorded_w). False if that is 0. */
MUST_CHECK bool variability_index(double np_w, double power_recorded_w, double *ret_vi);

/* tss: 100 * n * NP * IF / (3600 * FTP), n = seconds of R, not elapsed time. False without an FTP. */
MUST_CHECK bool tss(size_t n, double np_w, double ftp_w, double *ret_tss);

#endif
