#include "reaper/reclaim.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/exit_code.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "reaper/duty.h"
#include "sql.h"

enum {
    MISSING_MAX = 4096,
    MISSING_FOR_US = 500000, /* two looks so far apart */
    NOTIFY_MAX = 7800,       /* a payload has less than 8000 bytes */
    REFUSED_MAX = 256,
    REFUSED_FOR_US = 10000000, /* a holding that could not be emptied is left alone so long */
};

/* Missing is a worker without its lock. */
typedef struct Missing {
    int64_t worker;
    int64_t since_us; /* monotonic, of the first look that missed it */
    bool is_seen;     /* by the present look */
    bool is_dead;     /* its lock is ours now */
    bool is_told;     /* that it died */
} Missing;

/* Refused is a holding with jobs that the database did not let go. */
typedef struct Refused {
    int64_t worker, batch;
    int64_t until_us; /* monotonic; not asked again before */
} Refused;

typedef struct Reclaim {
    size_t n;
    Missing items[MISSING_MAX];
    size_t refused_at; /* where the next goes */
    Refused refused[REFUSED_MAX];
} Reclaim;

static Reclaim *
reclaim_new(void)
{
    return calloc(1, sizeof(Reclaim));
}

static void
reclaim_free(Reclaim *reclaim)
{
    free(reclaim);
}

static void
reclaim_online(void *state)
{
    Reclaim *reclaim = state;
    reclaim->n = 0;
}

static int64_t
reclaim_interval_us(const Config *config)
{
    return config->reclaim_interval_ms * 1000;
}

/* --- who is dead --- */

static void
missing_note(Reclaim *reclaim, int64_t worker, int64_t now_us)
{
    for (size_t i = 0; i < reclaim->n; i++) {
        if (reclaim->items[i].worker == worker) {
            reclaim->items[i].is_seen = true;
            return;
        }
    }
    if (reclaim->n < MISSING_MAX) {
        reclaim->items[reclaim->n++] = (Missing){ .worker = worker, .since_us = now_us, .is_seen = true };
    }
}

/* missing_look brings the list up to date: who has its lock again is forgotten. */
static bool
missing_look(Reaper *reaper, Reclaim *reclaim, Err *err)
{
    int64_t now_us = clock_monotonic_us();
    size_t kept = 0;
    _cleanup_(db_result_clear) PGresult *rows = db_query(reaper->db, &sql_worker_missing, NULL, err);
    if (rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < reclaim->n; i++) {
        reclaim->items[i].is_seen = false;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        int64_t worker = 0;
        if (str_to_int64(PQgetvalue(rows, row, 0), &worker)) {
            missing_note(reclaim, worker, now_us);
        }
    }
    for (size_t i = 0; i < reclaim->n; i++) {
        if (reclaim->items[i].is_seen) {
            reclaim->items[kept++] = reclaim->items[i];
        }
    }
    reclaim->n = kept;
    return true;
}

/* worker_lock calls worker_take or worker_release. */
static bool
worker_lock(Reaper *reaper, const SqlQuery *query, int64_t worker, bool *ret_done, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_int(&args, worker);
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, query, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_done = PQgetvalue(row, 0, 0)[0] == 't';
    return true;
}

static void
missing_tell(Missing *missing, int64_t now_us)
{
    if (!missing->is_told) {
        missing->is_told = true;
        metric_add(METRIC_RECLAIM_WORKER_TOTAL, NULL, NULL, 1);
        LOG_WARN("reclaim.worker", LOG_INT("worker", missing->worker),
                 LOG_INT("missing_ms", (now_us - missing->since_us) / 1000));
    }
}

/* dead_take takes the locks of those who have been missing long enough, and lists them as an SQL array. */
static bool
dead_take(Reaper *reaper, Reclaim *reclaim, Str *out, Err *err)
{
    int64_t now_us = clock_monotonic_us();
    bool in_grace = now_us - reaper->online_at_us < reaper->config->reconnect_grace_ms * 1000;
    for (size_t i = 0; i < reclaim->n && !in_grace; i++) {
        Missing *missing = &reclaim->items[i];
        char number[24];
        if (now_us - missing->since_us < MISSING_FOR_US) {
            continue;
        }
        if (!worker_lock(reaper, &sql_worker_take, missing->worker, &missing->is_dead, err)) {
            return false;
        }
        if (missing->is_dead) {
            (void)snprintf(number, sizeof number, "%lld", (long long)missing->worker);
            str_append_pg_array_item(out, number);
            missing_tell(missing, now_us);
        }
    }
    str_append(out, out->length == 0 ? "{}" : "}");
    return str_ok(out) || err_set(err, ERR_MEMORY_LIMIT, "memory", "reclaim: out of memory");
}

