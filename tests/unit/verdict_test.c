#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/verdict.h"

/* Case: a step, what was done, and what is said of it. NaN: no such target, or not recorded. */
typedef struct Case {
    Sport sport;
    StepKind kind;
    double speed_min_mps, speed_max_mps, power_min_w, power_max_w;
    double duration_s, distance_m; /* planned */
    double speed_mps, power_w;
    double done_s, done_m;
    const char *verdict;
} Case;

static const Case cases[] = {
    /* by pace: seconds a km, 5 s a mile are free */
    { SPORT_RUN, STEP_WORK, 3.8, 4.2, NAN, NAN, 300, NAN, 4.0, NAN, 300, 1200, "on target" },
    { SPORT_RUN, STEP_WORK, 3.8, 4.2, NAN, NAN, 300, NAN, 4.25, NAN, 300, 1275, "on target" },
    { SPORT_RUN, STEP_WORK, 3.8, 4.2, NAN, NAN, 300, NAN, 4.327, NAN, 300, 1298, "7 s/km too fast" },
    { SPORT_RUN, STEP_WORK, 3.8, 4.2, NAN, NAN, 300, NAN, 3.6, NAN, 300, 1080, "15 s/km too slow" },
    { SPORT_WALK, STEP_WORK, 1.4, 1.6, NAN, NAN, 300, NAN, 1.2, NAN, 300, 360, "119 s/km too slow" },
    /* outside, but without a loss of points */
    { SPORT_RUN, STEP_RECOVERY, 2.4, 3, NAN, NAN, 120, NAN, 1.5, NAN, 120, 180,
      "250 s/km slower, which is fine" },
    { SPORT_RUN, STEP_WARMUP, 2.5, 3.2, NAN, NAN, 600, NAN, 3.27, NAN, 600, 1962,
      "7 s/km faster, which is fine" },
    { SPORT_RUN, STEP_RECOVERY, 2.4, 3, NAN, NAN, 120, NAN, 3.5, NAN, 120, 420, "48 s/km too fast" },
    /* by power: it goes before speed */
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 240, 260, 300, NAN, 9, 250, 300, 2700, "on target" },
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 240, 260, 300, NAN, 9, 260.4, 300, 2700, "on target" },
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 240, 260, 300, NAN, 9, 228, 300, 2700, "12 W too low" },
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 240, 260, 300, NAN, 9, 265.6, 300, 2700, "6 W too high" },
    { SPORT_RIDE, STEP_WORK, 8, 8.5, 240, 260, 300, NAN, 12, 250, 300, 2700, "on target" },
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 250, 250, 300, NAN, 9, 262, 300, 2700,
      "on target" }, /* widened by 5 % */
    /* a ride by speed, a swim by pace */
    { SPORT_RIDE, STEP_WORK, 8, 9, NAN, NAN, 300, NAN, 7.5, NAN, 300, 2250, "1.8 km/h too slow" },
    { SPORT_RIDE, STEP_WORK, 8, 9, 240, 260, 300, NAN, 10, NAN, 300, 3000,
      "3.6 km/h too fast" }, /* no meter */
    { SPORT_SWIM, STEP_WORK, 1.2, 1.3, NAN, NAN, NAN, 100, 1.1, NAN, 91, 100, "7.6 s/100 m too slow" },
    /* by length alone */
    { SPORT_RUN, STEP_WORK, NAN, NAN, NAN, NAN, 300, NAN, 4, NAN, 302, 1200, "on target" },
    { SPORT_RUN, STEP_WORK, NAN, NAN, NAN, NAN, 300, NAN, 4, NAN, 280, 1200, "20 s too short" },
    { SPORT_RUN, STEP_WORK, NAN, NAN, NAN, NAN, NAN, 800, 4, NAN, 200, 835, "35 m too long" },
    { SPORT_RUN, STEP_WORK, NAN, NAN, NAN, NAN, NAN, 800, 4, NAN, 200, NAN, NULL },
    { SPORT_RUN, STEP_WORK, NAN, NAN, NAN, NAN, NAN, NAN, 4, NAN, 200, 835, NULL },
    /* a target that the recording cannot answer, no speed either: by length */
    { SPORT_RIDE, STEP_WORK, NAN, NAN, 240, 260, 300, NAN, NAN, NAN, 300, NAN, "on target" },
};

static const char *
say(const Case *c, bool is_recorded, char text[VERDICT_MAX])
{
    PlanStep step = { .kind = c->kind, .duration_s = c->duration_s, .distance_m = c->distance_m };
    Interval interval = { .step = &step,
                          .is_recorded = is_recorded,
                          .segment = { .speed_mps = c->speed_mps, .distance_m = c->done_m },
                          .duration_s = c->done_s };
    EffortType type = effort_type(c->kind, c->duration_s, c->distance_m, false);
    Judged judged = { .type = type,
                      .range = pace_range(type, c->speed_min_mps, c->speed_max_mps),
                      .power = power_range(type, c->power_min_w, c->power_max_w) };

    judged.outside_s = seconds_outside(&judged.range, c->speed_mps);
    judged.outside_w = watts_outside(&judged.power, c->power_w);
    judged.score = pace_score(type, judged.outside_s);
    return verdict_print(c->sport, &interval, &judged, text);
}

static void
each_target_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[VERDICT_MAX];
        const char *verdict = say(&cases[i], true, text);
        if (verdict == NULL ? cases[i].verdict != NULL
                            : cases[i].verdict == NULL || strcmp(verdict, cases[i].verdict) != 0) {
            fail_msg("case %zu: %s, not %s", i, verdict, cases[i].verdict);
        }
    }
}

static void
what_was_not_recorded_is_skipped(void **state)
{
    (void)state;
    char text[VERDICT_MAX];

    assert_string_equal(say(&cases[0], false, text), "skipped");
}

static void
power_ranges_widen_as_paces_do(void **state)
{
    (void)state;
    PowerRange narrow = power_range(EFFORT_WORK, 250, 250);
    PowerRange almost = power_range(EFFORT_WORK, 242.6, 257.4); /* 14.8 of 25 W: below 60 % */
    PowerRange wide = power_range(EFFORT_WORK, 242.4, 257.6);   /* 15.2 */
    PowerRange none = power_range(EFFORT_WORK, NAN, NAN);

    assert_true(narrow.is_widened && almost.is_widened && !wide.is_widened && !none.is_widened);
    assert_near(narrow.low_w, 237.5, 1e-9);
    assert_near(narrow.high_w, 262.5, 1e-9);
    assert_near(wide.low_w, 242.4, 0);
    assert_near(watts_outside(&wide, 240), -2.4, 1e-9);
    assert_near(watts_outside(&wide, 260), 2.4, 1e-9);
    assert_near(watts_outside(&wide, 250), 0, 0);
    assert_true(isnan(watts_outside(&none, 250)) && isnan(watts_outside(&wide, NAN)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_target_has_its_words),
        cmocka_unit_test(what_was_not_recorded_is_skipped),
        cmocka_unit_test(power_ranges_widen_as_paces_do),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
