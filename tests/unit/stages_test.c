#include "tests/unit/workout_fixture.h"

#include "common/metrics.h"

/* runs the stages and returns their statuses by first letters; those that were written in capitals. */
static const char *
run(Fixture *fixture)
{
    static char letters[STAGE_COUNT + 1];

    assert_true(stages_run(&fixture->workout, NULL, NULL));
    for (int id = 0; id < STAGE_COUNT; id++) {
        const StageState *state = &fixture->workout.stages[id];
        char letter = stage_status_name(state->status)[0];
        letters[id] = (char)(state->is_written ? letter - 'a' + 'A' : letter);
    }
    return letters;
}

/* stored does what storing and reading again would do: statuses and fingerprints stay, documents and errors
 * go. */
static void
stored(Fixture *fixture)
{
    Workout *workout = &fixture->workout;

    workout_done(workout);
    for (int id = 0; id < STAGE_COUNT; id++) {
        StageState *state = &workout->stages[id];
        StageState kept = { .status = state->status == STAGE_COMPLETE ? STAGE_COMPLETE : STAGE_PENDING };
        memcpy(kept.stored_inputs, state->is_written ? state->inputs : state->stored_inputs,
               sizeof kept.stored_inputs);
        *state = kept;
    }
    workout->link_plan_id = NULL;
}

/* WK11: every path through a stage ends in a status, and in a reason if there was nothing to do. */
static void
nothing_to_do_is_complete_with_a_reason(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_OTHER);
    fixture_run(&fixture);
    for (int id = 0; id < STAGE_COUNT; id++) {
        assert_int_equal(fixture.workout.stages[id].status, STAGE_COMPLETE);
    }
    assert_string_equal(fixture_text(&fixture, "stages.streams.reason"), "not_requested");
    assert_string_equal(fixture_text(&fixture, "stages.attach.reason"), "no_candidates");
    assert_string_equal(fixture_text(&fixture, "stages.summary.reason"), "no_samples");
    assert_string_equal(fixture_text(&fixture, "stages.execution.reason"), "unplanned");
    assert_string_equal(fixture_text(&fixture, "stages.summary.basis"), "scalars");
    Err err = ERR_NONE;
    assert_true(stages_outcome(&fixture.workout, true, &err));
    fixture_close(&fixture);
}

static void
what_is_complete_does_not_run_again(void **state)
{
    (void)state;
    Fixture fixture;
    _cleanup_(str_done) Str json = STR_EMPTY;

    fixture_open(&fixture, SPORT_RUN);
    assert_string_equal(run(&fixture), "CCCCCC");
    stored(&fixture);
    assert_string_equal(run(&fixture), "cccccc");
    stages_patch(&fixture.workout, &json);
    assert_string_equal(str_text(&json), "{\"version\":1,\"stages\":{}}"); /* nothing to write */
    fixture_close(&fixture);
}

static void
changed_inputs_run_what_reads_them(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    Workout *workout = &fixture.workout;
    assert_string_equal(run(&fixture), "CCCCCC");
    stored(&fixture);
    workout->thresholds.ftp_w = 250;
    assert_string_equal(run(&fixture), "cccCCc"); /* a new FTP: what zones and load are made of */
    stored(&fixture);
    workout->thresholds.rest_hr_bpm = 50;
    assert_string_equal(run(&fixture), "ccccCc"); /* a resting heart rate: no zone is cut by it */
    stored(&fixture);
    workout->thresholds.is_female = true;
    assert_string_equal(run(&fixture), "ccccCc");
    stored(&fixture);
    fixture_plan(&fixture, "{'id':'p','updated_at':'1','duration_s':60,'steps':[{'speed_min_mps':3}]}");
    assert_string_equal(run(&fixture), "ccCcCC"); /* a plan: not the analysis */
    stored(&fixture);
    workout->plan.updated_at = "2";
    assert_string_equal(run(&fixture), "ccCcCC"); /* the plan changed */
    stored(&fixture);
    workout->plan.steps[0].speed_max_mps = 3.5;
    assert_string_equal(run(&fixture), "ccCcCC"); /* its tokens mean other paces: the athlete's changed */
    stored(&fixture);
    workout->scalars_hash = "others";
    assert_string_equal(run(&fixture), "cCCCCC"); /* scalars: not the samples */
    stored(&fixture);
    workout->streams_version = 2;
    assert_string_equal(run(&fixture), "CCCCCC"); /* late samples */
    stored(&fixture);
    workout->stages[STAGE_METRICS].status = STAGE_PENDING;
    assert_string_equal(run(&fixture), "ccccCc"); /* one that was asked for */
    fixture_close(&fixture);
}

