#include "tests/standin/athletes/obedient.h"

#include <stdbool.h>

#include "tests/standin/athletes/effort.h"
#include "tests/standin/athletes/terrain.h"

#define WANDER_KEEP 0.9
#define WANDER_SPREAD 0.01

/* is_over tells whether the step has had its time or distance. */
static bool
is_over(const ObedientStep *step, double step_m, int step_s)
{
    return step->duration_s > 0 ? step_s >= step->duration_s : step_m >= step->distance_m;
}

size_t
obedient_live(uint64_t seed, const ObedientStep *steps, size_t steps_n, ObedientSecond *ret_seconds,
              size_t most)
{
    Rng rng;
    Athlete athlete;
    Terrain terrain;
    Heart heart;
    double distance_m = 0;
    size_t n = 0;

    rng_seed(&rng, seed, 0);
    athlete_init(&athlete, seed, 0, "2025-01-01", "2025-07-01");
    terrain_init(&terrain, &rng, athlete.hilliness, athlete.home_lat, athlete.home_lng);
    heart_init(&heart, &rng, &athlete);
    if (most > 0) {
        ret_seconds[n++] =
            (ObedientSecond){ .altitude_m = terrain_altitude_m(&terrain, 0), .hr_bpm = heart.bpm };
    }
    for (size_t i = 0; i < steps_n; i++) {
        const double start_m = distance_m;
        Wander wander = { .keep = WANDER_KEEP, .spread = WANDER_SPREAD };
        double owed = 0; /* what the wandering took from the mean, given back at once */
        for (int s = 0; n < most && !is_over(&steps[i], distance_m - start_m, s); s++) {
            const double off = wander_next(&wander, &rng);
            const double share = 1 + off - owed;
            owed = off;
            distance_m += steps[i].speed_mps * share;
            ret_seconds[n++] = (ObedientSecond){
                .distance_m = distance_m,
                .altitude_m = terrain_altitude_m(&terrain, distance_m),
                .speed_mps = steps[i].speed_mps * share,
                .power_w = steps[i].power_w * share,
                .hr_bpm = heart_second(&heart, &rng, &athlete,
                                       steps[i].speed_mps / athlete.body.threshold_speed_mps),
            };
        }
    }
    return n;
}
