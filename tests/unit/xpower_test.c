#include "tests/lib/near.h"

#include "worker/kinds/workouts/xpower.h"

#define TOLERANCE 5e-6

static int32_t time_s[600], power_w[600];

static void
ten_minutes_at_200_w(void **state)
{
    (void)state;
    double value = 0;

    clock_from(time_s, 600, 0);
    steady(power_w, 600, 200);
    assert_true(xpower_w(time_s, power_w, 600, &value));
    assert_near(value, 195.46310, TOLERANCE);
}

static void
a_step_from_100_to_300_w(void **state)
{
    (void)state;
    double value = 0;

    clock_from(time_s, 600, 0);
    steady(steady(power_w, 300, 100), 300, 300);
    assert_true(xpower_w(time_s, power_w, 600, &value));
    assert_near(value, 243.57618, TOLERANCE);
}

static void
a_pause_decays_and_its_seconds_count(void **state)
{
    (void)state;
    double value = 0;

    clock_from(clock_from(time_s, 60, 0), 60, 59 + 101);
    steady(power_w, 120, 200);
    assert_true(xpower_w(time_s, power_w, 120, &value));
    assert_near(value, 127.87147, TOLERANCE);
}

static void
a_pause_of_years_ends_when_the_average_has_faded(void **state)
{
    (void)state;
    double hours = 0;
    double years = 0;

    steady(power_w, 120, 200);
    clock_from(clock_from(time_s, 60, 0), 60, 36000);
    assert_true(xpower_w(time_s, power_w, 120, &hours));
    clock_from(clock_from(time_s, 60, 0), 60, 2000000000);
    assert_true(xpower_w(time_s, power_w, 120, &years));
    assert_near(hours, years, 0);
}

static void
no_power_gives_null(void **state)
{
    (void)state;
    double value = -1;

    assert_false(xpower_w(time_s, NULL, 600, &value));
    assert_false(xpower_w(time_s, power_w, 0, &value));
    assert_near(value, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_minutes_at_200_w),
        cmocka_unit_test(a_step_from_100_to_300_w),
        cmocka_unit_test(a_pause_decays_and_its_seconds_count),
        cmocka_unit_test(a_pause_of_years_ends_when_the_average_has_faded),
        cmocka_unit_test(no_power_gives_null),
    };
    return cmocka_run_group_tests_name("xpower", tests, NULL, NULL);
}
