#include "tests/standin/athletes/plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

#define METRES_PER_MILE 1609.344
#define RIDE_SPEED_AT_FTP_MPS 9.5 /* on the flat, for planning alone */

const char *
step_kind_name(StepKind kind)
{
    static const char *const names[] = { "warmup", "work", "recovery", "cooldown" };

    return names[kind];
}

double
step_duration_s(const Step *step, Sport sport, const Athlete *athlete)
{
    const double reference_mps =
        sport == SPORT_RIDE ? RIDE_SPEED_AT_FTP_MPS : athlete->body.threshold_speed_mps;

    return step->duration_s > 0 ? step->duration_s : step->distance_m / (reference_mps * step->intensity);
}

/* step_add appends a step and its targets: a band of `width` to both sides of the intensity. */
static Step *
step_add(Plan *plan, const Athlete *athlete, StepKind kind, int duration_s, double intensity, double width)
{
    Step *step = &plan->steps[plan->steps_n++];
    const Thresholds *known = &athlete->known[0];

    *step = (Step){ .kind = kind, .duration_s = duration_s, .intensity = intensity };
    (void)snprintf(step->label, sizeof step->label, "%s %zu", step_kind_name(kind), plan->steps_n);
    if (plan->sport == SPORT_RIDE && known->ftp_w > 0) {
        step->power_min_w = round(known->ftp_w * (intensity - width));
        step->power_max_w = round(known->ftp_w * (intensity + width));
    }
    if (plan->sport == SPORT_RUN && known->threshold_speed_mps > 0) {
        step->speed_min_mps = known->threshold_speed_mps * (intensity - width);
        step->speed_max_mps = known->threshold_speed_mps * (intensity + width);
    }
    return step;
}

static void token_add(Plan *plan, const char *text, ...) PRINTF_LIKE(2, 3);

static void
token_add(Plan *plan, const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    (void)vsnprintf(plan->tokens[plan->tokens_n], sizeof plan->tokens[0], text, arguments);
    va_end(arguments);
    plan->tokens_n++;
}

/* repeats_add appends n work steps with recoveries between them. */
static void
repeats_add(Plan *plan, const Athlete *athlete, int n, int work_s, double intensity, int rest_s)
{
    for (int i = 0; i < n; i++) {
        (void)step_add(plan, athlete, STEP_WORK, work_s, intensity, 0.04);
        if (i + 1 < n) {
            (void)step_add(plan, athlete, STEP_RECOVERY, rest_s, 0.5, 0.08);
        }
    }
}

static void
ride_steps(Plan *plan, Rng *rng, const Athlete *athlete)
{
    const int kind = rng_int(rng, 0, 4);

    if (kind == 0) {
        const int minutes = 5 * rng_int(rng, 10, 34);
        (void)snprintf(plan->name, sizeof plan->name, "Endurance %d min", minutes);
        (void)step_add(plan, athlete, STEP_WORK, minutes * 60, 0.68, 0.07);
        return;
    }
    if (kind == 1) {
        (void)snprintf(plan->name, sizeof plan->name, "Recovery spin");
        (void)step_add(plan, athlete, STEP_WORK, 60 * 5 * rng_int(rng, 6, 10), 0.5, 0.06);
        return;
    }
    (void)step_add(plan, athlete, STEP_WARMUP, 60 * rng_int(rng, 10, 20), 0.58, 0.08);
    if (kind == 2) {
        const int n = rng_int(rng, 4, 6);
        (void)snprintf(plan->name, sizeof plan->name, "VO2max %d x 3 min", n);
        repeats_add(plan, athlete, n, 180, 1.13, 180);
    } else if (kind == 3) {
        const int minutes = rng_int(rng, 8, 15);
        (void)snprintf(plan->name, sizeof plan->name, "Threshold 3 x %d min", minutes);
        repeats_add(plan, athlete, 3, minutes * 60, 0.97, 300);
    } else {
        (void)snprintf(plan->name, sizeof plan->name, "Sweet spot 2 x 20 min");
        repeats_add(plan, athlete, 2, 1200, 0.9, 300);
    }
    (void)step_add(plan, athlete, STEP_COOLDOWN, 60 * rng_int(rng, 8, 15), 0.5, 0.08);
}

