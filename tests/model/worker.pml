/* worker.pml - poll, claim, work, finish; and the way back after a lost session. */

#define heard(J) told[_pid * JOBS + J]
#define held(part, J) in_hand[(part) * JOBS + J]

#define claimable(J) (row[J].status == pending && row[J].due != later && row[J].lock == 0)

/* unsettled: worth a second look, for the message is ahead of what is visible, or the row locked. */
#ifdef NO_SECOND_LOOK
#define unsettled(J, number) false
#else
#define unsettled(J, number) \
    (row[J].status == absent || row[J].epoch < (number) || \
     (row[J].status == pending && row[J].due != later && row[J].lock != 0))
#endif
#define is_decided(J) (heard(J) && (claimable(J) || !unsettled(J, heard(J) - 1)))
#define is_undecided(J) (heard(J) && unsettled(J, heard(J) - 1))

/* passes_fence: the WHERE of a finish; belongs: what it has to mean. */
#define belongs(J, number) \
    (row[J].status == processing && row[J].epoch == (number) && row[J].worker == id)
#define passes_fence(J, number) \
    (row[J].status == processing && EPOCH_MATCHES(J, number) && WORKER_MATCHES(J))

/* session_ends: what it had open is the server's to settle. */
inline session_ends()
{
    if
    :: lock[id] == session ->
        lock[id] = orphan;
        open[id].doing = doing;
        open[id].rows = rows;
        open[id].batch = (doing == none -> 0 : batch);
        open[id].is_last = is_last
    :: else -> unlock(rows)
    fi;
    doing = none;
    rows = 0;
    is_last = false
}

inline let_go()
{
    for (j : 0 .. JOBS * BATCHES - 1) {
        in_hand[j] = 0
    }
    j = 0;
    batch = 0
}

/* give_up_id: its row was reaped. What it held is others', what it heard it still has to ask for. */
inline give_up_id()
{
    printf("worker %d is not known any more\n", id);
    lock[id] = (lock[id] == session -> nobody : lock[id]);
    let_go()
}

/* forget: the process is gone, and its partitions go to others with all it had not stored. */
inline forget()
{
    for (j : 0 .. JOBS - 1) {
        heard(j) = 0;
        polled[_pid * JOBS + j] = 0
    }
    j = 0;
    let_go()
}

/* Any step may be the last of the process, or of its session. */
#define OR_CRASHES \
    :: d_step { crashes > 0 -> crashes--; \
        printf("worker %d crashes\n", id); \
        session_ends(); forget(); AWAY(false) } goto start
#define OR_STRUCK OR_CRASHES \
    :: d_step { cuts > 0 && CAN_BE_CUT -> cuts--; \
        printf("worker %d loses its session\n", id); \
        session_ends(); AWAY(true) } goto lost

#define unpolled(J) (topic[J] & ~(polled[J] | polled[JOBS + J]))
#define POLL(J) \
    :: d_step { unpolled(J) && !heard(J) -> \
        lowest(unpolled(J)); \
        heard(J) = e + 1; \
        polled[_pid * JOBS + J] = polled[_pid * JOBS + J] | bit(e); \
        printf("worker %d polls job %d, epoch %d\n", id, J, e); \
        STORE_AT_POLL(J); \
        e = 0 } goto poll

/* While a second look is due its offset may be stored: the name is then in memory only. */
#define STORE_EARLY(J) \
    :: d_step { is_undecided(J) && (topic[J] & bit(heard(J) - 1)) -> \
        store(J, heard(J) - 1); \
        printf("worker %d stores the offset of job %d, and looks at it again\n", id, J) } goto poll

#define LOOK_NO_MORE(J) \
    :: d_step { is_undecided(J) && slow > 0 -> slow--; \
        store(J, heard(J) - 1); \
        heard(J) = 0; \
        printf("worker %d has looked at job %d for long enough\n", id, J) } goto poll

/* claim_begin: what is pending and due is locked, what is settled is passed over. */
inline claim_begin()
{
    for (j : 0 .. JOBS - 1) {
        if
        :: heard(j) && claimable(j) && GOES_ALONG(j) ->
            row[j].lock = id;
            rows = rows | bit(j);
            doing = claim;
            printf("worker %d claims job %d\n", id, j)
        :: heard(j) && !claimable(j) && !unsettled(j, heard(j) - 1) ->
            printf("worker %d passes over job %d: ", id, j); printm(row[j].status);
            printf(", epoch %d\n", row[j].epoch);
            store(j, heard(j) - 1);
            heard(j) = 0
        :: else
        fi
    }
    j = 0
}

inline claim_end()
{
    claim_commit(id, batch, rows);
    for (j : 0 .. JOBS - 1) {
        held(batch, j) = ((rows & bit(j)) -> row[j].epoch : 0)
    }
    j = 0;
    rows = 0;
    doing = none
}

inline claim_store()
{
    for (j : 0 .. JOBS - 1) {
        if
        :: heard(j) && held(batch, j) ->
            store(j, heard(j) - 1);
            heard(j) = 0
        :: else
        fi
    }
    j = 0
}

