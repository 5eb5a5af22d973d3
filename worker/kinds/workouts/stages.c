#include "worker/kinds/workouts/stages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/metrics.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/explanation.h"
#include "worker/kinds/workouts/json_write.h"

#define COMPUTED_VERSION 1

/* What a stage's fingerprint covers beside its code's version: of the athlete's settings, analysis reads what
 * zones are cut by, metrics all. */
enum {
    READS_SCALARS = 1,
    READS_SAMPLES = 2,
    READS_ZONES = 4,
    READS_SETTINGS = 8,
    READS_PLAN = 16,
    READS_WISH = 32
};

#define AFTER(id) (1U << (id))

/* The stages, in order. `version` goes up when a stage's code gives other results for the same inputs: then
 * every workout that is claimed again runs it. A stage whose `after` failed is blocked; samples are no such
 * dependency, because a workout is computed from its scalars without them. */
static const struct Stage {
    bool (*run)(Workout *workout, const char **ret_reason, Err *err);
    bool (*write)(Workout *workout, Err *err); /* NULL: owns no document */
    int version;
    unsigned after;
    int reads;
    const char *failpoint;
} stages[STAGE_COUNT] = {
    [STAGE_STREAMS] = { stage_streams, NULL, 1, 0, READS_SAMPLES | READS_WISH, "workouts.streams" },
    [STAGE_ATTACH] = { stage_attach, NULL, 1, 0, READS_SCALARS | READS_SAMPLES, "workouts.attach" },
    [STAGE_SUMMARY] = { stage_summary, stage_summary_write, 1, AFTER(STAGE_ATTACH),
                        READS_SCALARS | READS_SAMPLES | READS_PLAN, "workouts.summary" },
    [STAGE_ANALYSIS] = { stage_analysis, stage_analysis_write, 1, 0,
                         READS_SCALARS | READS_SAMPLES | READS_ZONES, "workouts.analysis" },
    [STAGE_METRICS] = { stage_metrics, stage_metrics_write, 1, AFTER(STAGE_SUMMARY),
                        READS_SCALARS | READS_SAMPLES | READS_ZONES | READS_SETTINGS | READS_PLAN,
                        "workouts.metrics" },
    [STAGE_EXECUTION] = { stage_execution, stage_execution_write, 2,
                          AFTER(STAGE_ATTACH) | AFTER(STAGE_SUMMARY),
                          READS_SCALARS | READS_SAMPLES | READS_PLAN, "workouts.execution" },
};

/* fold adds a text and its end to a 64-bit FNV-1a hash. */
static uint64_t
fold(uint64_t hash, const char *text)
{
    const unsigned char *byte = (const unsigned char *)(text != NULL ? text : "");

    do {
        hash = (hash ^ *byte) * UINT64_C(1099511628211);
    } while (*byte++ != '\0');
    return hash;
}

static uint64_t
fold_int(uint64_t hash, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    return fold(hash, text);
}

static uint64_t
fold_double(uint64_t hash, double value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.9g", value);
    return fold(hash, text);
}

/* fold_plan: what stands in the plan moves its updated_at; the speeds of steps made from tokens are the
 * athlete's, too. */
static uint64_t
fold_plan(uint64_t hash, const Plan *plan)
{
    hash = fold(hash, plan->id);
    hash = fold(hash, plan->updated_at);
    hash = fold_double(hash, plan->steady_min_mps);
    hash = fold_double(hash, plan->steady_max_mps);
    for (size_t i = 0; i < plan->n; i++) {
        hash = fold_double(hash, plan->steps[i].speed_min_mps);
        hash = fold_double(hash, plan->steps[i].speed_max_mps);
    }
    return hash;
}

/* fingerprint names the inputs of a stage as they are now, in 16 hexadecimal digits. */
static void
fingerprint(const Workout *workout, StageId id, char ret_hex[17])
{
    const struct Stage *stage = &stages[id];
    const Thresholds *settings = &workout->thresholds;
    uint64_t hash = UINT64_C(14695981039346656037);

    hash = fold_int(hash, stage->version);
    if (stage->reads & READS_SCALARS) {
        hash = fold(hash, workout->scalars_hash);
    }
    if (stage->reads & READS_SAMPLES) {
        hash = fold_int(hash, workout->streams_version);
        hash = fold_int(hash, sport_on_foot(workout->scalars.sport) ? (int64_t)workout->gap_model : 0);
    }
    if (stage->reads & READS_WISH) {
        hash = fold_int(hash, workout->streams_priority > 0);
    }
    if (stage->reads & READS_ZONES) {
        hash = fold_double(hash, settings->lthr_bpm);
        hash = fold_double(hash, settings->max_hr_bpm);
        hash = fold_double(hash, settings->ftp_w);
        hash = fold_double(hash, settings->threshold_speed_mps);
    }
    if (stage->reads & READS_SETTINGS) {
        hash = fold_double(hash, settings->rest_hr_bpm);
        hash = fold_double(hash, settings->cp_w);
        hash = fold_double(hash, settings->w_prime_j);
        hash = fold_int(hash, settings->is_female);
    }
    if ((stage->reads & READS_PLAN) != 0 && workout->has_plan) {
        hash = fold_plan(hash, &workout->plan);
    }
    (void)snprintf(ret_hex, 17, "%016" PRIx64, hash);
}

