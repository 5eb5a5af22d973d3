#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/contract.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "sql.h"
#include "worker/finish.h"
#include "worker/worker.h"

/* --- kinds --- */

WorkKind *
worker_kind(const Worker *worker, const char *name)
{
    for (size_t i = 0; i < worker->kind_count; i++) {
        if (strcmp(worker->kinds[i]->job.name, name) == 0) {
            return worker->kinds[i];
        }
    }
    return NULL;
}

static void
work_kind_queries_done(WorkKind *kind)
{
    SqlQuery *queries[] = { &kind->claim, &kind->unclaim,    &kind->look, &kind->finish,
                            &kind->fence, &kind->checkpoint, &kind->tick };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        job_query_done(queries[i]);
    }
}

static void
work_kind_free(WorkKind *kind)
{
    work_kind_queries_done(kind);
    free(kind);
}

/* columns_print lists the kind's columns as the end of a RETURNING list: `, t."a"::text, ...`. */
static void
columns_print(const Kind *code, Str *out)
{
    for (const char *const *column = code->columns; *column != NULL; column++) {
        str_append_format(out, ", t.\"%s\"::text", *column);
    }
}

/* work_kind_queries makes all queries of a kind; on failure some of them. */
static bool
work_kind_queries(WorkKind *kind, Err *err)
{
    Str columns = STR_EMPTY;
    columns_print(kind->code, &columns);
    bool is_good = job_query(&kind->job, &sql_job_claim, str_text(&columns), &kind->claim, err) &&
                   job_query(&kind->job, &sql_job_unclaim, NULL, &kind->unclaim, err) &&
                   job_query(&kind->job, &sql_job_look, NULL, &kind->look, err) &&
                   job_query(&kind->job, &sql_job_finish, NULL, &kind->finish, err) &&
                   job_query(&kind->job, &sql_job_fence, NULL, &kind->fence, err) &&
                   job_query(&kind->job, &sql_job_checkpoint, NULL, &kind->checkpoint, err) &&
                   job_query(&kind->job, &sql_job_tick, NULL, &kind->tick, err);
    str_done(&columns);
    return is_good;
}

/* columns_check refuses a kind whose table lacks a column that it reads. */
static bool
columns_check(Worker *worker, const JobKind *job, const Kind *code, Err *err)
{
    Str list = STR_EMPTY;
    for (const char *const *column = code->columns; *column != NULL; column++) {
        str_append_pg_array_item(&list, *column);
    }
    str_append(&list, list.length == 0 ? "{}" : "}");
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, job->schema);
    args_text(&args, job->relation);
    args_text(&args, str_text(&list));
    _cleanup_(db_result_clear) PGresult *missing = db_query(worker->db, &sql_kind_columns, &args, err);
    str_done(&list);
    if (missing == NULL) {
        return false;
    }
    return PQntuples(missing) == 0 ||
           err_set(err, ERR_INVALID_DATA, "missing_column", "kind %s: table %s.%s has no column %s",
                   job->name, job->schema, job->relation, PQgetvalue(missing, 0, 0));
}

static bool
kind_add(Worker *worker, const JobKind *job, const Kind *code, Err *err)
{
    if (worker->kind_count == WORK_KINDS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "too_many_kinds", "a worker takes %d kinds at most",
                       WORK_KINDS_MAX);
    }
    if (!columns_check(worker, job, code, err)) {
        return false;
    }
    WorkKind *kind = calloc(1, sizeof *kind);
    if (kind == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "kind %s: out of memory", job->name);
    }
    kind->job = *job;
    kind->code = code;
    if (!work_kind_queries(kind, err)) {
        work_kind_free(kind);
        return false;
    }
    worker->kinds[worker->kind_count++] = kind;
    return true;
}

static bool
is_wanted(const Worker *worker, const JobKind *job, const char *only)
{
    const TextList *wanted = &worker->config->kinds;
    bool is_named = only != NULL ? strcmp(only, job->name) == 0 : wanted->count == 0;
    for (size_t i = 0; only == NULL && i < wanted->count; i++) {
        is_named = is_named || strcmp(wanted->items[i], job->name) == 0;
    }
    return is_named && strcmp(job->consumer_group, worker->config->consumer_group) == 0;
}

