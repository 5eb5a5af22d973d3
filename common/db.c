#include "common/db.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/str.h"

enum {
    PREPARED_MAX = 1024,       /* the reaper has ten queries for each of 64 kinds */
    ANSWER_TIMEOUT_MS = 45000, /* above statement_timeout: the server, not we, ends a slow statement */
};

/* Unit is one query on its way: an optional PREPARE, the query, a sync. */
typedef struct Unit {
    DbHandler handler;
    void *user;
    int prepared;  /* index of the statement */
    bool prepares; /* the first answer is the PREPARE's */
    bool is_over;  /* the query's own answer has come: its sync is next */
    PGresult *result;
} Unit;

typedef struct Prepared {
    char *name, *text; /* copies: a reload of the kinds frees their queries */
    int version;       /* raised when the server's plan has gone stale: prepared anew under a new name */
    bool is_sent;
} Prepared;

struct Db {
    char *conninfo;
    char *application_name;
    PGconn *connection;
    int64_t connections;
    Prepared prepared[PREPARED_MAX];
    int prepared_count;
    Unit *units; /* ring of units_capacity */
    size_t units_capacity, units_first, units_count;
    bool in_transaction;
    bool waits_long;
};

/* --- life of the connection --- */

Db *
db_new(const char *conninfo, const char *application_name)
{
    Db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        return NULL;
    }
    db->conninfo = strdup(conninfo);
    db->application_name = strdup(application_name);
    if (db->conninfo == NULL || db->application_name == NULL) {
        db_free(db);
        return NULL;
    }
    return db;
}

void
db_free(Db *db)
{
    if (db == NULL) {
        return;
    }
    db_disconnect(db);
    free(db->units);
    free(db->conninfo);
    free(db->application_name);
    free(db);
}

void
db_free_pointer(Db **db)
{
    db_free(*db);
}

bool
db_is_connected(const Db *db)
{
    return db->connection != NULL;
}

int64_t
db_connections(const Db *db)
{
    return db->connections;
}

int
db_socket(const Db *db)
{
    return db->connection != NULL ? PQsocket(db->connection) : -1;
}

static Unit *
unit_first(Db *db)
{
    return &db->units[db->units_first];
}

/* unit_end removes the oldest unit and tells its handler. The handler comes last: the ring is whole by then.
 */
static void
unit_end(Db *db, PGresult *result, const Err *err)
{
    Unit unit = *unit_first(db);
    unit_first(db)->result = NULL;
    db->units_first = (db->units_first + 1) % db->units_capacity;
    db->units_count--;
    if (unit.result != result) {
        PQclear(unit.result);
    }
    if (unit.handler != NULL) {
        unit.handler(unit.user, result, err);
    } else {
        PQclear(result);
    }
}

static void
prepared_forget(Db *db)
{
    for (int i = 0; i < db->prepared_count; i++) {
        free(db->prepared[i].name);
        free(db->prepared[i].text);
    }
    db->prepared_count = 0;
}

static void
db_close_with(Db *db, const Err *err)
{
    if (db->connection == NULL) {
        return;
    }
    PQfinish(db->connection);
    db->connection = NULL;
    db->in_transaction = false;
    db->waits_long = false;
    prepared_forget(db);
    while (db->units_count > 0) {
        unit_end(db, NULL, err);
    }
}

void
db_disconnect(Db *db)
{
    Err err = ERR_NONE;
    err_set(&err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: connection closed");
    db_close_with(db, &err);
}

/* db_lost ends the connection after an error of libpq's. Always false. */
static bool
db_lost(Db *db, Err *err)
{
    Err why = ERR_NONE;
    db_err(&why, db->connection, NULL);
    db_close_with(db, &why);
    if (err != NULL) {
        *err = why;
    }
    return false;
}

static void
ignore_notice(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* session_options joins our settings with the options that the user's conninfo has, which win. A queue's
 * statistics are taken when it happens to be empty: a plan made from them would read the whole table at every
 * claim of the next burst. Hence no sequential scans where an index will do, and no JIT for the costs that
 * this makes up. Times travel as text and come back: whatever the database shows people, here they keep their
 * offset. A row that was locked is looked at again as it is then, which only READ COMMITTED does. */
static bool
session_options(const char *conninfo, char *buffer, size_t size, Err *err)
{
    char *reason = NULL;
    const char *theirs = "";
    PQconninfoOption *options = PQconninfoParse(conninfo, &reason);
    if (options == NULL) {
        err_set(err, ERR_INVALID_DATA, "invalid_conninfo", "database: %s",
                reason != NULL ? reason : "out of memory");
        PQfreemem(reason);
        return false;
    }
    for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "options") == 0 && option->val != NULL) {
            theirs = option->val;
        }
    }
    int length =
        snprintf(buffer, size,
                 "-c lock_timeout=2s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s "
                 "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off "
                 "-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC "
                 "-c default_transaction_isolation=read\\ committed "
                 "-c client_min_messages=error %s",
                 theirs);
    PQconninfoFree(options);
    return (length > 0 && (size_t)length < size) ||
           err_set(err, ERR_INVALID_DATA, "invalid_conninfo", "database: options are too long");
}

