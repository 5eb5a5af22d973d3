/* The generator of simulated athletes: what every demo and bench relies on. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/activity/ingest.h"
#include "common/cleanup.h"
#include "common/json_read.h"
#include "tests/standin/athletes/folder.h"
#include "tests/standin/athletes/world.h"

#define SESSIONS 60

/* all_text prints the whole world: athletes, plans, SQL and all bodies. */
static void
all_text(uint64_t seed, Str *text)
{
    _cleanup_(world_done) World world = { .seed = 0 };

    assert_true(world_make(&world, seed, 3, 12));
    world_athletes_json(&world, text);
    world_plans_json(&world, text);
    world_sql(&world, text);
    for (size_t i = 0; i < world.sessions_n; i++) {
        assert_true(world_body(&world, i, BODY_SOURCE, text));
    }
    assert_true(str_ok(text));
}

static void
the_same_seed_gives_the_same_bytes(void **state)
{
    _cleanup_(str_done) Str first = STR_EMPTY;
    _cleanup_(str_done) Str again = STR_EMPTY;
    _cleanup_(str_done) Str other = STR_EMPTY;

    (void)state;
    all_text(7, &first);
    all_text(7, &again);
    all_text(8, &other);
    assert_int_equal(first.length, again.length);
    assert_memory_equal(first.bytes, again.bytes, first.length);
    assert_true(other.length != first.length || memcmp(other.bytes, first.bytes, first.length) != 0);
}

/* check_request holds one parsed body against what a body of that sport can be. */
static void
check_request(const Session *session, const Athlete *athlete, const IngestRequest *request)
{
    const Activity *activity = &request->activity;
    const Streams *streams = &request->streams;

    assert_int_equal(activity->source, session->source);
    assert_int_equal(activity->sport, session->sport);
    assert_string_equal(activity->local_date, session->local_date);
    assert_string_equal(request->user_id, athlete->user_id);
    if (session->sport == SPORT_STRENGTH) {
        assert_int_equal(streams->n, 0);
        assert_non_null(activity->exercises);
        return;
    }
    const double distance_m = (double)streams->distance_m[streams->n - 1];
    const double speed_mps = distance_m / activity->moving_time_s;
    assert_true(activity->moving_time_s >= 1000 && activity->elapsed_time_s <= OUTING_SECONDS_MAX);
    assert_true(fabs(distance_m - activity->distance_m) < 50); /* the first sample is not at 0 */
    if (session->sport == SPORT_RIDE) {
        assert_in_range((int)(speed_mps * 10), 35, 110);
    } else {
        assert_in_range((int)(speed_mps * 10), 20, 50);
    }
    assert_true(request->laps_n > 0);
    assert_int_equal(request->laps[request->laps_n - 1].end_index, streams->n - 1);
}

static void
every_body_is_an_activity_worth_believing(void **state)
{
    _cleanup_(world_done) World world = { .seed = 0 };
    _cleanup_(str_done) Str text = STR_EMPTY;
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(64 << 20);
    size_t sources[SOURCE_COUNT] = { 0 };
    size_t planned = 0;
    size_t without_hr = 0;

    (void)state;
    assert_true(world_make(&world, 3, 4, SESSIONS));
    for (size_t i = 0; i < world.sessions_n; i++) {
        const Session *session = &world.sessions[i];
        IngestRequest request = { .laps_n = 0 };
        Err err = ERR_NONE;

        str_clear(&text);
        arena_reset(arena);
        assert_true(world_body(&world, i, BODY_SOURCE, &text));
        if (!ingest_parse(text.bytes, text.length, arena, &request, &err)) {
            fail_msg("body %zu: %s", i + 1, err.message);
        }
        check_request(session, &world.athletes[session->athlete], &request);
        sources[session->source]++;
        planned += session->plan != WORLD_NO_PLAN;
        without_hr += request.streams.n > 0 && request.streams.hr_bpm == NULL;
    }
    assert_true(sources[SOURCE_STRAVA] > SESSIONS / 2);
    assert_true(sources[SOURCE_GARMIN] > 0 && sources[SOURCE_MANUAL] > 0);
    assert_true(planned > SESSIONS / 2 && planned < SESSIONS);
    assert_true(without_hr > 0 && without_hr < SESSIONS / 3);
}

