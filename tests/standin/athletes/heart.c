#include <math.h>

#include "tests/standin/athletes/effort.h"

#define LAG_UP_S 30.0
#define LAG_DOWN_S 45.0
#define LEVEL_AT_REST 0.28 /* of the way from rest to LTHR: awake, upright, just stopped */

void
heart_init(Heart *heart, Rng *rng, const Athlete *athlete)
{
    *heart = (Heart){ .bpm = athlete->body.rest_hr_bpm + rng_uniform(rng, 20, 40),
                      .drift_per_s = rng_uniform(rng, 0.01, 0.07) / 3600,
                      .noise = { .keep = 0.8, .spread = 0.8 } };
}

double
heart_second(Heart *heart, Rng *rng, const Athlete *athlete, double demand)
{
    const Thresholds *body = &athlete->body;
    const double noise_bpm = wander_next(&heart->noise, rng);
    const double share = LEVEL_AT_REST + (1 - LEVEL_AT_REST) * fmin(demand, 1.3);

    heart->drift += demand > 0.4 ? heart->drift_per_s : -heart->drift_per_s;
    heart->drift = fmax(0, heart->drift);
    const double level_bpm = fmin(body->max_hr_bpm, body->rest_hr_bpm + (body->lthr_bpm - body->rest_hr_bpm) *
                                                                            share * (1 + heart->drift));
    heart->bpm += (level_bpm - heart->bpm) / (level_bpm > heart->bpm ? LAG_UP_S : LAG_DOWN_S);
    return fmin(heart->bpm + noise_bpm, body->max_hr_bpm);
}