bool
db_connect(Db *db, Err *err)
{
    char options[1024];
    if (db->connection != NULL) {
        return true;
    }
    if (!session_options(db->conninfo, options, sizeof options, err)) {
        return false;
    }
    /* libpq would send these behind our options, and they would win. */
    (void)unsetenv("PGDATESTYLE"); /* NOLINT(concurrency-mt-unsafe): one thread */
    (void)unsetenv("PGTZ");        /* NOLINT(concurrency-mt-unsafe): one thread */
    /* What stands behind dbname, the user's conninfo, overrides it; what stands before it is overridden. */
    const char *keywords[] = {
        "connect_timeout",
        "tcp_user_timeout",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "fallback_application_name",
        "dbname",
        "options",
        "client_encoding", /* keys are UTF-8 in Kafka, whatever PGCLIENTENCODING says */
        NULL
    };
    const char *values[] = { "5",          "10000", "10",   "5", "3", db->application_name,
                             db->conninfo, options, "UTF8", NULL };
    PGconn *connection = PQconnectdbParams(keywords, values, 1);
    if (connection == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "database: out of memory");
    }
    if (PQstatus(connection) != CONNECTION_OK || PQsetnonblocking(connection, 1) != 0 ||
        PQenterPipelineMode(connection) != 1) {
        Err why = ERR_NONE;
        db_err(&why, connection, NULL);
        err_set(err, why.class, "no_connection", "%s", why.message);
        PQfinish(connection);
        return false;
    }
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    db->connection = connection;
    db->connections++;
    return true;
}

/* --- sending --- */

/* prepared_find returns the index of a query among the statements, adding it if need be; -1 if the table is
 * full. */
static int
prepared_find(Db *db, const SqlQuery *query)
{
    for (int i = 0; i < db->prepared_count; i++) {
        if (strcmp(db->prepared[i].name, query->name) == 0 &&
            strcmp(db->prepared[i].text, query->text) == 0) {
            return i;
        }
    }
    if (db->prepared_count == PREPARED_MAX) {
        return -1;
    }
    Prepared prepared = { .name = strdup(query->name), .text = strdup(query->text) };
    if (prepared.name == NULL || prepared.text == NULL) {
        free(prepared.name);
        free(prepared.text);
        return -1;
    }
    db->prepared[db->prepared_count] = prepared;
    return db->prepared_count++;
}

static bool
units_grow(Db *db)
{
    if (db->units_count < db->units_capacity) {
        return true;
    }
    size_t capacity = db->units_capacity == 0 ? 16 : db->units_capacity * 2;
    Unit *units = calloc(capacity, sizeof *units);
    if (units == NULL) {
        return false;
    }
    for (size_t i = 0; i < db->units_count; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): there is a unit, so there is a capacity */
        units[i] = db->units[(db->units_first + i) % db->units_capacity];
    }
    free(db->units);
    db->units = units;
    db->units_capacity = capacity;
    db->units_first = 0;
    return true;
}

static void
statement_name(const Db *db, int prepared, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "p%d.%d", prepared, db->prepared[prepared].version);
}

static bool
unit_send(Db *db, const SqlQuery *query, const DbArgs *args, int result_format, const Unit *unit, Err *err)
{
    char name[32];
    Prepared *prepared = &db->prepared[unit->prepared];
    statement_name(db, unit->prepared, name, sizeof name);
    if (unit->prepares && PQsendPrepare(db->connection, name, query->text, 0, NULL) != 1) {
        return db_lost(db, err);
    }
    prepared->is_sent = true;
    if (PQsendQueryPrepared(db->connection, name, args != NULL ? args->n : 0,
                            args != NULL ? args->values : NULL, args != NULL ? args->lengths : NULL,
                            args != NULL ? args->formats : NULL, result_format) != 1 ||
        PQpipelineSync(db->connection) != 1) {
        return db_lost(db, err);
    }
    return true;
}

