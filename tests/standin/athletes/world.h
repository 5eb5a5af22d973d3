/* world.h - everything one seed stands for: athletes, what was planned for them and what they did.
 *
 * A world is small: samples are made when a body is asked for, from the session's own stream of chance, so
 * that bodies may be asked for in any order and again.
 */
#ifndef PACELINE_ATHLETES_WORLD_H
#define PACELINE_ATHLETES_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/str.h"
#include "tests/standin/athletes/athlete.h"
#include "tests/standin/athletes/outing.h"
#include "tests/standin/athletes/plan.h"

#define WORLD_NO_PLAN SIZE_MAX

/* Session is one activity before it is lived through. */
typedef struct Session {
    size_t athlete;
    size_t of_athlete; /* how many before it: with the athlete it names the session */
    size_t plan;       /* the plan it follows, or WORLD_NO_PLAN */
    Sport sport;
    ActivitySource source;
    char local_date[11];
    int64_t start_at_s; /* Unix time */
    double cut;         /* done up to this share of the plan */
} Session;

typedef struct World {
    uint64_t seed;
    Athlete *athletes;
    size_t athletes_n;
    Plan *plans;
    size_t plans_n, plans_capacity;
    Session *sessions; /* in order of their start */
    size_t sessions_n;
} World;

/* world_make plans and dates `sessions_n` activities of `athletes_n` athletes (both 1 or more). The last of
 * an athlete's is in September 2025. False if memory is out. */
bool world_make(World *world, uint64_t seed, size_t athletes_n, size_t sessions_n);
void world_done(World *world);

/* world_live lives through a session and records it. Strength has no recording: recording->n is 0. False if
 * memory is out. The caller ends both with outing_done and recording_done. */
bool world_live(const World *world, size_t session, Outing *ret_outing, Recording *ret_recording);

/* How a session is written: as the body that its source would send, as arrays by name whatever its source, or
 * as the file of a device. */
typedef enum BodyFormat {
    BODY_SOURCE,
    BODY_STREAMS,
    BODY_FIT,
    BODY_TCX,
    BODY_GPX,
    BODY_FORMAT_COUNT
} BodyFormat;

/* world_body prints the body of POST /workouts for a session; nothing if the format cannot hold it: a file
 * needs samples, GPX positions. False if memory is out. */
bool world_body(const World *world, size_t session, BodyFormat format, Str *text);

/* The rest of the world: as JSON arrays, and as SQL for the tables of workouts.md section 2.2. */
void world_athletes_json(const World *world, Str *text);
void world_plans_json(const World *world, Str *text);
void world_sql(const World *world, Str *text);

#endif
