#include "worker/dispatch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/exit_code.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "worker/consume.h"
#include "worker/finish.h"
#include "worker/provider_report.h"

enum {
    SEND_AFTER_US = 100000, /* a recorded outcome waits no longer for its neighbours */
    HOLD_AFTER_US =
        1000000, /* a job is long from here on: its slot's partitions are paused (and their queues emptied) */
    KAFKA_EVERY_US = 100000,   /* and Kafka is polled so often */
    HOLD_MAX_US = 30000000,    /* partitions stay paused so long; then the job is asked to yield */
    LEAVE_AFTER_US = 40000000, /* and if it does not, the slot leaves the group */
    RENEW_MAX_US = 5000000,    /* the deadline is moved, and wishes are heard, at least so often */
    WATCH_EVERY_US = 50000,    /* a long job looks so often whether the connection stands */
    RECONNECT_EVERY_US =
        250000, /* and tries so often to make it again, before the reaper gives the job back */
};

struct JobContext {
    Worker *worker;
    Arena *arena;
    const Batch *batch;
    const Claim *claim;
    bool has_begun; /* a transaction of the job's effects is open */
    bool is_lost;   /* not ours any more */
    bool wants_cancel;
    int64_t started_at_us, polled_at_us, renewed_at_us, watched_at_us;
    ProviderSession providers;
};

/* --- what a kind may call (kind.h) --- */

Db *
job_db(JobContext *ctx)
{
    return ctx->worker->db;
}

Arena *
job_arena(JobContext *ctx)
{
    return ctx->arena;
}

const Config *
job_config(const JobContext *ctx)
{
    return ctx->worker->config;
}

/* goes_on says whether a call of a provider is waited for. */
static bool
goes_on(void *user)
{
    JobSignal signal = job_tick(user);
    return signal == JOB_GO_ON || signal == JOB_LEAVE;
}

ProviderSession *
job_providers(JobContext *ctx)
{
    Worker *worker = ctx->worker;
    ctx->providers = (ProviderSession){ .config = worker->config,
                                        .http = worker->http,
                                        .db = worker->db,
                                        .worker = worker->id,
                                        .wait = { .go_on = goes_on, .user = ctx },
                                        .report = provider_report };
    return &ctx->providers;
}

static void
fence_args(const JobContext *ctx, DbArgs *args)
{
    *args = DB_ARGS_EMPTY;
    args_text(args, ctx->claim->key);
    args_int(args, ctx->claim->epoch);
    args_int(args, ctx->worker->id);
}

/* begin opens a transaction. Nothing has been written yet, so a connection that broke meanwhile is made again
 * first; if the worker was reaped, the job is lost. */
static bool
begin(JobContext *ctx, Err *err)
{
    Worker *worker = ctx->worker;
    bool is_new = false;
    if (db_begin(worker->db, err)) {
        return true;
    }
    if (db_is_connected(worker->db) || !worker_connect(worker, &is_new, err)) {
        return false;
    }
    if (is_new) {
        ctx->is_lost = true;
        return err_set(err, ERR_UNKNOWN, "fenced", "job %s is not ours any more", ctx->claim->key);
    }
    return db_begin(worker->db, err);
}

bool
job_begin(JobContext *ctx, Err *err)
{
    DbArgs args;
    if (ctx->is_lost) {
        return err_set(err, ERR_UNKNOWN, "fenced", "job %s is not ours any more", ctx->claim->key);
    }
    if (ctx->has_begun) {
        return true;
    }
    if (!begin(ctx, err)) {
        return false;
    }
    ctx->has_begun = true;
    fence_args(ctx, &args);
    _cleanup_(db_result_clear) PGresult *row =
        db_query(ctx->worker->db, &ctx->batch->kind->fence, &args, err);
    if (row == NULL) {
        job_abort(ctx);
        return false;
    }
    if (PQntuples(row) == 0) {
        job_abort(ctx);
        ctx->is_lost = true;
        return err_set(err, ERR_UNKNOWN, "fenced", "job %s is not ours any more", ctx->claim->key);
    }
    failpoint("job.begun");
    return true;
}