static bool
unit_add(Db *db, const SqlQuery *query, const DbArgs *args, int result_format, DbHandler handler, void *user,
         Err *err)
{
    if (db->connection == NULL) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: not connected");
    }
    int index = prepared_find(db, query);
    if (index < 0 || !units_grow(db)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "database: no room for query %s", query->name);
    }
    Unit unit = {
        .handler = handler, .user = user, .prepared = index, .prepares = !db->prepared[index].is_sent
    };
    if (!unit_send(db, query, args, result_format, &unit, err)) {
        return false;
    }
    db->units[(db->units_first + db->units_count) % db->units_capacity] = unit;
    db->units_count++;
    if (PQflush(db->connection) < 0) {
        (void)!db_lost(db, NULL); /* the handler has been told */
    }
    return true;
}

bool
db_send(Db *db, const SqlQuery *query, const DbArgs *args, DbHandler handler, void *user, Err *err)
{
    return unit_add(db, query, args, 0, handler, user, err);
}

/* --- receiving --- */

static bool
result_is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* unit_receive files one result under the oldest unit: the PREPARE's, the query's, or its sync, which ends
 * it. The first error of a unit is the one that is kept. */
static void
unit_receive(Db *db, PGresult *result)
{
    Unit *unit = unit_first(db);
    Prepared *prepared = &db->prepared[unit->prepared];
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        if (unit->result != NULL && result_is_good(unit->result)) {
            unit_end(db, unit->result, NULL);
            return;
        }
        Err err = ERR_NONE;
        db_err(&err, db->connection, unit->result);
        unit_end(db, NULL, &err);
        if (strcmp(err.code, "25006") ==
            0) { /* a server that was demoted: another connection finds the primary */
            db_close_with(db, &err);
        }
        return;
    }
    if (status == PGRES_PIPELINE_ABORTED || (unit->result != NULL && !result_is_good(unit->result))) {
        PQclear(result);
        return;
    }
    bool is_of_prepare = unit->prepares && unit->result == NULL;
    if (!result_is_good(result) && (is_of_prepare || db_is_stale_plan(result))) {
        prepared->is_sent = false;
        prepared->version++;
    }
    PQclear(unit->result);
    unit->result = result;
}

/* receive_ready files every result that can be had without waiting. */
static void
receive_ready(Db *db)
{
    while (db->units_count > 0 && PQisBusy(db->connection) == 0) {
        PGresult *result = PQgetResult(db->connection);
        if (result != NULL) {
            unit_receive(db, result);
            if (db->connection == NULL) {
                return;
            }
        }
    }
}

bool
db_receive(Db *db, Err *err)
{
    if (db->connection == NULL) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: not connected");
    }
    if (PQflush(db->connection) < 0 || PQconsumeInput(db->connection) != 1) {
        return db_lost(db, err);
    }
    receive_ready(db);
    return PQstatus(db->connection) == CONNECTION_OK || db_lost(db, err);
}

/* wait_ready waits until the socket can be read, or written when output is left. */
static bool
wait_ready(Db *db, Err *err)
{
    int left = PQflush(db->connection);
    if (left < 0) {
        return db_lost(db, err);
    }
    struct pollfd fd = { .fd = PQsocket(db->connection),
                         .events = (short)(POLLIN | (left > 0 ? POLLOUT : 0)) };
    int n = poll(&fd, 1, db->waits_long ? -1 : ANSWER_TIMEOUT_MS);
    if (n == 0) {
        Err why = ERR_NONE;
        err_set(&why, ERR_DATABASE_TIMEOUT, "no_answer", "database: no answer for %d s",
                ANSWER_TIMEOUT_MS / 1000);
        db_close_with(db, &why);
        if (err != NULL) {
            *err = why;
        }
        return false;
    }
    return n > 0 || errno == EINTR || db_lost(db, err);
}

bool
db_drain(Db *db, Err *err)
{
    if (db->connection == NULL) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: not connected");
    }
    receive_ready(db);
    while (db->units_count > 0) {
        if (!wait_ready(db, err) || !db_receive(db, err)) {
            return false;
        }
    }
    return true;
}

typedef struct Answer {
    PGresult *result;
    Err err;
} Answer;

