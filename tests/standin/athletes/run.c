#include <math.h>

#include "tests/standin/athletes/effort.h"

/* cost_factor is the energy of a metre on a slope over that on the flat: Minetti et al. 2002 (metrics.md,
 * section 6). */
static double
cost_factor(double grade)
{
    const double i = fmin(fmax(grade, -0.15), 0.3);

    return ((((155.4 * i - 30.4) * i - 43.3) * i + 46.3) * i + 19.5) * i / 3.6 + 1;
}

void
run_second(Motion *motion, Rng *rng, const Athlete *athlete, double intensity, double grade, bool is_stop)
{
    const double cost = cost_factor(grade);
    const double slow = wander_next(&motion->slow, rng) * 0.5;
    const double fast = wander_next(&motion->fast, rng) * 0.3;
    const double rhythm = wander_next(&motion->rhythm, rng) * 0.4;
    const double threshold = athlete->body.threshold_speed_mps;
    const double wanted = is_stop ? 0 : threshold * intensity * pow(cost, -0.8) * (1 + slow + fast);

    motion->speed_mps += (wanted - motion->speed_mps) * (is_stop ? 0.7 : 0.3);
    if (motion->speed_mps < 0.1) {
        motion->speed_mps = 0;
    }
    motion->cadence_per_min =
        motion->speed_mps < 0.5 ? 0 : fmin(98, 74 + 4 * motion->speed_mps + rhythm); /* one leg */
    motion->demand += (motion->speed_mps * cost / threshold - motion->demand) * 0.2;
}
