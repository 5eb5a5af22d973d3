#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/pace_quality.h"

static const PaceRange three = { 2.8, 3.2, false };

static void
stretches_last_ten_seconds(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 300, 3);
    fixture_speed(&fixture, 50, 59, 4);      /* 9 s too fast: none */
    fixture_speed(&fixture, 100, 110, 4);    /* 10 s: a surge */
    fixture_speed(&fixture, 150, 200, 2);    /* 50 s too slow: one crash */
    fixture_speed(&fixture, 250, 280, 3.22); /* 3 s a mile outside: none */
    fixture_samples(&fixture);
    Stretches found = pace_stretches(&fixture.workout.samples, 0, 299, &three);
    assert_int_equal(found.surges, 1);
    assert_int_equal(found.crashes, 1);
    found = pace_stretches(&fixture.workout.samples, 120, 299, &three);
    assert_int_equal(found.surges, 0);
    PaceRange none = { NAN, NAN, false };
    found = pace_stretches(&fixture.workout.samples, 0, 299, &none);
    assert_int_equal(found.surges + found.crashes, 0);
    fixture_close(&fixture);
}

static void
steady_runs_count_the_time_in_range(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 1201, 3);
    fixture_samples(&fixture);
    assert_near(steady_adherence_pct(&fixture.workout.samples, &three), 100, 1e-9);
    PaceRange faster = { 4, 5, false };
    assert_near(steady_adherence_pct(&fixture.workout.samples, &faster), 0, 1e-9);
    PaceRange none = { NAN, NAN, false };
    assert_true(isnan(steady_adherence_pct(&fixture.workout.samples, &none)));
    fixture_close(&fixture);
}

/* Every other minute is faster by a share, all inside a wide range; the coefficient of variation of pace is
 * about half of it. */
static void
uneven_pace_costs(void **state)
{
    (void)state;
    static const struct {
        double share, factor;
    } cases[] = { { 0.02, 1 }, { 0.06, 0.95 }, { 0.10, 0.90 }, { 0.16, 0.85 } };
    PaceRange wide = { 2, 5, false };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Fixture fixture;
        fixture_open(&fixture, SPORT_RUN);
        fixture_streams(&fixture, 1201, 3);
        for (size_t minute = 0; minute < 20; minute += 2) {
            fixture_speed(&fixture, minute * 60 + 1, minute * 60 + 61, 3 * (1 + cases[i].share));
        }
        fixture_samples(&fixture);
        assert_near(steady_adherence_pct(&fixture.workout.samples, &wide), 100 * cases[i].factor, 1e-9);
        fixture_close(&fixture);
    }
}

static void
heart_rate_drops_in_a_recovery(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 100, 3);
    int32_t *hr = fixture_ints(&fixture, 180);
    for (size_t i = 10; i < 100; i++) {
        hr[i] = i < 55 ? 180 - (int32_t)(i - 10) : 135;
    }
    fixture.workout.streams.hr_bpm = hr;
    fixture_samples(&fixture);
    assert_near(hr_drop_bpm(&fixture.workout.samples, 0, 70), 45, 1e-9);
    assert_true(isnan(hr_drop_bpm(&fixture.workout.samples, 0, 9)));   /* too short */
    assert_true(isnan(hr_drop_bpm(&fixture.workout.samples, 0, 100))); /* beyond the end */
    fixture_close(&fixture);
    assert_string_equal(hr_drop_rating(20.1), "excellent");
    assert_string_equal(hr_drop_rating(20), "good");
    assert_string_equal(hr_drop_rating(15), "fair");
    assert_string_equal(hr_drop_rating(10), "poor");
    assert_null(hr_drop_rating(NAN));
}

static void
drift_has_bands(void **state)
{
    (void)state;
    assert_string_equal(hr_drift_band(-3), "stable");
    assert_string_equal(hr_drift_band(4.99), "stable");
    assert_string_equal(hr_drift_band(5), "moderate");
    assert_string_equal(hr_drift_band(10), "high");
    assert_string_equal(hr_drift_band(20), "very_high");
    assert_null(hr_drift_band(NAN));
}

static void
confidence_follows_the_device(void **state)
{
    (void)state;
    Fixture fixture;

    fixture_open(&fixture, SPORT_RUN);
    fixture_streams(&fixture, 100, 3);
    Streams *streams = &fixture.workout.streams;
    assert_string_equal(pace_confidence(streams), "high");
    for (size_t i = 0; i < 60; i++) {
        streams->speed_mps[i] = NAN;
    }
    assert_string_equal(pace_confidence(streams), "medium"); /* 40 % */
    streams->speed_mps = NULL;
    assert_string_equal(pace_confidence(streams), "medium"); /* derived from distance */
    streams->distance_m = NULL;
    assert_string_equal(pace_confidence(streams), "low");
    fixture_close(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_last_ten_seconds),
        cmocka_unit_test(steady_runs_count_the_time_in_range),
        cmocka_unit_test(uneven_pace_costs),
        cmocka_unit_test(heart_rate_drops_in_a_recovery),
        cmocka_unit_test(drift_has_bands),
        cmocka_unit_test(confidence_follows_the_device),
    };
    return cmocka_run_group_tests_name("pace_quality", tests, NULL, NULL);
}
