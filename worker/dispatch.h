/* dispatch.h - run the jobs of a batch, one after the other, and see each to its end. */
#ifndef PACELINE_DISPATCH_H
#define PACELINE_DISPATCH_H

#include "worker/claim.h"
#include "worker/worker.h"

/* DispatchTally is how the jobs of a batch ended, for run-one and tests. */
typedef struct DispatchTally {
    int ended[OUTCOME_COUNT];
    int fenced;
    bool is_left;     /* the end of a job could not be recorded */
    bool is_released; /* the holding went with the last job's own transaction */
    Err last_err;     /* of the last job that did not end in DONE */
} DispatchTally;

/* dispatch_batch runs every job of the batch. On drain the jobs not yet started are given back, without an
 * attempt. The last finish is sent, not awaited. Consumes the batch. ret_tally may be NULL. */
void dispatch_batch(Worker *worker, Batch *batch, Arena *arena, DispatchTally *ret_tally);

#endif
