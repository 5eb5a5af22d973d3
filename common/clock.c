#include "common/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t
read_us(clockid_t clock)
{
    struct timespec now = { 0 };

    (void)clock_gettime(clock, &now); /* cannot fail for these two clocks */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t
system_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

static int64_t
system_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

static Clock current = { .monotonic_us = system_monotonic_us, .wall_us = system_wall_us };

int64_t
clock_monotonic_us(void)
{
    return current.monotonic_us();
}

int64_t
clock_wall_us(void)
{
    return current.wall_us();
}

void
clock_replace(const Clock *replacement)
{
    current = replacement != NULL ? *replacement
                                  : (Clock){ .monotonic_us = system_monotonic_us, .wall_us = system_wall_us };
}
