#include "worker/claim.h"

#include <string.h>

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"

enum {
    LOOK_FOR_US =
        2000000, /* a commit can reach the log before it is visible (kafka_postgres.md, section 8) */
    LOOK_EVERY_US = 20000,
    BATCH_TARGET_US = 500000, /* what one batch may take: others' jobs wait behind it */
    JOB_GUESS_US = 20000,     /* a job's time before any was measured */
    BROKEN_FOR_US = 1000000,  /* a kind whose statements are refused is asked again after so long */
    CLAIM_COLUMNS = 5,        /* key, epoch, generation, attempts, waited_us */
    TABLE_SIZE = 2048,        /* of hashed keys: a power of two above twice INBOX_MAX */
};

_Static_assert(TABLE_SIZE >= 2 * INBOX_MAX, "the hash table must stay half empty");

/* --- the interface of Claim --- */

const char *
claim_text(const Claim *claim, const char *column)
{
    const Kind *code = kind_find(claim->kind->name);
    for (int i = 0; code != NULL && code->columns[i] != NULL; i++) {
        if (strcmp(code->columns[i], column) == 0) {
            bool is_null = PQgetisnull(claim->rows, claim->row, CLAIM_COLUMNS + i) != 0;
            return is_null ? NULL : PQgetvalue(claim->rows, claim->row, CLAIM_COLUMNS + i);
        }
    }
    abort(); /* a kind reads a column that it does not name */
}

void
batch_claim(const Batch *batch, int i, Claim *ret_claim)
{
    int64_t values[4] = { 0, 0, 0, 0 };
    for (int column = 0; column < 4; column++) {
        if (!str_to_int64(PQgetvalue(batch->rows, i, column + 1), &values[column])) {
            values[column] = 0; /* waited_us of a row without announcement */
        }
    }
    *ret_claim = (Claim){ .kind = &batch->kind->job,
                          .key = PQgetvalue(batch->rows, i, 0),
                          .epoch = (int32_t)values[0],
                          .generation = (int32_t)values[1],
                          .attempts = (int)values[2],
                          .waited_us = values[3],
                          .traceparent = batch->traceparents[i],
                          .rows = batch->rows,
                          .row = i };
}

void
batch_done(Batch *batch)
{
    PQclear(batch->rows);
    free(batch->traceparents);
    *batch = (Batch){ .rows = NULL };
}

size_t
claim_limit(const Worker *worker, const WorkKind *kind)
{
    double job_us = kind->job_us > 0 ? kind->job_us : JOB_GUESS_US;
    double target_us =
        kind->job.lease_us / 4 < BATCH_TARGET_US ? (double)kind->job.lease_us / 4 : BATCH_TARGET_US;
    double n = target_us / job_us;
    double most = worker->config->batch_size < JOB_BATCH_MAX ? worker->config->batch_size : JOB_BATCH_MAX;
    return n < 1 ? 1 : n > most ? (size_t)most : (size_t)n;
}

/* --- rows by key --- */

/* KeyTable finds the row of a result by its key. */
typedef struct KeyTable {
    int rows[TABLE_SIZE]; /* row + 1; 0 = empty */
} KeyTable;

static uint32_t
key_hash(const char *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    }
    return hash;
}

static int *
table_place(KeyTable *table, const PGresult *rows, const char *key)
{
    uint32_t i = key_hash(key) & (TABLE_SIZE - 1);
    while (table->rows[i] != 0 && strcmp(PQgetvalue(rows, table->rows[i] - 1, 0), key) != 0) {
        i = (i + 1) & (TABLE_SIZE - 1);
    }
    return &table->rows[i];
}

static void
table_fill(KeyTable *table, const PGresult *rows)
{
    memset(table, 0, sizeof *table);
    for (int i = 0; i < PQntuples(rows); i++) {
        *table_place(table, rows, PQgetvalue(rows, i, 0)) = i + 1;
    }
}

/* table_row returns the row of a key, or -1. */
static int
table_row(KeyTable *table, const PGresult *rows, const char *key)
{
    return *table_place(table, rows, key) - 1;
}

/* --- claiming --- */

/* Wanted is the entries of one claim. */
typedef struct Wanted {
    size_t n;
    Entry *entries[JOB_BATCH_MAX];
} Wanted;

static void
keys_print(const Wanted *wanted, Str *out)
{
    for (size_t i = 0; i < wanted->n; i++) {
        str_append_pg_array_item(out, wanted->entries[i]->key);
    }
    str_append(out, wanted->n == 0 ? "{}" : "}");
}