void
job_abort(JobContext *ctx)
{
    if (ctx->has_begun) {
        db_rollback(ctx->worker->db);
        ctx->has_begun = false;
    }
}

static void
lease_print(const JobContext *ctx, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%lld us", (long long)ctx->batch->kind->job.lease_us);
}

/* renewed reads the answer of job_tick or job_checkpoint: no row says that the job was lost. */
static void
renewed(JobContext *ctx, const PGresult *row)
{
    ctx->renewed_at_us = clock_monotonic_us();
    if (PQntuples(row) == 0) {
        ctx->is_lost = true;
        return;
    }
    ctx->wants_cancel = PQgetvalue(row, 0, 0)[0] == 't';
}

/* renew moves the deadline of the batch. A lost connection is made again: if the worker was reaped meanwhile,
 * the job is lost. */
static void
renew(JobContext *ctx)
{
    Err err = ERR_NONE;
    bool is_new = false;
    char lease[32];
    DbArgs args;
    ctx->renewed_at_us = clock_monotonic_us();
    if (!worker_connect(ctx->worker, &is_new, &err)) {
        LOG_WARN("job.tick", LOG_FAILURE(&err));
        return;
    }
    if (is_new) {
        ctx->is_lost = true;
        return;
    }
    fence_args(ctx, &args);
    args_int(&args, ctx->batch->number);
    lease_print(ctx, lease, sizeof lease);
    args_text(&args, lease);
    _cleanup_(db_result_clear) PGresult *row =
        db_query(ctx->worker->db, &ctx->batch->kind->tick, &args, &err);
    if (row == NULL) {
        LOG_WARN("job.tick", LOG_FAILURE(&err));
        return;
    }
    renewed(ctx, row);
}

/* hold_partitions keeps the group membership polled without taking in more than can be worked on. */
static void
hold_partitions(JobContext *ctx, int64_t now_us)
{
    Consumer *consumer = ctx->worker->consumer;
    if (consumer == NULL || now_us - ctx->started_at_us < HOLD_AFTER_US ||
        now_us - ctx->polled_at_us < KAFKA_EVERY_US) {
        return;
    }
    ctx->polled_at_us = now_us;
    consumer_hold(consumer);
    if (now_us - ctx->started_at_us > LEAVE_AFTER_US) {
        consumer_leave(consumer);
    }
    (void)consumer_poll(consumer, INBOX_MAX, 0);
    consumer_store(consumer);
}

/* renew_is_due: a quarter of the lease has passed, or the connection broke and must be made again. */
static bool
renew_is_due(JobContext *ctx, int64_t now_us)
{
    Err err = ERR_NONE;
    Db *db = ctx->worker->db;
    int64_t quarter_us = ctx->batch->kind->job.lease_us / 4;
    int64_t every_us = quarter_us < RENEW_MAX_US ? quarter_us : RENEW_MAX_US;
    if (db_is_connected(db) && now_us - ctx->watched_at_us >= WATCH_EVERY_US) {
        ctx->watched_at_us = now_us;
        if (!db_receive(db, &err)) {
            LOG_WARN("job.tick", LOG_FAILURE(&err));
            return true;
        }
    }
    if (!db_is_connected(db) && every_us > RECONNECT_EVERY_US) {
        every_us = RECONNECT_EVERY_US;
    }
    return now_us - ctx->renewed_at_us >= every_us;
}

JobSignal
job_tick(JobContext *ctx)
{
    Role *role = ctx->worker->role;
    int64_t now_us = clock_monotonic_us();
    role_tick(role);
    if (role_forced(role)) {
        _exit(EXIT_CODE_FORCED); /* killing is always safe */
    }
    hold_partitions(ctx, now_us);
    if (!db_in_transaction(ctx->worker->db) && renew_is_due(ctx, now_us)) {
        renew(ctx);
    }
    if (ctx->is_lost) {
        return JOB_LOST;
    }
    if (ctx->wants_cancel) {
        return JOB_WANTS_CANCEL;
    }
    if (role_draining(role)) {
        return JOB_DRAINING;
    }
    return ctx->worker->consumer != NULL && now_us - ctx->started_at_us > HOLD_MAX_US ? JOB_LEAVE : JOB_GO_ON;
}

