#include "tests/lib/near.h"

#include "worker/kinds/workouts/trimp.h"

#define TOLERANCE 5e-6

static const TrimpAthlete athlete = { .rest_hr_bpm = 50, .max_hr_bpm = 190, .lthr_bpm = 165 };

static void
a_ride_of_4813_s(void **state)
{
    (void)state;
    double points = 0;
    double stress = 0;

    assert_true(trimp(137.19677, 4813, &athlete, &points));
    assert_near(points, 105.72173, TOLERANCE);
    assert_true(hr_tss(points, &athlete, &stress));
    assert_near(stress, 69.23390, TOLERANCE);
}

static void
an_hour_at_150_for_men_and_women(void **state)
{
    (void)state;
    double points = 0;
    TrimpAthlete woman = athlete;

    woman.is_female = true;
    assert_true(trimp(150, 3600, &athlete, &points));
    assert_near(points, 108.09536, TOLERANCE);
    assert_true(trimp(150, 3600, &woman, &points));
    assert_near(points, 90.41791, TOLERANCE);
}

static void
an_hour_at_lthr_is_100(void **state)
{
    (void)state;
    double points = 0;
    double stress = 0;

    assert_true(trimp(165, 3600, &athlete, &points));
    assert_near(points, 152.70226, TOLERANCE);
    assert_true(hr_tss(points, &athlete, &stress));
    assert_near(stress, 100, 1e-9);
}

static void
below_rest_it_is_zero_and_not_negative(void **state)
{
    (void)state;
    double points = -1;

    assert_true(trimp(45, 3600, &athlete, &points));
    assert_near(points, 0, 0);
}

static void
without_heart_rate_or_maximum_it_is_null(void **state)
{
    (void)state;
    double points = -1;
    TrimpAthlete unknown = { .rest_hr_bpm = 50 };
    TrimpAthlete absurd = { .rest_hr_bpm = 190, .max_hr_bpm = 190, .lthr_bpm = 165 };

    assert_false(trimp(0, 3600, &athlete, &points));
    assert_false(trimp(NAN, 3600, &athlete, &points));
    assert_false(trimp(150, 3600, &unknown, &points));
    assert_false(trimp(150, 3600, &absurd, &points));
    assert_near(points, -1, 0);
}

static void
an_unknown_rest_stands_in_as_60(void **state)
{
    (void)state;
    TrimpAthlete unknown = { .max_hr_bpm = 190, .lthr_bpm = 165 };
    TrimpAthlete sixty = { .rest_hr_bpm = 60, .max_hr_bpm = 190, .lthr_bpm = 165 };
    double a = 0;
    double b = 0;

    assert_true(trimp(150, 3600, &unknown, &a));
    assert_true(trimp(150, 3600, &sixty, &b));
    assert_near(a, b, 0);
}

static void
hr_tss_needs_a_threshold_above_rest(void **state)
{
    (void)state;
    double stress = -1;
    TrimpAthlete without = { .rest_hr_bpm = 50, .max_hr_bpm = 190 };
    TrimpAthlete below = { .rest_hr_bpm = 50, .max_hr_bpm = 190, .lthr_bpm = 50 };

    assert_false(hr_tss(100, &without, &stress));
    assert_false(hr_tss(100, &below, &stress));
    assert_near(stress, -1, 0);
}

static void
edwards_counts_zones_by_integers(void **state)
{
    (void)state;
    const int32_t at_half[] = { 95 };
    const int32_t below_half[] = { 94 };
    const int32_t at_max[] = { 190 };
    const int32_t missing[] = { 0, 0 };
    double points = -1;

    assert_true(edwards(at_half, 1, 190, &points));
    assert_near(points * 60, 1, 1e-9);
    assert_true(edwards(below_half, 1, 190, &points));
    assert_near(points, 0, 0);
    assert_true(edwards(at_max, 1, 190, &points));
    assert_near(points * 60, 5, 1e-9);
    points = -1;
    assert_false(edwards(missing, 2, 190, &points));
    assert_false(edwards(at_max, 1, 0, &points));
    assert_false(edwards(NULL, 1, 190, &points));
    assert_near(points, -1, 0);
}

static void
heartbeats_leave_out_what_is_missing(void **state)
{
    (void)state;
    const int32_t hr_bpm[] = { 120, 0, 60, 0 };
    double beats = -1;

    assert_true(heartbeats(hr_bpm, 4, &beats));
    assert_near(beats, 3, 1e-9);
    beats = -1;
    assert_false(heartbeats(NULL, 4, &beats));
    assert_false(heartbeats(&hr_bpm[1], 1, &beats));
    assert_near(beats, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ride_of_4813_s),
        cmocka_unit_test(an_hour_at_150_for_men_and_women),
        cmocka_unit_test(an_hour_at_lthr_is_100),
        cmocka_unit_test(below_rest_it_is_zero_and_not_negative),
        cmocka_unit_test(without_heart_rate_or_maximum_it_is_null),
        cmocka_unit_test(an_unknown_rest_stands_in_as_60),
        cmocka_unit_test(hr_tss_needs_a_threshold_above_rest),
        cmocka_unit_test(edwards_counts_zones_by_integers),
        cmocka_unit_test(heartbeats_leave_out_what_is_missing),
    };
    return cmocka_run_group_tests_name("trimp", tests, NULL, NULL);
}
