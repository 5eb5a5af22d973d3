#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>

#include "common/backoff.h"

static int64_t
largest_of_many(int64_t base_us, int64_t cap_us, int attempt)
{
    uint64_t random = 1;
    int64_t largest = -1;

    for (int i = 0; i < 2000; i++) {
        int64_t wait_us = backoff_us(base_us, cap_us, attempt, &random);
        assert_true(wait_us >= 0 && wait_us <= cap_us);
        largest = wait_us > largest ? wait_us : largest;
    }
    return largest;
}

static void
test_limit_doubles_until_the_cap(void **state)
{
    (void)state;
    for (int attempt = 0; attempt < 12; attempt++) {
        int64_t limit_us = INT64_C(1000000) << attempt;
        limit_us = limit_us > 300000000 ? 300000000 : limit_us;
        int64_t largest_us = largest_of_many(1000000, 300000000, attempt);
        assert_true(largest_us <= limit_us);
        assert_true(largest_us > limit_us - limit_us / 50); /* 2,000 draws come within 2 % of the limit */
    }
}

static void
test_extremes_saturate(void **state)
{
    (void)state;
    assert_true(largest_of_many(1000, 500, 0) <= 500);
    assert_true(largest_of_many(1000, 2000, -5) <= 1000);
    assert_true(largest_of_many(1, INT64_MAX, INT_MAX) > INT64_MAX / 2);
    assert_int_equal(largest_of_many(0, 1000, 10), 0);
    assert_int_equal(largest_of_many(1000, 0, 3), 0);
}

static void
test_jitter_is_full_and_uniform(void **state)
{
    uint64_t random = 7;
    int below_half = 0;
    int64_t sum_us = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t wait_us = backoff_us(1000, 8000, 2, &random);
        below_half += wait_us < 2000;
        sum_us += wait_us;
    }
    assert_in_range(below_half, 9700, 10300);
    assert_in_range(sum_us / 20000, 1960, 2040);
}

static void
test_seeds_differ_and_are_never_zero(void **state)
{
    uint64_t first = random_seed();

    (void)state;
    assert_true(first != 0);
    assert_true(first != random_seed());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_doubles_until_the_cap),
        cmocka_unit_test(test_extremes_saturate),
        cmocka_unit_test(test_jitter_is_full_and_uniform),
        cmocka_unit_test(test_seeds_differ_and_are_never_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
