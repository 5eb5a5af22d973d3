/* outside.pml - clients, PostgreSQL, Kafka and the clock; the faults; and what has to hold. */

/* ---- clients ----------------------------------------------------------------------------- */

#define BEGIN(J) \
    :: d_step { row[J].status == absent && row[J].surfacing == none -> \
        row[J].surfacing = opened; \
        row[J].lock = COMMITTED; \
        printf("client   begins a transaction for job %d\n", J) }
#define INSERT(J) \
    :: d_step { row[J].status == absent && row[J].surfacing == BEFORE_INSERT -> \
        announce(J, 0, inserted); \
        printf("client   inserts job %d\n", J) }
#define REQUEST(J) \
    :: d_step { requests > 0 && row[J].lock == 0 && is_requestable(J) -> requests--; \
        announce(J, row[J].epoch + 1, requested); \
        row[J].wish = false; \
        printf("client   requests job %d again\n", J) }
#define CANCEL(J) \
    :: d_step { cancels > 0 && row[J].lock == 0 && (row[J].status == pending || row[J].status == processing) -> \
        cancels--; \
        row[J].status = cancelled; \
        row[J].epoch++; \
        row[J].worker = 0; \
        row[J].due = unset; \
        printf("client   cancels job %d at once\n", J) }
#define WISH(J) \
    :: d_step { cancels > 0 && row[J].lock == 0 && row[J].status == processing -> cancels--; \
        row[J].wish = true; \
        printf("client   wishes job %d cancelled\n", J) }

active proctype Client()
{
    byte requests = REQUESTS, cancels = CANCELS;

    do
    EACH_JOB(INSERT)
#ifdef SLOW_INSERT
    EACH_JOB(BEGIN)
#endif
#if REQUESTS
    EACH_JOB(REQUEST)
#endif
#if CANCELS
    EACH_JOB(CANCEL)
    EACH_JOB(WISH)
#endif
#if REQUESTS + CANCELS
    :: d_step { requests + cancels > 0 -> requests = 0; cancels = 0 } /* or never mind */
#endif
    od
}

/* ---- server ------------------------------------------------------------------------------ */

#define SURFACE(J) \
    :: d_step { row[J].surfacing != none && row[J].surfacing != opened -> surface(J) }
#define CLOCK(J) \
    :: d_step { row[J].status == pending && row[J].due == later -> \
        row[J].due = reached; \
        printf("clock    job %d is due\n", J) }

/* The former session of a worker ends: its transaction first, then its lock. */
#define ROLLBACK(ID) \
    :: d_step { lock[ID] == orphan -> \
        unlock(open[ID].rows); \
        close(ID); \
        printf("server   ends the former session of worker %d\n", ID) }
#define COMMIT(ID) \
    :: d_step { lock[ID] == orphan && open[ID].doing != none -> \
        printf("server   commits what worker %d had sent, and ends its session\n", ID); \
        if \
        :: open[ID].doing == claim -> claim_commit(ID, open[ID].batch, open[ID].rows) \
        :: open[ID].doing == finish -> \
            finish_commit(ID, open[ID].batch, open[ID].rows, open[ID].is_last) \
        :: open[ID].doing == retry -> \
            retry_commit(ID, open[ID].batch, open[ID].rows, open[ID].is_last) \
        fi; \
        close(ID) }
inline close(who)
{
    open[who].doing = none;
    open[who].rows = 0;
    open[who].batch = 0;
    open[who].is_last = false;
    lock[who] = nobody
}

#define HANG_OVERDUE(ID) \
    :: d_step { hung[ID] && holding[(ID) * BATCHES] && !overdue[(ID) * BATCHES] -> \
        overdue[(ID) * BATCHES] = true; \
        printf("clock    the deadline of worker %d passes\n", ID) }

active proctype Server()
{
    do
    EACH_JOB(SURFACE)
    EACH_ID(ROLLBACK)
    EACH_ID(COMMIT)
#if RETRIES
    EACH_JOB(CLOCK)
#endif
#if HANGS && !defined(NO_DEADLINE)
    EACH_ID(HANG_OVERDUE)
#endif
    od
}

/* ---- fate -------------------------------------------------------------------------------- */

#define LOSE(J) \
    :: d_step { losses > 0 && topic[J] -> losses--; \
        lowest(topic[J]); \
        store(J, e); \
        printf("kafka    loses the message of job %d, epoch %d\n", J, e); \
        e = 0 }
/* Delivered again after a rebalance, or a second time by the producer. */
#define DOUBLE(J) \
    :: d_step { doubles > 0 && (row[J].status != absent || topic[J]) -> doubles--; \
        topic[J] = topic[J] | bit(0); \
        polled[J] = 0; \
        polled[JOBS + J] = 0; \
        printf("kafka    delivers messages of job %d again\n", J) }
#define OVERDUE(ID) \
    :: d_step { deadlines > 0 && holding[(ID) * BATCHES] && !overdue[(ID) * BATCHES] -> deadlines--; \
        overdue[(ID) * BATCHES] = true; \
        printf("clock    a deadline of worker %d passes\n", ID) }

active proctype Fate()
{
    do
    :: d_step { crashes + cuts + reaper_crashes + hangs + deadlines + losses + doubles + slow > 0 ->
        crashes = 0; cuts = 0; reaper_crashes = 0; hangs = 0;
        deadlines = 0; losses = 0; doubles = 0; slow = 0 }
#if LOSSES
    EACH_JOB(LOSE)
#endif
#if DOUBLES
    EACH_JOB(DOUBLE)
#endif
#if DEADLINES
    EACH_ID(OVERDUE)
#endif
    od
}

/* ---- what has to hold, beside the two in finish_commit ----------------------------------- */

/* settled: every job has ended, nobody is said to hold anything, no dead worker has a row. */
#define is_open(J) (!is_finished(J) || row[J].surfacing != none)
#define OR_HAS_DEBT(ID) || has_holdings(ID) || (registered[ID] && lock[ID] != session)
#define settled (!SOME_JOB(is_open) && !(false EACH_ID(OR_HAS_DEBT)))

/* Whatever is in work is found in holdings. */
#if BATCHES == 1
#define is_named(J) (holding[row[J].worker] & bit(J))
#else
#define is_named(J) ((holding[row[J].worker * 2] | holding[row[J].worker * 2 + 1]) & bit(J))
#endif
#define is_nameless(J) (row[J].status == processing && row[J].lock != COMMITTED && !is_named(J))

#ifdef LIVENESS
ltl completes { <>[] settled }

/* Rest: with it a run that comes to a stop is a cycle too, and fair. */
#ifdef REST
active proctype Rest()
{
    do
    :: next_id > 0
    od
}
#endif
#else
active proctype Judge()
{
    do
#ifndef NO_HOLDING
    :: d_step { SOME_JOB(is_nameless) -> must(false, "VIOLATED: a job is in work and no holding names it\n") }
#endif
    :: atomic { timeout ->
        must(!SOME_JOB(is_open), "VIOLATED: a job is lost: nothing more happens, and it has not ended\n");
        must(settled, "VIOLATED: something is left behind: a holding, or the row of a dead worker\n");
        break }
    od
}
#endif
