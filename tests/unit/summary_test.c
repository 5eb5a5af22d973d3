#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/series.h"

static void
figures_come_from_the_samples(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RIDE);
    fixture.workout.scalars.distance_m = 99999; /* the samples say better */
    fixture.workout.scalars.power_avg_w = 1;
    fixture_streams(&fixture, 601, 8);
    fixture.workout.streams.power_w = fixture_ints(&fixture, 200);
    fixture.workout.streams.power_w[300] = 500;
    fixture.workout.streams.power_w[301] = STREAM_NO_INT;
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    fixture.workout.streams.hr_bpm[5] = STREAM_NO_INT; /* a missing heart rate is no 0 */
    fixture.workout.streams.cadence_per_min = fixture_ints(&fixture, 90);
    fixture.workout.streams.cadence_per_min[6] = 0;
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "overall.distance_m"), 4800, 0.01);
    assert_near(fixture_number(&fixture, "overall.elapsed_time_s"), 600, 0);
    assert_near(fixture_number(&fixture, "overall.moving_time_s"), 600, 0);
    assert_near(fixture_number(&fixture, "overall.speed_avg_mps"), 8, 1e-4);
    assert_near(fixture_number(&fixture, "overall.speed_max_mps"), 8, 1e-4);
    assert_near(fixture_number(&fixture, "overall.power_avg_w"), 200 + 100 / 601.0, 0.01);
    assert_near(fixture_number(&fixture, "overall.power_max_w"), 500, 0);
    assert_near(fixture_number(&fixture, "overall.hr_avg_bpm"), 150, 0);
    assert_near(fixture_number(&fixture, "overall.cadence_avg_rpm"), 90, 0);
    assert_null(fixture_at(&fixture, "overall.cadence_avg_spm"));
    assert_true(
        cJSON_IsNull(fixture_at(&fixture, "overall.elevation_gain_m")));      /* unknown is null, never 0 */
    assert_true(cJSON_IsNull(fixture_at(&fixture, "overall.speed_gap_mps"))); /* says nothing of a ride */
    assert_string_equal(fixture_text(&fixture, "stages.summary.basis"), "streams");
    fixture_close(&fixture);
}

static void
the_provider_fills_what_was_not_recorded(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture.workout.scalars.hr_avg_bpm = 151;
    fixture.workout.scalars.cadence_avg_spm = 172;
    fixture.workout.scalars.moving_time_s = 590; /* Strava's own, within the elapsed time */
    fixture_streams(&fixture, 601, 3);
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "overall.hr_avg_bpm"), 151, 0);
    assert_near(fixture_number(&fixture, "overall.cadence_avg_spm"), 172, 0);
    assert_near(fixture_number(&fixture, "overall.moving_time_s"), 590, 0);
    fixture_close(&fixture);
    fixture_open(&fixture, SPORT_RUN);
    fixture.workout.scalars.moving_time_s = 601; /* more than elapsed: ours */
    fixture_streams(&fixture, 601, 3);
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "overall.moving_time_s"), 600, 0);
    fixture_close(&fixture);
}

static void
uphill_is_faster_on_the_flat(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture.workout.streams.altitude_m = arena_alloc(fixture.arena, 601, sizeof(float));
    for (size_t i = 0; i < 601; i++) {
        fixture.workout.streams.altitude_m[i] = (float)i * 0.3F; /* 10 % */
    }
    fixture_run(&fixture);
    assert_true(fixture_number(&fixture, "overall.speed_gap_mps") > 4.5);
    assert_near(fixture_number(&fixture, "overall.elevation_gain_m"), 180, 3.1);
    fixture_close(&fixture);
}

/* WK18: no unit is guessed from a value's size: 2,500 s a km stay so. WK16: nor of a time: stage code knows
 * seconds. */
/* A slope of 5 % for an hour: by each model's factor (metrics.md, section 11). */
static void
models_of_slopes_differ(void **state)
{
    (void)state;
    static const double factors[] = { [GAP_MINETTI] = 1.301443, [GAP_STRAVA] = 1.191477 };

    for (int model = GAP_MINETTI; model <= GAP_STRAVA; model++) {
        Fixture fixture;
        fixture_open(&fixture, SPORT_RUN);
        fixture_streams(&fixture, 3601, 3);
        fixture.workout.gap_model = (GapModel)model;
        Streams *streams = &fixture.workout.streams;
        streams->altitude_m = arena_alloc(fixture.arena, streams->n, sizeof(float));
        for (size_t i = 0; i < streams->n; i++) {
            streams->altitude_m[i] = streams->distance_m[i] / 20;
        }
        fixture_run(&fixture);
        assert_near(fixture_number(&fixture, "overall.speed_gap_mps"), 3 * factors[model], 0.01);
        assert_near(fixture_number(&fixture, "overall.speed_avg_mps"), 3, 0);
        fixture_close(&fixture);
    }
}

