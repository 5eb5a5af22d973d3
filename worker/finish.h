/* finish.h - how jobs end: each with its outcome, fenced by epoch and worker, many in one statement.
 *
 * Jobs without effects of their own are recorded and sent together, without waiting for the answer; a job
 * that opened a transaction ends inside it. What got no answer (the connection broke: perhaps committed,
 * perhaps not) is sent again after reconnecting, which is harmless: the fence lets a finish through once.
 * What the database refused is finished job by job.
 */
#ifndef PACELINE_FINISH_H
#define PACELINE_FINISH_H

#include <stdbool.h>

#include "worker/claim.h"
#include "worker/worker.h"

MUST_CHECK FinishQueue *finish_queue_new(Worker *worker);
void finish_queue_free(FinishQueue *queue);

/* finish_add records the outcome of one job of a batch. False when memory is out: the job is left to its
 * deadline. */
MUST_CHECK bool finish_add(FinishQueue *queue, const Batch *batch, const Claim *claim, const Outcome *outcome,
                           Err *err);

/* finish_send sends what is recorded for the batch, without waiting. is_last: the batch is over, and its
 * holding goes with it, or, if another finish of the batch is not settled, after that. */
void finish_send(FinishQueue *queue, const Batch *batch, bool is_last);

/* finish_effects ends a job inside the transaction that job_begin opened, and commits. False if nothing was
 * written: the transaction was rolled back, and err says why; code "fenced": the job is not ours any more;
 * code "commit_unknown": the job is given back after reconnecting, unless the commit did take place. */
MUST_CHECK bool finish_effects(FinishQueue *queue, const Batch *batch, const Claim *claim,
                               const Outcome *outcome, bool is_last, Err *err);

/* finish_age_us tells how long the oldest recorded outcome has waited to be sent; 0 if none. */
int64_t finish_age_us(const FinishQueue *queue);

/* finish_is_clear: every finish that was sent has been answered well. finish_is_idle: and none is recorded.
 * finish_has_failed: some were not (the connection broke, or the database refused); finish_settle sends those
 * again, with a connection. True when nothing is left. */
bool finish_is_clear(const FinishQueue *queue);
bool finish_is_idle(const FinishQueue *queue);
bool finish_has_failed(const FinishQueue *queue);
MUST_CHECK bool finish_settle(FinishQueue *queue);

/* finish_forget drops everything: the worker was reaped, so every one of these finishes is fenced. */
void finish_forget(FinishQueue *queue);

#endif
