/* workout_fixture.h - workouts made by hand for the tests of the stages. */
#ifndef PACELINE_WORKOUT_FIXTURE_H
#define PACELINE_WORKOUT_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json_read.h"
#include "worker/kinds/workouts/stages.h"

/* Patch is a run's result as it goes to the database. */
typedef struct Fixture {
    Arena *arena;
    Workout workout;
    cJSON *patch;
} Fixture;

/* fixture_open makes an empty workout of a sport. */
static inline void
fixture_open(Fixture *fixture, Sport sport)
{
    *fixture = (Fixture){ .arena = arena_new(256 << 20) };
    assert_non_null(fixture->arena);
    workout_init(&fixture->workout, fixture->arena);
    fixture->workout.id = "w";
    fixture->workout.scalars.sport = sport;
    fixture->workout.scalars_hash = "scalars";
}

static inline void
fixture_close(Fixture *fixture)
{
    cJSON_Delete(fixture->patch);
    workout_done(&fixture->workout);
    arena_free(fixture->arena);
}

/* fixture_streams gives it n samples, one a second, of distance and speed; others are added by the test. */
static inline void
fixture_streams(Fixture *fixture, size_t n, double speed_mps)
{
    Streams *streams = &fixture->workout.streams;

    streams->n = n;
    streams->time_s = arena_alloc(fixture->arena, n, sizeof(int32_t));
    streams->distance_m = arena_alloc(fixture->arena, n, sizeof(float));
    streams->speed_mps = arena_alloc(fixture->arena, n, sizeof(float));
    for (size_t i = 0; i < n; i++) {
        streams->time_s[i] = (int32_t)i;
        streams->distance_m[i] = (float)((double)i * speed_mps);
        streams->speed_mps[i] = (float)speed_mps;
    }
    fixture->workout.streams_version = 1;
}

/* fixture_speed sets the speed from sample `from` to `to`, and the distances that follow from it. */
static inline void
fixture_speed(Fixture *fixture, size_t from, size_t to, double speed_mps)
{
    Streams *streams = &fixture->workout.streams;

    for (size_t i = from; i < to; i++) {
        streams->speed_mps[i] = (float)speed_mps;
    }
    for (size_t i = 1; i < streams->n; i++) {
        streams->distance_m[i] = streams->distance_m[i - 1] + streams->speed_mps[i];
    }
}

/* fixture_ints makes an int stream of one value. */
static inline int32_t *
fixture_ints(Fixture *fixture, int32_t value)
{
    int32_t *stream = arena_alloc(fixture->arena, fixture->workout.streams.n, sizeof *stream);

    for (size_t i = 0; i < fixture->workout.streams.n; i++) {
        stream[i] = value;
    }
    return stream;
}

/* fixture_plan_read reads a plan_document written with single quotes for double ones. */
static inline bool
fixture_plan_read(Arena *arena, const char *json, Plan *ret_plan, Err *err)
{
    char text[4000];
    size_t n = strlen(json);

    assert_true(n < sizeof text);
    for (size_t i = 0; i <= n; i++) {
        text[i] = json[i];
        if (json[i] == '\'') {
            text[i] = '"';
        }
    }
    _cleanup_(json_delete) cJSON *document = json_parse(text, n, err);
    return document != NULL && plan_read(document, arena, ret_plan, err);
}

/* fixture_plan links the workout to a plan. */
static inline void
fixture_plan(Fixture *fixture, const char *json)
{
    Err err = ERR_NONE;

    fixture->workout.has_plan = fixture_plan_read(fixture->arena, json, &fixture->workout.plan, &err);
    assert_true(fixture->workout.has_plan);
    fixture->workout.planned_by = PLANNED_BY_USER;
}

/* fixture_samples runs the streams stage alone. */
static inline void
fixture_samples(Fixture *fixture)
{
    const char *reason = NULL;
    Err err = ERR_NONE;

    assert_true(stage_streams(&fixture->workout, &reason, &err));
}

/* fixture_run runs every stage that is due and reads the patch. */
static inline void
fixture_run(Fixture *fixture)
{
    _cleanup_(str_done) Str json = STR_EMPTY;
    Err err = ERR_NONE;

    assert_true(stages_run(&fixture->workout, NULL, NULL));
    stages_patch(&fixture->workout, &json);
    fixture->patch = json_parse(json.bytes, json.length, &err);
    if (fixture->patch == NULL) {
        fail_msg("%s: %s", err.message, str_text(&json));
    }
}

/* fixture_at finds a value of the patch by a path such as "intervals.0.executed.speed_mps". */
static inline const cJSON *
fixture_at(const Fixture *fixture, const char *path)
{
    const cJSON *at = fixture->patch;
    char name[64];

    while (at != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        assert_true(length < sizeof name);
        memcpy(name, path, length);
        name[length] = '\0';
        int64_t index = 0;
        at = cJSON_IsArray(at) && str_to_int64(name, &index) ? cJSON_GetArrayItem(at, (int)index)
                                                             : cJSON_GetObjectItemCaseSensitive(at, name);
        path += length + (path[length] == '.' ? 1 : 0);
    }
    return at;
}

static inline double
fixture_number(const Fixture *fixture, const char *path)
{
    const cJSON *value = fixture_at(fixture, path);

    if (!cJSON_IsNumber(value)) {
        fail_msg("%s is no number", path);
    }
    return value->valuedouble;
}

static inline const char *
fixture_text(const Fixture *fixture, const char *path)
{
    const cJSON *value = fixture_at(fixture, path);

    return cJSON_IsString(value) ? value->valuestring : cJSON_IsNull(value) ? "null" : "(no text)";
}

#define assert_near(got, wanted, tolerance)                                                                  \
    do {                                                                                                     \
        double got_ = (got);                                                                                 \
        double wanted_ = (wanted);                                                                           \
        if (!(fabs(got_ - wanted_) <= (tolerance))) {                                                        \
            fail_msg("%s is %.6f, not %.6f", #got, got_, wanted_);                                           \
        }                                                                                                    \
    } while (0)

#endif