static bool
kind_has_moved(const JobKind *from, const JobKind *to)
{
    return strcmp(from->schema, to->schema) != 0 || strcmp(from->relation, to->relation) != 0 ||
           strcmp(from->key_column, to->key_column) != 0 || strcmp(from->key_type, to->key_type) != 0;
}

/* kind_move makes a known kind's queries anew for the table and key that it has now. On failure the kind is
 * as it was. Finishes not yet sent go to the new place: rows that are not there are not ours. */
static bool
kind_move(Worker *worker, WorkKind *kind, const JobKind *job, Err *err)
{
    WorkKind moved = {
        .job = *job, .code = kind->code, .job_us = kind->job_us, .is_crowding = kind->is_crowding
    };
    moved.job.is_paused = kind->job.is_paused;
    if (!columns_check(worker, job, kind->code, err)) {
        return false;
    }
    if (!work_kind_queries(&moved, err)) {
        work_kind_queries_done(&moved);
        return false;
    }
    work_kind_queries_done(kind);
    *kind = moved;
    LOG_INFO("kind.move", LOG_TEXT("kind", job->name), LOG_TEXT("relation", job->relation));
    return true;
}

/* kind_update takes over the settings of a kind that the slot has already. */
static void
kind_update(WorkKind *kind, const JobKind *job, bool *ret_changed)
{
    if (kind->job.is_paused != job->is_paused) {
        kind->job.is_paused = job->is_paused;
        *ret_changed = true;
        LOG_INFO(job->is_paused ? "kind.pause" : "kind.resume", LOG_TEXT("kind", job->name));
    }
    kind->job.lease_us = job->lease_us;
    kind->job.max_attempts = job->max_attempts;
    kind->job.backoff_base_us = job->backoff_base_us;
    kind->job.backoff_cap_us = job->backoff_cap_us;
}

/* kinds_pause_abandoned pauses the kinds that are not in job_kinds any more. */
static void
kinds_pause_abandoned(Worker *worker, const JobKinds *loaded, bool *ret_changed)
{
    for (size_t i = 0; i < worker->kind_count; i++) {
        WorkKind *kind = worker->kinds[i];
        if (job_kind_find(loaded, kind->job.name) == NULL && !kind->job.is_paused) {
            kind->job.is_paused = true;
            *ret_changed = true;
        }
    }
}

/* kind_load adds a kind that is new and wanted, or brings a known one up to date. */
static bool
kind_load(Worker *worker, const JobKind *job, const char *only, bool *ret_changed, Err *err)
{
    const Kind *code = kind_find(job->name);
    WorkKind *known = worker_kind(worker, job->name);
    if (known != NULL) {
        if (kind_has_moved(&known->job, job) && !kind_move(worker, known, job, err)) {
            return false;
        }
        kind_update(known, job, ret_changed);
    } else if (code != NULL && is_wanted(worker, job, only)) {
        if (!kind_add(worker, job, code, err)) {
            return false;
        }
        *ret_changed = true;
    }
    return true;
}

/* kind_refuse notes why a kind is not taken, and says so if the load before did not. */
static void
kind_refuse(const Worker *worker, const char *kind, const Err *err, Str *refusals)
{
    if (strstr(str_text(&worker->refusals), err->message) == NULL) {
        LOG_ERROR("kind.refused", LOG_TEXT("kind", kind), LOG_FAILURE(err));
    }
    str_append_format(refusals, "%s\n", err->message);
}

bool
worker_kinds_load(Worker *worker, const char *only, bool *ret_changed, Err *err)
{
    JobKinds loaded = { .items = NULL };
    Str refusals = STR_EMPTY;
    if (!job_kinds_load(worker->db, &loaded, err)) {
        return false;
    }
    bool is_good = true;
    for (size_t i = 0; is_good && i < loaded.n; i++) {
        is_good = kind_load(worker, &loaded.items[i], only, ret_changed, err);
        if (!is_good && err->class == ERR_INVALID_DATA && only == NULL) {
            kind_refuse(worker, loaded.items[i].name, err, &refusals);
            is_good = true; /* the others go on */
        }
    }
    if (is_good) {
        kinds_pause_abandoned(worker, &loaded, ret_changed);
        worker->kinds_loaded_at_us = clock_monotonic_us();
        str_done(&worker->refusals);
        worker->refusals = refusals;
    } else {
        str_done(&refusals);
    }
    job_kinds_done(&loaded);
    return is_good;
}