bool
job_checkpoint(JobContext *ctx, bool progressed, JobSignal *ret_signal, Err *err)
{
    char lease[32];
    DbArgs args;
    if (!job_begin(ctx, err)) {
        return false;
    }
    fence_args(ctx, &args);
    args_bool(&args, progressed);
    args_int(&args, ctx->batch->number);
    lease_print(ctx, lease, sizeof lease);
    args_text(&args, lease);
    _cleanup_(db_result_clear) PGresult *row =
        db_query(ctx->worker->db, &ctx->batch->kind->checkpoint, &args, err);
    if (row == NULL) {
        job_abort(ctx);
        return false;
    }
    ctx->has_begun = false;
    if (!db_commit(ctx->worker->db, err)) {
        return false;
    }
    renewed(ctx, row);
    metric_add(METRIC_JOB_CHECKPOINT_TOTAL, ctx->claim->kind->name, NULL, 1);
    *ret_signal = job_tick(ctx);
    return !ctx->is_lost;
}

/* --- one job --- */

/* outcome_settle records an outcome outside the job's own transaction: with the batch. */
static void
outcome_settle(JobContext *ctx, const Outcome *outcome, DispatchTally *tally)
{
    Err err = ERR_NONE;
    if (!finish_add(ctx->worker->finishes, ctx->batch, ctx->claim, outcome, &err)) {
        LOG_ERROR("job.finish", LOG_FAILURE(&err)); /* the deadline gives it back: the holding stays */
        tally->is_left = true;
        return;
    }
    tally->ended[outcome->type]++;
}

static void
fenced(const JobContext *ctx, DispatchTally *tally)
{
    tally->fenced++;
    metric_add(METRIC_JOB_FENCED_TOTAL, ctx->claim->kind->name, NULL, 1);
    LOG_WARN("job.fenced", LOG_TEXT("outcome", "nothing written"));
}

/* retry_once gives a unique violation another attempt: whoever was faster has committed by then, and the job
 * finds its row. */
static void
retry_once(const JobContext *ctx, Outcome *outcome)
{
    if (outcome->type == OUTCOME_FAIL && ctx->claim->attempts == 1 &&
        strcmp(outcome->err.code, "23505") == 0) {
        outcome->type = OUTCOME_RETRY;
    }
}

/* effects_commit ends a job in the transaction of its effects. If that failed, the failure is the outcome, in
 * a transaction of its own. */
static void
effects_commit(JobContext *ctx, Outcome *outcome, bool is_last, DispatchTally *tally)
{
    Err err = ERR_NONE;
    ctx->has_begun = false;
    if (finish_effects(ctx->worker->finishes, ctx->batch, ctx->claim, outcome, is_last, &err)) {
        tally->ended[outcome->type]++;
        tally->is_released = is_last;
        return;
    }
    if (strcmp(err.code, "fenced") == 0) {
        fenced(ctx, tally);
    } else if (strcmp(err.code, "commit_unknown") == 0) {
        LOG_WARN("job.commit", LOG_FAILURE(&err));
    } else {
        /* After an error inside the transaction the kind has said which; the rest was refused because of it.
         */
        if (strcmp(err.code, "25P02") != 0 || outcome->type == OUTCOME_DONE) {
            outcome_from_err(outcome, &err);
        }
        retry_once(ctx, outcome);
        tally->last_err = outcome->err;
        outcome_settle(ctx, outcome, tally);
    }
}

static void
job_end(JobContext *ctx, Outcome *outcome, bool is_last, DispatchTally *tally)
{
    retry_once(ctx, outcome);
    if (outcome->type != OUTCOME_DONE) {
        tally->last_err = outcome->err;
    }
    if (ctx->is_lost) {
        job_abort(ctx);
        fenced(ctx, tally);
    } else if (ctx->has_begun) {
        /* Only when every other job of the batch has ended may this finish take the holding along. */
        effects_commit(ctx, outcome, is_last && !tally->is_left && finish_is_idle(ctx->worker->finishes),
                       tally);
    } else {
        outcome_settle(ctx, outcome, tally);
    }
}

