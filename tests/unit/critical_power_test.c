#include "tests/lib/near.h"

#include "worker/kinds/workouts/critical_power.h"

static int32_t time_s[1800], power_w[1800];

static void
two_points_are_a_line(void **state)
{
    (void)state;
    const int32_t duration_s[] = { 180, 1200 };
    const double best_w[] = { 400, 300 };
    double cp_w = 0;
    double w_prime_j = 0;

    assert_true(critical_power_fit(duration_s, best_w, 2, &cp_w, &w_prime_j));
    assert_near(cp_w, 282.35294, 5e-6);
    assert_near(w_prime_j, 21176.47, 5e-3);
}

static void
power_that_rises_with_time_gives_null(void **state)
{
    (void)state;
    const int32_t duration_s[] = { 180, 600, 1200 };
    const double best_w[] = { 200, 250, 300 };
    double cp_w = -1;
    double w_prime_j = -1;

    assert_false(critical_power_fit(duration_s, best_w, 3, &cp_w, &w_prime_j));
    assert_near(cp_w, -1, 0);
    assert_near(w_prime_j, -1, 0);
}

static void
power_that_falls_too_fast_gives_null(void **state)
{
    (void)state;
    const int32_t duration_s[] = { 180, 360 };
    const double best_w[] = { 1000, 400 }; /* the line meets the axis at -200 W */
    double cp_w = -1;
    double w_prime_j = -1;

    assert_false(critical_power_fit(duration_s, best_w, 2, &cp_w, &w_prime_j));
    assert_near(cp_w, -1, 0);
    assert_near(w_prime_j, -1, 0);
}

static void
one_point_or_one_duration_gives_null(void **state)
{
    (void)state;
    const int32_t duration_s[] = { 180, 180 };
    const double best_w[] = { 400, 300 };
    double cp_w = -1;
    double w_prime_j = -1;

    assert_false(critical_power_fit(duration_s, best_w, 0, &cp_w, &w_prime_j));
    assert_false(critical_power_fit(duration_s, best_w, 1, &cp_w, &w_prime_j));
    assert_false(critical_power_fit(duration_s, best_w, 2, &cp_w, &w_prime_j));
    assert_near(cp_w, -1, 0);
}

static void
an_activity_gives_the_points_it_is_long_enough_for(void **state)
{
    (void)state;
    const int32_t duration_s[] = { 180, 300 };
    const double best_w[] = { 400, (180 * 400 + 120 * 200) / 300.0 };
    double cp_w = 0;
    double w_prime_j = 0;
    double expected_cp_w = 0;
    double expected_w_prime_j = 0;

    clock_from(time_s, 300, 0);
    steady(steady(power_w, 180, 400), 120, 200);
    assert_true(critical_power_fit(duration_s, best_w, 2, &expected_cp_w, &expected_w_prime_j));
    assert_true(critical_power_estimate(time_s, power_w, 300, &cp_w, &w_prime_j));
    assert_near(cp_w, expected_cp_w, 1e-9);
    assert_near(w_prime_j, expected_w_prime_j, 1e-6);
}

static void
a_short_activity_or_none_gives_null(void **state)
{
    (void)state;
    double cp_w = -1;
    double w_prime_j = -1;

    clock_from(time_s, 200, 0);
    steady(power_w, 200, 300);
    assert_false(critical_power_estimate(time_s, power_w, 200, &cp_w, &w_prime_j));
    assert_false(critical_power_estimate(time_s, NULL, 200, &cp_w, &w_prime_j));
    assert_false(critical_power_estimate(time_s, power_w, 0, &cp_w, &w_prime_j));
    assert_near(w_prime_j, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_points_are_a_line),
        cmocka_unit_test(power_that_rises_with_time_gives_null),
        cmocka_unit_test(power_that_falls_too_fast_gives_null),
        cmocka_unit_test(one_point_or_one_duration_gives_null),
        cmocka_unit_test(an_activity_gives_the_points_it_is_long_enough_for),
        cmocka_unit_test(a_short_activity_or_none_gives_null),
    };
    return cmocka_run_group_tests_name("critical_power", tests, NULL, NULL);
}
