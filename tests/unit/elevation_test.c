#include "tests/lib/near.h"

#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/samples.h"

static void
eight_metres_up_and_down(void **state)
{
    (void)state;
    const int32_t altitude_cm[] = { 10000, 10200, 10300, 10400, 10100, 9800, 9700, 10100 };
    double gain_m = 0;
    double loss_m = 0;

    /* 104 is the first above 103; 101 is exactly 3 m lower and does not count, 98 does; then 101 is 3 m
     * higher. */
    assert_true(elevation_change_m(altitude_cm, 8, &gain_m, &loss_m));
    assert_near(gain_m, 4, 1e-9);
    assert_near(loss_m, 6, 1e-9);
}

static void
steps_of_exactly_three_metres_do_not_count(void **state)
{
    (void)state;
    const int32_t altitude_cm[] = { 680, 980, 680, 380, 680 };
    double gain_m = -1;
    double loss_m = -1;

    assert_true(elevation_change_m(altitude_cm, 5, &gain_m, &loss_m));
    assert_near(gain_m, 0, 0);
    assert_near(loss_m, 0, 0);
}

static void
leading_nulls_are_dropped(void **state)
{
    (void)state;
    const int32_t altitude_cm[] = { SAMPLES_NO_ALTITUDE, SAMPLES_NO_ALTITUDE, 50000, 50400 };
    double gain_m = 0;
    double loss_m = 0;

    assert_true(elevation_change_m(altitude_cm, 4, &gain_m, &loss_m));
    assert_near(gain_m, 4, 1e-9);
    assert_near(loss_m, 0, 0);
}

static void
flat_is_zero_and_no_altitude_is_null(void **state)
{
    (void)state;
    const int32_t flat[] = { 100, 100, 100 };
    const int32_t none[] = { SAMPLES_NO_ALTITUDE, SAMPLES_NO_ALTITUDE };
    double gain_m = -1;
    double loss_m = -1;

    assert_false(elevation_change_m(NULL, 3, &gain_m, &loss_m));
    assert_false(elevation_change_m(none, 2, &gain_m, &loss_m));
    assert_false(elevation_change_m(flat, 0, &gain_m, &loss_m));
    assert_near(gain_m, -1, 0);
    assert_true(elevation_change_m(flat, 3, &gain_m, &loss_m));
    assert_near(gain_m, 0, 0);
    assert_near(loss_m, 0, 0);
}

static void
vam_is_metres_an_hour(void **state)
{
    (void)state;
    assert_near(vam_m_per_h(60.8, 7305), 29.95894, 5e-6);
    assert_near(vam_m_per_h(0, 0), 0, 0);
}

static void
grade_looks_ten_metres_ahead(void **state)
{
    (void)state;
    /* 5 m a second; 0.5 m up over the first 10 m, then 40 m up at once (clamped), then the end. */
    const int32_t time_s[] = { 0, 1, 2, 3, 4 };
    const int32_t distance_cm[] = { 0, 500, 1000, 1500, 2000 };
    const int32_t altitude_cm[] = { 0, 20, 50, 4000, 4000 };
    float pct[5];

    grade_chart_pct(time_s, distance_cm, altitude_cm, 5, pct);
    assert_near(pct[0], 5, 1e-6);
    assert_near(pct[1], 50, 1e-6);
    assert_near(pct[2], 50, 1e-6);
    assert_near(pct[3], 50, 1e-6); /* nothing 10 m ahead: the last */
    assert_near(pct[4], 50, 1e-6);
}

static void
grade_is_rounded_to_a_tenth(void **state)
{
    (void)state;
    const int32_t time_s[] = { 0, 1 };
    const int32_t distance_cm[] = { 0, 1100 };
    const int32_t altitude_cm[] = { 0, -37 };
    float pct[2];

    grade_chart_pct(time_s, distance_cm, altitude_cm, 2, pct);
    assert_near(pct[0], -3.4, 1e-6); /* 3.3636 */
}

static void
grade_holds_while_standing_and_across_a_pause(void **state)
{
    (void)state;
    /* 1 % at first; standing at 2 and 3; the pause after 4 hides a climb of 20 m. */
    const int32_t time_s[] = { 0, 1, 2, 3, 4, 100, 101, 102 };
    const int32_t distance_cm[] = { 0, 1000, 2000, 2000, 2000, 3000, 4000, 5000 };
    const int32_t altitude_cm[] = { 0, 10, 20, 21, 22, 2022, 2012, 2002 };
    float pct[8];

    grade_chart_pct(time_s, distance_cm, altitude_cm, 8, pct);
    assert_near(pct[1], 1, 1e-6);
    assert_near(pct[2], 1, 1e-6);
    assert_near(pct[3], 1, 1e-6);
    assert_near(pct[4], 1, 1e-6);
    assert_near(pct[5], -1, 1e-6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_metres_up_and_down),
        cmocka_unit_test(steps_of_exactly_three_metres_do_not_count),
        cmocka_unit_test(leading_nulls_are_dropped),
        cmocka_unit_test(flat_is_zero_and_no_altitude_is_null),
        cmocka_unit_test(vam_is_metres_an_hour),
        cmocka_unit_test(grade_looks_ten_metres_ahead),
        cmocka_unit_test(grade_is_rounded_to_a_tenth),
        cmocka_unit_test(grade_holds_while_standing_and_across_a_pause),
    };
    return cmocka_run_group_tests_name("elevation", tests, NULL, NULL);
}