bool
stages_needed(Workout *workout, StageId id)
{
    StageState *state = &workout->stages[id];

    fingerprint(workout, id, state->inputs);
    return state->status != STAGE_COMPLETE || strcmp(state->inputs, state->stored_inputs) != 0;
}

/* blocker is the first stage that this one reads and that did not end complete; STAGE_COUNT if there is none.
 * Samples that failed for a passing reason block everything: the next attempt may have them. */
static StageId
blocker(const Workout *workout, StageId id)
{
    const StageState *streams = &workout->stages[STAGE_STREAMS];

    if (id != STAGE_STREAMS && streams->status == STAGE_FAILED && streams->err.retryable) {
        return STAGE_STREAMS;
    }
    for (int i = 0; i < (int)id; i++) {
        if ((stages[id].after & AFTER(i)) != 0 && workout->stages[i].status != STAGE_COMPLETE) {
            return (StageId)i;
        }
    }
    return STAGE_COUNT;
}

/* run_one runs a stage and gives it its status. One that only leaves its figures to others writes no
 * document. */
static void
run_one(Workout *workout, StageId id)
{
    StageState *state = &workout->stages[id];
    Err err = ERR_NONE;
    const char *reason = NULL;
    int64_t start_us = clock_monotonic_us();
    bool is_done;

    if (failpoint_fails(stages[id].failpoint)) {
        is_done = err_set(&err, ERR_UNKNOWN, "failpoint", "%s: failed for a test", stage_name(id));
    } else {
        is_done = stages[id].run(workout, &reason, &err) &&
                  (stages[id].write == NULL || !state->is_written || stages[id].write(workout, &err));
    }
    metric_observe(METRIC_STAGE_SECONDS, stage_name(id), NULL,
                   (double)(clock_monotonic_us() - start_us) / 1e6);
    metric_add(METRIC_STAGE_RESULT_TOTAL, stage_name(id), is_done ? "complete" : "failed", 1);
    if (is_done) {
        state->status = STAGE_COMPLETE;
        state->reason = reason;
        return;
    }
    if (err.class == ERR_CLASS_NONE) {
        (void)err_set(&err, ERR_UNKNOWN, "no_error", "%s: failed without saying why", stage_name(id));
    }
    (void)str_copy(err.stage, sizeof err.stage, stage_name(id));
    state->status = STAGE_FAILED;
    state->is_written = true;
    state->err = err;
}

static void
block(Workout *workout, StageId id, StageId by)
{
    StageState *state = &workout->stages[id];

    metric_add(METRIC_STAGE_RESULT_TOTAL, stage_name(id), "blocked", 1);
    state->status = STAGE_PENDING;
    (void)err_set(&state->err, workout->stages[by].err.class, "blocked", "blocked by %s", stage_name(by));
    (void)str_copy(state->err.stage, sizeof state->err.stage, stage_name(id));
}

/* reads_results tells whether a stage that is due needs what this one leaves in memory. */
static bool
reads_results(const bool due[STAGE_COUNT], StageId id)
{
    for (int later = (int)id + 1; later < STAGE_COUNT; later++) {
        bool reads = (stages[later].after & AFTER(id)) != 0 || (id == STAGE_STREAMS);
        if (due[later] && reads) {
            return true;
        }
    }
    return false;
}

