/* trimp.h - training load from heart rate.
 *
 * Sources: Banister 1991 (TRIMP), Edwards 1993 (zones), hrTSS as TrainingPeaks defines it. TRIMP takes
 * the mean heart rate and GoldenCheetah's moving time: a sum by sample is larger on intervals. Resting
 * and maximum heart rate and LTHR are the athlete's. 0 or less means unknown. Pure; any thread.
 */
#ifndef PACELINE_TRIMP_H
#define PACELINE_TRIMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define TRIMP_REST_STAND_IN_BPM 60.0 /* where the resting heart rate is unknown */

/* TrimpAthlete: what TRIMP needs to know of the athlete, in bpm. */
typedef struct TrimpAthlete {
    double rest_hr_bpm; /* unknown: the stand-in of 60 */
    double max_hr_bpm;  /* unknown, or not above rest: TRIMP is NULL */
    double lthr_bpm;    /* unknown, or not above rest: hr_tss is NULL */
    bool is_female;     /* exponent 1.67 instead of 1.92 */
} TrimpAthlete;

/* trimp: minutes * x * 0.64 * e^(k * x), x = (mean HR - rest) / (max - rest).
 *   hr_mean_bpm  mean of the known values over R (mean_positive)
 *   duration_s   moving_time_gc_s; T + 1 if that is 0
 * 0 if the mean is below rest. False without heart rate (not above 0) or maximum. */
MUST_CHECK bool trimp(double hr_mean_bpm, double duration_s, const TrimpAthlete *athlete, double *ret_trimp);

/* hr_tss: 100 * TRIMP / TRIMP of one hour at LTHR. False without an LTHR. */
MUST_CHECK bool hr_tss(double trimp_points, const TrimpAthlete *athlete, double *ret_tss);

/* edwards: sum of minutes * 0 ... 5, for heart rates below 50, from 50, 60, 70, 80, 90 % of the
 * maximum, compared in integers (100 * HR >= percent * max).
 *   hr_bpm [n], 0 = missing; may be NULL
 * False without heart rate or maximum. */
MUST_CHECK bool edwards(const int32_t *hr_bpm, size_t n, double max_hr_bpm, double *ret_points);

/* heartbeats: sum of HR * seconds / 60 over R. False without heart rate. */
MUST_CHECK bool heartbeats(const int32_t *hr_bpm, size_t n, double *ret_beats);

#endif