/* The option is read by what is done on foot. */
static void
another_gap_model_runs_runs_again(void **state)
{
    (void)state;
    static const struct {
        Sport sport;
        const char *ran;
    } cases[] = { { SPORT_RUN, "CCCCCC" }, { SPORT_WALK, "CCCCCC" }, { SPORT_RIDE, "cccccc" } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Fixture fixture;
        fixture_open(&fixture, cases[i].sport);
        assert_string_equal(run(&fixture), "CCCCCC");
        stored(&fixture);
        fixture.workout.gap_model = GAP_STRAVA;
        assert_string_equal(run(&fixture), cases[i].ran);
        fixture_close(&fixture);
    }
}

/* WK1, WK3, WK14: attach precedes what reads the plan, summary what reads its figures. */
static void
one_run_sees_the_plan_it_attached(void **state)
{
    (void)state;
    Fixture fixture;
    Plan plan = {
        .id = "p", .updated_at = "1", .total_duration_s = 600, .duration_s = NAN, .total_distance_m = NAN
    };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture.workout.candidates = &plan;
    fixture.workout.candidates_n = 1;
    fixture.workout.same_day_n = 1;
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "stages.attach.reason"), "attached");
    assert_near(fixture_number(&fixture, "execution_score"), 100, 1e-9);
    assert_near(fixture_number(&fixture, "metrics.against_plan.duration_s.executed"), 600, 0);
    assert_near(fixture_number(&fixture, "metrics.load"), 600 / 3600.0 * 0.75 * 0.75 * 100, 1e-6);
    fixture_close(&fixture);
}

/* A plan that attach finds on a later run makes the stages due that read it, in the same run. */
static void
a_plan_found_later_runs_what_reads_it_at_once(void **state)
{
    (void)state;
    Fixture fixture;
    Plan plan = {
        .id = "p", .updated_at = "1", .total_duration_s = 600, .duration_s = NAN, .total_distance_m = NAN
    };

    fixture_open(&fixture, SPORT_RUN);
    fixture.workout.scalars.moving_time_s = 600;
    assert_string_equal(run(&fixture), "CCCCCC");
    stored(&fixture);
    fixture.workout.stages[STAGE_ATTACH].status = STAGE_PENDING;
    assert_string_equal(run(&fixture), "cCcccc"); /* none was found */
    stored(&fixture);
    fixture.workout.stages[STAGE_ATTACH].status = STAGE_PENDING;
    fixture.workout.candidates = &plan;
    fixture.workout.candidates_n = 1;
    assert_string_equal(run(&fixture), "cCCcCC");
    fixture_close(&fixture);
}

/* A plan that comes later gives the document that it would have given at once. */
static void
the_order_of_events_does_not_matter(void **state)
{
    (void)state;
    Fixture late;
    Fixture once;
    const char *plan = "{'id':'p','updated_at':'1','steps':[{'id':'a','duration_s':600,'speed_min_mps':2.9,'"
                       "speed_max_mps':3.1}]}";

    fixture_open(&late, SPORT_RUN);
    fixture_streams(&late, 601, 3);
    (void)run(&late);
    stored(&late);
    fixture_plan(&late, plan);
    fixture_run(&late);
    fixture_open(&once, SPORT_RUN);
    fixture_streams(&once, 601, 3);
    fixture_plan(&once, plan);
    fixture_run(&once);
    static const char *const paths[] = { "overall", "intervals", "planned_steps_light", "metrics",
                                         "execution" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_true(cJSON_Compare(fixture_at(&late, paths[i]), fixture_at(&once, paths[i]), true));
    }
    assert_null(fixture_at(&late, "analysis")); /* which did not run again */
    fixture_close(&late);
    fixture_close(&once);
}

/* --- failures --- */

