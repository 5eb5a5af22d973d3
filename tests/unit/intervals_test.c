#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/intervals.h"

/* lap_set makes laps that end at the given samples. */
static void
laps_set(Fixture *fixture, const int32_t *ends, size_t n)
{
    Workout *workout = &fixture->workout;

    workout->laps = arena_alloc(fixture->arena, n, sizeof *workout->laps);
    workout->laps_n = n;
    for (size_t i = 0; i < n; i++) {
        workout->laps[i] = (Lap){
            .name = "lap",
            .start_index = i == 0 ? 0 : ends[i - 1],
            .end_index = ends[i],
            .start_s = STREAM_NO_INT,
            .distance_m = NAN,
            .elapsed_s = STREAM_NO_INT,
            .moving_s = STREAM_NO_INT,
        };
    }
}

static void
planned(Fixture *fixture, bool fits)
{
    Err err = ERR_NONE;
    bool does_fit = !fits;

    assert_true(intervals_planned(&fixture->workout, &does_fit, &err));
    assert_true(does_fit == fits);
}

static void
spans(const Workout *workout, size_t n, const size_t ends[][2])
{
    assert_int_equal(workout->intervals_n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(workout->intervals[i].segment.start, ends[i][0]);
        assert_int_equal(workout->intervals[i].segment.end, ends[i][1]);
    }
}

/* --- without a plan --- */

