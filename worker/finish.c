#include "worker/finish.h"

#include <stdio.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"

enum { ERROR_SIZE = 2048 };

/* Ended is one job's end as job_finish.sql takes it. */
typedef struct Ended {
    char key[JOB_KEY_MAX + 1];
    int32_t epoch;
    OutcomeType type;
    const char *status;
    int64_t wait_us;
    int refund;
    char *error; /* owned; NULL without one */
} Ended;

/* Finish is one statement: jobs of one batch that end together. */
typedef struct Finish {
    FinishQueue *queue;
    WorkKind *kind;
    int64_t batch;
    bool is_last;
    bool is_unknown; /* sent before without an answer: rows that do not match may be our own work */
    bool is_refused; /* the database refused the statement: one job at a time now */
    bool is_final;   /* and would refuse it again */
    int64_t made_at_us, sent_at_us;
    size_t n, capacity;
    Ended *items;
    struct Finish *next;
} Finish;

struct FinishQueue {
    Worker *worker;
    Finish *recording; /* not sent; at most one batch runs at a time */
    Finish *unsettled; /* answered with an error; behind them the releases of their holdings */
    size_t in_flight;
};

/* --- the statement's arguments --- */

static void
finish_free(Finish *finish)
{
    if (finish == NULL) {
        return;
    }
    for (size_t i = 0; i < finish->n; i++) {
        free(finish->items[i].error);
    }
    free(finish->items);
    free(finish);
}

static Finish *
finish_new(FinishQueue *queue, WorkKind *kind, int64_t batch)
{
    Finish *finish = calloc(1, sizeof *finish);
    if (finish != NULL) {
        *finish =
            (Finish){ .queue = queue, .kind = kind, .batch = batch, .made_at_us = clock_monotonic_us() };
    }
    return finish;
}

/* FinishColumns are the arrays $1, $2, $4..$7. */
typedef struct FinishColumns {
    Str keys, epochs, statuses, waits, refunds, errors;
} FinishColumns;

static void
columns_add(FinishColumns *columns, const Ended *ended)
{
    char text[32];
    str_append_pg_array_item(&columns->keys, ended->key);
    (void)snprintf(text, sizeof text, "%d", ended->epoch);
    str_append_pg_array_item(&columns->epochs, text);
    str_append_pg_array_item(&columns->statuses, ended->status);
    (void)snprintf(text, sizeof text, "%lld us", (long long)ended->wait_us);
    str_append_pg_array_item(&columns->waits, text);
    str_append_pg_array_item(&columns->refunds, ended->refund != 0 ? "1" : "0");
    str_append_pg_array_item(&columns->errors, ended->error);
}

static bool
columns_end(FinishColumns *columns)
{
    Str *all[] = { &columns->keys,  &columns->epochs,  &columns->statuses,
                   &columns->waits, &columns->refunds, &columns->errors };
    bool is_good = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        str_append(all[i], all[i]->length == 0 ? "{}" : "}");
        is_good = is_good && str_ok(all[i]);
    }
    return is_good;
}

static void
columns_done(FinishColumns *columns)
{
    Str *all[] = { &columns->keys,  &columns->epochs,  &columns->statuses,
                   &columns->waits, &columns->refunds, &columns->errors };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        str_done(all[i]);
    }
}

static void
finish_args(const Finish *finish, const FinishColumns *columns, bool is_last, DbArgs *args)
{
    *args = DB_ARGS_EMPTY;
    args_text(args, str_text(&columns->keys));
    args_text(args, str_text(&columns->epochs));
    args_int(args, finish->queue->worker->id);
    args_text(args, str_text(&columns->statuses));
    args_text(args, str_text(&columns->waits));
    args_text(args, str_text(&columns->refunds));
    args_text(args, str_text(&columns->errors));
    args_int(args, finish->batch);
    args_bool(args, is_last);
}

/* --- outcomes --- */

