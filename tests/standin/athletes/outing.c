#include "tests/standin/athletes/outing.h"

#include <math.h>
#include <stdlib.h>

#include "tests/standin/athletes/effort.h"
#include "tests/standin/athletes/terrain.h"

#define LONG_STEP_S 1500 /* from here on also a work step has traffic lights */

/* Stops draws where somebody has to wait, and where the device is paused meanwhile. */
typedef struct Stops {
    double per_s;
    int left_s;
    bool is_pause;
    int pause_from_s; /* of what is left: autopause needs a moment to notice */
} Stops;

static void
stops_second(Stops *stops, Rng *rng, bool may_stop)
{
    if (stops->left_s > 0) {
        stops->left_s--;
        return;
    }
    if (!may_stop || !rng_chance(rng, stops->per_s)) {
        return;
    }
    stops->is_pause = rng_chance(rng, 0.3);
    stops->left_s = stops->is_pause ? rng_int(rng, 45, 420) : rng_int(rng, 8, 75);
    stops->pause_from_s = stops->left_s - rng_int(rng, 4, 8);
}

/* step_is_over tells whether the step has had its time or distance. */
static bool
step_is_over(const Step *step, double scale, double step_m, int step_s)
{
    if (step->distance_m > 0) {
        return step_m >= step->distance_m;
    }
    return step_s >= step->duration_s * scale;
}

/* Life is what goes on during one outing. */
typedef struct Life {
    const Athlete *athlete;
    Sport sport;
    Rng *rng;
    Terrain terrain;
    Motion motion;
    Heart heart;
    Stops stops;
    double distance_m;
    int moving_s;
} Life;

static void
life_second(Life *life, double intensity, bool may_stop, Moment *moment)
{
    const double grade = terrain_grade(&life->terrain, life->distance_m);

    stops_second(&life->stops, life->rng, may_stop);
    const bool is_stop = life->stops.left_s > 0;
    if (life->sport == SPORT_RIDE) {
        ride_second(&life->motion, life->rng, life->athlete, intensity, grade, is_stop);
    } else {
        run_second(&life->motion, life->rng, life->athlete, intensity, grade, is_stop);
    }
    terrain_advance(&life->terrain, life->distance_m, life->motion.speed_mps);
    life->distance_m += life->motion.speed_mps;
    *moment = (Moment){
        .distance_m = life->distance_m,
        .altitude_m = terrain_altitude_m(&life->terrain, life->distance_m),
        .grade = grade,
        .speed_mps = life->motion.speed_mps,
        .power_w = life->motion.power_w,
        .cadence_per_min = life->motion.cadence_per_min,
        .hr_bpm = heart_second(&life->heart, life->rng, life->athlete, life->motion.demand),
        .lat = life->terrain.lat,
        .lng = life->terrain.lng,
        .is_stopped = is_stop && life->motion.speed_mps < 0.4,
        .is_paused = is_stop && life->stops.is_pause && life->stops.left_s < life->stops.pause_from_s,
    };
}

/* step_live lives through one step; time in a stop does not count for it. */
static void
step_live(Outing *outing, Life *life, const Step *step, int number, double end_s)
{
    const bool may_stop = step->kind != STEP_WORK || step->duration_s >= LONG_STEP_S;
    const double intensity =
        step->intensity * (1 + 0.02 * rng_normal(life->rng)); /* nobody hits it exactly */
    const double scale = 1 + 0.01 * rng_normal(life->rng);
    const double start_m = life->distance_m;
    int step_s = 0;

    while (!step_is_over(step, scale, life->distance_m - start_m, step_s) && outing->n < OUTING_SECONDS_MAX &&
           life->moving_s < end_s) {
        Moment *moment = &outing->moments[outing->n++];
        life_second(life, intensity, may_stop, moment);
        moment->step = number;
        step_s += !moment->is_stopped;
        life->moving_s += !moment->is_stopped;
    }
}

bool
outing_make(Outing *outing, Rng *rng, const Athlete *athlete, Sport sport, const Step *steps, size_t steps_n,
            double cut)
{
    Life life = { .athlete = athlete, .sport = sport, .rng = rng };
    double total_s = 0;

    *outing = (Outing){ .sport = sport, .moments = calloc(OUTING_SECONDS_MAX, sizeof(Moment)) };
    if (outing->moments == NULL) {
        return false;
    }
    terrain_init(&life.terrain, rng, athlete->hilliness * rng_uniform(rng, 0.4, 1), athlete->home_lat,
                 athlete->home_lng);
    motion_init(&life.motion);
    heart_init(&life.heart, rng, athlete);
    life.stops.per_s =
        1.0 / (sport == SPORT_RIDE ? rng_uniform(rng, 600, 3000) : rng_uniform(rng, 900, 5000));
    for (size_t i = 0; i < steps_n; i++) {
        total_s += step_duration_s(&steps[i], sport, athlete);
    }
    for (size_t i = 0; i < steps_n; i++) {
        step_live(outing, &life, &steps[i], (int)i, cut >= 1 ? INFINITY : total_s * cut);
    }
    return true;
}

void
outing_done(Outing *outing)
{
    free(outing->moments);
    *outing = (Outing){ .n = 0 };
}