/* correlation of a[i] with b[i + lag] over the recorded seconds of an outing. */
static double
correlation(const Outing *outing, size_t lag)
{
    double sum_a = 0;
    double sum_b = 0;
    double sum_aa = 0;
    double sum_bb = 0;
    double sum_ab = 0;
    const double n = (double)(outing->n - lag);

    for (size_t i = 0; i + lag < outing->n; i++) {
        const double a = outing->moments[i].power_w;
        const double b = outing->moments[i + lag].hr_bpm;
        sum_a += a;
        sum_b += b;
        sum_aa += a * a;
        sum_bb += b * b;
        sum_ab += a * b;
    }
    return (n * sum_ab - sum_a * sum_b) / sqrt((n * sum_aa - sum_a * sum_a) * (n * sum_bb - sum_b * sum_b));
}

static void
the_heart_lags_behind_the_power(void **state)
{
    static const Step steps[] = {
        { .kind = STEP_WARMUP, .duration_s = 600, .intensity = 0.55 },
        { .kind = STEP_WORK, .duration_s = 240, .intensity = 1.05 },
        { .kind = STEP_RECOVERY, .duration_s = 240, .intensity = 0.5 },
        { .kind = STEP_WORK, .duration_s = 240, .intensity = 1.05 },
        { .kind = STEP_RECOVERY, .duration_s = 240, .intensity = 0.5 },
    };
    Athlete athlete;
    Rng rng;
    Outing outing;
    size_t best = 0;

    (void)state;
    athlete_init(&athlete, 1, 0, "2025-01-01", "2025-02-01");
    rng_seed(&rng, 1, 1);
    assert_true(outing_make(&outing, &rng, &athlete, SPORT_RIDE, steps, 5, 1));
    for (size_t lag = 0; lag <= 120; lag++) {
        if (correlation(&outing, lag) > correlation(&outing, best)) {
            best = lag;
        }
    }
    outing_done(&outing);
    assert_in_range(best, 10, 70);
}

/* Uphill costs speed, downhill gives some: the slope acts on the ride. */
static void
hills_act_on_speed(void **state)
{
    static const Step steps[] = { { .kind = STEP_WORK, .duration_s = 7200, .intensity = 0.7 } };
    Athlete athlete;
    Rng rng;
    Outing outing;
    double up_mps = 0;
    double down_mps = 0;
    size_t up = 0;
    size_t down = 0;

    (void)state;
    athlete_init(&athlete, 5, 0, "2025-01-01", "2025-02-01");
    athlete.hilliness = 1;
    rng_seed(&rng, 1, 1);
    assert_true(outing_make(&outing, &rng, &athlete, SPORT_RIDE, steps, 1, 1));
    for (size_t i = 0; i < outing.n; i++) {
        const Moment *moment = &outing.moments[i];
        if (moment->grade > 0.02 && !moment->is_stopped) {
            up_mps += moment->speed_mps;
            up++;
        } else if (moment->grade < -0.02 && !moment->is_stopped) {
            down_mps += moment->speed_mps;
            down++;
        }
    }
    outing_done(&outing);
    assert_true(up > 100 && down > 100);
    assert_true(up_mps / (double)up * 1.5 < down_mps / (double)down);
}

static void
smart_recordings_are_smaller_and_pauses_leave_gaps(void **state)
{
    static const Step steps[] = { { .kind = STEP_WORK, .duration_s = 7200, .intensity = 0.7 } };
    Athlete athlete;
    Rng rng;
    Outing outing;
    Recording smart;
    Recording full;
    size_t paused = 0;

    (void)state;
    athlete_init(&athlete, 5, 0, "2025-01-01", "2025-02-01");
    rng_seed(&rng, 4, 4);
    assert_true(outing_make(&outing, &rng, &athlete, SPORT_RUN, steps, 1, 1));
    for (size_t i = 0; i < outing.n; i++) {
        paused += outing.moments[i].is_paused;
    }
    rng_seed(&rng, 5, 5);
    assert_true(recording_make(&full, &rng, &outing, false));
    rng_seed(&rng, 5, 5);
    assert_true(recording_make(&smart, &rng, &outing, true));
    assert_true(paused > 0);
    assert_int_equal(full.n, outing.n - paused);
    assert_true(smart.n * 2 < full.n);
    assert_int_equal(smart.samples[smart.n - 1].time_s, full.samples[full.n - 1].time_s);
    recording_done(&smart);
    recording_done(&full);
    outing_done(&outing);
}

static void
file_put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A folder of recorded streams becomes bodies: Strava's with activity.json, else manual ones, ride unless
 * NAME says run. */