static int64_t
retry_wait_us(Worker *worker, const JobKind *kind, const Claim *claim, const Outcome *outcome)
{
    if (outcome->wait_us > 0) {
        return outcome->wait_us;
    }
    return backoff_us(kind->backoff_base_us, kind->backoff_cap_us, claim->attempts - 1, &worker->random);
}

static bool
ended_set_error(Ended *ended, const Err *why)
{
    char text[ERROR_SIZE];
    if (why->class == ERR_CLASS_NONE) {
        return true;
    }
    err_json(why, text, sizeof text);
    ended->error = strdup(text);
    return ended->error != NULL;
}

/* ended_fill turns an outcome into what is written: a retry without attempts left is a failure. */
static bool
ended_fill(Worker *worker, const JobKind *kind, const Claim *claim, const Outcome *outcome, Ended *ended)
{
    Err why = outcome->err;
    *ended = (Ended){ .epoch = claim->epoch, .type = outcome->type };
    (void)str_copy(ended->key, sizeof ended->key, claim->key);
    if (ended->type == OUTCOME_NONE) {
        ended->type = OUTCOME_RETRY;
        err_set(&why, ERR_UNKNOWN, "no_outcome", "%s: the kind gave no outcome", kind->name);
    }
    if (ended->type == OUTCOME_RETRY && claim->attempts >= kind->max_attempts) {
        ended->type = OUTCOME_FAIL;
    }
    switch (ended->type) {
    case OUTCOME_DONE:
        ended->status = "complete";
        break;
    case OUTCOME_FAIL:
        ended->status = "failed";
        break;
    case OUTCOME_CANCELLED:
        ended->status = "cancelled";
        break;
    case OUTCOME_RETRY:
        ended->status = "pending";
        ended->wait_us = retry_wait_us(worker, kind, claim, outcome);
        break;
    default: /* DEFER, YIELD: not an attempt */
        ended->status = "pending";
        ended->wait_us = outcome->wait_us;
        ended->refund = 1;
        break;
    }
    return ended_set_error(ended, &why);
}

static bool
finish_append(Finish *finish, const Ended *ended)
{
    if (finish->n == finish->capacity) {
        size_t capacity = finish->capacity == 0 ? 16 : finish->capacity * 2;
        Ended *items = realloc(finish->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        finish->items = items;
        finish->capacity = capacity;
    }
    finish->items[finish->n++] = *ended;
    return true;
}

bool
finish_add(FinishQueue *queue, const Batch *batch, const Claim *claim, const Outcome *outcome, Err *err)
{
    Ended ended;
    if (queue->recording == NULL) {
        queue->recording = finish_new(queue, batch->kind, batch->number);
    }
    if (!ended_fill(queue->worker, &batch->kind->job, claim, outcome, &ended) || queue->recording == NULL ||
        !finish_append(queue->recording, &ended)) {
        free(ended.error);
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "finish: out of memory");
    }
    return true;
}

/* --- answers --- */

static bool
rows_have(const PGresult *rows, const char *key)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        if (strcmp(PQgetvalue(rows, i, 0), key) == 0) {
            return true;
        }
    }
    return false;
}

/* finish_count tells metrics and log how the jobs ended. A row that did not match was not ours any more. */
static void
finish_count(const Finish *finish, const PGresult *rows)
{
    const char *kind = finish->kind->job.name;
    bool is_whole = (size_t)PQntuples(rows) == finish->n;
    metric_observe(METRIC_JOB_FINISH_SECONDS, NULL, NULL,
                   (double)(clock_monotonic_us() - finish->sent_at_us) / 1e6);
    for (size_t i = 0; i < finish->n; i++) {
        const Ended *ended = &finish->items[i];
        if (is_whole || rows_have(rows, ended->key)) {
            metric_add(METRIC_JOB_FINISH_TOTAL, kind, outcome_name(ended->type), 1);
            LOG_AT(ended->type == OUTCOME_FAIL ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "job.finish",
                   LOG_TEXT("kind", kind), LOG_TEXT("key", ended->key), LOG_INT("epoch", ended->epoch),
                   LOG_TEXT("outcome", outcome_name(ended->type)), LOG_TEXT("job_error", ended->error),
                   LOG_END);
        } else if (!finish->is_unknown) {
            metric_add(METRIC_JOB_FENCED_TOTAL, kind, NULL, 1);
            LOG_WARN("job.fenced", LOG_TEXT("kind", kind), LOG_TEXT("key", ended->key),
                     LOG_INT("epoch", ended->epoch));
        }
    }
}