/* intervals_steps: so many times so many metres at the speed of 5 km. */
static void
intervals_steps(Plan *plan, Rng *rng, const Athlete *athlete)
{
    static const int distances_m[] = { 400, 800, 1000 };
    const int n = rng_int(rng, 5, 8);
    const int distance_m = distances_m[rng_int(rng, 0, 2)];
    const int rest_s = 30 * rng_int(rng, 2, 4);
    const Thresholds *body = &athlete->body;

    (void)snprintf(plan->name, sizeof plan->name, "%d x %d m", n, distance_m);
    (void)step_add(plan, athlete, STEP_WARMUP, 600, 0.74, 0.06);
    for (int i = 0; i < n; i++) {
        Step *step =
            step_add(plan, athlete, STEP_WORK, 0, body->speed_5k_mps / body->threshold_speed_mps, 0.03);
        step->distance_m = distance_m;
        if (i + 1 < n) {
            (void)step_add(plan, athlete, STEP_RECOVERY, rest_s, 0.55, 0.1);
        }
    }
    (void)step_add(plan, athlete, STEP_COOLDOWN, 600, 0.7, 0.06);
    token_add(plan, "warmup_run_easy_10min");
    token_add(plan, "interval_%dx%dm_5kpace_r%ds", n, distance_m, rest_s);
}

static void
tempo_steps(Plan *plan, Rng *rng, const Athlete *athlete)
{
    const int minutes = 5 * rng_int(rng, 4, 8);
    const int plus_s_per_mile = 10 * rng_int(rng, 3, 5);
    const Thresholds *body = &athlete->body;
    const double tempo_mps = METRES_PER_MILE / (METRES_PER_MILE / body->speed_5k_mps + plus_s_per_mile);

    (void)snprintf(plan->name, sizeof plan->name, "Tempo %d min", minutes);
    (void)step_add(plan, athlete, STEP_WARMUP, 900, 0.74, 0.06);
    (void)step_add(plan, athlete, STEP_WORK, minutes * 60, tempo_mps / body->threshold_speed_mps, 0.03);
    token_add(plan, "warmup_run_easy_15min");
    token_add(plan, "tempo_%dmin_5kpace_plus0:%02d", minutes, plus_s_per_mile);
}

static void
easy_steps(Plan *plan, Rng *rng, const Athlete *athlete)
{
    const bool is_long = rng_chance(rng, 0.4);
    const int minutes = is_long ? 5 * rng_int(rng, 16, 24) : 5 * rng_int(rng, 5, 12);

    (void)snprintf(plan->name, sizeof plan->name, is_long ? "Long run %d min" : "Easy run %d min", minutes);
    (void)step_add(plan, athlete, STEP_WORK, minutes * 60, 0.78, 0.05);
    token_add(plan, "longrun_%dmin_easypace", minutes);
}

void
plan_init(Plan *plan, Rng *rng, const Athlete *athlete, size_t athlete_index, Sport sport,
          const char *local_date)
{
    double total_s = 0;

    *plan = (Plan){ .athlete = athlete_index, .sport = sport, .has_steps = true };
    rng_uuid(rng, plan->id);
    memcpy(plan->local_date, local_date, sizeof plan->local_date);
    const int kind = rng_int(rng, 0, 2);
    if (sport == SPORT_RIDE) {
        ride_steps(plan, rng, athlete);
    } else if (kind == 0) {
        intervals_steps(plan, rng, athlete);
    } else if (kind == 1) {
        tempo_steps(plan, rng, athlete);
    } else {
        easy_steps(plan, rng, athlete);
    }
    for (size_t i = 0; i < plan->steps_n; i++) {
        total_s += step_duration_s(&plan->steps[i], sport, athlete);
    }
    plan->total_duration_s = (int)round(total_s);
    plan->has_steps = plan->tokens_n == 0 || rng_chance(rng, 0.6);
}