/* END: the outcome is known, and the row is locked by key and epoch. If it is not ours any more,
 * nothing of it is written, and the batch's last still takes the holding along. */
#define END(J, outcome) \
    :: d_step { held(batch, J) && row[J].lock == 0 && !IS_POISON(J) && (outcome == finish || retries > 0) -> \
        is_last = (held_rows(batch) == bit(J)); \
        if \
        :: passes_fence(J, held(batch, J)) -> \
            printf("worker %d ends job %d of epoch %d: ", id, J, held(batch, J)); printm(outcome); printf("\n"); \
            row[J].lock = id; \
            row[J].fenced = !belongs(J, held(batch, J)); \
            rows = bit(J); \
            doing = outcome; \
            retries = retries - (outcome == retry -> 1 : 0) \
        :: else -> \
            printf("worker %d is fenced: job %d, epoch %d\n", id, J, held(batch, J)); \
            held(batch, J) = 0; \
            holding_end(id, batch, is_last); \
            is_last = false \
        fi } goto ending
#define DONE(J) END(J, finish)
#define RETRY(J) END(J, retry)

inline ended()
{
    for (j : 0 .. JOBS - 1) {
        held(batch, j) = ((rows & bit(j)) -> 0 : held(batch, j))
    }
    j = 0;
    rows = 0;
    is_last = false;
    doing = none
}

/* A holding of its own that a worker does not remember is a claim whose answer was lost. */
#define is_unknown (holding[id * BATCHES + batch] && !held_rows(batch))
#define RETURN(J) \
    :: d_step { is_unknown && still_has(id, batch, J) && row[J].lock == 0 -> \
        REFUND_ATTEMPT(J); \
        give_back(J, given_back); \
        printf("worker %d gives back job %d, of which it knew nothing\n", id, J) } goto back

active [WORKERS] proctype Worker()
{
    byte id;                       /* workers.id */
    byte in_hand[JOBS * BATCHES];  /* the epoch a job was claimed with; 0: not claimed */
    byte batch;
    byte rows;                     /* locked by the open transaction, one bit a job */
    bool is_last;                  /* that transaction ends the batch */
    mtype doing = none;            /* what the open transaction is for */

    _pid == 0 || next_id > 1;      /* who is first makes no difference */

start: /* lock, then row: a row without a lock is a dead worker */
    atomic {
        id = next_id;
        next_id++;
        lock[id] = session;
        printf("worker %d starts\n", id)
    }
    if
    :: registered[id] = true
    OR_STRUCK
    fi;

poll:
    if
    EACH_JOB(POLL)
    :: d_step { SOME_JOB(is_decided) && IS_KNOWN -> claim_begin() } goto claiming
    :: d_step { SOME_JOB(is_decided) && !(IS_KNOWN) -> give_up_id() } goto start
#ifndef STORE_LATE
    EACH_JOB(STORE_EARLY)
#endif
#if SLOW
    EACH_JOB(LOOK_NO_MORE)
#endif
#if BATCHES == 2
    :: held_rows(1 - batch) -> batch = 1 - batch; goto work
#endif
    OR_STRUCK
    fi;

claiming:
    if
    :: doing == none -> goto poll
    :: d_step { doing == claim -> claim_end() }
    OR_STRUCK
    fi;
    if
    :: d_step { true -> claim_store() }
    OR_STRUCK
    fi;

work:
    if
    EACH_JOB(DONE)
#if RETRIES
    EACH_JOB(RETRY)
#endif
#if BATCHES == 2
    :: batch = 1 - batch; goto more
#endif
#if HANGS
    :: d_step { hangs > 0 -> hangs--; /* it has its lock, but its group and its supervisor give it up */
        hung[id] = true;
        printf("worker %d hangs\n", id);
        forget() }
       goto stuck
#endif
#ifdef POISON
    :: d_step { held(batch, 0) ->
        printf("worker %d is killed by job 0\n", id);
        session_ends(); forget() }
       goto start
#endif
    OR_STRUCK
    fi;

ending:
    if
    :: doing == none
    :: d_step { doing == finish -> finish_commit(id, batch, rows, is_last); ended() }
    :: d_step { doing == retry -> retry_commit(id, batch, rows, is_last); ended() }
    OR_STRUCK
    fi;
more:
    if
    :: held_rows(batch) -> goto work
    :: else -> goto poll
    fi;

lost: /* the lock in its waiting form: it comes after the former session's last word */
    if
    :: d_step { CAN_RETURN ->
        lock[id] = (lock[id] == nobody -> session : lock[id]);
        AWAY(false);
        printf("worker %d is back\n", id) }
    OR_CRASHES
    fi;

back: /* finishing again asks what became of a job in hand; the holdings tell of claims */
    if
    :: registered[id]
    :: d_step { !registered[id] -> give_up_id() } goto start
    OR_STRUCK
    fi;
#ifndef NO_LOOK_BACK
    if
    EACH_JOB(RETURN)
    :: d_step { is_unknown && !SOME_LEFT(id, batch) -> holding_end(id, batch, true) }
    :: !is_unknown
    OR_STRUCK
    fi;
#endif
    goto more;

stuck:
    false
}
