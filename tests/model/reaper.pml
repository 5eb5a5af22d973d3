/* reaper.pml - who is dead, what is overdue, what is due, what was lost. */

/* ---- reclaim ----------------------------------------------------------------------------- */

/* A worker is dead if its lock is missing. The reaper takes the lock and keeps it, so that the
 * worker cannot be back while its jobs are given back. */
inline declare_dead(who)
{
    reaping = who;
#ifndef NO_REAPER_LOCK
    lock[who] = reaper;
#endif
#ifdef QUICK
    looked[who] = false;
    must(!away[who], "VIOLATED: a living worker is declared dead\n");
#endif
    printf("reaper   declares worker %d dead\n", who)
}

inline release()
{
    lock[reaping] = (lock[reaping] == reaper -> nobody : lock[reaping]);
    reaping = 0
}

#define is_missing(ID) (reaping == 0 && registered[ID] && lock[ID] == nobody)
#ifdef QUICK
#define DEAD(ID) \
    :: d_step { is_missing(ID) && !looked[ID] -> \
        looked[ID] = true; printf("reaper   misses the lock of worker %d\n", ID) } \
    :: d_step { looked[ID] && lock[ID] != nobody -> looked[ID] = false } \
    :: d_step { is_missing(ID) && IS_SECOND_LOOK(ID) -> declare_dead(ID) }
#else
#define DEAD(ID) \
    :: d_step { is_missing(ID) -> declare_dead(ID) }
#endif

#define is_lost(who, part) \
    (holding[(who) * BATCHES + (part)] && (reaping == (who) || overdue[(who) * BATCHES + (part)]))

/* Found by the holding, and taken only if it is not locked and still theirs. A job that was
 * claimed alone and has had its attempts is failed. */
#define is_hopeless(who, part, J) \
    (row[J].attempts >= MAX_ATTEMPTS && (holding[(who) * BATCHES + (part)] == bit(J) || FAILS_NEIGHBOURS))
#define RECLAIM(who, part, J) \
    :: d_step { is_lost(who, part) && still_has(who, part, J) && row[J].lock == 0 -> \
        if \
        :: is_hopeless(who, part, J) -> \
            must(IS_POISON(J), "VIOLATED: a job is failed for the crashes of another\n"); \
            give_back(J, given_up) \
        :: else -> give_back(J, given_back) \
        fi; \
        printf("reaper   gives back job %d of worker %d\n", J, who) }

/* The holding goes when nothing is left in it; a locked row is something. */
#define LET_GO(who, part) \
    :: d_step { is_lost(who, part) && NONE_LEFT(who, part) -> \
        holding_end(who, part, true); \
        printf("reaper   deletes a holding of worker %d\n", who) }
#if BATCHES == 1
#define HOLDINGS(ID) RECLAIM_BATCH(ID, 0) LET_GO(ID, 0)
#define has_holdings(who) holding[who]
#else
#define HOLDINGS(ID) RECLAIM_BATCH(ID, 0) LET_GO(ID, 0) RECLAIM_BATCH(ID, 1) LET_GO(ID, 1)
#define has_holdings(who) (holding[(who) * 2] || holding[(who) * 2 + 1])
#endif

#ifndef NO_REAPER
active proctype Reclaim()
{
    byte reaping; /* the worker id whose lock it keeps */

    do
    EACH_ID(DEAD)
    EACH_ID(HOLDINGS)
    :: d_step { reaping && registered[reaping] && !has_holdings(reaping) ->
        registered[reaping] = false;
        printf("reaper   deletes the row of worker %d\n", reaping) }
    :: d_step { reaping && !registered[reaping] -> release() }
#if REAPER_CRASHES
    :: d_step { reaping && reaper_crashes > 0 -> reaper_crashes--;
        LOSE_LOCK;
        printf("reaper   begins anew, or another does\n") }
#endif
    od
}
#endif

/* ---- announce ---------------------------------------------------------------------------- */

#define COME_DUE(J) \
    :: d_step { row[J].status == pending && row[J].due == reached && row[J].lock == 0 -> \
        announce(J, row[J].epoch, again); \
        printf("reaper   announces job %d, which is due\n", J) }

/* The barrier. (a) T is the start of the oldest open transaction; (b, c) what was announced before
 * T is in the topic now, or lost; (d) when the group has stored the offsets up to there, (e) rows
 * that are still pending and due were lost. It finds them by their due time, or by their insertion
 * after swept_to, which moves up to T, but not past a row that it sees locked. */
#define is_findable(J) \
    (row[J].status == pending && row[J].due != later && (row[J].due != unset || !row[J].swept))
#define is_worth_a_round(J) (is_findable(J) || row[J].surfacing == opened)

inline barrier_begin()
{
    is_marked = true;
    for (j : 0 .. JOBS - 1) {
        before[j] = IS_BEFORE_T(j);
        mark[j] = topic[j]
    }
    j = 0;
    printf("reaper   sets a barrier\n")
}

inline barrier_end()
{
    printf("reaper   finds the consumers past the barrier\n");
    is_marked = false;
    for (j : 0 .. JOBS - 1) {
        if
        :: before[j] && row[j].lock == 0 && is_findable(j) ->
            announce(j, row[j].epoch, again);
            row[j].swept = SWEEPS;
            printf("reaper   announces job %d, which was lost\n", j)
        :: else -> row[j].swept = row[j].swept || (SWEEPS && before[j] && LETS_PASS(j))
        fi;
        before[j] = false;
        mark[j] = 0
    }
    j = 0
}

/* All of a round in one step, which is what most runs need of it. */
#define BARRIER(J) \
    :: d_step { topic[J] == 0 && IS_ROUND(J) && is_findable(J) && row[J].lock == 0 -> \
        announce(J, row[J].epoch, again); \
        printf("reaper   announces job %d, which was lost\n", J) }

/* Rounds are a minute apart, a second look ends within seconds. Without that the row lock of each
 * announcement could meet the look that follows it, for ever. Safety does not need it. */
#if defined(LIVENESS) && !defined(NO_PAUSE)
#define IS_ROUND(J) (told[J] == 0 && told[JOBS + J] == 0)
#else
#define IS_ROUND(J) true
#endif

active proctype Announce()
{
#ifdef BARRIER_STEPS
    bool is_marked;
    bool before[JOBS];  /* the row's announcement is older than T */
    short mark[JOBS];   /* the messages before the end offsets */
#endif

    do
#if RETRIES && !defined(NO_DUE_LOOK)
    EACH_JOB(COME_DUE)
#endif
#if defined(BARRIER_STEPS) && !defined(NO_BARRIER)
    :: d_step { !is_marked && SOME_JOB(is_worth_a_round) -> barrier_begin() }
    :: d_step { is_marked && NONE_MARKED -> barrier_end() }
#elif !defined(NO_BARRIER)
    EACH_JOB(BARRIER)
#endif
    :: false
    od
}
