#include "tests/lib/near.h"

#include <stdlib.h>

#include "common/activity/streams.h"
#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/samples.h"

static const int32_t values[] = { 0, 100, 200, 0, 300 };
static const bool is_moving[] = { false, true, false, true, true };

static void
each_mean_counts_what_its_name_says(void **state)
{
    (void)state;
    double mean = 0;

    assert_true(mean_all(values, 5, &mean));
    assert_near(mean, 120, 1e-9);
    assert_true(mean_positive(values, 5, &mean));
    assert_near(mean, 200, 1e-9);
    assert_true(mean_moving(values, is_moving, 5, &mean));
    assert_near(mean, 400.0 / 3, 1e-9);
    assert_true(mean_positive_moving(values, is_moving, 5, &mean));
    assert_near(mean, 200, 1e-9);
    assert_int_equal(sum_all(values, 5), 600);
}

static void
nothing_to_count_gives_null(void **state)
{
    (void)state;
    const int32_t zeros[] = { 0, 0 };
    const bool standing[] = { false, false };
    double mean = -1;

    assert_false(mean_all(NULL, 5, &mean));
    assert_false(mean_all(values, 0, &mean));
    assert_false(mean_positive(zeros, 2, &mean));
    assert_false(mean_moving(values, standing, 2, &mean));
    assert_false(mean_positive_moving(zeros, is_moving, 2, &mean));
    assert_int_equal(sum_all(NULL, 5), 0);
    assert_near(mean, -1, 0);
}

static void
extremes_skip_what_is_missing(void **state)
{
    (void)state;
    const int32_t altitude_cm[] = { SAMPLES_NO_ALTITUDE, -2480, -2720, -1360 };
    const int32_t hr_bpm[] = { 0, 99, 180, 0 };
    int32_t value = 0;

    assert_true(highest(altitude_cm, 4, &value));
    assert_int_equal(value, -1360);
    assert_true(lowest(altitude_cm, 4, &value));
    assert_int_equal(value, -2720);
    assert_true(lowest_positive(hr_bpm, 4, &value));
    assert_int_equal(value, 99);
    value = 7;
    assert_false(highest(altitude_cm, 1, &value));
    assert_false(lowest(NULL, 4, &value));
    assert_false(lowest_positive(hr_bpm, 1, &value));
    assert_int_equal(value, 7);
}

static void
sums_of_long_rides_do_not_overflow(void **state)
{
    (void)state;
    enum { SECONDS = 1000000 };
    int32_t *power_w = calloc(SECONDS, sizeof *power_w);
    double mean = 0;

    assert_non_null(power_w);
    steady(power_w, SECONDS, 5000);
    assert_true(sum_all(power_w, SECONDS) == INT64_C(5000000000));
    assert_true(mean_all(power_w, SECONDS, &mean));
    assert_near(mean, 5000, 0);
    free(power_w);
}

static void
speed_needs_moving_time(void **state)
{
    (void)state;
    double mps = -1;

    assert_false(speed_avg_mps(1000, 0, &mps));
    assert_false(speed_avg_mps(1000, NAN, &mps));
    assert_near(mps, -1, 0);
    assert_true(speed_avg_mps(52260.1, 7209, &mps));
    assert_near(mps, 7.249, 5e-4);
}

static void
coverage_is_the_share_of_known_rows(void **state)
{
    (void)state;
    const int32_t hr_bpm[] = { 120, STREAM_NO_INT, 121, STREAM_NO_INT };
    const float altitude_m[] = { 1, 2, NAN, 4 };

    assert_near(coverage_int_pct(hr_bpm, 4), 50, 0);
    assert_near(coverage_float_pct(altitude_m, 4), 75, 0);
    assert_near(coverage_int_pct(NULL, 4), 0, 0);
    assert_near(coverage_float_pct(altitude_m, 0), 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mean_counts_what_its_name_says),
        cmocka_unit_test(nothing_to_count_gives_null),
        cmocka_unit_test(extremes_skip_what_is_missing),
        cmocka_unit_test(sums_of_long_rides_do_not_overflow),
        cmocka_unit_test(speed_needs_moving_time),
        cmocka_unit_test(coverage_is_the_share_of_known_rows),
    };
    return cmocka_run_group_tests_name("averages", tests, NULL, NULL);
}