/* dead_bury removes the workers that hold nothing any more and lets go of their locks. */
static bool
dead_bury(Reaper *reaper, Reclaim *reclaim, Err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < reclaim->n; i++) {
        Missing *missing = &reclaim->items[i];
        DbArgs args = DB_ARGS_EMPTY;
        bool ignored = false;
        int64_t removed = 0;
        args_int(&args, missing->worker);
        if (missing->is_dead && (!db_run(reaper->db, &sql_worker_remove, &args, &removed, err) ||
                                 !worker_lock(reaper, &sql_worker_release, missing->worker, &ignored, err))) {
            return false;
        }
        missing->is_dead = false;
        if (removed == 0) {
            reclaim->items[kept++] = *missing;
        }
    }
    reclaim->n = kept;
    return true;
}

/* --- what they held --- */

static void
notify_send(Reaper *reaper, const JobKind *kind, Str *keys)
{
    Str payload = STR_EMPTY;
    DbArgs args = DB_ARGS_EMPTY;
    Err err = ERR_NONE;
    str_append(&payload, "{\"kind\":");
    str_append_json(&payload, kind->name);
    str_append_format(&payload, ",\"keys\":[%s]}", str_text(keys));
    args_text(&args, str_text(&payload));
    if (keys->length > 0 && str_ok(&payload) &&
        !db_run(reaper->db, &sql_job_back_notify, &args, NULL, &err)) {
        LOG_WARN("reclaim.notify", LOG_FAILURE(&err)); /* Kafka's announcement is the net */
    }
    str_done(&payload);
    str_clear(keys);
}

/* notify_due names what idle slots can claim at once. */
static void
notify_due(Reaper *reaper, const JobKind *kind, const PGresult *rows)
{
    Str keys = STR_EMPTY;
    for (int row = 0; row < PQntuples(rows); row++) {
        if (PQgetvalue(rows, row, 2)[0] != 't') {
            continue;
        }
        if (keys.length + 6 * strlen(PQgetvalue(rows, row, 0)) > NOTIFY_MAX - 128) {
            notify_send(reaper, kind, &keys);
        }
        str_append(&keys, keys.length > 0 ? "," : "");
        str_append_json(&keys, PQgetvalue(rows, row, 0));
    }
    notify_send(reaper, kind, &keys);
    str_done(&keys);
}

enum { WORKER, BATCH, KIND, IS_DEAD, JOBS }; /* the columns of holding_overdue.sql */

static void
reclaim_args(const JobKind *kind, const PGresult *holding, int row, int place, DbArgs *args,
             char intervals[2][32])
{
    (void)snprintf(intervals[0], sizeof intervals[0], "%lld us", (long long)kind->backoff_base_us);
    (void)snprintf(intervals[1], sizeof intervals[1], "%lld us", (long long)kind->backoff_cap_us);
    *args = DB_ARGS_EMPTY;
    args_text(args, PQgetvalue(holding, row, WORKER));
    args_text(args, PQgetvalue(holding, row, BATCH));
    args_text(args, PQgetvalue(holding, row, IS_DEAD));
    args_int(args, kind->max_attempts);
    args_text(args, intervals[0]);
    args_text(args, intervals[1]);
    args_int(args, place);
}

/* jobs_give_back gives back the jobs of one holding, or the one at a place (from 1; 0: all), in one
 * transaction with the holding's end. */
static bool
jobs_give_back(Reaper *reaper, const JobKind *kind, const PGresult *holding, int row, int place, Err *err)
{
    _cleanup_(job_query_done) SqlQuery reclaim = { .name = NULL };
    _cleanup_(job_query_done) SqlQuery release = { .name = NULL };
    char intervals[2][32];
    DbArgs args;
    DbArgs key = DB_ARGS_EMPTY;
    args_text(&key, PQgetvalue(holding, row, WORKER));
    args_text(&key, PQgetvalue(holding, row, BATCH));
    if (!job_query(kind, &sql_job_reclaim, NULL, &reclaim, err) ||
        !job_query(kind, &sql_holding_release, NULL, &release, err) || !db_begin(reaper->db, err)) {
        return false;
    }
    reclaim_args(kind, holding, row, place, &args, intervals);
    _cleanup_(db_result_clear) PGresult *rows = db_query(reaper->db, &reclaim, &args, err);
    if (rows == NULL || !db_run(reaper->db, &release, &key, NULL, err)) {
        db_rollback(reaper->db);
        return false;
    }
    notify_due(reaper, kind, rows);
    failpoint("reclaim.commit");
    if (!db_commit(reaper->db, err)) {
        return false;
    }
    if (PQntuples(rows) > 0) {
        metric_add(METRIC_RECLAIM_JOB_TOTAL, kind->name, NULL, (uint64_t)PQntuples(rows));
        LOG_WARN(
            "reclaim.jobs", LOG_TEXT("kind", kind->name),
            LOG_TEXT("worker", PQgetvalue(holding, row, WORKER)), LOG_INT("jobs", PQntuples(rows)),
            LOG_TEXT("why", PQgetvalue(holding, row, IS_DEAD)[0] == 't' ? "worker died" : "deadline passed"));
    }
    return true;
}

