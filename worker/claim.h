/* claim.h - from messages to jobs in hand: one round trip for many rows.
 *
 * Every entry that was asked for is settled by the answer, or waits: for a second look (its commit may have
 * reached the log before it is visible) or for a claim alone (it failed before, and must not take neighbours
 * with it).
 */
#ifndef PACELINE_CLAIM_H
#define PACELINE_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/inbox.h"
#include "worker/worker.h"

/* Batch is what one claim took: the rows of job_claim.sql, in the order they are to run. */
typedef struct Batch {
    WorkKind *kind;
    int64_t number;
    PGresult *rows; /* owned; NULL when nothing was taken */
    int n;
    int64_t claimed_at_us; /* monotonic, before the claim was sent: the lease runs at least from there */
    char (*traceparents)[TRACEPARENT_SIZE]; /* [n], owned */
} Batch;

/* claim_batch asks for the entries of a kind that are new or due for another look, as many as the kind's
 * measured time allows. ret_batch->n may be 0. On failure no entry has changed: ask again after reconnecting.
 * A row that the database refuses to change (a constraint or trigger of the table's own) is no failure: fewer
 * are asked for until it stands alone; then it is logged and settled, and its neighbours are taken. Where the
 * statement itself is refused (the table is gone, a right is missing), the kind is left alone for a while.
 */
MUST_CHECK bool claim_batch(Worker *worker, WorkKind *kind, Batch *ret_batch, Err *err);

/* claim_alone asks for one entry alone; call it with nothing else in hand. */
MUST_CHECK bool claim_alone(Worker *worker, Entry *entry, Batch *ret_batch, Err *err);

/* claim_settle gives back what a claim without an answer (the connection broke) has taken, if it was
 * committed after all: nobody has those jobs in hand, and this worker lives. Call it after reconnecting;
 * every claim does. */
MUST_CHECK bool claim_settle(Worker *worker, Err *err);

void batch_done(Batch *batch);

/* batch_claim fills the i-th job of a batch; its texts live as long as the batch. */
void batch_claim(const Batch *batch, int i, Claim *ret_claim);

/* claim_limit tells how many jobs of a kind one claim may take: what is started within half a second and well
 * inside the lease. */
size_t claim_limit(const Worker *worker, const WorkKind *kind);

#endif
