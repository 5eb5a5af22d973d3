/* rng.h - the generator's only source of chance: same seed and stream, same numbers, on every machine.
 *
 * xoshiro256** seeded by splitmix64 (Blackman & Vigna, 2018). Single-threaded.
 */
#ifndef PACELINE_ATHLETES_RNG_H
#define PACELINE_ATHLETES_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Rng {
    uint64_t state[4];
} Rng;

/* rng_seed starts one of many independent streams of a seed: each athlete and each activity has its own, so
 * that one more of them changes no other. */
void rng_seed(Rng *rng, uint64_t seed, uint64_t stream);

uint64_t rng_next(Rng *rng);

/* rng_uniform is even in [low, high), rng_int in low..high, both included. */
double rng_uniform(Rng *rng, double low, double high);
int rng_int(Rng *rng, int low, int high);
bool rng_chance(Rng *rng, double probability);

/* rng_normal has mean 0 and deviation 1; it is a sum of four even numbers, so it stays within 3.5. */
double rng_normal(Rng *rng);

/* rng_uuid writes a random uuid (version 4). */
void rng_uuid(Rng *rng, char ret_uuid[37]);

/* Wander is a value that drifts about 0: a first-order autoregression, one step a second. */
typedef struct Wander {
    double value;
    double keep;   /* share of the last value that stays, 0 to 1: time constant -1/ln(keep) s */
    double spread; /* deviation in the long run, in the value's unit */
} Wander;

double wander_next(Wander *wander, Rng *rng);

#endif