/* holding_give_back gives back a holding's jobs; where the database refuses to change one of them, its
 * neighbours one by one. False if some are left. */
static bool
holding_give_back(Reaper *reaper, const JobKind *kind, const PGresult *holding, int row, Err *err)
{
    int64_t jobs = 0;
    bool is_good = true;
    if (jobs_give_back(reaper, kind, holding, row, 0, err)) {
        return true;
    }
    if (!duty_row_refused(reaper, err) || !str_to_int64(PQgetvalue(holding, row, JOBS), &jobs)) {
        return false;
    }
    for (int place = 1; place <= jobs && db_is_connected(reaper->db); place++) {
        is_good = jobs_give_back(reaper, kind, holding, row, place, err) && is_good;
        role_tick(reaper->role);
    }
    return is_good;
}

static bool
holding_reclaim(Reaper *reaper, const PGresult *holding, int row, Err *err)
{
    const JobKind *kind = job_kind_find(&reaper->kinds, PQgetvalue(holding, row, KIND));
    if (kind != NULL) {
        return holding_give_back(reaper, kind, holding, row, err);
    }
    if (!duty_kinds_load(reaper, err)) { /* adopted this moment? */
        return false;
    }
    kind = job_kind_find(&reaper->kinds, PQgetvalue(holding, row, KIND));
    if (kind != NULL) {
        return holding_give_back(reaper, kind, holding, row, err);
    }
    DbArgs args = DB_ARGS_EMPTY; /* abandoned: there is nothing to give back */
    args_text(&args, PQgetvalue(holding, row, WORKER));
    args_text(&args, PQgetvalue(holding, row, BATCH));
    return db_run(reaper->db, &sql_holding_drop, &args, NULL, err);
}

static bool
is_refused(const Reclaim *reclaim, int64_t worker, int64_t batch)
{
    for (size_t i = 0; i < REFUSED_MAX; i++) {
        const Refused *refused = &reclaim->refused[i];
        if (refused->worker == worker && refused->batch == batch &&
            clock_monotonic_us() < refused->until_us) {
            return true;
        }
    }
    return false;
}

/* holding_visit reclaims a holding, unless that failed a moment ago: neither the database nor the log is to
 * hear of it four times a second. What fails for a time that passes is tried again at the next turn. */
static void
holding_visit(Reaper *reaper, Reclaim *reclaim, const PGresult *holding, int row, Err *err)
{
    Refused key = { .until_us = clock_monotonic_us() + REFUSED_FOR_US };
    if (!str_to_int64(PQgetvalue(holding, row, WORKER), &key.worker) ||
        !str_to_int64(PQgetvalue(holding, row, BATCH), &key.batch) ||
        is_refused(reclaim, key.worker, key.batch) || holding_reclaim(reaper, holding, row, err)) {
        return;
    }
    LOG_ERROR("reclaim.jobs", LOG_TEXT("kind", PQgetvalue(holding, row, KIND)), LOG_INT("worker", key.worker),
              LOG_FAILURE(err));
    if (err->class != ERR_DATABASE_TIMEOUT) {
        reclaim->refused[reclaim->refused_at++ % REFUSED_MAX] = key;
    }
}

/* dead_reclaim gives back what the dead hold, and what anybody has held too long. */
static bool
dead_reclaim(Reaper *reaper, Reclaim *reclaim, Err *err)
{
    _cleanup_(str_done) Str dead = STR_EMPTY;
    DbArgs args = DB_ARGS_EMPTY;
    if (!missing_look(reaper, reclaim, err) || !dead_take(reaper, reclaim, &dead, err)) {
        return false;
    }
    args_text(&args, str_text(&dead));
    _cleanup_(db_result_clear) PGresult *holdings = db_query(reaper->db, &sql_holding_overdue, &args, err);
    for (int row = 0; holdings != NULL && row < PQntuples(holdings) && db_is_connected(reaper->db); row++) {
        holding_visit(reaper, reclaim, holdings, row, err);
        role_tick(reaper->role);
    }
    return holdings != NULL && db_is_connected(reaper->db) && dead_bury(reaper, reclaim, err);
}

static bool
reclaim_turn(Reaper *reaper, void *state, Err *err)
{
    if (!dead_reclaim(reaper, state, err)) {
        /* With the session go the locks of the dead: left with us, they would make the dead look alive. */
        db_disconnect(reaper->db);
        return false;
    }
    return true;
}

int
reclaim_run(Role *role, Config *config)
{
    Reclaim *reclaim = reclaim_new();
    if (reclaim == NULL) {
        return EXIT_CODE_MEMORY;
    }
    const Duty duty = { .lock = DUTY_RECLAIM,
                        .turn = reclaim_turn,
                        .online = reclaim_online,
                        .state = reclaim,
                        .interval_us = reclaim_interval_us };
    int exit_code = duty_run(role, config, &duty);
    reclaim_free(reclaim);
    return exit_code;
}