bool
stages_run(Workout *workout, StagesTick tick, void *user)
{
    /* What is due before anything runs, and what those read. Attach may yet change the plan; then more
     * becomes due. */
    bool due[STAGE_COUNT] = { false };
    bool runs[STAGE_COUNT] = { false };

    for (int id = STAGE_COUNT - 1; id >= 0; id--) {
        due[id] = stages_needed(workout, (StageId)id);
        runs[id] = due[id];
    }
    if (due[STAGE_ATTACH]) { /* summary and what follows are due if a plan is found */
        runs[STAGE_SUMMARY] = runs[STAGE_METRICS] = runs[STAGE_EXECUTION] = true;
    }
    for (int id = STAGE_COUNT - 1; id >= 0; id--) {
        runs[id] = runs[id] || reads_results(runs, (StageId)id);
    }
    for (int i = 0; i < STAGE_COUNT; i++) {
        StageId id = (StageId)i;
        if (!runs[id]) {
            continue;
        }
        bool is_due = stages_needed(workout, id);
        StageId by = blocker(workout, id);
        workout->stages[id].is_written = is_due;
        if (by == STAGE_COUNT) {
            run_one(workout, id);
        } else if (is_due) {
            block(workout, id, by);
        }
        if (tick != NULL && !tick(user)) {
            return false;
        }
    }
    return true;
}

bool
stages_outcome(Workout *workout, bool attempts_left, Err *err)
{
    const StageState *deciding = NULL;
    bool may_retry = false;

    for (int id = 0; id < STAGE_COUNT; id++) {
        const StageState *state = &workout->stages[id];
        if (state->status == STAGE_FAILED) {
            bool first_retryable = state->err.retryable && attempts_left && !may_retry;
            deciding = deciding == NULL || first_retryable ? state : deciding;
            may_retry = may_retry || first_retryable;
        }
    }
    if (deciding == NULL) {
        return true;
    }
    *err = deciding->err;
    err->retryable = may_retry;
    for (int id = 0; id < STAGE_COUNT && !may_retry; id++) {
        StageState *state = &workout->stages[id];
        if (state->status == STAGE_PENDING) { /* blocked: nobody will come for it */
            state->status = STAGE_FAILED;
            state->is_written = true;
        }
    }
    return false;
}

const char *
stage_error_text(const StageState *state, char *buffer)
{
    char text[sizeof state->err.message + sizeof state->err.code + 64];

    if (state->err.class == ERR_CLASS_NONE || state->status == STAGE_COMPLETE) {
        return NULL;
    }
    if (strcmp(state->err.code, "blocked") == 0) {
        (void)snprintf(text, sizeof text, "%s", state->err.message);
    } else {
        (void)snprintf(text, sizeof text, "%s: %s", err_class_name(state->err.class), state->err.message);
    }
    (void)str_copy(buffer, STAGE_ERROR_MAX + 1, text);
    return buffer;
}

/* stage_at prints the time of the run for `stages.<stage>.at`. */
static void
stage_at(char text[32])
{
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm utc;

    text[0] = '\0';
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
}

static void
patch_stages(const Workout *workout, Str *json)
{
    char at[32];

    stage_at(at);
    json_open(json, "stages", '{');
    for (int id = 0; id < STAGE_COUNT; id++) {
        const StageState *state = &workout->stages[id];
        if (!state->is_written || state->status != STAGE_COMPLETE) {
            continue;
        }
        json_open(json, stage_name((StageId)id), '{');
        json_put_text(json, "at", at);
        json_put_int(json, "version", stages[id].version);
        json_put_text(json, "inputs", state->inputs);
        json_put_text(json, "basis", workout->has_samples ? "streams" : "scalars");
        json_put_text(json, "reason", state->reason);
        json_close(json, '}');
    }
    json_close(json, '}');
}

void
stages_patch(const Workout *workout, Str *json)
{
    const struct {
        StageId stage;
        const char *path;
        const Str *document;
    } paths[] = {
        { STAGE_SUMMARY, "overall", &workout->overall_json },
        { STAGE_SUMMARY, "intervals", &workout->intervals_json },
        { STAGE_SUMMARY, "planned_steps_light", &workout->planned_steps_json },
        { STAGE_ANALYSIS, "analysis", &workout->analysis_json },
        { STAGE_METRICS, "metrics", &workout->metrics_json },
        { STAGE_EXECUTION, "execution", &workout->execution_json },
    };

    json_open(json, NULL, '{');
    json_put_int(json, "version", COMPUTED_VERSION);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const StageState *state = &workout->stages[paths[i].stage];
        if (state->is_written && state->status == STAGE_COMPLETE) {
            json_put_raw(json, paths[i].path, str_text(paths[i].document));
        }
    }
    if (workout->stages[STAGE_EXECUTION].is_written &&
        workout->stages[STAGE_EXECUTION].status == STAGE_COMPLETE) {
        json_put_number(json, "execution_score", workout->execution->score, DIGITS_PCT);
    }
    patch_stages(workout, json);
    json_close(json, '}');
}
