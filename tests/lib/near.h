/* near.h - cmocka's missing assertion on doubles, and arrays of a constant for tests of metrics. */
#ifndef PACELINE_TESTS_NEAR_H
#define PACELINE_TESTS_NEAR_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

/* assert_near fails unless abs(actual - expected) <= tolerance; NaN is near nothing. */
#define assert_near(actual, expected, tolerance)                                                             \
    assert_near_at((double)(actual), (double)(expected), (double)(tolerance), #actual, __FILE__, __LINE__)

static inline void
assert_near_at(double actual, double expected, double tolerance, const char *what, const char *file, int line)
{
    if (!(fabs(actual - expected) <= tolerance)) {
        print_error("%s is %.10g, expected %.10g +- %g\n", what, actual, expected, tolerance);
        _fail(file, line);
    }
}

/* steady writes `count` times value into values, and returns what follows: steps of power are chains of
 * it. */
static inline int32_t *
steady(int32_t *values, size_t count, int32_t value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
    return values + count;
}

/* clock_from writes the seconds first, first + 1, ... and returns what follows. */
static inline int32_t *
clock_from(int32_t *time_s, size_t count, int32_t first)
{
    for (size_t i = 0; i < count; i++) {
        time_s[i] = first + (int32_t)i;
    }
    return time_s + count;
}

#endif
