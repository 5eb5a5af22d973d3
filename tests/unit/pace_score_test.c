#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/pace_score.h"

#define MILE_M 1609.344

/* points are the table of workouts.md 5.6, a row a type: seconds a mile outside (above 0 too fast) and the
 * score. */
static void
points(EffortType type, size_t n, const double rows[][2])
{
    for (size_t i = 0; i < n; i++) {
        double score = pace_score(type, rows[i][0]);
        if (score != rows[i][1]) {
            fail_msg("%s, %g s outside: %g, not %g", effort_name(type), rows[i][0], score, rows[i][1]);
        }
    }
}

static void
table_of_points(void **state)
{
    (void)state;
    static const double work[][2] = { { 0, 100 },   { 5, 100 },    { 5.1, 95 },  { 15, 95 },
                                      { 15.1, 85 }, { 30, 85 },    { 30.1, 70 }, { 45, 70 },
                                      { 45.1, 50 }, { 500, 50 },   { -5, 100 },  { -5.1, 60 },
                                      { -15, 60 },  { -15.1, 30 }, { -30, 30 },  { -30.1, 0 } };
    static const double recovery[][2] = { { 5, 100 }, { 6, 85 },  { 10, 85 }, { 11, 70 },   { 20, 70 },
                                          { 21, 55 }, { 30, 55 }, { 31, 40 }, { -500, 100 } };
    static const double easy[][2] = { { 6, 95 },   { 10, 95 },  { 11, 85 },   { 20, 85 },
                                      { 21, 75 },  { 30, 75 },  { 31, 65 },   { 45, 65 },
                                      { 46, 50 },  { -6, 100 }, { -10, 100 }, { -11, 98 },
                                      { -20, 98 }, { -21, 95 }, { -30, 95 },  { -31, 90 } };
    static const double warm[][2] = { { 6, 100 }, { 15, 100 }, { 16, 95 }, { 30, 95 },
                                      { 31, 90 }, { 45, 90 },  { 46, 80 }, { -400, 100 } };

    points(EFFORT_WORK, sizeof work / sizeof *work, work);
    points(EFFORT_TEMPO, sizeof work / sizeof *work, work);
    points(EFFORT_RECOVERY, sizeof recovery / sizeof *recovery, recovery);
    points(EFFORT_EASY, sizeof easy / sizeof *easy, easy);
    points(EFFORT_WARMUP, sizeof warm / sizeof *warm, warm);
    points(EFFORT_COOLDOWN, sizeof warm / sizeof *warm, warm);
    assert_true(isnan(pace_score(EFFORT_WORK, NAN)));
}

static void
seconds_outside_are_per_mile(void **state)
{
    (void)state;
    PaceRange range = { 4.0, 5.0, false };

    assert_near(seconds_outside(&range, 4.5), 0, 0);
    assert_near(seconds_outside(&range, 4.0), 0, 0);
    assert_near(seconds_outside(&range, 5.0), 0, 0);
    assert_near(seconds_outside(&range, 5.5), MILE_M * (1 / 5.0 - 1 / 5.5), 1e-9);  /* too fast: above 0 */
    assert_near(seconds_outside(&range, 3.0), -MILE_M * (1 / 3.0 - 1 / 4.0), 1e-9); /* too slow: below */
    assert_true(isnan(seconds_outside(&range, 0)));
    assert_true(isnan(seconds_outside(&range, NAN)));
    range.slow_mps = NAN;
    assert_true(isnan(seconds_outside(&range, 4)));
}

static void
types_follow_kind_and_length(void **state)
{
    (void)state;
    assert_int_equal(effort_type(STEP_WORK, 480, NAN, false), EFFORT_WORK);
    assert_int_equal(effort_type(STEP_WORK, 1200, NAN, false), EFFORT_WORK);
    assert_int_equal(effort_type(STEP_WORK, 1201, NAN, false), EFFORT_TEMPO);
    assert_int_equal(effort_type(STEP_WORK, NAN, 4828, false), EFFORT_WORK);
    assert_int_equal(effort_type(STEP_WORK, NAN, 4829, false), EFFORT_TEMPO);
    assert_int_equal(effort_type(STEP_WORK, 100, 100, true), EFFORT_EASY);
    assert_int_equal(effort_type(STEP_RECOVERY, 5000, 9000, true), EFFORT_RECOVERY);
    assert_int_equal(effort_type(STEP_WARMUP, 5000, 9000, true), EFFORT_WARMUP);
    assert_int_equal(effort_type(STEP_COOLDOWN, 5000, 9000, false), EFFORT_COOLDOWN);
}

/* A range narrower than 60 % of the band of its type (centre +- tolerance, in s/m) becomes that band. */
static void
narrow_ranges_are_widened(void **state)
{
    (void)state;
    static const struct {
        EffortType type;
        double tolerance;
    } types[] = { { EFFORT_WORK, 0.05 },     { EFFORT_TEMPO, 0.07 },  { EFFORT_EASY, 0.08 },
                  { EFFORT_RECOVERY, 0.15 }, { EFFORT_WARMUP, 0.10 }, { EFFORT_COOLDOWN, 0.10 } };
    double centre = 0.25; /* s/m, 4 m/s */

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        double half = centre * types[i].tolerance;
        PaceRange range = pace_range(types[i].type, 1 / (centre + half * 0.59), 1 / (centre - half * 0.59));
        assert_true(range.is_widened);
        assert_near(1 / range.slow_mps, centre + half, 1e-9);
        assert_near(1 / range.fast_mps, centre - half, 1e-9);
        range = pace_range(types[i].type, 1 / (centre + half * 0.61), 1 / (centre - half * 0.61));
        assert_false(range.is_widened);
        assert_near(1 / range.slow_mps, centre + half * 0.61, 1e-9);
    }
    PaceRange point = pace_range(EFFORT_WORK, 4, 4); /* a single speed */
    assert_true(point.is_widened);
    PaceRange none = pace_range(EFFORT_WORK, NAN, NAN);
    assert_true(isnan(none.slow_mps));
    assert_false(none.is_widened);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_points),
        cmocka_unit_test(seconds_outside_are_per_mile),
        cmocka_unit_test(types_follow_kind_and_length),
        cmocka_unit_test(narrow_ranges_are_widened),
    };
    return cmocka_run_group_tests_name("pace_score", tests, NULL, NULL);
}