static void
unreadable_samples_leave_the_scalars(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    fixture.workout.scalars.distance_m = 5000;
    (void)err_set(&fixture.workout.streams_err, ERR_INVALID_DATA, "bad_array", "power_w: no array");
    fixture_run(&fixture);
    assert_int_equal(fixture.workout.stages[STAGE_STREAMS].status, STAGE_FAILED);
    for (int id = STAGE_ATTACH; id < STAGE_COUNT; id++) {
        assert_int_equal(fixture.workout.stages[id].status, STAGE_COMPLETE);
    }
    assert_near(fixture_number(&fixture, "overall.distance_m"), 5000, 0);
    assert_string_equal(fixture_text(&fixture, "stages.summary.basis"), "scalars");
    assert_null(fixture_at(&fixture, "stages.streams")); /* it has no result */
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_false(err.retryable);
    assert_string_equal(err.stage, "streams");
    fixture_close(&fixture);
}

static void
samples_that_fail_for_now_block_everything(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    (void)err_set(&fixture.workout.streams_err, ERR_MEMORY_LIMIT, "memory", "streams: no memory");
    assert_string_equal(run(&fixture), "FPPPPP");
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_true(err.retryable);
    assert_string_equal(run(&fixture), "FPPPPP");
    assert_false(stages_outcome(&fixture.workout, false, &err)); /* the last attempt */
    assert_false(err.retryable);
    for (int id = 0; id < STAGE_COUNT; id++) {
        assert_int_equal(fixture.workout.stages[id].status, STAGE_FAILED);
    }
    fixture_close(&fixture);
}

/* WK12, WK13: a stage fails alone, what reads it is blocked, each has its own status. */
static void
a_stage_fails_alone(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;
    char text[STAGE_ERROR_MAX + 1];

    fixture_open(&fixture, SPORT_STRENGTH);
    fixture.workout.scalars.exercises = "[5]";
    assert_string_equal(run(&fixture), "CCCCFC");
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_string_equal(err.stage, "metrics");
    assert_string_equal(stage_error_text(&fixture.workout.stages[STAGE_METRICS], text),
                        "invalid_data: load: an exercise is no object");
    assert_null(stage_error_text(&fixture.workout.stages[STAGE_SUMMARY], text));
    fixture_close(&fixture);

    fixture_open(&fixture, SPORT_RUN);
    (void)err_set(&fixture.workout.plan_err, ERR_INVALID_DATA, "bad_plan", "plan: no");
    assert_string_equal(run(&fixture), "CFPCPP");
    assert_string_equal(stage_error_text(&fixture.workout.stages[STAGE_SUMMARY], text), "blocked by attach");
    assert_string_equal(stage_error_text(&fixture.workout.stages[STAGE_METRICS], text), "blocked by summary");
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_string_equal(err.stage, "attach");
    assert_int_equal(fixture.workout.stages[STAGE_EXECUTION].status,
                     STAGE_FAILED); /* nobody will come for it */
    assert_string_equal(stage_error_text(&fixture.workout.stages[STAGE_EXECUTION], text),
                        "blocked by attach");
    fixture_close(&fixture);
}

static void
results_are_counted(void **state)
{
    (void)state;
    Fixture fixture;
    double done = metric_value(METRIC_STAGE_RESULT_TOTAL, "analysis", "complete");
    double failed = metric_value(METRIC_STAGE_RESULT_TOTAL, "attach", "failed");
    double blocked = metric_value(METRIC_STAGE_RESULT_TOTAL, "summary", "blocked");
    double timed = metric_value(METRIC_STAGE_SECONDS, "analysis", NULL);

    fixture_open(&fixture, SPORT_RUN);
    (void)err_set(&fixture.workout.plan_err, ERR_INVALID_DATA, "bad_plan", "plan: no");
    assert_string_equal(run(&fixture), "CFPCPP");
    assert_true(metric_value(METRIC_STAGE_RESULT_TOTAL, "analysis", "complete") == done + 1);
    assert_true(metric_value(METRIC_STAGE_RESULT_TOTAL, "attach", "failed") == failed + 1);
    assert_true(metric_value(METRIC_STAGE_RESULT_TOTAL, "summary", "blocked") == blocked + 1);
    assert_true(metric_value(METRIC_STAGE_SECONDS, "analysis", NULL) == timed + 1);
    fixture_close(&fixture);
}

static void
a_retry_runs_only_what_failed(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_STRENGTH);
    fixture.workout.scalars.exercises = "[5]";
    assert_string_equal(run(&fixture), "CCCCFC");
    stored(&fixture);
    fixture.workout.scalars.exercises = NULL;
    assert_string_equal(run(&fixture), "ccccCc");
    fixture_close(&fixture);
}

static bool
stop_at_third(void *user)
{
    int *ticks = user;

    return ++*ticks < 3;
}