static void
laps_come_first(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;
    static const int32_t ends[] = { 100, 350, 1000 };
    static const size_t wanted[][2] = { { 0, 100 }, { 100, 350 }, { 350, 1000 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1001, 3);
    fixture_samples(&fixture);
    laps_set(&fixture, ends, 3);
    assert_true(intervals_unplanned(&fixture.workout, &err));
    spans(&fixture.workout, 3, wanted);
    assert_string_equal(fixture.workout.intervals[1].label, "lap");
    assert_null(fixture.workout.intervals[1].step);
    fixture_close(&fixture);
}

static void
runs_are_cut_by_kilometre_from_600_m(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;
    static const size_t wanted[][2] = { { 0, 250 }, { 250, 500 }, { 500, 600 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 4);
    fixture_samples(&fixture);
    assert_true(intervals_unplanned(&fixture.workout, &err));
    spans(&fixture.workout, 3, wanted);
    fixture_close(&fixture);

    fixture_open(&fixture, SPORT_RUN); /* 599 m */
    fixture_streams(&fixture, 600, 1);
    fixture_samples(&fixture);
    assert_true(intervals_unplanned(&fixture.workout, &err));
    assert_int_equal(fixture.workout.intervals_n, 10);
    fixture_close(&fixture);
}

static void
others_are_cut_by_minute_at_most_500(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RIDE);
    fixture_streams(&fixture, 601, 8);
    fixture_samples(&fixture);
    assert_true(intervals_unplanned(&fixture.workout, &err));
    assert_int_equal(fixture.workout.intervals_n, 10);
    fixture_close(&fixture);

    fixture_open(&fixture, SPORT_RIDE);
    fixture_streams(&fixture, 60001, 8); /* 1,000 minutes */
    fixture_samples(&fixture);
    assert_true(intervals_unplanned(&fixture.workout, &err));
    assert_true(fixture.workout.intervals_n <= 500);
    assert_int_equal(fixture.workout.intervals[fixture.workout.intervals_n - 1].segment.end, 60000);
    fixture_close(&fixture);
}

/* --- tolerances --- */

static void
tolerances_by_sport(void **state)
{
    (void)state;
    PlanStep km = { .distance_m = 1000, .duration_s = NAN };
    PlanStep far = { .distance_m = 5000, .duration_s = NAN };
    PlanStep pool = { .distance_m = 100, .duration_s = NAN };
    PlanStep work = { .kind = STEP_WORK, .distance_m = NAN, .duration_s = 180 };
    PlanStep rest = { .kind = STEP_RECOVERY, .distance_m = NAN, .duration_s = 90 };
    PlanStep open = { .distance_m = NAN, .duration_s = NAN };

    assert_true(step_fits(&km, SPORT_RUN, NAN, 1010) && step_fits(&km, SPORT_RUN, NAN, 990));
    assert_false(step_fits(&km, SPORT_RUN, NAN, 1010.5));
    assert_true(step_fits(&far, SPORT_RUN, NAN, 5100));
    assert_false(step_fits(&far, SPORT_RUN, NAN, 5101));
    assert_true(step_fits(&km, SPORT_RIDE, NAN, 1050));
    assert_false(step_fits(&km, SPORT_RIDE, NAN, 1051));
    assert_true(step_fits(&pool, SPORT_SWIM, NAN, 100.5));
    assert_false(step_fits(&pool, SPORT_SWIM, NAN, 101));
    assert_true(step_fits(&work, SPORT_RUN, 183, NAN));
    assert_false(step_fits(&work, SPORT_RUN, 184, NAN));
    assert_true(step_fits(&rest, SPORT_RUN, 98, NAN));
    assert_false(step_fits(&rest, SPORT_RUN, 99, NAN));
    assert_true(step_fits(&work, SPORT_RIDE, 182, NAN));
    assert_false(step_fits(&work, SPORT_RIDE, 183, NAN));
    assert_true(step_fits(&rest, SPORT_RIDE, 96, NAN));
    assert_false(step_fits(&rest, SPORT_RIDE, 97, NAN));
    assert_true(step_fits(&rest, SPORT_SWIM, 95, NAN));
    assert_false(step_fits(&rest, SPORT_SWIM, 96, NAN));
    assert_true(step_fits(&open, SPORT_RUN, 5, NAN));
    assert_false(step_fits(&km, SPORT_RUN, 5, NAN)); /* nothing measured */
}

/* --- with a plan --- */

#define THREE_STEPS                                                                                          \
    "{'steps':[{'id':'a','kind':'warmup','duration_s':100},{'id':'b','kind':'work','duration_s':250,'speed_" \
    "min_mps':2.8,'speed_max_mps':3.2},"                                                                     \
    "{'id':'c','kind':'cooldown','duration_s':250}]}"

static void
steps_snap_to_laps_that_fit(void **state)
{
    (void)state;
    Fixture fixture;
    static const int32_t ends[] = { 104, 352, 600 };
    static const size_t wanted[][2] = { { 0, 104 }, { 104, 352 }, { 352, 600 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture_samples(&fixture);
    fixture_plan(&fixture, THREE_STEPS);
    laps_set(&fixture, ends, 3);
    planned(&fixture, true);
    spans(&fixture.workout, 3, wanted);
    assert_string_equal(fixture.workout.intervals[1].step->id, "b");
    fixture_close(&fixture);
}

static void
laps_that_do_not_fit_are_walked_over(void **state)
{
    (void)state;
    Fixture fixture;
    static const int32_t ends[] = { 104, 360, 600 }; /* the second is 6 s off */
    static const size_t wanted[][2] = { { 0, 100 }, { 100, 350 }, { 350, 600 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture_samples(&fixture);
    fixture_plan(&fixture, THREE_STEPS);
    laps_set(&fixture, ends, 3);
    planned(&fixture, true);
    spans(&fixture.workout, 3, wanted);
    laps_set(&fixture, (const int32_t[]){ 300, 600 }, 2);
    planned(&fixture, true);
    spans(&fixture.workout, 3, wanted);
    laps_set(&fixture, (const int32_t[]){ 50, 100, 350, 500, 600 }, 5); /* two more laps than steps */
    planned(&fixture, true);
    spans(&fixture.workout, 3, wanted);
    fixture_close(&fixture);
}

static void
one_lap_less_leaves_the_last_step_out(void **state)
{
    (void)state;
    Fixture fixture;
    static const int32_t ends[] = { 100, 350 };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 351, 3);
    fixture_samples(&fixture);
    fixture_plan(&fixture, THREE_STEPS);
    laps_set(&fixture, ends, 2);
    planned(&fixture, true);
    assert_int_equal(fixture.workout.intervals_n, 3);
    assert_int_equal(fixture.workout.intervals[1].pass, PASS_PASS);
    assert_false(fixture.workout.intervals[2].is_recorded);
    assert_int_equal(fixture.workout.intervals[2].pass, PASS_SKIP);
    fixture_close(&fixture);
}

static void
distances_come_before_times(void **state)
{
    (void)state;
    Fixture fixture;
    static const size_t wanted[][2] = { { 0, 200 }, { 200, 300 }, { 300, 600 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 4);
    fixture_samples(&fixture);
    fixture_plan(&fixture, "{'steps':[{'distance_m':800,'duration_s':5},{'kind':'recovery','duration_s':100},"
                           "{'distance_m':1000}]}");
    planned(&fixture, true);
    spans(&fixture.workout, 3, wanted); /* the last takes the rest */
    assert_int_equal(fixture.workout.intervals[2].pass, PASS_PARTIAL);
    fixture_close(&fixture);
}

static void
recoveries_without_a_measure_share_the_gap(void **state)
{
    (void)state;
    Fixture fixture;
    static const size_t wanted[][2] = { { 0, 100 }, { 100, 150 }, { 150, 250 }, { 250, 300 }, { 300, 400 } };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 401, 4);
    fixture_samples(&fixture);
    fixture_plan(&fixture, "{'steps':[{'duration_s':100},{'kind':'recovery'},{'duration_s':100},{'kind':'"
                           "recovery'},{'duration_s':100}],'total_duration_s':400}");
    planned(&fixture, true);
    spans(&fixture.workout, 5, wanted);
    fixture_close(&fixture);
}

static void
standing_edges_of_a_distance_are_trimmed(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 4);
    fixture_speed(&fixture, 0, 11, 0.2); /* ten seconds of standing about */
    fixture_samples(&fixture);
    fixture_plan(&fixture,
                 "{'steps':[{'distance_m':802},{'kind':'recovery','duration_s':100},{'duration_s':250}]}");
    planned(&fixture, true);
    assert_int_equal(fixture.workout.intervals[0].segment.start, 10);
    assert_int_equal(fixture.workout.intervals[0].segment.end, 210);
    assert_near(fixture.workout.intervals[0].duration_s, 200, 0);
    assert_near(fixture.workout.intervals[0].segment.speed_mps, 4, 0.01);
    fixture_close(&fixture);
}

static void
short_work_is_averaged_over_a_minute(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 401, 4);
    int32_t *hr = fixture_ints(&fixture, 120);
    for (size_t i = 111; i <= 140; i++) { /* the heart answers ten seconds late */
        hr[i] = 180;
    }
    fixture.workout.streams.hr_bpm = hr;
    fixture_samples(&fixture);
    fixture_plan(&fixture, "{'steps':[{'kind':'warmup','duration_s':100},{'duration_s':30},{'kind':'cooldown'"
                           ",'duration_s':270}]}");
    planned(&fixture, true);
    assert_near(fixture.workout.intervals[1].segment.hr_bpm, 150,
                0.001);                                          /* 30 of 60 s; the slice alone says 160 */
    assert_near(fixture.workout.intervals[1].duration_s, 30, 0); /* its own length stays */
    fixture_close(&fixture);
}

/* WK25: a mismatch of plan and execution gives no intervals. */
static void
a_mismatch_has_no_intervals(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 291, 3); /* 290 of 600 s: 48 % */
    fixture_samples(&fixture);
    fixture_plan(&fixture, THREE_STEPS);
    planned(&fixture, false);
    assert_int_equal(fixture.workout.intervals_n, 0);
    fixture_plan(&fixture, "{'steps':[{},{},{}]}"); /* nothing to go by */
    planned(&fixture, false);
    fixture_plan(&fixture, "{'steps':[{'kind':'warmup','distance_m':800},{'distance_m':400},{'distance_m':"
                           "400},{'distance_m':400}],'total_duration_s':400}");
    planned(&fixture, false); /* ends before the third work step */
    fixture_plan(&fixture, "{'steps':[{'duration_s':6000}]}");
    planned(&fixture, true); /* a single step is the whole, however long */
    fixture_close(&fixture);
}

static void
adherence_takes_the_first_figure_that_both_have(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RIDE);
    fixture_streams(&fixture, 401, 8);
    fixture.workout.streams.power_w = fixture_ints(&fixture, 220);
    fixture_samples(&fixture);
    fixture_plan(&fixture, "{'steps':[{'duration_s':100,'power_min_w':190,'power_max_w':210,'speed_min_mps':"
                           "4},{'duration_s':100,'speed_min_mps':10},"
                           "{'kind':'recovery','duration_s':100},{'duration_s':80}]}");
    planned(&fixture, true);
    assert_near(fixture.workout.intervals[0].adherence_pct, 110, 1e-6);
    assert_near(fixture.workout.intervals[1].adherence_pct, 80, 0.1);
    assert_near(fixture.workout.intervals[2].adherence_pct, 100, 1e-6);
    assert_near(fixture.workout.intervals[3].adherence_pct, 125, 1e-6);
    assert_near(intervals_adherence_pct(fixture.workout.intervals, 4), (110 + 80 + 125) / 3.0,
                0.1); /* without the recovery */
    assert_true(isnan(intervals_adherence_pct(fixture.workout.intervals, 0)));
    fixture_close(&fixture);
}