void
worker_kinds_done(Worker *worker)
{
    for (size_t i = 0; i < worker->kind_count; i++) {
        work_kind_free(worker->kinds[i]);
    }
    worker->kind_count = 0;
    str_done(&worker->refusals);
}

/* --- registration --- */

static void
kinds_print(const Worker *worker, Str *out)
{
    for (size_t i = 0; i < worker->kind_count; i++) {
        str_append_pg_array_item(out, worker->kinds[i]->job.name);
    }
    str_append(out, out->length == 0 ? "{}" : "}");
}

static bool
worker_register(Worker *worker, Err *err)
{
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0) {
        host[0] = '\0';
    }
    Str kinds = STR_EMPTY;
    kinds_print(worker, &kinds);
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, host);
    args_int(&args, worker->role->index);
    args_int(&args, getpid());
    args_text(&args, str_text(&kinds));
    _cleanup_(db_result_clear) PGresult *row = db_query(worker->db, &sql_worker_register, &args, err);
    str_done(&kinds);
    if (row == NULL) {
        return false;
    }
    int64_t id = 0;
    if (PQntuples(row) != 1 || !str_to_int64(PQgetvalue(row, 0, 0), &id)) {
        return err_set(err, ERR_UNKNOWN, "no_worker_id", "worker: registration gave no id");
    }
    worker->id = id;
    slot_set_worker(worker->role->slot, id);
    metric_add(METRIC_WORKER_REGISTER_TOTAL, NULL, NULL, 1);
    LOG_INFO("worker.register", LOG_INT("worker", id));
    return true;
}

bool
worker_seen(Worker *worker, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    Str kinds = STR_EMPTY;
    int64_t rows = 0;
    kinds_print(worker, &kinds);
    args_int(&args, worker->id);
    args_text(&args, str_text(&kinds));
    bool is_good = db_run(worker->db, &sql_worker_seen, &args, &rows, err);
    str_done(&kinds);
    if (!is_good) {
        return false;
    }
    return rows == 1 ||
           err_set(err, ERR_UNKNOWN, "unknown_worker", "worker: %lld was reaped", (long long)worker->id);
}

/* worker_return takes the lock again. *ret_is_known tells whether the row is still there: the reaper removes
 * it while it holds the lock, so that once we have the lock the answer stands. */
static bool
worker_return(Worker *worker, bool *ret_is_known, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_int(&args, worker->id);
    if (!db_run(worker->db, &sql_worker_return, &args, NULL, err)) {
        return false;
    }
    *ret_is_known = worker_seen(worker, err);
    return *ret_is_known || strcmp(err->code, "unknown_worker") == 0;
}

bool
worker_connect(Worker *worker, bool *ret_is_new, Err *err)
{
    bool is_known = false;
    *ret_is_new = false;
    if (!contract_connect(worker->db, err)) {
        return false;
    }
    if (worker->connections == db_connections(worker->db)) {
        return true;
    }
    if (worker->connections > 0) {
        metric_add(METRIC_DB_RECONNECT_TOTAL, NULL, NULL, 1);
    }
    if (worker->id != 0 && !worker_return(worker, &is_known, err)) {
        db_disconnect(worker->db);
        return false;
    }
    if ((!is_known && !worker_register(worker, err)) ||
        !db_run(worker->db, &sql_worker_listen, NULL, NULL, err)) {
        db_disconnect(worker->db); /* with the session goes whatever lock it has */
        return false;
    }
    *ret_is_new = !is_known;
    if (*ret_is_new) {
        worker->unclaim_kind = NULL; /* the reaper has given back what the former number had */
    }
    if (*ret_is_new && worker->finishes != NULL) {
        finish_forget(worker->finishes);
    }
    worker->connections = db_connections(worker->db);
    return true;
}

void
worker_leave(Worker *worker)
{
    Err err = ERR_NONE;
    DbArgs args = DB_ARGS_EMPTY;
    if (worker->id == 0 || !db_is_connected(worker->db)) {
        return;
    }
    args_int(&args, worker->id);
    if (!db_run(worker->db, &sql_worker_leave, &args, NULL, &err)) {
        LOG_WARN("worker.leave", LOG_FAILURE(&err)); /* the reaper removes the row */
    }
}
