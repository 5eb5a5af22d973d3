#include "tests/standin/athletes/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/timestamp.h"

#define DAY_S 86400
#define LAST_DAY 20345           /* since 1970: 2025-09-14 */
#define STREAM_CALENDARS 2000000 /* an athlete's; athlete.c has the others */
#define STREAM_SESSIONS 3000000000
#define SESSIONS_PER_ATHLETE 100000
#define TRAINING_MIN_S 1200.0

/* plan_add appends a plan; NULL if memory is out. */
static Plan *
plan_add(World *world)
{
    if (world->plans_n == world->plans_capacity) {
        const size_t capacity = world->plans_capacity == 0 ? 64 : 2 * world->plans_capacity;
        Plan *plans = reallocarray(world->plans, capacity, sizeof *plans);
        if (plans == NULL) {
            return NULL;
        }
        world->plans = plans;
        world->plans_capacity = capacity;
    }
    return &world->plans[world->plans_n++];
}

/* plan_for draws a plan for the session's day, of the given sport. */
static Plan *
plan_for(World *world, Rng *rng, const Session *session, Sport sport)
{
    const Athlete *athlete = &world->athletes[session->athlete];
    Plan *plan = plan_add(world);

    if (plan == NULL) {
        return NULL;
    }
    plan_init(plan, rng, athlete, session->athlete, sport, session->local_date);
    return plan;
}

/* plan_twin adds a plan so like the last one that nobody can tell which of them was done. */
static bool
plan_twin(World *world, Rng *rng)
{
    Plan *twin = plan_add(world);

    if (twin == NULL) {
        return false;
    }
    *twin = world->plans[world->plans_n - 2];
    rng_uuid(rng, twin->id);
    return true;
}

/* session_plan decides what was planned and how much of it was done. */
static bool
session_plan(World *world, Rng *rng, Session *session)
{
    const double chance = rng_uniform(rng, 0, 1);
    const Sport other = session->sport == SPORT_RIDE ? SPORT_RUN : SPORT_RIDE;

    if (chance > 0.86) {
        return true; /* nothing was planned */
    }
    if (chance > 0.80) {
        return plan_for(world, rng, session, other) != NULL; /* something else was */
    }
    const Plan *plan = plan_for(world, rng, session, session->sport);
    if (plan == NULL) {
        return false;
    }
    session->plan = world->plans_n - 1;
    if (chance > 0.74) {
        return plan_twin(world, rng);
    }
    if (chance > 0.70) {
        session->cut = 0.42; /* given up */
    } else if (chance > 0.62) {
        session->cut = rng_uniform(rng, 0.65, 0.9);
    }
    session->cut = fmax(session->cut, TRAINING_MIN_S / plan->total_duration_s);
    return true;
}

/* session_init draws one activity of the athlete on a day (since 1970). */
static bool
session_init(World *world, Rng *rng, Session *session, int64_t day, bool is_second)
{
    const Athlete *athlete = &world->athletes[session->athlete];
    const bool is_morning = !is_second && rng_chance(rng, 0.6);
    const double hour = is_morning ? rng_uniform(rng, 5.5, 9) : rng_uniform(rng, 16.5, 20.2);
    const double source = rng_uniform(rng, 0, 1);

    session->sport = rng_chance(rng, athlete->share_of_rides) ? SPORT_RIDE : SPORT_RUN;
    session->source = source < 0.72 ? SOURCE_STRAVA : source < 0.88 ? SOURCE_GARMIN : SOURCE_MANUAL;
    session->plan = WORLD_NO_PLAN;
    session->cut = 1;
    session->start_at_s = day * DAY_S + (int64_t)(hour * 3600) - athlete->utc_offset_s;
    timestamp_date(day * DAY_S * 1000000, 0, session->local_date);
    if (session->source == SOURCE_MANUAL && rng_chance(rng, 0.3)) {
        session->sport = SPORT_STRENGTH;
        return true;
    }
    return session_plan(world, rng, session);
}

