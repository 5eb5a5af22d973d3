#include "common/backoff.h"

#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"

uint64_t
random_next(uint64_t *random)
{
    /* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016) */
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * UINT64_C(0x2545F4914F6CDD1D);
}

uint64_t
random_seed(void)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        seed = (uint64_t)clock_wall_us() ^ ((uint64_t)getpid() << 40);
    }
    return seed != 0 ? seed : 1;
}

int64_t
backoff_us(int64_t base_us, int64_t cap_us, int attempt, uint64_t *random)
{
    int64_t limit_us = base_us < 0 ? 0 : base_us;

    for (int i = 0; i < attempt && limit_us > 0 && limit_us < cap_us; i++) {
        limit_us = limit_us > cap_us / 2 ? cap_us : limit_us * 2;
    }
    if (limit_us > cap_us) {
        limit_us = cap_us < 0 ? 0 : cap_us;
    }
    /* the high half of random * n is uniform in [0, n): the bias is below n / 2^64 */
    unsigned __int128 wide = (unsigned __int128)random_next(random) * ((uint64_t)limit_us + 1);
    return (int64_t)(wide >> 64);
}