static PGresult *
claim_query(Worker *worker, WorkKind *kind, const Wanted *wanted, bool is_alone, int64_t number, Err *err)
{
    Str keys = STR_EMPTY;
    char lease[32];
    keys_print(wanted, &keys);
    (void)snprintf(lease, sizeof lease, "%lld us", (long long)kind->job.lease_us);
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, str_text(&keys));
    args_int(&args, worker->id);
    args_int(&args, number);
    args_text(&args, kind->job.name);
    args_bool(&args, is_alone);
    args_text(&args, lease);
    PGresult *rows = str_ok(&keys) ? db_query(worker->db, &kind->claim, &args, err) : NULL;
    if (!str_ok(&keys)) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "claim: out of memory");
    }
    str_done(&keys);
    return rows;
}

/* entry_look decides what becomes of an entry that the claim did not take, from its row as it is now (row <
 * 0: none). */
static void
entry_look(Entry *entry, const PGresult *rows, int row, int64_t now_us)
{
    int64_t epoch = 0;
    int64_t attempts = 0;
    bool is_ready = false;
    if (row >= 0) {
        if (!str_to_int64(PQgetvalue(rows, row, 1), &epoch) ||
            !str_to_int64(PQgetvalue(rows, row, 2), &attempts)) {
            epoch = attempts = 0;
        }
        is_ready = PQgetvalue(rows, row, 3)[0] == 't';
    }
    bool is_behind = row < 0 || epoch < entry->epoch;
    bool is_old = entry->sent_at_us > 0 && clock_wall_us() - entry->sent_at_us > LOOK_FOR_US;
    if (!is_behind && is_ready && attempts > 0 && entry->state != ENTRY_ALONE) {
        entry->state = ENTRY_ALONE;
        return;
    }
    if (is_behind ? is_old : !is_ready) {
        entry->state = ENTRY_SETTLED; /* finished, waiting, in another's hands; or gone, for its commit is
                                         long to be seen */
        return;
    }
    if (entry->look_until_us == 0) {
        entry->look_until_us = now_us + LOOK_FOR_US;
        metric_add(METRIC_JOB_LOOK_TOTAL, entry->kind->job.name, NULL, 1);
    }
    entry->state = now_us < entry->look_until_us ? ENTRY_LOOK : ENTRY_SETTLED; /* then it is the reaper's */
    entry->look_at_us = now_us + LOOK_EVERY_US;
}

/* looks_take asks why the entries that are left were not taken. */
static bool
looks_take(Worker *worker, WorkKind *kind, const Wanted *left, KeyTable *table, Err *err)
{
    if (left->n == 0) {
        return true;
    }
    Str keys = STR_EMPTY;
    keys_print(left, &keys);
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, str_text(&keys));
    _cleanup_(db_result_clear) PGresult *rows = db_query(worker->db, &kind->look, &args, err);
    str_done(&keys);
    if (rows == NULL) {
        return false;
    }
    int64_t now_us = clock_monotonic_us();
    table_fill(table, rows);
    for (size_t i = 0; i < left->n && left->entries[i] != NULL; i++) {
        entry_look(left->entries[i], rows, table_row(table, rows, left->entries[i]->key), now_us);
    }
    return true;
}

/* entries_settle settles the entries whose rows were taken, and collects the others. */
static void
entries_settle(const Wanted *wanted, Batch *batch, KeyTable *table, Wanted *ret_left)
{
    table_fill(table, batch->rows);
    ret_left->n = 0;
    for (size_t i = 0; i < wanted->n && wanted->entries[i] != NULL; i++) {
        Entry *entry = wanted->entries[i];
        int row = table_row(table, batch->rows, entry->key);
        if (row < 0) {
            ret_left->entries[ret_left->n++] = entry;
            continue;
        }
        memcpy(batch->traceparents[row], entry->traceparent, TRACEPARENT_SIZE);
        entry->state = ENTRY_SETTLED;
    }
}

static void
claim_count(WorkKind *kind, const Batch *batch, bool is_alone)
{
    const char *name = kind->job.name;
    metric_add(METRIC_JOB_CLAIM_BATCH_TOTAL, NULL, NULL, 1);
    metric_observe(METRIC_JOB_CLAIM_SECONDS, NULL, NULL,
                   (double)(clock_monotonic_us() - batch->claimed_at_us) / 1e6);
    metric_add(METRIC_JOB_CLAIM_TOTAL, name, NULL, (uint64_t)batch->n);
    if (is_alone) {
        metric_add(METRIC_JOB_ALONE_TOTAL, name, NULL, (uint64_t)batch->n);
    }
}

