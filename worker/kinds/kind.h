/* kind.h - the whole interface between the worker and a kind of work.
 *
 * A kind is a name, the columns it wants from its row, and process(). process() computes and calls without an
 * open transaction; what it writes, it writes between job_begin and its return, and finish commits those
 * writes together with the completion, or not at all. It runs in the slot's only thread and must call
 * job_tick in long work and in every wait.
 */
#ifndef PACELINE_KIND_H
#define PACELINE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/config.h"
#include "common/db.h"
#include "common/err.h"
#include "common/job.h"
#include "common/provider/call.h"

/* Claim is one job in hand. All pointers live until process() has returned. */
typedef struct Claim {
    const JobKind *kind;
    const char *key;
    int32_t epoch;      /* the fencing token of this claim */
    int32_t generation; /* names the request to the outside: use it in idempotency keys, never the epoch */
    int attempts;       /* this claim included; 1 at first */
    int64_t waited_us;  /* from announcement to claim */
    const char *traceparent; /* W3C; "" if none */
    const PGresult *rows;    /* text format; the kind's columns follow the claim's own */
    int row;
} Claim;

/* claim_text returns a column that the kind named, or NULL if it is NULL. A column it did not name ends the
 * program (a bug). */
const char *claim_text(const Claim *claim, const char *column);

typedef enum OutcomeType {
    OUTCOME_NONE,  /* process() forgot to say: counts as RETRY with unknown_error */
    OUTCOME_DONE,  /* complete */
    OUTCOME_RETRY, /* back to pending after a backoff; the attempt counts; failed when attempts are spent */
    OUTCOME_DEFER, /* back to pending at a time; not an attempt */
    OUTCOME_FAIL,  /* failed for good */
    OUTCOME_YIELD, /* checkpointed, back of the queue at once; not an attempt */
    OUTCOME_CANCELLED, /* a wish to cancel was granted */
    OUTCOME_COUNT
} OutcomeType;

typedef struct Outcome {
    OutcomeType type;
    int64_t wait_us; /* DEFER: from now, at least 1 s; RETRY: 0 = by the kind's backoff */
    Err err;         /* RETRY, FAIL, DEFER: why */
} Outcome;

void outcome_done(Outcome *outcome);
void outcome_retry(Outcome *outcome, const Err *err);
void outcome_defer(Outcome *outcome, int64_t wait_us, const Err *why);
void outcome_fail(Outcome *outcome, const Err *err);
void outcome_yield(Outcome *outcome);
void outcome_cancelled(Outcome *outcome);

/* outcome_from_err lets the error's class decide: retry, defer (rate limit, quota, a call that an open
 * breaker did not let happen: until retry_at_us) or fail; a call that was interrupted yields. */
void outcome_from_err(Outcome *outcome, const Err *err);

/* outcome_name returns "done", "retry", ... for log lines and metric labels. */
const char *outcome_name(OutcomeType type);

typedef struct JobContext JobContext;

/* What process() may use. Memory of the arena and the row end with the job. */
Db *job_db(JobContext *ctx);
Arena *job_arena(JobContext *ctx);
const Config *job_config(const JobContext *ctx);

/* job_providers returns what provider_call needs; its waits tick. A worker that drains, or a wish to cancel,
 * ends a call: ERR_UNKNOWN, code "interrupted", which outcome_from_err makes a YIELD. */
ProviderSession *job_providers(JobContext *ctx);

/* job_begin opens the transaction of the job's effects and locks the row, if the job is still ours. False
 * with code "fenced" if it is not (return at once: nothing of this job will be written), or with the
 * database's error. On a RETRY or FAIL too, what was written since job_begin is committed with the outcome,
 * unless process() calls job_abort. */
MUST_CHECK bool job_begin(JobContext *ctx, Err *err);

/* job_abort rolls back what was written since job_begin; the outcome is then recorded in a transaction of its
 * own. */
void job_abort(JobContext *ctx);

/* JobSignal is what a tick or checkpoint tells the job. */
typedef enum JobSignal {
    JOB_GO_ON,
    JOB_WANTS_CANCEL, /* end with outcome_cancelled at the next place where that is clean */
    JOB_DRAINING,     /* the worker stops: checkpoint and yield soon */
    JOB_LEAVE,        /* others wait behind this job's partitions: checkpoint and yield when convenient */
    JOB_LOST          /* not ours any more, or the connection is gone: return at once */
} JobSignal;

/* job_tick keeps a long job alive: it polls Kafka, beats the supervisor's heart, and every now and then moves
 * the deadline. Cheap enough for every few milliseconds. While a transaction is open on job_db, the deadline
 * stays as it is. */
JobSignal job_tick(JobContext *ctx);

/* job_checkpoint commits what was written since job_begin (or nothing) as saved progress: the job goes on. If
 * progressed, attempts go back to 1. False if the job was lost: return at once. ret_signal as job_tick's. */
MUST_CHECK bool job_checkpoint(JobContext *ctx, bool progressed, JobSignal *ret_signal, Err *err);

typedef struct Kind {
    const char *name;
    const char *const *columns; /* ends with NULL; checked against the table when the worker starts */
    void (*process)(JobContext *ctx, const Claim *claim, Outcome *outcome);
} Kind;

/* kind_find returns the kind of that name that this program has, or NULL (registry.c). */
const Kind *kind_find(const char *name);

/* kind_each returns the i-th kind, NULL after the last. */
const Kind *kind_each(int i);

#endif