/* calendar_draw gives each of an athlete's sessions a day; the last is LAST_DAY. */
static void
calendar_draw(Rng *rng, int64_t *days, size_t n)
{
    int64_t day = LAST_DAY;

    for (size_t i = n; i-- > 0;) {
        days[i] = day;
        day -= rng_chance(rng, 0.12) ? 0 : rng_chance(rng, 0.75) ? 1 : 2;
    }
}

/* athlete_year makes athlete number `index` and the plans and sessions of it. */
static bool
athlete_year(World *world, size_t index, Session *sessions, size_t n)
{
    int64_t *days = calloc(n > 0 ? n : 1, sizeof *days);
    char first_day[11];
    char improved_from[11];
    Rng rng;

    if (days == NULL) {
        return false;
    }
    rng_seed(&rng, world->seed, STREAM_CALENDARS + index);
    calendar_draw(&rng, days, n);
    timestamp_date((days[0] - 30) * DAY_S * 1000000, 0, first_day);
    timestamp_date((days[0] + LAST_DAY) / 2 * DAY_S * 1000000, 0, improved_from);
    athlete_init(&world->athletes[index], world->seed, index, first_day, improved_from);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        sessions[i] = (Session){ .athlete = index, .of_athlete = i };
        ok = session_init(world, &rng, &sessions[i], days[i], i > 0 && days[i] == days[i - 1]);
    }
    free(days);
    return ok;
}

static int
compare_sessions(const void *a, const void *b)
{
    const Session *left = a;
    const Session *right = b;

    if (left->start_at_s != right->start_at_s) {
        return left->start_at_s < right->start_at_s ? -1 : 1;
    }
    return left->athlete < right->athlete ? -1 : left->athlete > right->athlete;
}

bool
world_make(World *world, uint64_t seed, size_t athletes_n, size_t sessions_n)
{
    size_t first = 0;

    *world = (World){ .seed = seed, .athletes_n = athletes_n, .sessions_n = sessions_n };
    if (athletes_n == 0 || sessions_n == 0) {
        return false;
    }
    world->athletes = calloc(athletes_n, sizeof *world->athletes);
    world->sessions = calloc(sessions_n, sizeof *world->sessions);
    if (world->athletes == NULL || world->sessions == NULL) {
        return false;
    }
    for (size_t i = 0; i < athletes_n; i++) {
        const size_t n = sessions_n / athletes_n + (i < sessions_n % athletes_n);
        if (!athlete_year(world, i, world->sessions + first, n)) {
            return false;
        }
        first += n;
    }
    qsort(world->sessions, sessions_n, sizeof *world->sessions, compare_sessions);
    return true;
}

void
world_done(World *world)
{
    free(world->athletes);
    free(world->plans);
    free(world->sessions);
    *world = (World){ .seed = 0 };
}

bool
world_live(const World *world, size_t index, Outing *ret_outing, Recording *ret_recording)
{
    const Session *session = &world->sessions[index];
    const Athlete *athlete = &world->athletes[session->athlete];
    Plan spontaneous;
    Rng rng;

    *ret_outing = (Outing){ .sport = session->sport };
    *ret_recording = (Recording){ .n = 0 };
    if (session->sport == SPORT_STRENGTH) {
        return true;
    }
    rng_seed(&rng, world->seed,
             STREAM_SESSIONS + session->athlete * SESSIONS_PER_ATHLETE + session->of_athlete);
    plan_init(&spontaneous, &rng, athlete, session->athlete, session->sport, session->local_date);
    const Plan *plan = session->plan == WORLD_NO_PLAN ? &spontaneous : &world->plans[session->plan];
    const bool is_smart = session->source == SOURCE_GARMIN || rng_chance(&rng, 0.3);
    return outing_make(ret_outing, &rng, athlete, session->sport, plan->steps, plan->steps_n, session->cut) &&
           recording_make(ret_recording, &rng, ret_outing, is_smart);
}
