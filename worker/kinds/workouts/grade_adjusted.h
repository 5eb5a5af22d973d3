/* grade_adjusted.h - the speed on the flat that costs what was run up and down.
 *
 * Speed is multiplied with the relative cost of the slope: uphill makes it faster. Two models, by the
 * option gap_model:
 *
 *   minetti  C(i)/C(0) clamped to 0.7 ... 2.5, where C(i) is in J/kg/m, i clamped to +-0.30:
 *            155.4 i^5 - 30.4 i^4 - 43.3 i^3 + 46.3 i^2 + 19.5 i + 3.6
 *            Minetti et al. 2002, J Appl Physiol 93:1039; its data end at +-0.45.
 *   strava   g in %, clamped to +-34; a fit to Strava's curve, as in sports-lib:
 *            1 + 0.0292909 g + 0.00180840 g^2 + 4.06624e-7 g^3 - 3.68619e-7 g^4 - 2.66281e-9 g^5
 *
 * The slope is measured on altitude smoothed over R, a' <- a' + 0.1 (a - a'), anew after each pause, to
 * the first sample at least 10 m ahead. Pure; any thread.
 */
#ifndef PACELINE_GRADE_ADJUSTED_H
#define PACELINE_GRADE_ADJUSTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "worker/kinds/workouts/samples.h"

/* In the order of the option's choices. */
typedef enum GapModel {
    GAP_MINETTI, /* default: what the platform's records hold */
    GAP_STRAVA,
} GapModel;

/* minetti_cost: energy cost of running on slope i (metres up per metre), J/kg/m; not clamped. */
double minetti_cost(double slope);

/* gap_factor: what the speed is multiplied with on slope i, clamped as above. */
double gap_factor(GapModel model, double slope);

/* grade_adjusted_add computes samples->gap_mmps in the arena. Without altitude, distance or speed it
 * stays NULL and grade-adjusted speed equals speed. While standing, at the end, and where a pause lies
 * between, the last slope holds (0 at first). False for memory, samples unchanged. */
MUST_CHECK bool grade_adjusted_add(Samples *samples, GapModel model, Arena *arena, Err *err);

/* speed_gap_mps: sum of grade-adjusted speed over R / moving time; speed_avg_mps (distance / moving
 * time) where there is no altitude. moving_time_s is the one stored for the workout. False without
 * speed or moving time. */
MUST_CHECK bool speed_gap_mps(const Samples *samples, double moving_time_s, double *ret_mps);

/* speed_ngs_mps: the algorithm of normalized power on grade-adjusted speed (speed, without altitude),
 * m/s. False without speed. */
MUST_CHECK bool speed_ngs_mps(const Samples *samples, double *ret_mps);

/* r_tss: 100 * n/3600 * (NGS / threshold speed)^2, n = seconds of R. False without a threshold. */
MUST_CHECK bool r_tss(size_t n, double ngs_mps, double threshold_mps, double *ret_tss);

#endif
