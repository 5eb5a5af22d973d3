/* db.h - one connection to PostgreSQL, always in libpq's pipeline mode.
 *
 * Queries are sent and answered in order; each is its own implicit transaction unless it stands between
 * db_begin and db_commit. db_query waits for its answer; db_send does not: its handler runs when
 * the answer is read, before the answer of any later query. Waits end by connect_timeout, statement_timeout
 * and tcp_user_timeout (see db_new), so no call blocks for ever.
 * A Db belongs to one process and never crosses a fork. Errors carry the class that their SQLSTATE has in
 * DESIGN.md section 7.
 */
#ifndef PACELINE_DB_H
#define PACELINE_DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/err.h"
#include "common/sql_query.h"

typedef struct Db Db;

enum { DB_ARGS_MAX = 64 };

/* DbArgs are the values of $1..$n of one query. Texts and bytes are borrowed until the query is sent. */
typedef struct DbArgs {
    int n;
    const char *values[DB_ARGS_MAX];
    int lengths[DB_ARGS_MAX];
    int formats[DB_ARGS_MAX];      /* 0 text, 1 binary */
    char numbers[DB_ARGS_MAX][24]; /* where args_int prints */
} DbArgs;

#define DB_ARGS_EMPTY ((DbArgs){ .n = 0 })

void args_text(DbArgs *args, const char *text); /* NULL is SQL NULL */
void args_int(DbArgs *args, int64_t value);
void args_bool(DbArgs *args, bool value);
void args_double(DbArgs *args, double value);                    /* NaN is SQL NULL */
void args_bytes(DbArgs *args, const void *bytes, size_t length); /* in the type's binary format */
void args_null(DbArgs *args);

/* db_new prepares a connection without connecting. conninfo is libpq's; timeouts and keepalives of
 * kafka_postgres.md section 9 are added where it has none. application_name is shown in pg_stat_activity.
 * NULL when memory is out. */
MUST_CHECK Db *db_new(const char *conninfo, const char *application_name);
void db_free(Db *db); /* closes; NULL is fine */
void db_free_pointer(Db **db);

/* db_connect opens the connection (at most 5 s), or does nothing if it is open. Prepared statements of a
 * former connection are forgotten. Fails with ERR_DATABASE_TIMEOUT and code "no_connection", also when the
 * server refuses (libpq does not tell why but in words); with ERR_INVALID_DATA when conninfo cannot be read.
 */
MUST_CHECK bool db_connect(Db *db, Err *err);
void db_disconnect(Db *db);
bool db_is_connected(const Db *db);

/* db_connections counts the connections opened so far: a change tells that session state (locks, LISTEN) is
 * gone. */
int64_t db_connections(const Db *db);

/* db_socket is the socket to poll for reading (answers, notifications), or -1. */
int db_socket(const Db *db);

/* db_query runs one query and returns its rows (text format), to be freed with PQclear; NULL on failure. The
 * statement is prepared under query->name at its first use in this connection. */
MUST_CHECK PGresult *db_query(Db *db, const SqlQuery *query, const DbArgs *args, Err *err);

/* db_query_binary is db_query with the result's columns in binary format. */
MUST_CHECK PGresult *db_query_binary(Db *db, const SqlQuery *query, const DbArgs *args, Err *err);

/* db_run is db_query for queries whose rows do not matter; ret_rows (may be NULL) gets the number of rows
 * affected or returned. */
MUST_CHECK bool db_run(Db *db, const SqlQuery *query, const DbArgs *args, int64_t *ret_rows, Err *err);

/* DbHandler gets the answer of a db_send: rows, which are the handler's to PQclear, or NULL and an error. It
 * must not call db_*. */
typedef void (*DbHandler)(void *user, PGresult *result, const Err *err);

/* db_send sends one query without waiting. handler (may be NULL) is called exactly once: also with an error
 * when the connection breaks or is closed. False, without a call, if nothing was sent. */
MUST_CHECK bool db_send(Db *db, const SqlQuery *query, const DbArgs *args, DbHandler handler, void *user,
                        Err *err);

/* db_drain waits for the answers of everything sent. False if the connection broke. */
MUST_CHECK bool db_drain(Db *db, Err *err);

/* db_receive takes what has arrived without waiting (answers and notifications). False if the connection
 * broke. */
MUST_CHECK bool db_receive(Db *db, Err *err);

/* db_notification returns the next NOTIFY that has arrived, to be freed with PQfreemem, or NULL. */
PGnotify *db_notification(Db *db);

/* A transaction of several queries. After a failure inside it only db_rollback is of use. db_commit fails
 * with code "commit_unknown" if the connection broke before the answer: the transaction may have been
 * committed. */
MUST_CHECK bool db_begin(Db *db, Err *err);
MUST_CHECK bool db_commit(Db *db, Err *err);
void db_rollback(Db *db); /* also fine outside a transaction or without a connection */
bool db_in_transaction(const Db *db);

/* db_script runs a text of one or several statements by the simple protocol (migrations); leaves pipeline
 * mode meanwhile. A transaction that it began and that failed is rolled back. */
MUST_CHECK bool db_script(Db *db, const char *text, Err *err);

/* db_wait_long lets statements of this connection take as long as they take: no statement_timeout, no limit
 * on the wait for an answer (a dead server is noticed by keepalives). For commands that read whole tables. */
MUST_CHECK bool db_wait_long(Db *db, Err *err);

/* db_err fills err from a failed result (or, with result NULL, from the connection): class by SQLSTATE, code
 * = the SQLSTATE, message = the server's first line. Always false. */
bool db_err(Err *err, PGconn *connection, const PGresult *result);

/* db_is_stale_plan tells whether a statement failed only because its prepared plan is gone or does not fit
 * the table any more: prepared again, it works. */
bool db_is_stale_plan(const PGresult *result);

static inline void
db_result_clear(PGresult **result)
{
    PQclear(*result);
}

#endif
