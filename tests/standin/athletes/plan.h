/* plan.h - what the coach wrote down: planned workouts of a day, with steps or with tokens only.
 *
 * Steps and tokens are those of workouts.md, sections 2.2 and 5.6. Speeds and powers of steps come from what
 * is known of the athlete; what is not known gives no target.
 */
#ifndef PACELINE_ATHLETES_PLAN_H
#define PACELINE_ATHLETES_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/sport.h"
#include "tests/standin/athletes/athlete.h"

#define PLAN_STEPS_MAX 40
#define PLAN_TOKENS_MAX 3

typedef enum StepKind { STEP_WARMUP, STEP_WORK, STEP_RECOVERY, STEP_COOLDOWN } StepKind;

/* Step ends after a time or a distance; the other is 0. */
typedef struct Step {
    StepKind kind;
    char label[32];
    int duration_s;
    int distance_m;
    double intensity;                    /* of FTP, or of threshold speed */
    double speed_min_mps, speed_max_mps; /* 0: no target */
    double power_min_w, power_max_w;
} Step;

typedef struct Plan {
    char id[37];
    size_t athlete; /* its number */
    char local_date[11];
    Sport sport;
    char name[64];
    Step steps[PLAN_STEPS_MAX];
    size_t steps_n;
    bool has_steps; /* written down; else tokens alone, and the steps are what they mean */
    char tokens[PLAN_TOKENS_MAX][48];
    size_t tokens_n;
    int total_duration_s; /* of all steps, distances at target speed */
} Plan;

/* plan_init draws a session for the athlete. The steps are always there, for whoever executes it. */
void plan_init(Plan *plan, Rng *rng, const Athlete *athlete, size_t athlete_index, Sport sport,
               const char *local_date);

/* step_kind_name returns "warmup", "work", "recovery" or "cooldown". */
const char *step_kind_name(StepKind kind);

/* step_duration_s is how long a step takes at its intensity. */
double step_duration_s(const Step *step, Sport sport, const Athlete *athlete);

#endif
