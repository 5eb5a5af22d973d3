#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/load.h"

static const LoadInputs nothing = { NAN, NAN, NAN, NAN };

/* load_of chooses for an hour of a sport. */
static Load
load_of(Sport sport, const LoadInputs *inputs, int32_t rpe, const char *exercises)
{
    Fixture fixture;
    Load load = { NAN, NULL };
    Err err = ERR_NONE;

    fixture_open(&fixture, sport);
    fixture.workout.overall.moving_time_s = 3600;
    fixture.workout.scalars.session_rpe = rpe;
    fixture.workout.scalars.exercises = exercises;
    assert_true(load_choose(&fixture.workout, inputs, &load, &err));
    fixture_close(&fixture);
    return load;
}

static void
basis(Load load, const char *name, double value)
{
    assert_string_equal(load.basis, name);
    assert_near(load.value, value, 1e-9);
}

static void
the_first_that_applies_counts(void **state)
{
    (void)state;
    LoadInputs all = { 90, 80, 70, 100 };

    basis(load_of(SPORT_RIDE, &all, ACTIVITY_NO_INT, NULL), "tss", 90);
    basis(load_of(SPORT_RUN, &all, ACTIVITY_NO_INT, NULL), "r_tss", 80);
    basis(load_of(SPORT_WALK, &all, ACTIVITY_NO_INT, NULL), "r_tss", 80);
    basis(load_of(SPORT_SWIM, &all, ACTIVITY_NO_INT, NULL), "hr_tss", 70);
    all.tss = NAN;
    basis(load_of(SPORT_RIDE, &all, ACTIVITY_NO_INT, NULL), "hr_tss", 70);
    all.hr_tss = NAN;
    basis(load_of(SPORT_RIDE, &all, ACTIVITY_NO_INT, NULL), "hr_scaled", 60);
    basis(load_of(SPORT_STRENGTH, &all, 8, "[{\"weight_kg\":100,\"reps\":5}]"), "hr_scaled", 60);
}

static void
an_hour_by_sport(void **state)
{
    (void)state;
    static const struct {
        Sport sport;
        double intensity;
    } sports[] = { { SPORT_RUN, 0.75 },          { SPORT_RIDE, 0.70 },     { SPORT_SWIM, 0.75 },
                   { SPORT_STRENGTH, 0.75 },     { SPORT_MOBILITY, 0.60 }, { SPORT_WALK, 0.40 },
                   { SPORT_PILATES_YOGA, 0.75 }, { SPORT_OTHER, 0.75 } };

    for (size_t i = 0; i < sizeof sports / sizeof *sports; i++) {
        basis(load_of(sports[i].sport, &nothing, ACTIVITY_NO_INT, NULL), "duration",
              sports[i].intensity * sports[i].intensity * 100);
    }
    basis(load_of(SPORT_PILATES_YOGA, &nothing, 9, NULL), "duration", 0.95 * 0.95 * 100);
    basis(load_of(SPORT_RUN, &nothing, 9, NULL), "duration",
          0.75 * 0.75 * 100); /* effort is not asked of runs */
}

static void
tokens_of_the_plan_tell_how_hard(void **state)
{
    (void)state;
    Fixture fixture;
    Load load = { NAN, NULL };
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    fixture_plan(&fixture, "{'tokens':'tempo_30min_5kpace_plus0:50 warmup_run_easy_10min'}");
    fixture.workout.overall.moving_time_s = 7200;
    assert_true(load_choose(&fixture.workout, &nothing, &load, &err));
    basis(load, "duration", 2 * 0.95 * 0.95 * 100);
    fixture_close(&fixture);
}

static void
nothing_known_is_no_load(void **state)
{
    (void)state;
    Fixture fixture;
    Load load = { 1, "x" };
    Err err = ERR_NONE;

    fixture_open(&fixture, SPORT_RUN);
    assert_true(load_choose(&fixture.workout, &nothing, &load, &err));
    assert_true(isnan(load.value));
    assert_null(load.basis);
    fixture_close(&fixture);
}

static void
strength_counts_its_volume(void **state)
{
    (void)state;
    const char *sets = "[{\"name\":\"squat\",\"sets\":[{\"weight_kg\":100,\"reps\":10,\"rir\":1},{\"weight_"
                       "kg\":100,\"reps\":10,\"rir\":3}]},"
                       "{\"name\":\"plank\",\"sets\":[{\"reps\":1}]}]";
    double tons = 2000 / 4536.0;

    basis(load_of(SPORT_STRENGTH, &nothing, 8, sets), "volume", tons * 0.90 * 0.90 * 100);
    basis(load_of(SPORT_STRENGTH, &nothing, ACTIVITY_NO_INT, sets), "volume",
          tons * 0.90 * 0.90 * 100); /* mean reserve 2 */
    basis(load_of(SPORT_STRENGTH, &nothing, ACTIVITY_NO_INT, "[{\"sets\":3,\"reps\":5,\"weight_kg\":60}]"),
          "volume", 900 / 4536.0 * 0.75 * 0.75 * 100);
    basis(load_of(SPORT_STRENGTH, &nothing, 8, "[{\"name\":\"push-ups\",\"sets\":3,\"reps\":20}]"), "volume",
          0.1 * 0.90 * 0.90 * 100);
    basis(load_of(SPORT_STRENGTH, &nothing, 8, "[]"), "duration", 0.75 * 0.75 * 100);
    basis(load_of(SPORT_RUN, &nothing, 8, sets), "duration", 0.75 * 0.75 * 100);
}

static void
efforts_become_intensities(void **state)
{
    (void)state;
    static const double by_rpe[] = { 0, 0.60, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.95 };
    static const struct {
        double rir, intensity;
    } by_rir[] = { { 0, 0.95 }, { 1, 0.95 }, { 1.1, 0.90 }, { 2, 0.90 }, { 3, 0.85 },
                   { 4, 0.80 }, { 5, 0.75 }, { 5.1, 0.70 }, { 9, 0.70 } };

    for (int rpe = 1; rpe <= 10; rpe++) {
        assert_near(rpe_intensity(rpe), by_rpe[rpe], 1e-9);
    }
    for (size_t i = 0; i < sizeof by_rir / sizeof *by_rir; i++) {
        assert_near(rir_intensity(by_rir[i].rir), by_rir[i].intensity, 1e-9);
    }
}

static void
odd_exercises_are_read_or_refused(void **state)
{
    (void)state;
    Volume volume = { 0, 0, 0 };
    Err err = ERR_NONE;

    assert_true(volume_read("[{\"sets\":[{\"weight_kg\":-5,\"reps\":\"many\"}]}]", &volume,
                            &err)); /* figures that are none count 0 */
    assert_true(volume.kg_reps == 0);
    assert_int_equal(volume.sets, 1);
    assert_true(volume_read("[{\"sets\":1e300,\"reps\":1,\"weight_kg\":1}]", &volume, &err));
    assert_true(isfinite(volume.kg_reps));
    assert_false(volume_read("[5]", &volume, &err));
    assert_string_equal(err.code, "bad_exercises");
    assert_false(volume_read("{}", &volume, &err));
    assert_false(volume_read("[", &volume, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_applies_counts),     cmocka_unit_test(an_hour_by_sport),
        cmocka_unit_test(tokens_of_the_plan_tell_how_hard),  cmocka_unit_test(nothing_known_is_no_load),
        cmocka_unit_test(strength_counts_its_volume),        cmocka_unit_test(efforts_become_intensities),
        cmocka_unit_test(odd_exercises_are_read_or_refused),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
