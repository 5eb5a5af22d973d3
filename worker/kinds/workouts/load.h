/* load.h - one figure for how much a workout took, on one scale for all sports: an hour at threshold is 100.
 *
 * workouts.md section 5.5. Pure but for reading the exercises' JSON.
 */
#ifndef PACELINE_LOAD_H
#define PACELINE_LOAD_H

#include "common/err.h"
#include "worker/kinds/workouts/workout.h"

/* LoadInputs are the figures that come before the fallbacks; NaN = not known. */
typedef struct LoadInputs {
    double tss, r_tss, hr_tss, trimp;
} LoadInputs;

typedef struct Load {
    double value;      /* NaN if nothing tells */
    const char *basis; /* tss, r_tss, hr_tss, hr_scaled, volume, duration; NULL if nothing tells */
} Load;

/* load_choose takes the first that applies: TSS of rides, rTSS of runs and walks, hrTSS, 0.6 * TRIMP, the
 * volume of strength work, time and an intensity. Fails only for exercises that cannot be read
 * (ERR_INVALID_DATA, "bad_exercises"). */
MUST_CHECK bool load_choose(const Workout *workout, const LoadInputs *inputs, Load *ret_load, Err *err);

/* Volume of strength work. Exercises are an array of {"name", "sets": [{"weight_kg", "reps", "rir"}]}, or
 * with the figures in the exercise itself and "sets" a number; missing weights count 0 kg. */
typedef struct Volume {
    double kg_reps;  /* sum of kg * repetitions */
    double mean_rir; /* mean repetitions in reserve; NaN if no set says */
    int sets;
} Volume;
MUST_CHECK bool volume_read(const char *exercises, Volume *ret_volume, Err *err);

/* rpe_intensity: 9 and more 0.95, 8 0.90 ... 3 0.65, less 0.60. rir_intensity: up to 1 0.95, 2 0.90 ... 5
 * 0.75, more 0.70. */
double rpe_intensity(int rpe);
double rir_intensity(double rir);

#endif
