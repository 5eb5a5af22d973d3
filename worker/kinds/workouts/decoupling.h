/* decoupling.h - how heart rate and output part over an activity, and output per heartbeat.
 *
 * Source: Friel, "The Cyclist's Training Bible"; halves as in GoldenCheetah 3.5. Pure; any thread.
 */
#ifndef PACELINE_DECOUPLING_H
#define PACELINE_DECOUPLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define DECOUPLING_DRIFT_PCT 5.0 /* above it the aerobic system drifted (Friel) */

/* decoupling_pct: h = floor((n - 1) / 2); halves 0 ... h - 1 and h ... n - 1 of R, only seconds with HR
 * > 0; r = mean output / mean HR of each; 100 * (r1 - r2) / r1.
 *   output  [n]: power in W; speed in mm/s for runs; may be NULL
 *   hr_bpm  [n]: 0 = missing; may be NULL
 * False if a channel is missing, a half has no heart rate, or the first half no output. */
MUST_CHECK bool decoupling_pct(const int32_t *output, const int32_t *hr_bpm, size_t n, double *ret_pct);

/* efficiency_factor_ride: NP / mean HR, W per bpm.  efficiency_factor_run: NGS in m/min / mean HR.
 * hr_mean_bpm: mean of the known values over R. False if it is not above 0. */
MUST_CHECK bool efficiency_factor_ride(double np_w, double hr_mean_bpm, double *ret_ef);
MUST_CHECK bool efficiency_factor_run(double ngs_mps, double hr_mean_bpm, double *ret_ef);

#endif