static void
slow_walks_stay_slow(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_WALK);
    fixture_streams(&fixture, 1001, 0.5);
    fixture_speed(&fixture, 0, 1001, 0.45);
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "overall.speed_avg_mps"), 0.45, 0.001);
    assert_near(fixture_number(&fixture, "overall.elapsed_time_s"), 1000, 0);
    fixture_close(&fixture);
}

/* WK28: without thresholds there is nothing that needs one. */
static void
unknown_thresholds_stay_unknown(void **state)
{
    (void)state;
    Fixture fixture;
    static const char *const missing[] = { "analysis.power.intensity_factor",
                                           "analysis.zones.power",
                                           "analysis.zones.hr",
                                           "analysis.zones.speed",
                                           "metrics.tss",
                                           "metrics.trimp",
                                           "metrics.hr_tss",
                                           "metrics.edwards",
                                           "metrics.w_bal_min_j",
                                           "metrics.w_prime_used_pct" };

    fixture_open(&fixture, SPORT_RIDE);
    fixture_streams(&fixture, 1801, 8);
    fixture.workout.streams.power_w = fixture_ints(&fixture, 200);
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "analysis.power.normalized_power_w"), 199.346, 0.01);
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        if (!cJSON_IsNull(fixture_at(&fixture, missing[i]))) {
            fail_msg("%s was invented", missing[i]);
        }
    }
    assert_string_equal(fixture_text(&fixture, "metrics.reasons.tss"), "no_ftp");
    assert_string_equal(fixture_text(&fixture, "metrics.reasons.trimp"), "no_max_hr");
    assert_string_equal(fixture_text(&fixture, "metrics.reasons.hr_tss"), "no_max_hr");
    assert_string_equal(fixture_text(&fixture, "metrics.reasons.w_bal_min_j"), "no_cp_or_w_prime");
    fixture_close(&fixture);
}

static void
zones_of_the_maximum_stand_in(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    fixture.workout.thresholds.max_hr_bpm = 190;
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "analysis.zones.hr.basis"), "max_hr_bpm");
    assert_near(fixture_number(&fixture, "analysis.zones.hr.seconds.2"), 601, 0); /* 79 % */
    fixture_close(&fixture);
}

/* WK19: indices refer to the stored rows, and laps are there. */
static void
laps_and_series_refer_to_the_stored_rows(void **state)
{
    (void)state;
    Fixture fixture;
    Lap lap = { "1", 100, 400, STREAM_NO_INT, 905, 301, 300 };

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 601, 3);
    for (size_t i = 200; i < 601; i++) {
        fixture.workout.streams.time_s[i] += 9; /* a gap of 10 s: rows and seconds part */
    }
    fixture.workout.laps = &lap;
    fixture.workout.laps_n = 1;
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "analysis.events.laps.0.start_index"), 100, 0);
    assert_near(fixture_number(&fixture, "analysis.events.laps.0.distance_m"), 905,
                0); /* the device's word */
    assert_near(fixture_number(&fixture, "analysis.events.laps.0.elapsed_time_s"), 301, 0);
    assert_near(fixture_number(&fixture, "intervals.0.sample_start"), 100, 0);
    assert_near(fixture_number(&fixture, "intervals.0.sample_end"), 400, 0);
    assert_int_equal(cJSON_GetArraySize(fixture_at(&fixture, "analysis.series.index")), 601);
    assert_near(fixture_number(&fixture, "analysis.series.time_s.400"), 409, 0);
    fixture_close(&fixture);
}

