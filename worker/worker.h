/* worker.h - the state of one slot, built by its main and handed down.
 *
 * A slot is one process: a member of the consumer group with one database connection. Nothing here is
 * shared; one thread.
 */
#ifndef PACELINE_WORKER_H
#define PACELINE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/db.h"
#include "common/job.h"
#include "common/provider/http_client.h"
#include "common/role.h"
#include "common/str.h"
#include "worker/kinds/kind.h"

enum { WORK_KINDS_MAX = 31 };

/* WorkKind is a kind that this slot takes: its settings in the database, its code, its queries. Its address
 * stays while the slot lives; a reload changes the settings in place. */
typedef struct WorkKind {
    JobKind job;
    const Kind *code;
    SqlQuery claim, unclaim, look, finish, fence, checkpoint, tick;
    double job_us;           /* measured mean time of a job; 0 = none measured yet */
    int64_t broken_until_us; /* monotonic; its table refuses every statement: not asked again before. See
                                claim.h */
    size_t waiting;          /* its entries in the inbox, as of the last poll */
    bool
        is_crowding; /* it has enough of them: its partitions are paused until half are gone. See consume.h */
} WorkKind;

typedef struct Inbox Inbox;
typedef struct Consumer Consumer;
typedef struct FinishQueue FinishQueue;

typedef struct Worker {
    const Config *config;
    Role *role;
    Db *db;
    int64_t id;      /* workers.id; 0 while not registered */
    int64_t batches; /* numbers given to batches so far */
    int64_t
        connections; /* db_connections at the last registration: another number means the session is new */
    WorkKind *unclaim_kind; /* of a claim that got no answer; NULL = none. See claim_settle */
    int64_t unclaim_batch;
    uint64_t random;
    WorkKind *kinds[WORK_KINDS_MAX];
    size_t kind_count;
    int64_t kinds_loaded_at_us;
    Str refusals; /* of the last load: why kinds are not taken, a line each */
    Inbox *inbox;
    Consumer *consumer; /* NULL in run-one */
    FinishQueue *finishes;
    HttpClient *http; /* for calls of providers */
} Worker;

/* worker_kind finds a kind of this slot by name, or NULL. */
WorkKind *worker_kind(const Worker *worker, const char *name);

/* worker_kinds_load reads job_kinds and makes ready what is new: kinds that this program has, that the
 * configuration wants, and that belong to its consumer group; a kind whose table or key was renamed gets new
 * queries. A kind that cannot work (its table lacks a column it needs) is logged once and not taken, and the
 * others go on. `only`: that kind alone, whatever the configuration wants; that it cannot work is then an
 * error (ERR_INVALID_DATA). Sets *ret_changed if a kind came, or was paused or resumed. */
MUST_CHECK bool worker_kinds_load(Worker *worker, const char *only, bool *ret_changed, Err *err);
void worker_kinds_done(Worker *worker);

/* worker_connect makes the worker able to claim: connected, its lock held, its row there. After a lost
 * connection it takes the lock again, waiting for its former session or the reaper; if its row is gone it
 * registers anew, forgets what it held, and sets *ret_is_new. */
MUST_CHECK bool worker_connect(Worker *worker, bool *ret_is_new, Err *err);

/* worker_leave removes the worker's row, if it holds nothing any more. */
void worker_leave(Worker *worker);

/* worker_seen keeps workers.seen_at fresh; false with code "unknown_worker" if the row is gone. */
MUST_CHECK bool worker_seen(Worker *worker, Err *err);

#endif