static void
a_tick_ends_the_run(void **state)
{
    (void)state;
    Fixture fixture;
    int ticks = 0;

    fixture_open(&fixture, SPORT_RUN);
    assert_false(stages_run(&fixture.workout, stop_at_third, &ticks));
    assert_int_equal(ticks, 3);
    assert_int_equal(fixture.workout.stages[STAGE_ANALYSIS].status, STAGE_PENDING);
    fixture_close(&fixture);
}

static void
a_full_arena_is_retryable(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 5000, 3);
    Arena *small = arena_new(1000);
    assert_non_null(small);
    fixture.workout.arena = small;
    assert_string_equal(run(&fixture), "FPPPPP");
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
    assert_true(err.retryable);
    arena_free(small);
    fixture_close(&fixture);
}

/* many_laps makes a document that nobody can draw. */
static void
many_laps(Fixture *fixture)
{
    fixture->workout.laps_n = LAPS_MAX;
    fixture->workout.laps = arena_alloc(fixture->arena, LAPS_MAX, sizeof *fixture->workout.laps);
    for (int32_t i = 0; i < LAPS_MAX; i++) {
        fixture->workout.laps[i] = (Lap){ "a lap", i, i + 1, STREAM_NO_INT, 3, 1, 1 };
    }
}

/* A complete stage runs in memory for another one that needs its figures; if it fails there, that is told. */
static void
a_stage_that_fails_for_another_is_told(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 5001, 3);
    assert_string_equal(run(&fixture), "CCCCCC");
    stored(&fixture);
    assert_non_null(arena_alloc(fixture.arena, (256 << 20) - arena_used(fixture.arena) - 1000, 1));
    fixture.workout.stages[STAGE_METRICS].status = STAGE_PENDING;
    assert_string_equal(run(&fixture), "FcccPc");
    fixture_close(&fixture);
}

/* It writes no document, for its own is there: here one that would be too large. */
static void
a_stage_that_runs_for_another_writes_nothing(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 5001, 3);
    assert_string_equal(run(&fixture), "CCCCCC");
    stored(&fixture);
    many_laps(&fixture);
    fixture.workout.stages[STAGE_METRICS].status = STAGE_PENDING;
    str_clear(&fixture.workout.overall_json);
    assert_string_equal(run(&fixture), "ccccCc");
    assert_int_equal(fixture.workout.overall_json.length, 0);
    fixture_close(&fixture);
}

/* The stage fails, the job goes on with the others. */
static void
a_document_that_is_too_large_fails_its_stage(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 5001, 3);
    many_laps(&fixture);
    assert_string_equal(run(&fixture), "CCFCPP");
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_string_equal(err.code, "document_too_large");
    fixture_close(&fixture);
}

static void
long_errors_are_cut(void **state)
{
    (void)state;
    StageState failed = { .status = STAGE_FAILED };
    char text[STAGE_ERROR_MAX + 1];
    char message[600];

    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    (void)err_set(&failed.err, ERR_UNKNOWN, "x", "%s", message);
    assert_true(strlen(stage_error_text(&failed, text)) <= STAGE_ERROR_MAX);
    assert_memory_equal(text, "unknown_error: xxx", 18);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do_is_complete_with_a_reason),
        cmocka_unit_test(what_is_complete_does_not_run_again),
        cmocka_unit_test(changed_inputs_run_what_reads_them),
        cmocka_unit_test(another_gap_model_runs_runs_again),
        cmocka_unit_test(one_run_sees_the_plan_it_attached),
        cmocka_unit_test(a_plan_found_later_runs_what_reads_it_at_once),
        cmocka_unit_test(a_stage_that_fails_for_another_is_told),
        cmocka_unit_test(a_stage_that_runs_for_another_writes_nothing),
        cmocka_unit_test(the_order_of_events_does_not_matter),
        cmocka_unit_test(unreadable_samples_leave_the_scalars),
        cmocka_unit_test(samples_that_fail_for_now_block_everything),
        cmocka_unit_test(a_stage_fails_alone),
        cmocka_unit_test(results_are_counted),
        cmocka_unit_test(a_retry_runs_only_what_failed),
        cmocka_unit_test(a_tick_ends_the_run),
        cmocka_unit_test(a_full_arena_is_retryable),
        cmocka_unit_test(a_document_that_is_too_large_fails_its_stage),
        cmocka_unit_test(long_errors_are_cut),
    };
    return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
