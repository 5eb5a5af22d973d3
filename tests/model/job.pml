/* job.pml - the way of a job, as DESIGN.md has it, with every fault at every step.
 *
 * Checked with spin by tests/model/run. The row is the job, Kafka carries only its name, and an
 * epoch fences every claim. Is that enough when processes die, sessions are cut, messages are lost
 * or come twice, and deadlines pass? This file holds the state and what a commit does to it.
 *
 *   here                                  there
 *   worker.pml   POLL, store              worker/consume.c, worker/inbox.c
 *                claim_begin, claim_end   worker/claim.c      sql/queries/job_claim.sql, job_look.sql
 *                work                     worker/dispatch.c   worker/kinds/
 *                END                      worker/finish.c     sql/queries/job_fence.sql, job_finish.sql
 *                start, lost, back        worker/register.c   sql/queries/worker_register.sql, worker_return.sql
 *                RETURN                   worker/claim.c      sql/queries/job_unclaim.sql
 *   reaper.pml   DEAD, RECLAIM, LET_GO    reaper/reclaim.c    sql/queries/worker_take.sql, job_reclaim.sql,
 *                                                             holding_release.sql, worker_remove.sql
 *                COME_DUE                 reaper/announce.c   sql/queries/announce_due.sql
 *                barrier_begin and _end   reaper/barrier.c    sql/queries/barrier_begin.sql, announce_lost_*.sql,
 *                                                             announce_swept.sql
 *   outside.pml  Client                   clients and operators: sql/migrations/0005_job_operate.sql
 *                Server, Fate, Judge      PostgreSQL, Kafka and the clock; what strikes; what must hold
 *   job.pml      announce, give_back      sql/migrations/0003_job_triggers.sql, producer/wal.c
 *
 * What a step is. A transaction is two: its rows are locked, then it commits. A commit that
 * announces is one more: its message is in Kafka (announce) before others see it (surface), and
 * until then the row is locked and looks as before. A session that ends leaves its transaction to
 * the server, which rolls it back, or commits it if the COMMIT had been sent; its advisory lock
 * goes after that. The crash of a worker and the cut of its session are choices at every label.
 *
 * What is left out. Time: a deadline may pass and a lock be missing at any step, so one look of
 * the reaper is the worst case of two (QUICK puts the second look back). NOTIFY: it is one more
 * doubled message. FAIL: to this protocol it is DONE. A claim that carries the finish of the batch
 * before: it is the finish, then the claim. A turn of the reaper that ends with jobs left over: it is
 * the reaper's death, for both let go of the lock, and the next one begins anew.
 *
 * Budgets keep the search finite; Fate may end the faults at any moment, so that no run is saved
 * by a fault that had to happen.
 *
 *   JOBS BATCHES         1 or 2; with 2 batches a worker takes a second one beside the first
 *   CRASHES CUTS REAPER_CRASHES HANGS DEADLINES LOSSES DOUBLES SLOW
 *                        how often: a worker dies, loses its session, the reaper dies, a worker
 *                        stands still, a deadline passes, a message is lost, delivered again, a
 *                        second look goes on for too long
 *   RETRIES REQUESTS CANCELS   what kinds and clients may ask for; REQUEST_ANY: in any status
 *   SLOW_INSERT          a transaction may have been open for long when its row comes
 *   BARRIER_STEPS SWEEP  the barrier in steps, and with swept_to
 *   STORE_LATE           offsets wait until the second look is over
 *   POISON               job 0 kills every worker; attempts are counted
 *   QUICK                a worker that lives is back before the reaper's second look
 *   LIVENESS             for the search for cycles: the formula `completes` instead of Judge;
 *                        REST gives it a step at rest, as weak fairness in spin needs
 *
 * Names that begin with NO_ break one rule each; the table in tests/model/run has them all.
 */

#include "bounds.h"

mtype = { none,
          absent, pending, processing, complete, failed, cancelled,           /* Row.status */
          unset, later, reached, now,                                         /* Row.due */
          opened, inserted, given_back, put_off, given_up, again, requested,  /* Row.surfacing */
          nobody, session, orphan, reaper,                                    /* lock[]: who has it */
          claim, finish, retry };                                             /* what a transaction is for */

typedef Row {
    mtype status = absent;
    mtype due = unset;      /* unset: NULL; later: ahead; reached: passed; now: passed and announced */
    mtype surfacing = none; /* the commit that is in the log and not yet visible */
    byte epoch;
    byte attempts;
    byte worker;
    byte lock;              /* 0, the worker id whose transaction has it, or COMMITTED */
    bool wish;              /* a wish to cancel */
    bool swept;             /* inserted before swept_to: the barrier finds it by its due time only */
    bool fenced;            /* ghost: the open finish does not belong to this epoch */
    byte effects            /* ghost: sets of effects of this generation */
}
Row row[JOBS];

/* Kafka. One bit a message, numbered by the epoch it carries; one key lies in one partition, in
 * one order, so the lowest bit is delivered first. */
short topic[JOBS];            /* in the topic, offset not stored */
short polled[WORKERS * JOBS]; /* of these, delivered to this member of the group */
byte told[WORKERS * JOBS];    /* 1 + epoch of a message that this worker has to deal with; 0: none */