static void
series_are_thinned_to_equal_lengths(void **state)
{
    (void)state;
    Fixture fixture;
    static const char *const names[] = {
        "index", "time_s", "distance_m", "speed_mps", "hr_bpm", "cadence_spm"
    };
    char path[64];

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 10001, 3);
    fixture.workout.streams.hr_bpm = fixture_ints(&fixture, 150);
    fixture.workout.streams.hr_bpm[0] = 0; /* a strap that is not on yet */
    fixture.workout.streams.cadence_per_min = fixture_ints(&fixture, 172);
    fixture_run(&fixture);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "analysis.series.%s", names[i]);
        assert_int_equal(cJSON_GetArraySize(fixture_at(&fixture, path)), SERIES_MAX);
    }
    assert_near(fixture_number(&fixture, "analysis.series.index.0"), 0, 0);
    assert_near(fixture_number(&fixture, "analysis.series.index.1999"), 10000, 0);
    assert_true(cJSON_IsNull(fixture_at(&fixture, "analysis.series.hr_bpm.0")));
    assert_true(cJSON_IsNull(fixture_at(&fixture, "analysis.series.power_w")));
    assert_null(fixture_at(&fixture, "analysis.series.cadence_rpm")); /* runs have no rpm */
    fixture_close(&fixture);
}

static void
chart_speed_is_smoothed(void **state)
{
    (void)state;
    Fixture fixture;
    double mps[21];

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 21, 3);
    fixture_speed(&fixture, 11, 21, 5);
    fixture_samples(&fixture);
    series_speed_mps(&fixture.workout.samples, mps);
    assert_near(mps[0], 0, 1e-9);
    assert_near(mps[1], 0.18 * 3, 1e-6);
    assert_near(mps[2], 0.18 * 3 + 0.18 * (3 - 0.18 * 3), 1e-6);
    assert_true(mps[11] > mps[10] && mps[20] < 5);
    fixture_close(&fixture);

    fixture_open(&fixture, SPORT_WALK); /* 1 m a second: a speed every third second, none invented between */
    fixture_streams(&fixture, 21, 1);
    fixture_samples(&fixture);
    series_speed_mps(&fixture.workout.samples, mps);
    assert_near(mps[2], 0, 1e-9);
    assert_near(mps[3], 0.18, 1e-6);
    fixture_close(&fixture);
}

static void
pool_lengths_have_speeds(void **state)
{
    (void)state;
    Fixture fixture;
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_SWIM);
    fixture.workout.scalars.pool_length_m = 25;
    fixture.workout.scalars.lengths =
        "[{\"duration_s\":20},{\"totalTimerTimeInSeconds\":25,\"distance_m\":50},{\"stroke\":\"free\"}]";
    fixture_run(&fixture);
    assert_near(fixture_number(&fixture, "analysis.swim.lengths.0.speed_mps"), 1.25, 1e-9);
    assert_near(fixture_number(&fixture, "analysis.swim.lengths.1.speed_mps"), 2, 1e-9);
    assert_true(cJSON_IsNull(fixture_at(&fixture, "analysis.swim.lengths.2.speed_mps")));
    fixture_close(&fixture);

    fixture_open(&fixture, SPORT_SWIM);
    fixture.workout.scalars.lengths = "[5]";
    assert_true(stages_run(&fixture.workout, NULL, NULL));
    assert_int_equal(fixture.workout.stages[STAGE_ANALYSIS].status, STAGE_FAILED);
    assert_false(stages_outcome(&fixture.workout, true, &err));
    assert_string_equal(err.code, "bad_lengths");
    fixture_close(&fixture);
}

static void
too_few_samples_are_none(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1, 3);
    fixture.workout.scalars.distance_m = 7;
    fixture_run(&fixture);
    assert_string_equal(fixture_text(&fixture, "stages.streams.reason"), "no_samples");
    assert_near(fixture_number(&fixture, "overall.distance_m"), 7, 0);
    fixture_close(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_come_from_the_samples),
        cmocka_unit_test(the_provider_fills_what_was_not_recorded),
        cmocka_unit_test(uphill_is_faster_on_the_flat),
        cmocka_unit_test(models_of_slopes_differ),
        cmocka_unit_test(slow_walks_stay_slow),
        cmocka_unit_test(unknown_thresholds_stay_unknown),
        cmocka_unit_test(zones_of_the_maximum_stand_in),
        cmocka_unit_test(laps_and_series_refer_to_the_stored_rows),
        cmocka_unit_test(series_are_thinned_to_equal_lengths),
        cmocka_unit_test(chart_speed_is_smoothed),
        cmocka_unit_test(pool_lengths_have_speeds),
        cmocka_unit_test(too_few_samples_are_none),
    };
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