static void
recorded_folders_become_bodies(void **state)
{
    char path[] = "/tmp/athletes_test.XXXXXX";
    _cleanup_(folder_done) Folder folder = { .n = 0 };
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(1 << 20);
    static const char *const names[] = { "a-morning-run", "b-tour", "c-strava" };
    static const Sport sports[] = { SPORT_RUN, SPORT_RIDE, SPORT_RIDE };
    static const ActivitySource sources[] = { SOURCE_MANUAL, SOURCE_MANUAL, SOURCE_STRAVA };
    char file[200];
    Err err = ERR_NONE;

    (void)state;
    assert_non_null(mkdtemp(path));
    for (size_t i = 3; i-- > 0;) {
        (void)snprintf(file, sizeof file, "%s/%s", path, names[i]);
        assert_int_equal(mkdir(file, 0700), 0);
        (void)snprintf(file, sizeof file, "%s/%s/streams.json", path, names[i]);
        file_put(file, "{\"time\":{\"data\":[0,1]},\"heartrate\":{\"data\":[100,101]}}\n");
    }
    (void)snprintf(file, sizeof file, "%s/c-strava/activity.json", path);
    file_put(file, "{\"id\":5,\"name\":\"x\",\"type\":\"Ride\",\"start_date\":\"2020-06-01T13:03:45Z\","
                   "\"start_date_local\":\"2020-06-01T15:03:45Z\"}");

    assert_true(folder_open(&folder, path, &err));
    assert_int_equal(folder.n, 3);
    for (size_t i = 0; i < 3; i++) {
        _cleanup_(str_done) Str text = STR_EMPTY;
        IngestRequest request = { .laps_n = 0 };
        assert_true(folder_body(&folder, path, i, &text, &err));
        if (!ingest_parse(text.bytes, text.length, arena, &request, &err)) {
            fail_msg("%s: %s", names[i], err.message);
        }
        assert_int_equal(request.activity.sport, sports[i]);
        assert_int_equal(request.activity.source, sources[i]);
        assert_int_equal(request.streams.n, 2);
        assert_true(sources[i] == SOURCE_STRAVA || strcmp(request.activity.external_id, names[i]) == 0);
    }
    file_put(file, "{\"id\":5");
    _cleanup_(str_done) Str text = STR_EMPTY;
    assert_false(folder_body(&folder, path, 2, &text, &err));
    assert_non_null(strstr(err.message, "c-strava/activity.json: "));

    assert_int_equal(unlink(file), 0);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(file, sizeof file, "%s/%s/streams.json", path, names[i]);
        assert_int_equal(unlink(file), 0);
        (void)snprintf(file, sizeof file, "%s/%s", path, names[i]);
        assert_int_equal(rmdir(file), 0);
    }
    assert_int_equal(rmdir(path), 0);
}

static void
plans_are_json_with_the_documented_steps(void **state)
{
    _cleanup_(world_done) World world = { .seed = 0 };
    _cleanup_(str_done) Str text = STR_EMPTY;
    Err err = ERR_NONE;
    size_t tokens_only = 0;

    (void)state;
    assert_true(world_make(&world, 3, 4, SESSIONS));
    world_plans_json(&world, &text);
    _cleanup_(json_delete) cJSON *plans = json_parse(text.bytes, text.length, &err);
    assert_int_equal(cJSON_GetArraySize(plans), world.plans_n);
    for (const cJSON *plan = plans->child; plan != NULL; plan = plan->next) {
        const cJSON *steps = json_member(plan, "steps");
        tokens_only += steps == NULL;
        assert_true(steps != NULL || json_member(plan, "steps_preset") != NULL);
        assert_true(steps == NULL || json_member(steps->child, "kind") != NULL);
    }
    assert_true(tokens_only > 0);
    str_clear(&text);
    world_athletes_json(&world, &text);
    _cleanup_(json_delete) cJSON *athletes = json_parse(text.bytes, text.length, &err);
    assert_int_equal(cJSON_GetArraySize(athletes), 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(every_body_is_an_activity_worth_believing),
        cmocka_unit_test(the_heart_lags_behind_the_power),
        cmocka_unit_test(hills_act_on_speed),
        cmocka_unit_test(smart_recordings_are_smaller_and_pauses_leave_gaps),
        cmocka_unit_test(recorded_folders_become_bodies),
        cmocka_unit_test(plans_are_json_with_the_documented_steps),
    };
    return cmocka_run_group_tests_name("athletes", tests, NULL, NULL);
}
