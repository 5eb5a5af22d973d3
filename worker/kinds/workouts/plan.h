/* plan.h - a planned workout as the stages read it: its steps, its length, how hard it is meant.
 *
 * Read from plan_document's JSON (sql/migrations/0008), which has made steps from the plan's tokens where the
 * plan has none. s, m, m/s, W; a value that the plan does not give is NaN. Everything lives in the arena.
 * Pure.
 */
#ifndef PACELINE_PLAN_H
#define PACELINE_PLAN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/activity/sport.h"
#include "common/arena.h"
#include "common/err.h"

#define PLAN_STEPS_MAX 500

typedef enum StepKind { STEP_WARMUP, STEP_WORK, STEP_RECOVERY, STEP_COOLDOWN, STEP_KIND_COUNT } StepKind;

typedef struct PlanStep {
    const char *id;    /* NULL if it has none */
    const char *label; /* NULL if it has none */
    StepKind kind;
    int index; /* planned_index; its place in the list where the plan gives none */
    double duration_s, distance_m;
    double speed_min_mps, speed_max_mps;
    double power_min_w, power_max_w;
} PlanStep;

typedef struct Plan {
    const char *id;         /* uuid */
    const char *updated_at; /* as the database prints it: for fingerprints */
    PlanStep *steps;        /* [n] */
    size_t n;
    double total_duration_s, duration_s, total_distance_m;
    double steady_min_mps,
        steady_max_mps; /* what the tokens ask of the whole, for steps that name no speed */
    const char *words;  /* name, tags and tokens (not those of warming up and cooling down) in lower case */
    const char *tokens; /* the tokens alone, in lower case */
} Plan;

/* plan_read reads one plan_document. ERR_INVALID_DATA, code "bad_plan", for a step of an unknown kind, a
 * negative or oversized measure, or more than PLAN_STEPS_MAX steps; ERR_MEMORY_LIMIT. */
MUST_CHECK bool plan_read(const cJSON *document, Arena *arena, Plan *ret_plan, Err *err);

/* plan_duration_s is the planned time: the sum of the steps if each says how long it takes (a distance with a
 * target speed does), else total_duration_s, else duration_s; NaN if none is above 0. A sum of some of the
 * steps is no planned time. */
double plan_duration_s(const Plan *plan);

/* plan_distance_m is the planned distance: total_distance_m, else the sum of the steps if each has one; else
 * NaN. */
double plan_distance_m(const Plan *plan);

/* step_speed_mps and step_power_w are the middle of the target range: of the paces (s/m) for speed. NaN
 * without one. */
double step_speed_mps(const PlanStep *step);
double step_power_w(const PlanStep *step);

/* step_time_s is how long the step takes by plan: its duration, else distance / speed; NaN if neither is
 * given. */
double step_time_s(const PlanStep *step);

/* plan_is_easy tells whether a word of the plan forces easy: easy, long, recovery, base, z2
 * (workouts.md, 5.6). Whole words and the parts of tokens count ("longrun" begins with one); "belong" does
 * not. */
bool plan_is_easy(const Plan *plan);

/* plan_intensity is the highest intensity factor that a token of the plan stands for; `otherwise` if no token
 * says. Table in plan.c. */
double plan_intensity(const Plan *plan, double otherwise);

const char *step_kind_name(StepKind kind); /* "warmup", "work", "recovery", "cooldown" */

#endif
