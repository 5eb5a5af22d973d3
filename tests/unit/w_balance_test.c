#include "tests/lib/near.h"

#include "tests/lib/w_balance_differential.h"
#include "worker/kinds/workouts/w_balance.h"

static int32_t time_s[200], power_w[200];
static double left_j[200];

static void
ramp(void)
{
    clock_from(time_s, 100, 0);
    for (int32_t i = 0; i < 100; i++) {
        power_w[i] = i;
    }
}

static void
tau_of_a_ramp_before_rounding(void **state)
{
    (void)state;
    ramp();
    assert_near(w_balance_tau_exact_s(time_s, power_w, 100, 25), 795.44010528, 5e-9);
}

static void
tau_leaves_out_the_last_second_but_not_the_pause_before_it(void **state)
{
    (void)state;
    clock_from(time_s, 3, 0);
    power_w[0] = 100;
    power_w[1] = 200;
    power_w[2] = 0;
    assert_near(w_balance_tau_exact_s(time_s, power_w, 3, 250), 546 * exp(-1) + 316, 1e-9);
    time_s[2] = 102;
    assert_near(w_balance_tau_exact_s(time_s, power_w, 3, 250), 546 * exp(-0.01 * (250 - 300 / 102.0)) + 316,
                1e-9);
}

/* The exact tau and its whole number give values that a test can tell apart. */
static void
what_is_left_of_a_ramp_after_75_s(void **state)
{
    (void)state;
    ramp();
    w_balance_series_j(time_s, power_w, 100, 25, 2000, w_balance_tau_exact_s(time_s, power_w, 100, 25),
                       left_j);
    assert_near(left_j[75], 750.774177, 5e-7);
    w_balance_series_j(time_s, power_w, 100, 25, 2000, 795, left_j);
    assert_near(left_j[75], 750.788224, 5e-7);
    assert_near(w_balance_differential(time_s, power_w, 76, 25, 2000).last_j, 725.0, 1e-9);
}

static void
a_minute_above_and_a_minute_below(void **state)
{
    (void)state;
    WBalance balance = { .tau_s = 0 };

    clock_from(time_s, 120, 0);
    steady(steady(power_w, 60, 350), 60, 150);
    assert_true(w_balance(time_s, power_w, 120, 250, 20000, &balance));
    assert_near(balance.tau_s, 516, 0);
    w_balance_series_j(time_s, power_w, 120, 250, 20000, balance.tau_s, left_j);
    assert_near(left_j[59], 14330.21003, 5e-6);
    assert_near(left_j[119], 14952.60129, 5e-6);
    assert_near(balance.min_j, 14330.21003, 5e-6);
    assert_int_equal(balance.min_at, 59);
    assert_near(balance.used_pct, 100 * (20000 - 14330.21003) / 20000, 1e-7);
    assert_near(w_balance_differential(time_s, power_w, 60, 250, 20000).last_j, 14000, 1e-9);
    assert_near(w_balance_differential(time_s, power_w, 120, 250, 20000).last_j, 15558.43425, 5e-6);
}

/* A pause is seconds at 0 W: the same as if they had been recorded. */
static void
a_pause_equals_recorded_zeros(void **state)
{
    (void)state;
    WBalance paused = { .tau_s = 0 };
    WBalance recorded = { .tau_s = 0 };

    clock_from(time_s, 180, 0);
    steady(steady(steady(power_w, 60, 350), 60, 0), 60, 300);
    assert_true(w_balance(time_s, power_w, 180, 250, 20000, &recorded));
    w_balance_series_j(time_s, power_w, 180, 250, 20000, recorded.tau_s, left_j);
    double end_j = left_j[179];

    clock_from(clock_from(time_s, 60, 0), 60, 120);
    steady(steady(power_w, 60, 350), 60, 300);
    assert_true(w_balance(time_s, power_w, 120, 250, 20000, &paused));
    assert_near(paused.tau_s, recorded.tau_s, 0);
    assert_near(paused.min_j, recorded.min_j, 1e-6);
    w_balance_series_j(time_s, power_w, 120, 250, 20000, paused.tau_s, left_j);
    assert_near(left_j[119], end_j, 1e-6);
}

static void
it_is_not_clamped_at_zero(void **state)
{
    (void)state;
    WBalance balance = { .tau_s = 0 };

    clock_from(time_s, 60, 0);
    steady(power_w, 60, 350);
    assert_true(w_balance(time_s, power_w, 60, 250, 1000, &balance));
    assert_true(balance.min_j < 0);
    assert_true(balance.used_pct > 100);
    /* Nothing below CP: the mean there is 0. */
    assert_near(balance.tau_s, floor(546 * exp(-2.5) + 316), 0);
}

static void
easy_riding_uses_nothing(void **state)
{
    (void)state;
    WBalance balance = { .tau_s = 0 };

    clock_from(time_s, 60, 0);
    steady(power_w, 60, 0);
    assert_true(w_balance(time_s, power_w, 60, 250, 20000, &balance));
    assert_near(balance.min_j, 20000, 0);
    assert_near(balance.used_pct, 0, 0);
}

static void
without_power_or_thresholds_it_is_null(void **state)
{
    (void)state;
    WBalance balance = { .tau_s = -1 };

    assert_false(w_balance(time_s, NULL, 60, 250, 20000, &balance));
    assert_false(w_balance(time_s, power_w, 0, 250, 20000, &balance));
    assert_false(w_balance(time_s, power_w, 60, 0, 20000, &balance));
    assert_false(w_balance(time_s, power_w, 60, 250, NAN, &balance));
    assert_near(balance.tau_s, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tau_of_a_ramp_before_rounding),
        cmocka_unit_test(tau_leaves_out_the_last_second_but_not_the_pause_before_it),
        cmocka_unit_test(what_is_left_of_a_ramp_after_75_s),
        cmocka_unit_test(a_minute_above_and_a_minute_below),
        cmocka_unit_test(a_pause_equals_recorded_zeros),
        cmocka_unit_test(it_is_not_clamped_at_zero),
        cmocka_unit_test(easy_riding_uses_nothing),
        cmocka_unit_test(without_power_or_thresholds_it_is_null),
    };
    return cmocka_run_group_tests_name("w_balance", tests, NULL, NULL);
}