/* err_is_final: the database would say the same again. It speaks of this row or statement, not of the moment.
 */
static bool
err_is_final(const Err *err)
{
    return err->class == ERR_INVALID_DATA || (err->class == ERR_UNKNOWN && strlen(err->code) == 5);
}

static void
finish_answered(void *user, PGresult *rows, const Err *err)
{
    Finish *finish = user;
    FinishQueue *queue = finish->queue;
    queue->in_flight--;
    if (rows == NULL) {
        LOG_WARN("job.finish", LOG_TEXT("kind", finish->kind->job.name), LOG_INT("jobs", (int64_t)finish->n),
                 LOG_FAILURE(err));
        finish->is_unknown = true;
        finish->is_refused = strcmp(err->code, "connection_lost") != 0 && strcmp(err->code, "no_answer") != 0;
        finish->is_final = err_is_final(err);
        finish->next = queue->unsettled;
        queue->unsettled = finish;
        return;
    }
    finish_count(finish, rows);
    PQclear(rows);
    finish_free(finish);
}

/* --- sending --- */

static void
finish_start(FinishQueue *queue, Finish *finish)
{
    FinishColumns columns = { .keys = STR_EMPTY };
    DbArgs args;
    Err err = ERR_NONE;
    for (size_t i = 0; i < finish->n; i++) {
        columns_add(&columns, &finish->items[i]);
    }
    bool is_good = columns_end(&columns);
    finish_args(finish, &columns, finish->is_last, &args);
    finish->sent_at_us = clock_monotonic_us();
    queue->in_flight++;
    if (!is_good) {
        err_set(&err, ERR_MEMORY_LIMIT, "memory", "finish: out of memory");
    }
    if (!is_good ||
        !db_send(queue->worker->db, &finish->kind->finish, &args, finish_answered, finish, &err)) {
        finish_answered(finish, NULL, &err);
    }
    columns_done(&columns);
}

