#include "tests/lib/near.h"

#include "worker/kinds/workouts/decoupling.h"

static int32_t power_w[10], hr_bpm[10];

static void
ten_samples_with_a_rising_heart_rate(void **state)
{
    (void)state;
    double pct = 0;

    steady(power_w, 10, 200);
    steady(steady(hr_bpm, 5, 100), 5, 110);
    assert_true(decoupling_pct(power_w, hr_bpm, 10, &pct)); /* the first half has four samples */
    assert_near(pct, 7.69231, 5e-6);
}

static void
samples_without_heart_rate_are_left_out(void **state)
{
    (void)state;
    double with = 0;
    double without = 0;

    steady(power_w, 10, 200);
    steady(steady(hr_bpm, 4, 100), 6, 110);
    assert_true(decoupling_pct(power_w, hr_bpm, 10, &with));
    hr_bpm[1] = 0;
    hr_bpm[8] = 0;
    power_w[1] = 900;
    assert_true(decoupling_pct(power_w, hr_bpm, 10, &without));
    assert_near(with, without, 1e-9);
}

static void
no_heart_rate_in_one_half_gives_null(void **state)
{
    (void)state;
    double pct = -1;

    steady(power_w, 10, 200);
    steady(steady(hr_bpm, 4, 0), 6, 110);
    assert_false(decoupling_pct(power_w, hr_bpm, 10, &pct));
    steady(steady(hr_bpm, 4, 100), 6, 0);
    assert_false(decoupling_pct(power_w, hr_bpm, 10, &pct));
    assert_near(pct, -1, 0);
}

static void
zero_power_missing_channels_and_few_samples_give_null(void **state)
{
    (void)state;
    double pct = -1;

    steady(power_w, 10, 0);
    steady(hr_bpm, 10, 100);
    assert_false(decoupling_pct(power_w, hr_bpm, 10, &pct));
    assert_false(decoupling_pct(NULL, hr_bpm, 10, &pct));
    assert_false(decoupling_pct(power_w, NULL, 10, &pct));
    steady(power_w, 10, 200);
    assert_false(decoupling_pct(power_w, hr_bpm, 0, &pct));
    assert_false(decoupling_pct(power_w, hr_bpm, 1, &pct));
    assert_false(decoupling_pct(power_w, hr_bpm, 2, &pct)); /* the first half is empty */
    assert_near(pct, -1, 0);
}

static void
efficiency_is_output_per_beat(void **state)
{
    (void)state;
    double factor = -1;

    assert_true(efficiency_factor_ride(210, 140, &factor));
    assert_near(factor, 1.5, 1e-9);
    assert_true(efficiency_factor_run(3.5, 140, &factor)); /* 210 m/min */
    assert_near(factor, 1.5, 1e-9);
    factor = -1;
    assert_false(efficiency_factor_ride(210, 0, &factor));
    assert_false(efficiency_factor_run(3.5, NAN, &factor));
    assert_near(factor, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_samples_with_a_rising_heart_rate),
        cmocka_unit_test(samples_without_heart_rate_are_left_out),
        cmocka_unit_test(no_heart_rate_in_one_half_gives_null),
        cmocka_unit_test(zero_power_missing_channels_and_few_samples_give_null),
        cmocka_unit_test(efficiency_is_output_per_beat),
    };
    return cmocka_run_group_tests_name("decoupling", tests, NULL, NULL);
}