static void
pauses_are_no_part_of_a_step(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    for (size_t i = 50; i < 601; i++) { /* the watch stood still for two minutes */
        fixture.workout.streams.time_s[i] += 120;
    }
    fixture_samples(&fixture);
    fixture_plan(&fixture, THREE_STEPS);
    planned(&fixture, true);
    assert_int_equal(fixture.workout.intervals[0].segment.end, 100);
    assert_near(fixture.workout.intervals[0].duration_s, 100, 0);
    assert_int_equal(fixture.workout.intervals[0].segment.elapsed_s, 220);
    assert_int_equal(fixture.workout.intervals[0].pass, PASS_PASS);
    fixture_close(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laps_come_first),
        cmocka_unit_test(runs_are_cut_by_kilometre_from_600_m),
        cmocka_unit_test(others_are_cut_by_minute_at_most_500),
        cmocka_unit_test(tolerances_by_sport),
        cmocka_unit_test(steps_snap_to_laps_that_fit),
        cmocka_unit_test(laps_that_do_not_fit_are_walked_over),
        cmocka_unit_test(one_lap_less_leaves_the_last_step_out),
        cmocka_unit_test(distances_come_before_times),
        cmocka_unit_test(recoveries_without_a_measure_share_the_gap),
        cmocka_unit_test(standing_edges_of_a_distance_are_trimmed),
        cmocka_unit_test(short_work_is_averaged_over_a_minute),
        cmocka_unit_test(a_mismatch_has_no_intervals),
        cmocka_unit_test(adherence_takes_the_first_figure_that_both_have),
        cmocka_unit_test(pauses_are_no_part_of_a_step),
    };
    return cmocka_run_group_tests_name("intervals", tests, NULL, NULL);
}