bool
claim_settle(Worker *worker, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    int64_t jobs = 0;
    if (worker->unclaim_kind == NULL) {
        return true;
    }
    args_int(&args, worker->id);
    args_int(&args, worker->unclaim_batch);
    if (!db_run(worker->db, &worker->unclaim_kind->unclaim, &args, &jobs, err)) {
        if (!db_is_connected(worker->db) || err->class == ERR_DATABASE_TIMEOUT) {
            return false;
        }
        LOG_ERROR("job.unclaim", LOG_TEXT("kind", worker->unclaim_kind->job.name),
                  LOG_FAILURE(err)); /* their deadline gives them back */
    }
    if (jobs > 0) {
        LOG_INFO("job.unclaim", LOG_TEXT("kind", worker->unclaim_kind->job.name), LOG_INT("jobs", jobs));
    }
    worker->unclaim_kind = NULL;
    return true;
}

static bool
claim_wanted(Worker *worker, WorkKind *kind, const Wanted *wanted, bool is_alone, Batch *ret_batch, Err *err)
{
    static KeyTable table; /* kept off the stack; used only within this call */
    Wanted left = { .n = 0 };
    Batch batch = { .kind = kind, .number = ++worker->batches, .claimed_at_us = clock_monotonic_us() };
    if (!claim_settle(worker, err)) {
        return false;
    }
    failpoint("job.claim");
    batch.rows = claim_query(worker, kind, wanted, is_alone, batch.number, err);
    if (batch.rows == NULL) {
        if (!db_is_connected(worker->db)) { /* perhaps committed, perhaps not */
            worker->unclaim_kind = kind;
            worker->unclaim_batch = batch.number;
        }
        return false;
    }
    failpoint("job.claimed");
    batch.n = PQntuples(batch.rows);
    batch.traceparents = calloc((size_t)batch.n + 1, sizeof *batch.traceparents);
    if (batch.traceparents == NULL) {
        worker->unclaim_kind = kind; /* what was claimed goes back */
        worker->unclaim_batch = batch.number;
        db_disconnect(worker->db);
        batch_done(&batch);
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "claim: out of memory");
    }
    entries_settle(wanted, &batch, &table, &left);
    claim_count(kind, &batch, is_alone);
    Err look_err = ERR_NONE;
    if (!looks_take(worker, kind, &left, &table, &look_err)) {
        LOG_WARN("job.look", LOG_FAILURE(&look_err)); /* they stay as they are, and are asked for again */
    }
    *ret_batch = batch;
    return true;
}

/* claim_refused deals with a claim that the database refused for good. Returns how many of the entries to ask
 * for next; 0: none, the claim is over. */
static size_t
claim_refused(WorkKind *kind, const Wanted *wanted, const Err *err)
{
    if (strncmp(err->code, "42", 2) ==
        0) { /* no such table or column, no right: it would be so for every row */
        LOG_ERROR("claim.kind", LOG_TEXT("kind", kind->job.name), LOG_FAILURE(err));
        kind->broken_until_us = clock_monotonic_us() + BROKEN_FOR_US;
        return 0;
    }
    if (wanted->n > 1) {
        return wanted->n / 2;
    }
    LOG_ERROR("claim.refused", LOG_TEXT("kind", kind->job.name), LOG_TEXT("key", wanted->entries[0]->key),
              LOG_FAILURE(err));
    metric_add(METRIC_JOB_REFUSED_TOTAL, kind->job.name, NULL, 1);
    wanted->entries[0]->state = ENTRY_SETTLED;
    return 0;
}

/* claim_some claims the wanted, or as many of the first of them as the database lets through. */
static bool
claim_some(Worker *worker, WorkKind *kind, Wanted *wanted, bool is_alone, Batch *ret_batch, Err *err)
{
    while (wanted->n > 0) {
        if (claim_wanted(worker, kind, wanted, is_alone, ret_batch, err)) {
            return true;
        }
        if (!db_is_connected(worker->db) || (err->class != ERR_INVALID_DATA && err->class != ERR_UNKNOWN)) {
            return false;
        }
        wanted->n = claim_refused(kind, wanted, err);
    }
    *ret_batch = (Batch){ .kind = kind };
    return true;
}

bool
claim_batch(Worker *worker, WorkKind *kind, Batch *ret_batch, Err *err)
{
    Wanted wanted = { .n = 0 };
    size_t limit = claim_limit(worker, kind);
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < worker->inbox->n && wanted.n < limit; i++) {
        Entry *entry = &worker->inbox->items[i];
        bool is_wanted =
            entry->state == ENTRY_NEW || (entry->state == ENTRY_LOOK && now_us >= entry->look_at_us);
        if (entry->kind == kind && is_wanted) {
            wanted.entries[wanted.n++] = entry;
        }
    }
    return claim_some(worker, kind, &wanted, false, ret_batch, err);
}

bool
claim_alone(Worker *worker, Entry *entry, Batch *ret_batch, Err *err)
{
    Wanted wanted = { .n = 1, .entries = { entry } };
    return claim_some(worker, entry->kind, &wanted, true, ret_batch, err);
}
