/* metrics.reasons: every figure that is null says why, and no figure that is there does. */
#include "tests/unit/workout_fixture.h"

/* reason_is asserts the reason of one figure; NULL: there is none. */
static void
reason_is(const Fixture *fixture, const char *name, const char *wanted)
{
    const cJSON *reasons = fixture_at(fixture, "metrics.reasons"); /* names may have a point inside */
    const char *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reasons, name));

    if (wanted == NULL ? why != NULL : why == NULL || strcmp(why, wanted) != 0) {
        fail_msg("%s: %s, not %s", name, why, wanted);
    }
}

/* all_null_have_a_reason walks the figures of `overall` and `metrics`. */
static void
all_null_have_a_reason(const Fixture *fixture)
{
    static const char *const documents[] = { "overall", "metrics" };
    const cJSON *reasons = fixture_at(fixture, "metrics.reasons");

    for (size_t i = 0; i < 2; i++) {
        const cJSON *figure = NULL;
        cJSON_ArrayForEach(figure, fixture_at(fixture, documents[i]))
        {
            bool is_told = cJSON_GetObjectItemCaseSensitive(reasons, figure->string) != NULL;
            bool is_null = cJSON_IsNull(figure) && strcmp(figure->string, "load_basis") != 0;
            if (is_told != is_null) {
                fail_msg("%s.%s is %s and has %s reason", documents[i], figure->string,
                         is_null ? "null" : "known", is_told ? "a" : "no");
            }
        }
    }
}

static void
fill_thresholds(Fixture *fixture)
{
    fixture->workout.thresholds = (Thresholds){ .rest_hr_bpm = 50,
                                                .max_hr_bpm = 190,
                                                .lthr_bpm = 165,
                                                .ftp_w = 250,
                                                .cp_w = 250,
                                                .w_prime_j = 20000,
                                                .threshold_speed_mps = 4 };
}

/* full opens a workout with every channel and every threshold. */
static void
full(Fixture *fixture, Sport sport)
{
    fixture_open(fixture, sport);
    fixture_streams(fixture, 1801, 3);
    Streams *streams = &fixture->workout.streams;
    streams->hr_bpm = fixture_ints(fixture, 150);
    streams->power_w = fixture_ints(fixture, 200);
    streams->cadence_per_min = fixture_ints(fixture, 85);
    streams->altitude_m = arena_alloc(fixture->arena, streams->n, sizeof(float));
    for (size_t i = 0; i < streams->n; i++) {
        streams->altitude_m[i] = 100 + (float)i / 50;
        streams->power_w[i] += (int32_t)(i % 7) + (i < 300 ? 100 : 0);
    }
    fill_thresholds(fixture);
}

static void
nothing_known_says_why(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_OTHER);
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    reason_is(&fixture, "distance_m", "no_distance");
    reason_is(&fixture, "moving_time_s", "no_duration");
    reason_is(&fixture, "hr_avg_bpm", "no_hr");
    reason_is(&fixture, "power_max_w", "no_power");
    reason_is(&fixture, "elevation_gain_m", "no_altitude");
    reason_is(&fixture, "adherence_pct", "unplanned");
    reason_is(&fixture, "speed_gap_mps", "not_on_foot");
    reason_is(&fixture, "zones.hr", "no_hr");
    reason_is(&fixture, "zones.speed", "no_speed");
    reason_is(&fixture, "load", "no_duration");
    reason_is(&fixture, "against_plan", "unplanned");
    fixture_close(&fixture);
}

static void
everything_known_says_nothing(void **state)
{
    (void)state;
    Fixture fixture;

    full(&fixture, SPORT_RIDE);
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    static const char *const known[] = { "normalized_power_w", "intensity_factor", "variability_index",
                                         "power_curve_w",      "hr_curve_bpm",     "bests.time_s",
                                         "zones.hr",           "zones.power",      "zones.speed",
                                         "decoupling_pct",     "w_bal_min_j",      "cp_w" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        reason_is(&fixture, known[i], NULL);
    }
    reason_is(&fixture, "r_tss", "not_on_foot");
    fixture_close(&fixture);
    full(&fixture, SPORT_RUN);
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    reason_is(&fixture, "r_tss", NULL);
    reason_is(&fixture, "speed_gap_mps", NULL);
    fixture_close(&fixture);
}

