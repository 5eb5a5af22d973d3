#include "tests/lib/near.h"

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/normalized_power.h"

#define TOLERANCE 5e-6

static int32_t power_w[3600];

static void
ten_minutes_at_200_w_begin_with_the_ramp(void **state)
{
    (void)state;
    double np_w = 0;

    steady(power_w, 600, 200);
    assert_true(normalized_power_w(power_w, 600, &np_w));
    assert_near(np_w, 198.01318, TOLERANCE);
}

static void
an_hour_at_ftp_is_tss_99_67(void **state)
{
    (void)state;
    double np_w = 0;
    double factor = 0;
    double score = 0;

    steady(power_w, 3600, 200);
    assert_true(normalized_power_w(power_w, 3600, &np_w));
    assert_near(np_w, 199.67296, TOLERANCE);
    assert_true(intensity_factor(np_w, 200, &factor));
    assert_near(factor, 199.67296 / 200, TOLERANCE);
    assert_true(tss(3600, np_w, 200, &score));
    assert_near(score, 99.67323, TOLERANCE);
}

static void
a_step_from_100_to_300_w_costs_more_than_its_mean(void **state)
{
    (void)state;
    double np_w = 0;
    double mean_w = 0;
    double index = 0;

    steady(steady(power_w, 300, 100), 300, 300);
    assert_true(normalized_power_w(power_w, 600, &np_w));
    assert_near(np_w, 248.58968, TOLERANCE);
    assert_true(mean_all(power_w, 600, &mean_w));
    assert_true(variability_index(np_w, mean_w, &index));
    assert_near(index, 1.24295, TOLERANCE);
}

static void
no_samples_give_null(void **state)
{
    (void)state;
    double np_w = -1;

    assert_false(normalized_power_w(power_w, 0, &np_w));
    assert_false(normalized_power_w(NULL, 600, &np_w));
    assert_near(np_w, -1, 0);
}

static void
one_second_is_a_thirtieth_of_a_window(void **state)
{
    (void)state;
    double np_w = 0;

    steady(power_w, 1, 300);
    assert_true(normalized_power_w(power_w, 1, &np_w));
    assert_near(np_w, 10, 1e-9);
}

static void
zero_power_gives_zeros_and_no_variability(void **state)
{
    (void)state;
    double value = -1;

    steady(power_w, 600, 0);
    assert_true(normalized_power_w(power_w, 600, &value));
    assert_near(value, 0, 0);
    assert_true(tss(600, 0, 250, &value));
    assert_near(value, 0, 0);
    assert_false(variability_index(0, 0, &value));
}

static void
without_an_ftp_there_is_neither_intensity_nor_stress(void **state)
{
    (void)state;
    double value = -1;

    assert_false(intensity_factor(200, 0, &value));
    assert_false(intensity_factor(200, NAN, &value));
    assert_false(tss(3600, 200, 0, &value));
    assert_false(tss(3600, 200, -250, &value));
    assert_near(value, -1, 0);
}

static void
long_rides_at_the_sensor_limit_do_not_overflow(void **state)
{
    (void)state;
    double np_w = 0;

    steady(power_w, 3600, 5000);
    assert_true(normalized_power_w(power_w, 3600, &np_w));
    assert_near(np_w, 5000 * 199.67296 / 200, 1e-3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_minutes_at_200_w_begin_with_the_ramp),
        cmocka_unit_test(an_hour_at_ftp_is_tss_99_67),
        cmocka_unit_test(a_step_from_100_to_300_w_costs_more_than_its_mean),
        cmocka_unit_test(no_samples_give_null),
        cmocka_unit_test(one_second_is_a_thirtieth_of_a_window),
        cmocka_unit_test(zero_power_gives_zeros_and_no_variability),
        cmocka_unit_test(without_an_ftp_there_is_neither_intensity_nor_stress),
        cmocka_unit_test(long_rides_at_the_sensor_limit_do_not_overflow),
    };
    return cmocka_run_group_tests_name("normalized_power", tests, NULL, NULL);
}
