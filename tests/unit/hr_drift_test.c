#include "tests/lib/near.h"

#include "worker/kinds/workouts/hr_drift.h"

static int32_t time_s[3600], hr_bpm[3600];

static void
a_long_run_compares_minutes_5_to_15_with_the_same_before_the_end(void **state)
{
    (void)state;
    double drift_bpm = 0;

    clock_from(time_s, 3600, 7);
    steady(steady(steady(steady(steady(hr_bpm, 300, 60), 600, 140), 1800, 145), 600, 152), 300, 60);
    assert_true(hr_drift_bpm(time_s, hr_bpm, 3600, &drift_bpm));
    assert_near(drift_bpm, 12, 1e-9);
}

static void
a_shorter_run_compares_minutes_3_to_13_with_the_last_10(void **state)
{
    (void)state;
    double drift_bpm = 0;

    clock_from(time_s, 1380, 0);
    steady(steady(steady(hr_bpm, 180, 60), 600, 140), 600, 149);
    assert_true(hr_drift_bpm(time_s, hr_bpm, 1380, &drift_bpm));
    assert_near(drift_bpm, 9, 1e-9);
}

static void
the_windows_change_at_25_minutes(void **state)
{
    (void)state;
    double drift_bpm = 0;

    clock_from(time_s, 1500, 0);
    steady(steady(steady(steady(hr_bpm, 300, 60), 600, 140), 300, 150), 300, 60);
    assert_true(hr_drift_bpm(time_s, hr_bpm, 1500, &drift_bpm)); /* 300 ... 900 and 600 ... 1200 */
    assert_near(drift_bpm, 5, 1e-9);
}

static void
too_short_or_too_few_values_give_null(void **state)
{
    (void)state;
    double drift_bpm = -99;

    clock_from(time_s, 3600, 0);
    steady(hr_bpm, 3600, 140);
    assert_false(hr_drift_bpm(time_s, hr_bpm, 1199, &drift_bpm));
    assert_false(hr_drift_bpm(time_s, NULL, 3600, &drift_bpm));
    assert_false(hr_drift_bpm(time_s, hr_bpm, 0, &drift_bpm));
    steady(hr_bpm, 3600, 0);
    steady(hr_bpm + 300, 9, 140);
    steady(hr_bpm + 2700, 600, 150);
    assert_false(hr_drift_bpm(time_s, hr_bpm, 3600, &drift_bpm)); /* nine values in the first window */
    steady(hr_bpm + 300, 10, 140);
    steady(hr_bpm + 2709, 591, 0);
    assert_false(hr_drift_bpm(time_s, hr_bpm, 3600, &drift_bpm)); /* nine in the second, 19 in all */
    assert_near(drift_bpm, -99, 0);
    hr_bpm[2709] = 150;
    assert_true(hr_drift_bpm(time_s, hr_bpm, 3600, &drift_bpm));
    assert_near(drift_bpm, 10, 1e-9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_run_compares_minutes_5_to_15_with_the_same_before_the_end),
        cmocka_unit_test(a_shorter_run_compares_minutes_3_to_13_with_the_last_10),
        cmocka_unit_test(the_windows_change_at_25_minutes),
        cmocka_unit_test(too_short_or_too_few_values_give_null),
    };
    return cmocka_run_group_tests_name("hr_drift", tests, NULL, NULL);
}