static void
channels_without_thresholds(void **state)
{
    (void)state;
    Fixture fixture;

    full(&fixture, SPORT_RIDE);
    fixture.workout.thresholds = (Thresholds){ NAN, NAN, NAN, NAN, NAN, NAN, NAN, false };
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    reason_is(&fixture, "tss", "no_ftp");
    reason_is(&fixture, "intensity_factor", "no_ftp");
    reason_is(&fixture, "zones.power", "no_ftp");
    reason_is(&fixture, "zones.hr", "no_lthr_or_max_hr");
    reason_is(&fixture, "zones.speed", "no_threshold_speed");
    reason_is(&fixture, "trimp", "no_max_hr");
    reason_is(&fixture, "w_bal_min_j", "no_cp_or_w_prime");
    reason_is(&fixture, "normalized_power_w", NULL);
    fixture_close(&fixture);
}

static void
values_that_say_nothing(void **state)
{
    (void)state;
    Fixture fixture;

    /* all-zero power: figures of 0, no ratio */
    full(&fixture, SPORT_RIDE);
    fixture.workout.streams.power_w = fixture_ints(&fixture, 0);
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    assert_near(fixture_number(&fixture, "overall.power_max_w"), 0, 0);
    assert_near(fixture_number(&fixture, "metrics.tss"), 0, 0);
    reason_is(&fixture, "variability_index", "zero_power");
    reason_is(&fixture, "decoupling_pct", "zero_output");
    fixture_close(&fixture);
    /* heart rate in the second half alone */
    full(&fixture, SPORT_RIDE);
    for (size_t i = 0; i < 1000; i++) {
        fixture.workout.streams.hr_bpm[i] = STREAM_NO_INT;
    }
    fixture_run(&fixture);
    all_null_have_a_reason(&fixture);
    reason_is(&fixture, "decoupling_pct", "no_hr_or_output_in_a_half");
    fixture_close(&fixture);
    /* five values are no distribution */
    full(&fixture, SPORT_RIDE);
    for (size_t i = 5; i < 1801; i++) {
        fixture.workout.streams.hr_bpm[i] = STREAM_NO_INT;
    }
    fixture_run(&fixture);
    reason_is(&fixture, "zones.hr", "too_few_values");
    fixture_close(&fixture);
}

static void
execution_has_its_own(void **state)
{
    (void)state;
    Fixture fixture;

    full(&fixture, SPORT_RIDE);
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "execution.reasons.execution_score"), "unplanned");
    assert_string_equal(fixture_text(&fixture, "execution.reasons.hr_drift_bpm"), "not_a_continuous_run");
    fixture_close(&fixture);
    full(&fixture, SPORT_RUN);
    fixture.workout.streams.hr_bpm = NULL;
    fixture_plan(&fixture, "{'id':'p','updated_at':'1','total_duration_s':1800}");
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "execution.reasons.pace_adherence_pct"), "no_pace_target");
    assert_string_equal(fixture_text(&fixture, "execution.reasons.hr_drift_bpm"), "no_hr");
    assert_null(fixture_at(&fixture, "execution.reasons.execution_score"));
    fixture_close(&fixture);
    full(&fixture, SPORT_RUN);
    fixture_plan(&fixture, "{'id':'p','updated_at':'1','steps':[{'id':'a'}]}");
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "execution.reasons.duration_adherence_pct"),
                        "no_planned_duration");
    assert_string_equal(fixture_text(&fixture, "execution.reasons.execution_score"), "no_planned_duration");
    fixture_close(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_says_why),      cmocka_unit_test(everything_known_says_nothing),
        cmocka_unit_test(channels_without_thresholds), cmocka_unit_test(values_that_say_nothing),
        cmocka_unit_test(execution_has_its_own),
    };
    return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