static double
job_run(Worker *worker, const Batch *batch, const Claim *claim, Arena *arena, bool is_last,
        DispatchTally *tally)
{
    Outcome outcome = { .type = OUTCOME_NONE };
    int64_t now_us = clock_monotonic_us();
    JobContext ctx = { .worker = worker,
                       .arena = arena,
                       .batch = batch,
                       .claim = claim,
                       .started_at_us = now_us,
                       .polled_at_us = now_us,
                       .renewed_at_us = batch->claimed_at_us,
                       .watched_at_us = now_us };
    slot_set_job(worker->role->slot, claim->kind->name, claim->key, claim->epoch, claim->attempts);
    log_set_job(claim->kind->name, claim->key, claim->epoch, claim->attempts, claim->traceparent);
    LOG_DEBUG("job.claim", LOG_INT("waited_us", claim->waited_us));
    metric_observe(METRIC_JOB_WAIT_SECONDS, claim->kind->name, NULL, (double)claim->waited_us / 1e6);
    failpoint("job.run");
    batch->kind->code->process(&ctx, claim, &outcome);
    double took_us = (double)(clock_monotonic_us() - now_us);
    job_end(&ctx, &outcome, is_last, tally);
    metric_observe(METRIC_JOB_PROCESS_SECONDS, claim->kind->name, NULL, took_us / 1e6);
    slot_clear_job(worker->role->slot);
    log_clear_job();
    arena_reset(arena);
    return took_us;
}

/* --- the batch --- */

/* keep_alive moves the batch's deadline between short jobs, as job_tick does within long ones. */
static void
keep_alive(Worker *worker, const Batch *batch, const Claim *next, int64_t *renewed_at_us, bool *is_lost)
{
    JobContext ctx = { .worker = worker, .batch = batch, .claim = next, .renewed_at_us = *renewed_at_us };
    if (clock_monotonic_us() - *renewed_at_us < batch->kind->job.lease_us / 4) {
        return;
    }
    renew(&ctx);
    *renewed_at_us = ctx.renewed_at_us;
    *is_lost = ctx.is_lost;
}

/* give_back returns a job that was not started: no attempt of it is counted. */
static void
give_back(Worker *worker, const Batch *batch, const Claim *claim, DispatchTally *tally)
{
    Outcome outcome;
    JobContext ctx = { .worker = worker, .batch = batch, .claim = claim };
    outcome_yield(&outcome);
    outcome_settle(&ctx, &outcome, tally);
}

static void
measure(WorkKind *kind, double total_us, int n)
{
    if (n > 0) {
        double mean_us = total_us / n > 1 ? total_us / n : 1;
        kind->job_us = kind->job_us > 0 ? kind->job_us * 0.8 + mean_us * 0.2 : mean_us;
    }
}

void
dispatch_batch(Worker *worker, Batch *batch, Arena *arena, DispatchTally *ret_tally)
{
    DispatchTally tally = { .fenced = 0 };
    int64_t renewed_at_us = batch->claimed_at_us;
    int64_t claimer = worker->id;
    double total_us = 0;
    int run = 0;
    for (int i = 0; i < batch->n; i++) {
        Claim claim;
        bool is_lost = false;
        batch_claim(batch, i, &claim);
        keep_alive(worker, batch, &claim, &renewed_at_us, &is_lost);
        role_tick(worker->role);
        if (is_lost || worker->id != claimer) {
            continue; /* given back by the reaper meanwhile */
        }
        if (role_draining(worker->role)) {
            give_back(worker, batch, &claim, &tally);
            continue;
        }
        total_us += job_run(worker, batch, &claim, arena, i == batch->n - 1, &tally);
        run++;
        if (finish_age_us(worker->finishes) > SEND_AFTER_US && i < batch->n - 1) {
            finish_send(worker->finishes, batch, false);
        }
    }
    if (!tally.is_released) {
        finish_send(worker->finishes, batch, !tally.is_left);
    }
    measure(batch->kind, total_us, run);
    if (worker->consumer != NULL) {
        consumer_release(worker->consumer);
    }
    batch_done(batch);
    if (ret_tally != NULL) {
        *ret_tally = tally;
    }
}
