/* Properties of the execution stage, over random plans that a simulated athlete carries out: to the letter,
 * or a share off it. */
#include "tests/standin/athletes/obedient.h"
#include "tests/standin/athletes/rng.h"
#include "tests/unit/workout_fixture.h"

enum { PLANS = 20, SECONDS_MAX = 14400, STEPS_MAX = 24 };

/* Session is a plan, and how its athlete goes about each step. */
typedef struct Session {
    PlanStep steps[STEPS_MAX];
    ObedientStep wills[STEPS_MAX];
    size_t n;
} Session;

/* add appends a step at a speed or a power, with a range of +- reach around it. */
static void
add(Session *session, StepKind kind, int duration_s, int distance_m, double speed_mps, double power_w,
    double reach)
{
    static const char *const ids[STEPS_MAX] = { "0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",
                                                "8",  "9",  "10", "11", "12", "13", "14", "15",
                                                "16", "17", "18", "19", "20", "21", "22", "23" };
    bool by_power = power_w > 0;

    assert_true(session->n < STEPS_MAX);
    session->steps[session->n] = (PlanStep){
        .id = ids[session->n],
        .kind = kind,
        .index = (int)session->n,
        .duration_s = duration_s > 0 ? (double)duration_s : NAN,
        .distance_m = duration_s > 0 ? NAN : (double)distance_m,
        .speed_min_mps = by_power ? NAN : speed_mps / (1 + reach), /* the middle of the paces is the speed */
        .speed_max_mps = by_power ? NAN : speed_mps / (1 - reach),
        .power_min_w = by_power ? power_w * (1 - reach) : NAN,
        .power_max_w = by_power ? power_w * (1 + reach) : NAN,
    };
    session->wills[session->n++] = (ObedientStep){
        .duration_s = duration_s, .distance_m = distance_m, .speed_mps = speed_mps, .power_w = power_w
    };
}

/* draw makes a session of intervals: by time, or its work by distance; on foot, or by power. */
static void
draw(Session *session, uint64_t seed, bool by_distance, bool by_power)
{
    Rng rng;

    rng_seed(&rng, seed, 1);
    *session = (Session){ .n = 0 };
    const double easy_mps = rng_uniform(&rng, 2.3, 3);
    const double work_mps = easy_mps * rng_uniform(&rng, 1.2, 1.6);
    const double easy_w = by_power ? rng_uniform(&rng, 100, 150) : 0;
    const double work_w = by_power ? rng_uniform(&rng, 200, 350) : 0;
    const double reach = rng_uniform(&rng, 0, 0.06);
    const int repeats = rng_int(&rng, 2, 8);
    const int work_s = by_distance ? 0 : 30 * rng_int(&rng, 2, 12);
    const int work_m = 100 * rng_int(&rng, 4, 20);

    add(session, STEP_WARMUP, 60 * rng_int(&rng, 5, 15), 0, easy_mps, easy_w, 0.05);
    for (int i = 0; i < repeats; i++) {
        add(session, STEP_WORK, work_s, work_m, work_mps, work_w, reach);
        if (i + 1 < repeats) {
            add(session, STEP_RECOVERY, 30 * rng_int(&rng, 2, 6), 0, easy_mps, easy_w, 0.1);
        }
    }
    add(session, STEP_COOLDOWN, 60 * rng_int(&rng, 5, 10), 0, easy_mps, easy_w, 0.05);
}

/* carry_out has the session done with its work at `factor` of what was asked, and runs the stages. */
static void
carry_out(Fixture *fixture, const Session *session, uint64_t seed, Sport sport, double factor)
{
    static ObedientSecond seconds[SECONDS_MAX];
    Session done = *session;

    for (size_t i = 0; i < done.n; i++) {
        if (done.steps[i].kind == STEP_WORK) {
            done.wills[i].speed_mps *= factor;
            done.wills[i].power_w *= factor;
        }
    }
    size_t n = obedient_live(seed, done.wills, done.n, seconds, SECONDS_MAX);
    fixture_open(fixture, sport);
    fixture_streams(fixture, n, 0);
    Streams *streams = &fixture->workout.streams;
    streams->altitude_m = arena_alloc(fixture->arena, n, sizeof(float));
    streams->hr_bpm = fixture_ints(fixture, 0);
    streams->power_w = sport == SPORT_RIDE ? fixture_ints(fixture, 0) : NULL;
    for (size_t i = 0; i < n; i++) {
        streams->distance_m[i] = (float)(round(seconds[i].distance_m * 10) / 10);
        streams->speed_mps[i] = (float)(round(seconds[i].speed_mps * 100) / 100);
        streams->altitude_m[i] = (float)(round(seconds[i].altitude_m * 10) / 10);
        streams->hr_bpm[i] = (int32_t)lround(seconds[i].hr_bpm);
        if (streams->power_w != NULL) {
            streams->power_w[i] = (int32_t)lround(seconds[i].power_w);
        }
    }
    fixture->workout.has_plan = true;
    fixture->workout.planned_by = PLANNED_BY_USER;
    fixture->workout.plan = (Plan){ .id = "p",
                                    .updated_at = "1",
                                    .steps = done.steps,
                                    .n = done.n,
                                    .total_duration_s = NAN,
                                    .duration_s = NAN,
                                    .total_distance_m = NAN,
                                    .steady_min_mps = NAN,
                                    .steady_max_mps = NAN };
    fixture_run(fixture);
}

