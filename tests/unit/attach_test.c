#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/attach.h"

static Plan
plan_of(double duration_s, double distance_m)
{
    return (
        Plan){ .id = "p", .total_duration_s = duration_s, .duration_s = NAN, .total_distance_m = distance_m };
}

static void
score_is_the_share_of_time_and_half_that_of_distance(void **state)
{
    (void)state;
    Plan hour = plan_of(3600, NAN);
    Plan ten = plan_of(3600, 10000);

    assert_near(attach_score(3600, NAN, &hour), 0, 1e-12);
    assert_near(attach_score(3240, NAN, &hour), 0.10, 1e-12);
    assert_near(attach_score(3960, NAN, &hour), 0.10, 1e-12);
    assert_near(attach_score(3600, 8000, &ten), 0.5 * 0.2, 1e-12);
    assert_near(attach_score(3240, 8000, &ten), 0.10 + 0.5 * 0.2, 1e-12);
    assert_near(attach_score(3600, 50000, &ten), 0.5, 1e-12); /* the distance's share ends at 1 */
    assert_near(attach_score(3600, NAN, &ten), 0, 1e-12);     /* unknown distance: time alone */
}

static void
the_gate_is_half_to_one_and_a_half(void **state)
{
    (void)state;
    Plan hour = plan_of(3600, NAN);
    Plan none = plan_of(NAN, NAN);

    assert_near(attach_score(1800, NAN, &hour), 0.5, 1e-12);
    assert_true(isnan(attach_score(1799, NAN, &hour)));
    assert_near(attach_score(5400, NAN, &hour), 0.5, 1e-12);
    assert_true(isnan(attach_score(5401, NAN, &hour)));
    assert_true(isnan(attach_score(NAN, NAN, &hour)));
    assert_true(isnan(attach_score(3600, NAN, &none)));
}

static void
the_best_wins(void **state)
{
    (void)state;
    Plan plans[] = { plan_of(2400, NAN), plan_of(3600, NAN), plan_of(5400, NAN), plan_of(NAN, NAN) };
    size_t chosen = 9;

    assert_null(attach_choose(plans, 4, SPORT_RUN, 3500, NAN, &chosen));
    assert_int_equal(chosen, 1);
    assert_null(attach_choose(plans, 4, SPORT_RIDE, 5300, NAN, &chosen));
    assert_int_equal(chosen, 2);
    assert_null(attach_choose(plans, 1, SPORT_SWIM, 2400, NAN, &chosen));
    assert_int_equal(chosen, 0);
}

/* WK24: the runner-up is looked at. */
static void
a_close_runner_up_is_ambiguous(void **state)
{
    (void)state;
    Plan same[] = { plan_of(3600, NAN), plan_of(3600, NAN) };
    Plan close[] = { plan_of(3600, NAN), plan_of(3810, NAN) };
    Plan apart[] = { plan_of(3600, NAN), plan_of(3840, NAN) };
    Plan reversed[] = { plan_of(3840, NAN), plan_of(3600, NAN) };
    size_t chosen = 9;

    assert_string_equal(attach_choose(same, 2, SPORT_RUN, 3600, NAN, &chosen), "ambiguous");
    assert_string_equal(attach_choose(close, 2, SPORT_RUN, 3600, NAN, &chosen), "ambiguous"); /* 0.055 */
    assert_null(attach_choose(apart, 2, SPORT_RUN, 3600, NAN, &chosen));                      /* 0.0625 */
    assert_int_equal(chosen, 0);
    assert_null(attach_choose(reversed, 2, SPORT_RUN, 3600, NAN, &chosen));
    assert_int_equal(chosen, 1);
}

static void
reasons_say_why_none_is_chosen(void **state)
{
    (void)state;
    Plan hour = plan_of(3600, NAN);
    Plan none = plan_of(NAN, NAN);
    size_t chosen = 0;

    assert_string_equal(attach_choose(&hour, 1, SPORT_RUN, NAN, NAN, &chosen), "no_workout_duration");
    assert_string_equal(attach_choose(&none, 1, SPORT_RUN, 3600, NAN, &chosen), "no_planned_duration");
    assert_string_equal(attach_choose(&hour, 1, SPORT_RUN, 600, NAN, &chosen), "duration_out_of_range");
}

static void
strength_takes_the_only_one(void **state)
{
    (void)state;
    static const Sport sports[] = { SPORT_STRENGTH, SPORT_MOBILITY, SPORT_PILATES_YOGA };
    Plan plans[] = { plan_of(NAN, NAN), plan_of(60, NAN) };
    size_t chosen = 9;

    for (size_t i = 0; i < 3; i++) {
        assert_null(attach_choose(plans, 1, sports[i], NAN, NAN, &chosen));
        assert_int_equal(chosen, 0);
        assert_string_equal(attach_choose(plans, 2, sports[i], 60, NAN, &chosen), "ambiguous");
    }
}

/* run_attach runs the stage and returns its reason. */
static const char *
run_attach(Workout *workout)
{
    const char *reason = NULL;
    Err err = ERR_NONE;

    assert_true(stage_attach(workout, &reason, &err));
    return reason;
}

static void
the_stage_obeys_the_user_first(void **state)
{
    (void)state;
    Fixture fixture;
    Plan plan = plan_of(3600, NAN);

    fixture_open(&fixture, SPORT_RUN);
    Workout *workout = &fixture.workout;
    workout->scalars.moving_time_s = 3600;
    assert_string_equal(run_attach(workout), "no_candidates");
    workout->same_day_n = 1;
    assert_string_equal(run_attach(workout), "no_date_sport_match");
    workout->taken_n = 1;
    assert_string_equal(run_attach(workout), "plan_taken");
    workout->candidates = &plan;
    workout->candidates_n = 1;
    workout->planned_by = PLANNED_BY_DETACHED;
    assert_string_equal(run_attach(workout), "detached_by_user");
    assert_false(workout->has_plan);
    workout->planned_by = PLANNED_BY_NOBODY;
    assert_string_equal(run_attach(workout), "attached");
    assert_true(workout->has_plan);
    assert_string_equal(workout->link_plan_id, "p");
    assert_string_equal(run_attach(workout), "already_linked");
    assert_null(workout->link_plan_id);
    fixture_close(&fixture);
}

static void
time_comes_from_the_samples_where_the_provider_has_none(void **state)
{
    (void)state;
    Fixture fixture;
    Plan plan = plan_of(600, NAN);

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture_samples(&fixture);
    fixture.workout.candidates = &plan;
    fixture.workout.candidates_n = 1;
    assert_string_equal(run_attach(&fixture.workout), "attached");
    fixture_close(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(score_is_the_share_of_time_and_half_that_of_distance),
        cmocka_unit_test(the_gate_is_half_to_one_and_a_half),
        cmocka_unit_test(the_best_wins),
        cmocka_unit_test(a_close_runner_up_is_ambiguous),
        cmocka_unit_test(reasons_say_why_none_is_chosen),
        cmocka_unit_test(strength_takes_the_only_one),
        cmocka_unit_test(the_stage_obeys_the_user_first),
        cmocka_unit_test(time_comes_from_the_samples_where_the_provider_has_none),
    };
    return cmocka_run_group_tests_name("attach", tests, NULL, NULL);
}