/* release_later has the holding of a batch go when what is unsettled before is settled. */
static void
release_later(FinishQueue *queue, const Batch *batch)
{
    Finish **end = &queue->unsettled;
    Finish *finish = finish_new(queue, batch->kind, batch->number);
    if (finish == NULL) {
        return; /* the holding is left to its deadline */
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    finish->is_last = true;
    *end = finish;
}

void
finish_send(FinishQueue *queue, const Batch *batch, bool is_last)
{
    Finish *finish = queue->recording;
    Err err = ERR_NONE;
    bool is_released_later = false;
    queue->recording = NULL;
    if (is_last) {
        /* The holding names what is in work: it goes only after every other finish of its batch. */
        is_released_later =
            (queue->in_flight > 0 && !db_drain(queue->worker->db, &err)) || queue->unsettled != NULL;
        if (is_released_later) {
            release_later(queue, batch);
        }
    }
    if (finish == NULL && is_last && !is_released_later) {
        finish = finish_new(queue, batch->kind, batch->number);
    }
    if (finish == NULL) {
        return; /* nothing to say; or no memory, and the holding is left to its deadline */
    }
    finish->is_last = is_last && !is_released_later;
    failpoint("job.finish");
    finish_start(queue, finish);
}

int64_t
finish_age_us(const FinishQueue *queue)
{
    return queue->recording != NULL ? clock_monotonic_us() - queue->recording->made_at_us : 0;
}

/* give_back_later records that a job whose commit got no answer is to be given back, if it is still ours
 * then. */
static void
give_back_later(FinishQueue *queue, const Batch *batch, const Claim *claim)
{
    Finish *finish = finish_new(queue, batch->kind, batch->number);
    Ended ended = { .epoch = claim->epoch, .type = OUTCOME_YIELD, .status = "pending", .refund = 1 };
    (void)str_copy(ended.key, sizeof ended.key, claim->key);
    if (finish == NULL || !finish_append(finish, &ended)) {
        finish_free(finish); /* the job is left to its deadline */
        return;
    }
    finish->is_unknown = true;
    finish->next = queue->unsettled;
    queue->unsettled = finish;
}

/* finish_one runs the statement for one job and waits. *ret_is_ours tells whether the row was still ours. */
static bool
finish_one(FinishQueue *queue, const Finish *like, const Ended *ended, bool is_last, bool *ret_is_ours,
           Err *err)
{
    FinishColumns columns = { .keys = STR_EMPTY };
    DbArgs args;
    columns_add(&columns, ended);
    bool is_good = columns_end(&columns) || err_set(err, ERR_MEMORY_LIMIT, "memory", "finish: out of memory");
    finish_args(like, &columns, is_last, &args);
    PGresult *rows = is_good ? db_query(queue->worker->db, &like->kind->finish, &args, err) : NULL;
    columns_done(&columns);
    if (rows == NULL) {
        return false;
    }
    *ret_is_ours = PQntuples(rows) == 1;
    if (*ret_is_ours) {
        metric_add(METRIC_JOB_FINISH_TOTAL, like->kind->job.name, outcome_name(ended->type), 1);
    }
    PQclear(rows);
    return true;
}

bool
finish_effects(FinishQueue *queue, const Batch *batch, const Claim *claim, const Outcome *outcome,
               bool is_last, Err *err)
{
    Worker *worker = queue->worker;
    Finish like = { .queue = queue, .kind = batch->kind, .batch = batch->number };
    Ended ended;
    bool is_ours = false;
    int64_t sent_at_us = clock_monotonic_us();
    if (!ended_fill(worker, &batch->kind->job, claim, outcome, &ended)) {
        db_rollback(worker->db);
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "finish: out of memory");
    }
    failpoint("job.effects");
    bool is_good =
        finish_one(queue, &like, &ended, is_last, &is_ours, err) &&
        (is_ours || err_set(err, ERR_UNKNOWN, "fenced", "job %s is not ours any more", claim->key));
    free(ended.error);
    if (!is_good) {
        db_rollback(worker->db);
        return false;
    }
    failpoint("job.commit");
    if (!db_commit(worker->db, err)) {
        if (strcmp(err->code, "commit_unknown") == 0) {
            give_back_later(queue, batch, claim);
        }
        return false;
    }
    failpoint("job.committed");
    metric_observe(METRIC_JOB_FINISH_SECONDS, NULL, NULL, (double)(clock_monotonic_us() - sent_at_us) / 1e6);
    LOG_DEBUG("job.finish", LOG_TEXT("outcome", outcome_name(ended.type)));
    return true;
}

/* --- settling --- */

/* holding_keep leaves the holding of a batch to its deadline: a job of it could not be finished, and without
 * a holding nobody would give it back. */
static void
holding_keep(FinishQueue *queue, int64_t batch)
{
    for (Finish *finish = queue->unsettled; finish != NULL; finish = finish->next) {
        finish->is_last = finish->is_last && finish->batch != batch;
    }
}

