/* effort.h - how a body answers to a wish: the second-by-second physics of riding, running and the heart.
 *
 * Units: SI, bpm, cadence per minute (rides: turns; runs: steps of one leg). One step is one second.
 */
#ifndef PACELINE_ATHLETES_EFFORT_H
#define PACELINE_ATHLETES_EFFORT_H

#include <stdbool.h>

#include "tests/standin/athletes/athlete.h"
#include "tests/standin/athletes/rng.h"

/* Motion is the state of somebody under way. */
typedef struct Motion {
    double speed_mps;
    double power_w; /* rides */
    double cadence_per_min;
    double demand; /* metabolic effort now, 1 = at threshold */
    Wander slow, fast, rhythm;
} Motion;

void motion_init(Motion *motion);

/* ride_second moves the bike by one second. The rider wants intensity * FTP, pushes more uphill, and rolls
 * without pedalling where it goes down fast enough. Speed follows from the balance of power against gravity,
 * rolling and air (Martin et al. 1998). A stop brakes. */
void ride_second(Motion *motion, Rng *rng, const Athlete *athlete, double intensity, double grade,
                 bool is_stop);

/* run_second moves the runner by one second. The runner wants intensity * threshold speed on the flat, and
 * keeps most of the effort, not of the speed, on slopes (cost of gradients: Minetti 2002). */
void run_second(Motion *motion, Rng *rng, const Athlete *athlete, double intensity, double grade,
                bool is_stop);

/* Heart lags behind what the muscles ask for. */
typedef struct Heart {
    double bpm;
    double drift_per_s; /* cardiac drift: share of the heart rate reserve added a second */
    double drift;
    Wander noise;
} Heart;

void heart_init(Heart *heart, Rng *rng, const Athlete *athlete);

/* heart_second answers to the demand: a first-order lag of 30 s up, 45 s down (Bunc et al. 1988), towards a
 * level that is lthr_bpm at demand 1 and rises slowly with time. */
double heart_second(Heart *heart, Rng *rng, const Athlete *athlete, double demand);

#endif
