#include "tests/standin/athletes/rng.h"

#include <math.h>
#include <stdio.h>

static uint64_t
splitmix(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15U;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

void
rng_seed(Rng *rng, uint64_t seed, uint64_t stream)
{
    uint64_t state = seed;

    state = splitmix(&state) ^ stream * 0xd1342543de82ef95U;
    for (int i = 0; i < 4; i++) {
        rng->state[i] = splitmix(&state);
    }
}

static uint64_t
rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

uint64_t
rng_next(Rng *rng)
{
    uint64_t *s = rng->state;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double
rng_uniform(Rng *rng, double low, double high)
{
    return low + (high - low) * (double)(rng_next(rng) >> 11) * 0x1p-53;
}

int
rng_int(Rng *rng, int low, int high)
{
    return low + (int)(rng_next(rng) % (uint64_t)(high - low + 1));
}

bool
rng_chance(Rng *rng, double probability)
{
    return rng_uniform(rng, 0, 1) < probability;
}

double
rng_normal(Rng *rng)
{
    const uint64_t bits = rng_next(rng);
    double sum = 0;

    for (int i = 0; i < 4; i++) {
        sum += (double)(bits >> (16 * i) & 0xffff) + 0.5;
    }
    return (sum / 65536 - 2) * 1.7320508075688772; /* four even numbers have deviation sqrt(4/12) */
}

void
rng_uuid(Rng *rng, char ret_uuid[37])
{
    const uint64_t high = (rng_next(rng) & 0xffffffffffff0fffU) | 0x4000U;
    const uint64_t low = (rng_next(rng) & 0x3fffffffffffffffU) | 0x8000000000000000U;

    (void)snprintf(ret_uuid, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                   (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff), (unsigned)(low >> 48),
                   (unsigned long long)(low & 0xffffffffffffU));
}

double
wander_next(Wander *wander, Rng *rng)
{
    wander->value = wander->keep * wander->value +
                    sqrt(1 - wander->keep * wander->keep) * wander->spread * rng_normal(rng);
    return wander->value;
}