/* refuse_one finishes a job that the database refused to finish: failed, with the database's reason. */
static bool
refuse_one(FinishQueue *queue, Finish *finish, Ended *ended, bool is_last, const Err *why)
{
    Err err = ERR_NONE;
    bool is_ours = false;
    free(ended->error);
    ended->error = NULL;
    ended->type = OUTCOME_FAIL;
    ended->status = "failed";
    ended->refund = 0;
    if (!ended_set_error(ended, why) || !finish_one(queue, finish, ended, is_last, &is_ours, &err)) {
        LOG_ERROR("job.finish", LOG_TEXT("kind", finish->kind->job.name), LOG_TEXT("key", ended->key),
                  LOG_FAILURE(&err)); /* its deadline gives it back */
        holding_keep(queue, finish->batch);
        return db_is_connected(queue->worker->db);
    }
    return true;
}

/* settle_alone finishes the jobs of a refused statement one by one. False if the connection broke again. */
static bool
settle_alone(FinishQueue *queue, Finish *finish)
{
    for (; finish->n > 0; finish->n--) {
        Err err = ERR_NONE;
        bool is_ours = false;
        Ended *ended = &finish->items[finish->n - 1];
        bool is_last = finish->is_last && finish->n == 1;
        if (!finish_one(queue, finish, ended, is_last, &is_ours, &err)) {
            if (!err_is_final(&err) || !refuse_one(queue, finish, ended, is_last, &err)) {
                return false;
            }
        }
        free(ended->error);
        ended->error = NULL;
    }
    return true;
}

bool
finish_has_failed(const FinishQueue *queue)
{
    return queue->unsettled != NULL;
}

bool
finish_is_clear(const FinishQueue *queue)
{
    return queue->unsettled == NULL && queue->in_flight == 0;
}

bool
finish_is_idle(const FinishQueue *queue)
{
    return queue->recording == NULL && finish_is_clear(queue);
}

/* unsettled_remove takes a finish out of the list, where others may have come before it: their answers are
 * read with those of any query. */
static void
unsettled_remove(FinishQueue *queue, const Finish *finish)
{
    Finish **at = &queue->unsettled;
    while (*at != finish) {
        at = &(*at)->next;
    }
    *at = finish->next;
}

bool
finish_settle(FinishQueue *queue)
{
    Err err = ERR_NONE;
    while (queue->unsettled != NULL) {
        Finish *finish = queue->unsettled;
        if (finish->is_refused && finish->n > 0) {
            if (!settle_alone(queue, finish)) {
                return false;
            }
            unsettled_remove(queue, finish);
            finish_free(finish);
            continue;
        }
        queue->unsettled = finish->next;
        if (finish->n == 0 && (!finish->is_last || finish->is_final)) {
            finish_free(finish); /* a release that is not wanted any more, or left to the deadline */
            continue;
        }
        finish_start(queue, finish);
        if (!db_drain(queue->worker->db, &err)) {
            return false;
        }
        if (queue->unsettled == finish && (!finish->is_refused || (finish->n == 0 && !finish->is_final))) {
            return false; /* refused for a passing reason: again at the next turn */
        }
    }
    return queue->in_flight == 0 || db_drain(queue->worker->db, &err);
}

void
finish_forget(FinishQueue *queue)
{
    finish_free(queue->recording);
    queue->recording = NULL;
    while (queue->unsettled != NULL) {
        Finish *next = queue->unsettled->next;
        for (size_t i = 0; i < queue->unsettled->n; i++) {
            metric_add(METRIC_JOB_FENCED_TOTAL, queue->unsettled->kind->job.name, NULL, 1);
        }
        finish_free(queue->unsettled);
        queue->unsettled = next;
    }
}

FinishQueue *
finish_queue_new(Worker *worker)
{
    FinishQueue *queue = calloc(1, sizeof *queue);
    if (queue != NULL) {
        queue->worker = worker;
    }
    return queue;
}

void
finish_queue_free(FinishQueue *queue)
{
    if (queue != NULL) {
        finish_forget(queue);
        free(queue);
    }
}
