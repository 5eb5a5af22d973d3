/* bounds.h - how much of everything there is in one run, and the rules that a run may break. */

#ifndef JOBS
#define JOBS 1
#endif
#ifndef BATCHES
#define BATCHES 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef CUTS
#define CUTS 0
#endif
#ifndef REAPER_CRASHES
#define REAPER_CRASHES 0
#endif
#ifndef HANGS
#define HANGS 0
#endif
#ifndef DEADLINES
#define DEADLINES 0
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#ifndef DOUBLES
#define DOUBLES 0
#endif
#ifndef SLOW
#define SLOW 0
#endif
#ifndef RETRIES
#define RETRIES 0
#endif
#ifndef REQUESTS
#define REQUESTS 0
#endif
#ifndef CANCELS
#define CANCELS 0
#endif

#define WORKERS 2
#define COMMITTED 255   /* Row.lock: a commit that is not visible yet */
#define MAX_ATTEMPTS 2

/* Worker ids: nobody, and one for each time that a worker has to register. */
#ifdef POISON
#define IDS (1 + WORKERS + MAX_ATTEMPTS + CRASHES + CUTS)
#else
#define IDS (1 + WORKERS + CRASHES + CUTS)
#endif

#define bit(n) (1 << (n))

/* One option of an `if` or `do` for each job and each worker id. */
#if JOBS == 1
#define EACH_JOB(OPTION) OPTION(0)
#define SOME_JOB(P) P(0)
#define SOME_LEFT(who, part) still_has(who, part, 0)
#define NONE_LEFT(who, part) !STILL_COUNTS(who, part, 0)
#define NONE_MARKED ((topic[0] & mark[0]) == 0)
#define RECLAIM_BATCH(who, part) RECLAIM(who, part, 0)
#define held_rows(part) (held(part, 0) != 0)
#else
#define EACH_JOB(OPTION) OPTION(0) OPTION(1)
#define SOME_JOB(P) (P(0) || P(1))
#define SOME_LEFT(who, part) (still_has(who, part, 0) || still_has(who, part, 1))
#define NONE_LEFT(who, part) (!STILL_COUNTS(who, part, 0) && !STILL_COUNTS(who, part, 1))
#define NONE_MARKED ((topic[0] & mark[0]) == 0 && (topic[1] & mark[1]) == 0)
#define RECLAIM_BATCH(who, part) RECLAIM(who, part, 0) RECLAIM(who, part, 1)
#define held_rows(part) ((held(part, 0) != 0) | ((held(part, 1) != 0) << 1))
#endif
#if IDS == 3
#define EACH_ID(OPTION) OPTION(1) OPTION(2)
#elif IDS == 4
#define EACH_ID(OPTION) OPTION(1) OPTION(2) OPTION(3)
#elif IDS == 5
#define EACH_ID(OPTION) OPTION(1) OPTION(2) OPTION(3) OPTION(4)
#elif IDS == 6
#define EACH_ID(OPTION) OPTION(1) OPTION(2) OPTION(3) OPTION(4) OPTION(5)
#else
#error "EACH_ID knows of five ids at most"
#endif

/* ---- rules, and what stands there when a run breaks them ---------------------------------- */

#ifdef NO_EPOCH_CHECK /* finish: the epoch of the claim */
#define EPOCH_MATCHES(J, number) true
#else
#define EPOCH_MATCHES(J, number) row[J].epoch == (number)
#endif
#ifdef NO_WORKER_CHECK /* finish: the worker of the claim */
#define WORKER_MATCHES(J) true
#else
#define WORKER_MATCHES(J) row[J].worker == id
#endif
#ifdef NO_ROW_CHECK /* claim: the worker's own row is there */
#define IS_KNOWN true
#else
#define IS_KNOWN registered[id]
#endif
#ifdef NO_CLAIM_FIRST /* poll: nothing is stored before it is claimed */
#define STORE_AT_POLL(J) store(J, e)
#else
#define STORE_AT_POLL(J) skip
#endif
#ifdef NO_WAITING_LOCK /* a cut worker waits for its lock; here it goes on without */
#define CAN_RETURN true
#define CAN_BE_CUT (lock[id] != orphan)
#else
#define CAN_RETURN (lock[id] == nobody)
#define CAN_BE_CUT true
#endif
#ifdef NO_RELEASE /* reclaim: a turn that fails gives up the locks it took */
#define LOSE_LOCK reaping = 0
#else
#define LOSE_LOCK release()
#endif
#ifdef NO_TWO_LOOKS /* reclaim: a lock is missed at two looks */
#define IS_SECOND_LOOK(ID) true
#else
#define IS_SECOND_LOOK(ID) (looked[ID] && !away[ID])
#endif
#ifdef NO_LOCKED_LEFT /* reclaim: a locked row keeps its holding */
#define STILL_COUNTS(who, part, J) (still_has(who, part, J) && row[J].lock == 0)
#else
#define STILL_COUNTS(who, part, J) still_has(who, part, J)
#endif
#ifdef NO_DUE_TIME /* give-back: the due index has what was given back */
#define DUE_TIME unset
#else
#define DUE_TIME now
#endif
#ifdef NO_OLDEST /* barrier: T is the start of the oldest transaction, not now */
#define IS_BEFORE_T(J) true
#else
#define IS_BEFORE_T(J) (row[J].surfacing == none && row[J].status != absent)
#endif
#ifdef NO_LOCKED_STOP /* barrier: swept_to stops at a locked row; what is not visible stops nothing */
#define LETS_PASS(J) true
#else
#define LETS_PASS(J) (row[J].lock == 0 || row[J].status == absent)
#endif
#ifdef NO_ALONE /* claim: a job that has failed before is claimed alone */
#define GOES_ALONG(J) true
#else
#define GOES_ALONG(J) (rows == 0 || (row[J].attempts == 0 && !SOME_JOB(IS_ALONE)))
#define IS_ALONE(J) ((rows & bit(J)) && row[J].attempts > 0)
#endif
#ifdef NO_ALONE_FAILED /* reclaim: only a job claimed alone is failed for crashes */
#define FAILS_NEIGHBOURS true
#else
#define FAILS_NEIGHBOURS false
#endif

/* ---- what a run may have beside ----------------------------------------------------------- */

#ifdef POISON
#define IS_POISON(J) (J == 0)
#define REFUND_ATTEMPT(J) row[J].attempts--
#ifdef NO_ATTEMPT_AT_CLAIM
#define COUNT_ATTEMPT(J) \
    must(row[J].epoch <= 2 * MAX_ATTEMPTS, "VIOLATED: a job is tried more often than max_attempts\n")
#else
#define COUNT_ATTEMPT(J) row[J].attempts++; \
    must(row[J].attempts <= MAX_ATTEMPTS, "VIOLATED: a job is tried more often than max_attempts\n")
#endif
#else
#define IS_POISON(J) false
#define COUNT_ATTEMPT(J) skip
#define REFUND_ATTEMPT(J) skip
#endif
#ifdef SLOW_INSERT
#define BEFORE_INSERT opened
#else
#define BEFORE_INSERT none
#endif
#ifdef SWEEP
#define SWEEPS true
#else
#define SWEEPS false
#endif
#ifdef REQUEST_ANY
#define is_requestable(J) (row[J].status != absent)
#else
#define is_requestable(J) is_finished(J)
#endif
#ifdef QUICK
#define AWAY(yes) away[id] = yes
#else
#define AWAY(yes) skip
#endif