static void
keep_answer(void *user, PGresult *result, const Err *err)
{
    Answer *answer = user;
    answer->result = result;
    if (result == NULL) {
        answer->err = *err;
    }
}

static PGresult *
query_format(Db *db, const SqlQuery *query, const DbArgs *args, int result_format, Err *err)
{
    Answer answer = { .err = ERR_NONE };
    if (!unit_add(db, query, args, result_format, keep_answer, &answer, err)) {
        return NULL;
    }
    Err ignored = ERR_NONE;
    (void)!db_drain(db, &ignored); /* keep_answer has been told, whatever happened */
    if (answer.result == NULL && err != NULL) {
        *err = answer.err;
    }
    return answer.result;
}

PGresult *
db_query(Db *db, const SqlQuery *query, const DbArgs *args, Err *err)
{
    return query_format(db, query, args, 0, err);
}

PGresult *
db_query_binary(Db *db, const SqlQuery *query, const DbArgs *args, Err *err)
{
    return query_format(db, query, args, 1, err);
}

bool
db_run(Db *db, const SqlQuery *query, const DbArgs *args, int64_t *ret_rows, Err *err)
{
    _cleanup_(db_result_clear) PGresult *result = query_format(db, query, args, 0, err);
    if (result == NULL) {
        return false;
    }
    if (ret_rows != NULL) {
        int64_t rows = 0;
        if (!str_to_int64(PQcmdTuples(result), &rows)) {
            rows = PQntuples(result);
        }
        *ret_rows = rows;
    }
    return true;
}

PGnotify *
db_notification(Db *db)
{
    return db->connection != NULL ? PQnotifies(db->connection) : NULL;
}

/* --- transactions --- */

static const SqlQuery query_begin = { .name = "begin", .text = "BEGIN" };
static const SqlQuery query_commit = { .name = "commit", .text = "COMMIT" };
static const SqlQuery query_wait_long = { .name = "wait_long", .text = "SET statement_timeout = 0" };
static const SqlQuery query_rollback = { .name = "rollback", .text = "ROLLBACK" };

bool
db_begin(Db *db, Err *err)
{
    if (!db_run(db, &query_begin, NULL, NULL, err)) {
        return false;
    }
    db->in_transaction = true;
    return true;
}

bool
db_in_transaction(const Db *db)
{
    return db->in_transaction;
}

bool
db_commit(Db *db, Err *err)
{
    Err why = ERR_NONE;
    db->in_transaction = false;
    _cleanup_(db_result_clear) PGresult *result = db_query(db, &query_commit, NULL, &why);
    if (result == NULL) {
        bool is_unknown = !db_is_connected(db);
        if (err != NULL) {
            *err = why;
        }
        return is_unknown ? err_set(err, ERR_DATABASE_TIMEOUT, "commit_unknown", "%s", why.message) : false;
    }
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        return err_set(err, ERR_UNKNOWN, "rolled_back",
                       "database: the transaction had failed and was rolled back");
    }
    return true;
}

void
db_rollback(Db *db)
{
    if (db->connection == NULL || !db->in_transaction) {
        return;
    }
    Err err = ERR_NONE;
    db->in_transaction = false;
    if (!db_run(db, &query_rollback, NULL, NULL, &err)) {
        db_disconnect(db); /* whatever is left of the transaction ends with the session */
    }
}

bool
db_wait_long(Db *db, Err *err)
{
    if (!db_run(db, &query_wait_long, NULL, NULL, err)) {
        return false;
    }
    db->waits_long = true;
    return true;
}

bool
db_script(Db *db, const char *text, Err *err)
{
    if (!db_drain(db, err)) {
        return false;
    }
    if (PQexitPipelineMode(db->connection) != 1 || PQsetnonblocking(db->connection, 0) != 0) {
        return db_lost(db, err);
    }
    _cleanup_(db_result_clear) PGresult *result = PQexec(db->connection, text);
    bool is_good = result_is_good(result);
    if (!is_good) {
        db_err(err, db->connection, result);
        if (!db->in_transaction && PQtransactionStatus(db->connection) == PQTRANS_INERROR) {
            PQclear(PQexec(db->connection, "ROLLBACK")); /* of a transaction that the script began */
        }
    }
    if (PQstatus(db->connection) != CONNECTION_OK || PQsetnonblocking(db->connection, 1) != 0 ||
        PQenterPipelineMode(db->connection) != 1) {
        return db_lost(db, err);
    }
    return is_good;
}
