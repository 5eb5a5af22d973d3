#include "tests/unit/workout_fixture.h"

/* A run of 600 + 3 * (300, 120 s) at given paces of the work. */
static void
open_run(Fixture *fixture, const double work_mps[3])
{
    fixture_open(fixture, SPORT_RUN);
    fixture_streams(fixture, 1861, 2.5);
    for (size_t i = 0; i < 3; i++) {
        fixture_speed(fixture, 601 + i * 420, 901 + i * 420, work_mps[i]);
    }
    fixture_plan(fixture, "{'id':'p','updated_at':'1','steps':[{'id':'w','kind':'warmup','duration_s':600},"
                          "{'id':'1','duration_s':300,'speed_min_mps':3.8,'speed_max_mps':4.2},{'id':'r1','"
                          "kind':'recovery','duration_s':120},"
                          "{'id':'2','duration_s':300,'speed_min_mps':3.8,'speed_max_mps':4.2},{'id':'r2','"
                          "kind':'recovery','duration_s':120},"
                          "{'id':'3','duration_s':300,'speed_min_mps':3.8,'speed_max_mps':4.2},{'id':'c','"
                          "kind':'cooldown','duration_s':120}]}");
}

static void
work_intervals_are_scored(void **state)
{
    (void)state;
    Fixture fixture;

    open_run(&fixture, (const double[]){ 4.0, 4.6, 3.6 }); /* inside; 33 s a mile too fast; 24 s too slow */
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "execution.intervals.1.pace_score"), 100, 0);
    assert_near(fixture_number(&fixture, "execution.intervals.3.pace_score"), 70, 0);
    assert_near(fixture_number(&fixture, "execution.intervals.3.outside_s_per_mile"), 33.3, 0.11);
    assert_near(fixture_number(&fixture, "execution.intervals.5.pace_score"), 30, 0);
    assert_near(fixture_number(&fixture, "execution.intervals.5.outside_s_per_mile"), -23.5, 0.11);
    assert_near(fixture_number(&fixture, "execution.pace_adherence_pct"), 200 / 3.0, 0.01);
    assert_near(fixture_number(&fixture, "execution.duration_adherence_pct"), 100, 0);
    assert_near(fixture_number(&fixture, "execution.execution_score"), (200 / 3.0 + 100) / 2, 0.01);
    assert_near(fixture_number(&fixture, "execution_score"), (200 / 3.0 + 100) / 2, 0.01);
    assert_string_equal(fixture_text(&fixture, "execution.intervals.1.planned_step_id"), "1");
    assert_string_equal(fixture_text(&fixture, "execution.intervals.1.type"), "work");
    assert_string_equal(fixture_text(&fixture, "execution.intervals.2.type"), "recovery");
    assert_true(
        cJSON_IsNull(fixture_at(&fixture, "execution.intervals.2.pace_score"))); /* no target, no score */
    assert_near(fixture_number(&fixture, "execution.intervals.3.surges"), 1, 0);
    assert_near(fixture_number(&fixture, "execution.intervals.5.crashes"), 1, 0);
    assert_string_equal(fixture_text(&fixture, "execution.compliance.colour"), "green");
    assert_string_equal(fixture_text(&fixture, "execution.explanation"),
                        "Moved for 31 of 31 planned minutes (100 %). 1 of 3 work intervals were in the "
                        "target range, 1 too fast, 1 too slow.");
    fixture_close(&fixture);
}

static void
without_a_pace_target_duration_alone_counts(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RIDE);
    fixture.workout.scalars.moving_time_s = 2880;
    fixture_plan(&fixture, "{'id':'p','updated_at':'1','total_duration_s':3600}");
    fixture_run(&fixture);
    assert_true(cJSON_IsNull(fixture_at(&fixture, "execution.pace_adherence_pct")));
    assert_near(fixture_number(&fixture, "execution.execution_score"), 80, 1e-9);
    assert_near(fixture_number(&fixture, "execution.compliance.pct"), 80, 0);
    fixture_close(&fixture);
}

/* A run of one step is judged as a whole: here by the table of easy runs, 33 s a mile too fast. */
static void
a_run_of_one_step_is_judged_as_a_whole(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1801, 3.4);
    fixture_plan(&fixture,
                 "{'id':'p','updated_at':'1','words':'easy "
                 "run','steps':[{'id':'a','duration_s':1800,'speed_min_mps':2.6,'speed_max_mps':3.17}]}");
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "execution.intervals.0.type"), "easy");
    assert_near(fixture_number(&fixture, "execution.pace_adherence_pct"), 65, 0);
    assert_string_equal(
        fixture_text(&fixture, "execution.explanation"),
        "Moved for 30 of 30 planned minutes (100 %). The pace was faster than the target range.");
    fixture_close(&fixture);
}