static double
score_of(const Session *session, uint64_t seed, double factor)
{
    Fixture fixture;

    carry_out(&fixture, session, seed, SPORT_RUN, factor);
    double score = fixture_number(&fixture, "execution.execution_score");
    fixture_close(&fixture);
    return score;
}

/* verdicts_are asserts what is said of every work interval: equal to it, or, from a '*', ending with it. */
static void
verdicts_are(const Fixture *fixture, const char *wanted)
{
    const cJSON *interval = NULL;
    int seen = 0;

    cJSON_ArrayForEach(interval, fixture_at(fixture, "execution.intervals"))
    {
        const char *type = cJSON_GetObjectItem(interval, "type")->valuestring;
        const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItem(interval, "verdict"));
        assert_non_null(verdict);
        if (strcmp(type, "work") != 0 && strcmp(type, "tempo") != 0) {
            continue;
        }
        seen++;
        const char *tail = wanted[0] == '*' ? wanted + 1 : wanted;
        size_t length = strlen(verdict);
        bool ends = length >= strlen(tail) && strcmp(verdict + length - strlen(tail), tail) == 0;
        if (wanted[0] == '*' ? !ends : strcmp(verdict, wanted) != 0) {
            fail_msg("%s, not %s", verdict, wanted);
        }
    }
    assert_true(seen >= 2);
}

static void
exactly_the_plan_scores_100(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLANS; seed++) {
        Session session;
        Fixture fixture;
        draw(&session, seed, false, false);
        carry_out(&fixture, &session, seed, SPORT_RUN, 1);
        assert_near(fixture_number(&fixture, "execution.execution_score"), 100, 0);
        verdicts_are(&fixture, "on target");
        fixture_close(&fixture);
    }
}

/* Steps by distance end with a whole second: the duration is off by one at most for each. */
static void
exactly_the_distances_score_100_but_for_the_last_seconds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLANS; seed++) {
        Session session;
        Fixture fixture;
        draw(&session, seed, true, false);
        carry_out(&fixture, &session, seed, SPORT_RUN, 1);
        assert_near(fixture_number(&fixture, "execution.pace_adherence_pct"), 100, 0);
        double off_s = (double)session.n;
        double planned_s = plan_duration_s(&fixture.workout.plan);
        assert_near(fixture_number(&fixture, "execution.execution_score"), 100, 100 * off_s / planned_s / 2);
        verdicts_are(&fixture, "on target");
        fixture_close(&fixture);
    }
}

/* The further off the pace, the lower the score: never higher at the next step away, and much lower at the
 * end. */
static void
the_further_off_the_lower(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLANS; seed++) {
        for (int way = -1; way <= 1; way += 2) {
            Session session;
            draw(&session, seed, seed % 2 == 0, false);
            double score = score_of(&session, seed, 1);
            double first = score;
            for (int percent = 3; percent <= 24; percent += 3) {
                double next = score_of(&session, seed, 1 + way * percent / 100.0);
                if (next > score + 0.5 * (seed % 2 == 0)) { /* distances: whole seconds again */
                    fail_msg("plan %d: %d %% off scores %.2f, less far off %.2f", (int)seed, way * percent,
                             next, score);
                }
                score = next;
            }
            assert_true(score < first - 20);
        }
    }
}

static void
paces_off_are_told_in_words(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLANS; seed++) {
        Session session;
        Fixture fixture;
        draw(&session, seed, false, false);
        carry_out(&fixture, &session, seed, SPORT_RUN, 1.2);
        verdicts_are(&fixture, "* s/km too fast");
        fixture_close(&fixture);
        carry_out(&fixture, &session, seed, SPORT_RUN, 0.85);
        verdicts_are(&fixture, "* s/km too slow");
        fixture_close(&fixture);
    }
}

static void
powers_off_are_told_in_words(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLANS; seed++) {
        Session session;
        Fixture fixture;
        draw(&session, seed, false, true);
        carry_out(&fixture, &session, seed, SPORT_RIDE, 1);
        verdicts_are(&fixture, "on target");
        fixture_close(&fixture);
        carry_out(&fixture, &session, seed, SPORT_RIDE, 1.12);
        verdicts_are(&fixture, "* W too high");
        fixture_close(&fixture);
        carry_out(&fixture, &session, seed, SPORT_RIDE, 0.88);
        verdicts_are(&fixture, "* W too low");
        fixture_close(&fixture);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_plan_scores_100),
        cmocka_unit_test(exactly_the_distances_score_100_but_for_the_last_seconds),
        cmocka_unit_test(the_further_off_the_lower),
        cmocka_unit_test(paces_off_are_told_in_words),
        cmocka_unit_test(powers_off_are_told_in_words),
    };
    return cmocka_run_group_tests_name("execution_property", tests, NULL, NULL);
}
