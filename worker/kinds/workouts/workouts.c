/* workouts: from an activity to its computed figures (workouts.md).
 *
 * process() reads the workout, runs its stages in memory, and writes what they produced: the link to a plan,
 * the documents, every stage's status. All of it is in the transaction that finish commits together with the
 * job's outcome; a RETRY or FAIL commits the stages that did complete. There is no other way by which a stage
 * starts.
 */
#include <string.h>

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/metrics.h"
#include "worker/kinds/workouts/stages.h"
#include "worker/kinds/workouts/workout_read.h"
#include "worker/kinds/workouts/workout_store.h"
#include "worker/kinds/workouts/workouts.h"

#define LOOK_AGAIN_US INT64_C(1000000) /* the shortest a job may be deferred */

/* The stages read the row anew when the job starts: a claim of many rows would hold their documents for
 * nothing. */
static const char *const columns[] = { NULL };

/* Ticker remembers what the last tick between two stages told. */
typedef struct Ticker {
    JobContext *ctx;
    JobSignal signal;
} Ticker;

/* go_on is called between stages; a workout takes milliseconds, so only a lost job and a wish to cancel end
 * it. */
static bool
go_on(void *user)
{
    Ticker *ticker = user;

    ticker->signal = job_tick(ticker->ctx);
    return ticker->signal != JOB_LOST && ticker->signal != JOB_WANTS_CANCEL;
}

/* end_with_err ends a job that stored nothing. A plan that slipped away, or plans or settings that are being
 * changed, are no attempt. */
static void
end_with_err(JobContext *ctx, Outcome *outcome, const Err *err)
{
    job_abort(ctx);
    if (strcmp(err->code, "plan_taken") == 0 || strcmp(err->code, "plans_change") == 0 ||
        strcmp(err->code, "settings_change") == 0) {
        outcome_defer(outcome, LOOK_AGAIN_US, err);
    } else {
        outcome_from_err(outcome, err);
    }
}

/* timed notes how long reading or writing took, beside the stages. */
static void
timed(const char *what, int64_t start_us)
{
    metric_observe(METRIC_STAGE_SECONDS, what, NULL, (double)(clock_monotonic_us() - start_us) / 1e6);
}

/* read_all takes everything that the stages will need. */
static bool
read_all(JobContext *ctx, const Claim *claim, Workout *workout, Err *err)
{
    int64_t start_us = clock_monotonic_us();

    if (!workout_read(job_db(ctx), claim->key, workout, err)) {
        return false;
    }
    bool looks_for_plan = !workout->has_plan && workout->planned_by != PLANNED_BY_DETACHED &&
                          stages_needed(workout, STAGE_ATTACH);
    if (looks_for_plan && !workout_candidates_read(job_db(ctx), workout, err)) {
        return false;
    }
    timed("read", start_us);
    return true;
}

/* store writes everything, then names the outcome. */
static bool
store(JobContext *ctx, const Claim *claim, Workout *workout, Outcome *outcome, Err *err)
{
    Err why = ERR_NONE;
    int64_t start_us = clock_monotonic_us();
    bool is_done = stages_outcome(workout, claim->attempts < claim->kind->max_attempts, &why);

    failpoint("workouts.computed");
    if (!job_begin(ctx, err) || !workout_link(job_db(ctx), workout, err)) {
        return false;
    }
    failpoint("workouts.linked");
    if (!workout_store(job_db(ctx), workout, err)) {
        return false;
    }
    failpoint("workouts.stored");
    timed("write", start_us);
    if (is_done) {
        outcome_done(outcome);
    } else if (why.retryable) {
        outcome_retry(outcome, &why);
    } else {
        outcome_fail(outcome, &why);
    }
    return true;
}

static void
workouts_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    _cleanup_(workout_done) Workout workout;
    Ticker ticker = { .ctx = ctx, .signal = JOB_GO_ON };
    Err err = ERR_NONE;

    workout_init(&workout, job_arena(ctx));
    workout.gap_model = (GapModel)job_config(ctx)->gap_model; /* the option's choices are in its order */
    if (!read_all(ctx, claim, &workout, &err)) {
        end_with_err(ctx, outcome, &err);
        return;
    }
    failpoint("workouts.read");
    if (!stages_run(&workout, go_on, &ticker)) {
        if (ticker.signal == JOB_WANTS_CANCEL) {
            outcome_cancelled(outcome);
        }
        return; /* lost: nothing is written, and nothing is to be said */
    }
    if (!store(ctx, claim, &workout, outcome, &err)) {
        end_with_err(ctx, outcome, &err);
    }
}

const Kind kind_workouts = { .name = "workouts", .columns = columns, .process = workouts_process };