/* Steps that name no pace, tokens that do: time in range. */
static void
a_steady_run_counts_its_time_in_range(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1801, 3);
    fixture_plan(&fixture, "{'id':'p','updated_at':'1','steady_min_mps':2.7,'steady_max_mps':3.3,'steps':[{'"
                           "id':'a','duration_s':1800}]}");
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "execution.pace_adherence_pct"), 100, 1e-9);
    fixture_close(&fixture);
}

static void
unplanned_workouts_have_no_scores(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1801, 3);
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    for (size_t i = 900; i < 1801; i++) {
        fixture.workout.streams.hr_bpm[i] = 157;
    }
    fixture_run(&fixture);
    static const char *const scores[] = { "execution_score",
                                          "execution.execution_score",
                                          "execution.pace_adherence_pct",
                                          "execution.duration_adherence_pct",
                                          "execution.compliance.pct",
                                          "planned_steps_light" };
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        assert_true(cJSON_IsNull(fixture_at(&fixture, scores[i])));
    }
    assert_string_equal(fixture_text(&fixture, "stages.execution.reason"), "unplanned");
    assert_near(fixture_number(&fixture, "execution.hr_drift_bpm"), 7,
                0.01); /* continuous: no intervals planned */
    assert_string_equal(fixture_text(&fixture, "execution.hr_drift_band"), "moderate");
    assert_string_equal(fixture_text(&fixture, "execution.pace_confidence"), "high");
    fixture_close(&fixture);
}

static void
drift_is_for_runs_without_intervals(void **state)
{
    (void)state;
    Fixture fixture;

    open_run(&fixture, (const double[]){ 4.0, 4.0, 4.0 });
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    fixture_run(&fixture);
    assert_true(cJSON_IsNull(fixture_at(&fixture, "execution.hr_drift_bpm")));
    fixture_close(&fixture);
}

/* WK25: a mismatch leaves duration and no nonsense. */
static void
a_mismatch_scores_its_duration(void **state)
{
    (void)state;
    Fixture fixture;

    open_run(&fixture, (const double[]){ 4.0, 4.0, 4.0 });
    fixture.workout.streams.n = 700; /* went home: 38 % */
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "stages.summary.reason"), "plan_mismatch");
    assert_int_equal(cJSON_GetArraySize(fixture_at(&fixture, "intervals")), 0);
    assert_int_equal(cJSON_GetArraySize(fixture_at(&fixture, "execution.intervals")), 0);
    assert_int_equal(cJSON_GetArraySize(fixture_at(&fixture, "planned_steps_light")), 7);
    assert_near(fixture_number(&fixture, "execution.execution_score"), 100 * 699 / 1860.0, 0.01);
    assert_string_equal(fixture_text(&fixture, "execution.compliance.colour"), "red");
    assert_true(cJSON_IsNull(fixture_at(&fixture, "overall.adherence_pct")));
    fixture_close(&fixture);
}

static void
colours_follow_the_share_done(void **state)
{
    (void)state;
    static const struct {
        int done_s;
        const char *colour;
    } cases[] = { { 800, "green" },  { 1200, "green" },  { 790, "yellow" }, { 1210, "yellow" },
                  { 500, "yellow" }, { 1500, "yellow" }, { 490, "red" },    { 1510, "red" } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Fixture fixture;
        fixture_open(&fixture, SPORT_RIDE);
        fixture.workout.scalars.moving_time_s = cases[i].done_s;
        fixture_plan(&fixture, "{'id':'p','updated_at':'1','total_duration_s':1000}");
        fixture_run(&fixture);
        assert_string_equal(fixture_text(&fixture, "execution.compliance.colour"), cases[i].colour);
        fixture_close(&fixture);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_intervals_are_scored),
        cmocka_unit_test(without_a_pace_target_duration_alone_counts),
        cmocka_unit_test(a_run_of_one_step_is_judged_as_a_whole),
        cmocka_unit_test(a_steady_run_counts_its_time_in_range),
        cmocka_unit_test(unplanned_workouts_have_no_scores),
        cmocka_unit_test(drift_is_for_runs_without_intervals),
        cmocka_unit_test(a_mismatch_scores_its_duration),
        cmocka_unit_test(colours_follow_the_share_done),
    };
    return cmocka_run_group_tests_name("execution", tests, NULL, NULL);
}