byte holding[IDS * BATCHES];  /* keys of a batch, one bit a job; 0: no such row */
bool overdue[IDS * BATCHES];  /* its deadline has passed */
bool registered[IDS];         /* the row in workers */
mtype lock[IDS] = nobody;     /* the worker's advisory lock */
bool hung[IDS];
#ifdef QUICK
bool away[IDS];               /* lives, and will be back before the second look */
bool looked[IDS];             /* the lock was missing at the first look */
#endif

typedef Open { mtype doing = none; byte rows; byte batch; bool is_last }
Open open[IDS];               /* the transaction that a session without a client left open */

byte next_id = 1;             /* worker ids are never reused */
byte crashes = CRASHES, cuts = CUTS, reaper_crashes = REAPER_CRASHES, hangs = HANGS,
     deadlines = DEADLINES, losses = LOSSES, doubles = DOUBLES, slow = SLOW;
byte retries = RETRIES;

byte j, e;                    /* counters inside one step, 0 between steps */

#define is_finished(J) (row[J].status == complete || row[J].status == cancelled || row[J].status == failed)

#define must(holds, text) \
    if \
    :: holds \
    :: else -> printf(text); assert(false) \
    fi

/* ---- announcements ----------------------------------------------------------------------- */

/* announce: the commit that says `what` of the row is in the log, and its message in Kafka. */
inline announce(job, number, what)
{
    topic[job] = topic[job] | bit(number);
    row[job].surfacing = what;
    row[job].lock = COMMITTED
}

/* give_back: on the way to pending. With a wish to cancel, not due yet, or failed, it tells nobody. */
inline give_back(job, what)
{
    if
    :: row[job].wish || what != given_back ->
        row[job].surfacing = what;
        row[job].lock = COMMITTED
    :: else -> announce(job, row[job].epoch + 1, what)
    fi
}

/* surface: the commit becomes visible. */
inline surface(job)
{
    if
    :: row[job].surfacing == inserted -> row[job].status = pending
    :: row[job].surfacing == again -> row[job].due = now
    :: else ->
        row[job].epoch++;
        row[job].worker = 0;
        row[job].status = (row[job].wish -> cancelled : (row[job].surfacing == given_up -> failed : pending));
        row[job].due = (row[job].status != pending -> unset :
                        (row[job].surfacing == put_off -> later : DUE_TIME));
        row[job].wish = false;
        row[job].effects = (row[job].surfacing == requested -> 0 : row[job].effects)
    fi;
    printf("row      job %d: ", job); printm(row[job].status); printf(", epoch %d\n", row[job].epoch);
    row[job].surfacing = none;
    row[job].lock = 0
}

/* ---- what commits ------------------------------------------------------------------------ */

inline claim_commit(who, part, which)
{
    for (j : 0 .. JOBS - 1) {
        if
        :: which & bit(j) ->
            row[j].status = processing;
            row[j].epoch++;
            COUNT_ATTEMPT(j);
            row[j].worker = who;
            row[j].due = unset;
            row[j].lock = 0;
            printf("row      job %d: processing, epoch %d, worker %d\n", j, row[j].epoch, who)
        :: else
        fi
    }
#ifndef NO_HOLDING
    holding[(who) * BATCHES + part] = which;
#endif
    j = 0
}

/* finish_commit: effects and completion together. What the fence lets through counts. */
inline finish_commit(who, part, which, last)
{
    for (j : 0 .. JOBS - 1) {
        if
        :: which & bit(j) ->
            printf("row      job %d: complete, epoch %d, worker %d\n", j, row[j].epoch, who);
            must(!row[j].fenced, "VIOLATED: a fenced claim commits its effects\n");
            row[j].effects++;
            must(row[j].effects == 1, "VIOLATED: two sets of effects in one generation\n");
            row[j].status = complete;
            row[j].worker = 0;
            row[j].wish = false;
            row[j].lock = 0
        :: else
        fi
    }
    j = 0;
    holding_end(who, part, last)
}

inline retry_commit(who, part, which, last)
{
    for (j : 0 .. JOBS - 1) {
        if
        :: which & bit(j) -> give_back(j, put_off)
        :: else
        fi
    }
    j = 0;
    holding_end(who, part, last)
}

/* holding_end: the batch's last finish takes its holding along. */
inline holding_end(who, part, last)
{
    if
    :: last ->
        holding[(who) * BATCHES + part] = 0;
        overdue[(who) * BATCHES + part] = false
    :: else
    fi
}

inline unlock(which)
{
    for (j : 0 .. JOBS - 1) {
        if
        :: which & bit(j) -> row[j].lock = 0; row[j].fenced = false
        :: else
        fi
    }
    j = 0
}

inline lowest(set)
{
    e = 0;
    do
    :: (set) & bit(e) -> break
    :: else -> e++
    od
}

/* store: the offset of a message is stored, and nobody gets it again. */
inline store(job, number)
{
    topic[job] = topic[job] & ~bit(number);
    polled[job] = polled[job] & ~bit(number);
    polled[JOBS + job] = polled[JOBS + job] & ~bit(number)
}

/* still_has: a job of the batch that is still in work for this worker. */
#define still_has(who, part, J) \
    ((holding[(who) * BATCHES + (part)] & bit(J)) && row[J].status == processing && row[J].worker == (who))

#include "worker.pml"
#include "reaper.pml"
#include "outside.pml"
