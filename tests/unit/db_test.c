/* db_test.c - a connection in pipeline mode against a real server: order, errors, broken connections. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "common/db.h"
#include "tests/unit/private_db.h"

static PrivateDb server;
static Db *db;    /* connected; the one that is tested */
static Db *other; /* a second session, which does things to the first */

#define QUERY(text_) (&(SqlQuery){ .name = #text_, .text = (text_) })

static void
must(bool is_good, const Err *err)
{
    if (!is_good) {
        fail_msg("%s: %s", err->code, err->message);
    }
}

static void
run(Db *in, const char *text)
{
    Err err = ERR_NONE;
    must(db_script(in, text, &err), &err);
}

/* value_of runs a query that gives one value; the answer is valid until the next call. */
static const char *
value_of(Db *in, const SqlQuery *query, const DbArgs *args)
{
    static char value[256];
    Err err = ERR_NONE;
    _cleanup_(db_result_clear) PGresult *rows = db_query(in, query, args, &err);
    must(rows != NULL, &err);
    assert_int_equal(PQntuples(rows), 1);
    (void)snprintf(value, sizeof value, "%s", PQgetvalue(rows, 0, 0));
    return value;
}

static int
both_connect(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    if (server.conninfo[0] == '\0') {
        return 0;
    }
    db = db_new(server.conninfo, "tested");
    other = db_new(server.conninfo, "other");
    return db_connect(db, &err) && db_connect(other, &err) ? 0 : 1;
}

static int
both_end(void **state)
{
    (void)state;
    db_free(db);
    db_free(other);
    db = other = NULL;
    return 0;
}

static void
need_server(void)
{
    if (server.conninfo[0] == '\0') {
        print_message("SKIP %s\n", server.reason);
        skip();
    }
}

/* Heard counts what handlers are told. */
typedef struct Heard {
    int n, good, bad;
    char order[512];
    Err err;
} Heard;

static void
hear(void *user, PGresult *result, const Err *err)
{
    Heard *heard = user;
    heard->n++;
    if (result != NULL) {
        heard->good++;
        size_t length = strlen(heard->order);
        if (PQntuples(result) == 1) {
            (void)snprintf(heard->order + length, sizeof heard->order - length, "%s,",
                           PQgetvalue(result, 0, 0));
        }
        PQclear(result);
    } else {
        heard->bad++;
        heard->err = *err;
    }
}

/* cut_when has the server end the tested session as soon as a condition on its row of pg_stat_activity
 * holds. It is sent, not awaited. */
static void
cut_when(const char *condition)
{
    char text[1024];
    Err err = ERR_NONE;
    (void)snprintf(text, sizeof text, "SELECT cut('%s')", condition);
    must(db_send(other, QUERY(text), NULL, NULL, NULL, &err), &err);
    assert_true(db_receive(other, &err));
}

static const char cut_function[] =
    "CREATE OR REPLACE FUNCTION cut(condition text) RETURNS void LANGUAGE plpgsql AS $$\n"
    "DECLARE victim int;\n"
    "BEGIN\n"
    "    FOR i IN 1..2000 LOOP\n"
    "        PERFORM pg_stat_clear_snapshot();\n"
    "        EXECUTE 'SELECT pid FROM pg_stat_activity WHERE application_name = ''tested'' AND ' || "
    "condition INTO victim;\n"
    "        EXIT WHEN victim IS NOT NULL;\n"
    "        PERFORM pg_sleep(0.005);\n"
    "    END LOOP;\n"
    "    PERFORM pg_terminate_backend(victim);\n"
    "END $$";

/* --- */

static void
test_answers_come_in_order(void **state)
{
    Heard heard = { .n = 0 };
    Err err = ERR_NONE;
    (void)state;
    need_server();
    for (int i = 0; i < 40; i++) { /* more than the ring has at first */
        DbArgs args = DB_ARGS_EMPTY;
        args_int(&args, i);
        must(db_send(db, QUERY("SELECT $1::int"), &args, hear, &heard, &err), &err);
    }
    assert_string_equal(value_of(db, QUERY("SELECT 'after'"), NULL), "after");
    assert_int_equal(heard.good, 40); /* all before the later query's */
    assert_int_equal(heard.n, 40);
    assert_memory_equal(heard.order, "0,1,2,3,4,5,6,7,8,9,10,11,", 26);
}

static void
test_one_error_does_not_touch_its_neighbours(void **state)
{
    Heard heard = { .n = 0 };
    Err err = ERR_NONE;
    (void)state;
    need_server();
    must(db_send(db, QUERY("SELECT 1"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELECT 1 / 0"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELEC nonsense"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELECT 4"), NULL, hear, &heard, &err), &err);
    must(db_drain(db, &err), &err);
    assert_int_equal(heard.n, 4);
    assert_int_equal(heard.bad, 2);
    assert_string_equal(heard.order, "1,4,");
    assert_string_equal(heard.err.code, "42601");
    assert_int_equal(heard.err.class, ERR_INVALID_DATA);
    assert_null(
        db_query(db, QUERY("SELEC nonsense"), NULL, &err)); /* refused again, not "unknown statement" */
    assert_string_equal(err.code, "42601");
}

static void
test_sqlstates_have_classes(void **state)
{
    static const struct {
        const char *sqlstate;
        ErrClass class;
    } table[] = {
        { "08006", ERR_DATABASE_TIMEOUT }, { "40001", ERR_DATABASE_TIMEOUT },
        { "40P01", ERR_DATABASE_TIMEOUT }, { "53100", ERR_DATABASE_TIMEOUT },
        { "53300", ERR_DATABASE_TIMEOUT }, { "55P03", ERR_DATABASE_TIMEOUT },
        { "57014", ERR_DATABASE_TIMEOUT }, { "57P01", ERR_DATABASE_TIMEOUT },
        { "28000", ERR_AUTHENTICATION },   { "0A000", ERR_INVALID_DATA },
        { "22P02", ERR_INVALID_DATA },     { "23505", ERR_INVALID_DATA },
        { "23514", ERR_INVALID_DATA },     { "2BP01", ERR_INVALID_DATA },
        { "42P01", ERR_INVALID_DATA },     { "P0001", ERR_INVALID_DATA },
        { "XX000", ERR_UNKNOWN },          { "55006", ERR_UNKNOWN },
    };
    (void)state;
    need_server();
    run(other,
        "CREATE OR REPLACE FUNCTION fails(state text) RETURNS void LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = E'first line\\nsecond line'; END $$");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        DbArgs args = DB_ARGS_EMPTY;
        Err err = ERR_NONE;
        args_text(&args, table[i].sqlstate);
        assert_null(db_query(db, QUERY("SELECT fails($1)"), &args, &err));
        assert_string_equal(err.code, table[i].sqlstate);
        assert_int_equal(err.class, table[i].class);
        assert_int_equal(err.retryable, err_class_retryable(table[i].class));
        assert_string_equal(err.message, "database: first line");
        assert_true(db_is_connected(db));
    }
}

static void
test_a_read_only_server_is_left(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(db, "SET default_transaction_read_only = on");
    assert_false(db_run(db, QUERY("CREATE TABLE refused ()"), NULL, NULL, &err));
    assert_string_equal(err.code, "25006");
    assert_true(err.retryable);
    assert_false(db_is_connected(db)); /* the next connection may find the new primary */
    must(db_connect(db, &err), &err);
    must(db_run(db, QUERY("CREATE TEMPORARY TABLE taken ()"), NULL, NULL, &err), &err);
}

static void
test_a_handler_is_told_once_when_the_connection_breaks(void **state)
{
    Heard heard = { .n = 0 };
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(other, cut_function);
    must(db_send(db, QUERY("SELECT 'answered'"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELECT pg_sleep(60)"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELECT 'never'"), NULL, hear, &heard, &err), &err);
    cut_when("wait_event = ''PgSleep''");
    assert_false(db_drain(db, &err));
    assert_true(err.retryable);
    assert_int_equal(err.class, ERR_DATABASE_TIMEOUT);
    assert_int_equal(heard.n, 3);
    assert_int_equal(heard.good, 1);
    assert_int_equal(heard.bad, 2);
    assert_int_equal(heard.err.class, ERR_DATABASE_TIMEOUT);
    assert_false(db_is_connected(db));
    assert_int_equal(db_socket(db), -1);
    db_disconnect(db);
    assert_int_equal(heard.n, 3);
    assert_false(db_send(db, QUERY("SELECT 1"), NULL, hear, &heard, &err)); /* nothing sent: nobody is told */
    assert_int_equal(heard.n, 3);
    assert_int_equal(db_connections(db), 1);
    must(db_connect(db, &err), &err);
    assert_int_equal(db_connections(db), 2);
    assert_string_equal(value_of(db, QUERY("SELECT 'answered'"), NULL), "answered"); /* prepared anew */
}

static void
test_a_handler_is_told_when_the_connection_is_closed(void **state)
{
    Heard heard = { .n = 0 };
    Err err = ERR_NONE;
    (void)state;
    need_server();
    must(db_send(db, QUERY("SELECT 1"), NULL, hear, &heard, &err), &err);
    must(db_send(db, QUERY("SELECT 2"), NULL, NULL, NULL, &err), &err);
    db_disconnect(db);
    assert_int_equal(heard.n, 1);
    assert_int_equal(heard.bad, 1);
}

static void
test_an_idle_connection_that_breaks_is_noticed(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(other, cut_function);
    assert_true(db_receive(db, &err));
    run(other, "SELECT cut('state = ''idle''')");
    assert_string_equal(value_of(other, QUERY("SELECT 'cut'"), NULL), "cut");
    for (int i = 0; i < 1000 && db_receive(db, &err); i++) {
        (void)value_of(other, QUERY("SELECT pg_sleep(0.005)"), NULL);
    }
    assert_false(db_is_connected(db));
    assert_true(err.retryable);
}

static void
test_transactions(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(other, "DROP TABLE IF EXISTS notes; CREATE TABLE notes (note text CHECK (note <> 'bad'))");
    must(db_begin(db, &err), &err);
    must(db_run(db, QUERY("INSERT INTO notes VALUES ('kept')"), NULL, NULL, &err), &err);
    assert_string_equal(value_of(other, QUERY("SELECT count(*) FROM notes"), NULL), "0");
    must(db_commit(db, &err), &err);
    assert_string_equal(value_of(other, QUERY("SELECT count(*) FROM notes"), NULL), "1");

    must(db_begin(db, &err), &err);
    must(db_run(db, QUERY("INSERT INTO notes VALUES ('lost')"), NULL, NULL, &err), &err);
    db_rollback(db);
    db_rollback(db); /* outside of a transaction nothing happens */
    assert_string_equal(value_of(db, QUERY("SELECT count(*) FROM notes"), NULL), "1");

    must(db_begin(db, &err), &err);
    assert_false(db_run(db, QUERY("INSERT INTO notes VALUES ('bad')"), NULL, NULL, &err));
    assert_string_equal(err.code, "23514");
    assert_false(db_run(db, QUERY("INSERT INTO notes VALUES ('kept')"), NULL, NULL, &err));
    assert_string_equal(err.code, "25P02");
    assert_false(db_commit(db, &err));
    assert_string_equal(err.code, "rolled_back");
    assert_string_equal(value_of(db, QUERY("SELECT count(*) FROM notes"), NULL), "1");
}

static void
test_a_commit_without_an_answer_is_unknown(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(other, cut_function);
    run(other, "DROP TABLE IF EXISTS slow;"
               "CREATE TABLE slow (id int);"
               "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS "
               "$$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;"
               "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
               "FOR EACH ROW EXECUTE FUNCTION at_commit()");
    must(db_begin(db, &err), &err);
    must(db_run(db, QUERY("INSERT INTO slow VALUES (1)"), NULL, NULL, &err), &err);
    cut_when("wait_event = ''PgSleep''");
    assert_false(db_commit(db, &err));
    assert_string_equal(err.code, "commit_unknown");
    assert_true(err.retryable);
    assert_false(db_is_connected(db));
    db_rollback(db); /* harmless */
}

static void
test_a_lost_connection_ends_the_transaction(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    run(other, cut_function);
    must(db_begin(db, &err), &err);
    cut_when("wait_event = ''PgSleep''");
    assert_null(db_query(db, QUERY("SELECT pg_sleep(60)"), NULL, &err));
    assert_int_equal(err.class, ERR_DATABASE_TIMEOUT);
    db_rollback(db);
    must(db_connect(db, &err), &err);
    must(db_begin(db, &err), &err);
    must(db_commit(db, &err), &err);
}

static void
test_a_stale_plan_is_prepared_again(void **state)
{
    Err err = ERR_NONE;
    const SqlQuery *query = QUERY("SELECT * FROM grows");
    (void)state;
    need_server();
    run(other, "DROP TABLE IF EXISTS grows; CREATE TABLE grows (a int); INSERT INTO grows VALUES (7)");
    assert_string_equal(value_of(db, query, NULL), "7");
    run(other, "ALTER TABLE grows ADD COLUMN b int");
    assert_null(db_query(db, query, NULL, &err));
    assert_true(err.retryable);
    _cleanup_(db_result_clear) PGresult *rows = db_query(db, query, NULL, &err);
    must(rows != NULL, &err);
    assert_int_equal(PQnfields(rows), 2);
    run(db, "DEALLOCATE ALL"); /* as a pooler's reset does */
    assert_null(db_query(db, query, NULL, &err));
    assert_true(err.retryable);
    assert_string_equal(value_of(db, query, NULL), "7");
}

static void
test_a_name_with_another_text_is_another_statement(void **state)
{
    (void)state;
    need_server();
    assert_string_equal(value_of(db, &(SqlQuery){ .name = "same", .text = "SELECT 1" }, NULL), "1");
    assert_string_equal(value_of(db, &(SqlQuery){ .name = "same", .text = "SELECT 2" }, NULL), "2");
    assert_string_equal(value_of(db, &(SqlQuery){ .name = "same", .text = "SELECT 1" }, NULL), "1");
}

static void
test_many_statements(void **state)
{
    (void)state;
    need_server();
    for (int i = 0; i < 700; i++) { /* 64 kinds with ten queries each, and some */
        char text[32];
        char wanted[16];
        (void)snprintf(text, sizeof text, "SELECT %d", i);
        (void)snprintf(wanted, sizeof wanted, "%d", i);
        assert_string_equal(value_of(db, QUERY(text), NULL), wanted);
    }
}

static void
test_a_script(void **state)
{
    Err err = ERR_NONE;
    Heard heard = { .n = 0 };
    (void)state;
    need_server();
    must(db_send(db, QUERY("SELECT 'before'"), NULL, hear, &heard, &err), &err);
    must(db_script(db, "DROP TABLE IF EXISTS made; CREATE TABLE made (a int); INSERT INTO made VALUES (1)",
                   &err),
         &err);
    assert_int_equal(heard.good, 1); /* what was sent is answered first */
    assert_string_equal(value_of(db, QUERY("SELECT count(*) FROM made"), NULL), "1");
    assert_false(
        db_script(db, "INSERT INTO made VALUES (2); SELECT 1 / 0; INSERT INTO made VALUES (3)", &err));
    assert_string_equal(err.code, "22012");
    assert_string_equal(value_of(db, QUERY("SELECT count(*) FROM made"), NULL), "1"); /* one transaction */
    assert_false(db_script(db, "BEGIN; INSERT INTO made VALUES (2); SELECT 1 / 0; COMMIT", &err));
    assert_string_equal(value_of(db, QUERY("SELECT count(*) FROM made"), NULL), "1"); /* none is left open */
    assert_false(db_script(db, "SELECT pg_terminate_backend(pg_backend_pid())", &err));
    assert_true(err.retryable);
    assert_false(db_is_connected(db));
    assert_false(db_script(db, "SELECT 1", &err));
}

static void
test_values_go_and_come(void **state)
{
    Err err = ERR_NONE;
    DbArgs args = DB_ARGS_EMPTY;
    static const unsigned char number[] = { 0, 0, 1, 2 };
    (void)state;
    need_server();
    args_text(&args, "it's \"x\" \\ \xC3\x9F");
    args_int(&args, INT64_MIN);
    args_bool(&args, true);
    args_double(&args, 0.1);
    args_double(&args, (double)NAN);
    args_bytes(&args, number, sizeof number);
    args_null(&args);
    args_text(&args, NULL);
    _cleanup_(db_result_clear) PGresult *rows = db_query(
        db,
        QUERY("SELECT $1::text, $2::bigint, $3::bool, $4::float8, $5::float8, $6::int, $7::text, $8::text"),
        &args, &err);
    must(rows != NULL, &err);
    assert_string_equal(PQgetvalue(rows, 0, 0), "it's \"x\" \\ \xC3\x9F");
    assert_string_equal(PQgetvalue(rows, 0, 1), "-9223372036854775808");
    assert_string_equal(PQgetvalue(rows, 0, 2), "t");
    assert_string_equal(PQgetvalue(rows, 0, 3), "0.1");
    assert_true(PQgetisnull(rows, 0, 4));
    assert_string_equal(PQgetvalue(rows, 0, 5), "258");
    assert_true(PQgetisnull(rows, 0, 6) && PQgetisnull(rows, 0, 7));
    _cleanup_(db_result_clear) PGresult *binary = db_query_binary(db, QUERY("SELECT 258"), NULL, &err);
    must(binary != NULL, &err);
    assert_int_equal(PQgetlength(binary, 0, 0), 4);
    assert_memory_equal(PQgetvalue(binary, 0, 0), number, 4);
}

static void
test_much_in_both_directions_at_once(void **state)
{
    enum { TIMES = 60, SIZE = 1 << 18 };
    Heard heard = { .n = 0 };
    Err err = ERR_NONE;
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    if (server.conninfo[0] == '\0') {
        free(text);
        need_server();
    }
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    for (int i = 0; i < TIMES; i++) { /* neither side may wait for the other to read */
        DbArgs args = DB_ARGS_EMPTY;
        args_text(&args, text);
        must(db_send(db, QUERY("SELECT length($1), $1"), &args, hear, &heard, &err), &err);
    }
    must(db_drain(db, &err), &err);
    assert_int_equal(heard.good, TIMES);
    free(text);
}

static void
test_rows_are_counted(void **state)
{
    Err err = ERR_NONE;
    int64_t rows = -1;
    (void)state;
    need_server();
    run(other, "DROP TABLE IF EXISTS counted; CREATE TABLE counted AS SELECT generate_series(1, 5) AS a");
    must(db_run(db, QUERY("UPDATE counted SET a = a WHERE a > 2"), NULL, &rows, &err), &err);
    assert_int_equal(rows, 3);
    must(db_run(db, QUERY("SELECT a FROM counted"), NULL, &rows, &err), &err);
    assert_int_equal(rows, 5);
    must(db_run(db, QUERY("UPDATE counted SET a = a WHERE a > 5 RETURNING a"), NULL, &rows, &err), &err);
    assert_int_equal(rows, 0);
}

static void
test_notifications_arrive(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    need_server();
    must(db_run(db, QUERY("LISTEN heard"), NULL, NULL, &err), &err);
    assert_null(db_notification(db));
    run(other, "SELECT pg_notify('heard', 'one'); SELECT pg_notify('heard', 'two')");
    PGnotify *one = NULL;
    for (int i = 0; i < 1000 && (one = db_notification(db)) == NULL; i++) {
        assert_true(db_receive(db, &err));
        (void)value_of(other, QUERY("SELECT pg_sleep(0.005)"), NULL);
    }
    assert_non_null(one);
    assert_string_equal(one->extra, "one");
    PGnotify *two = db_notification(db);
    assert_non_null(two);
    assert_string_equal(two->extra, "two");
    PQfreemem(one);
    PQfreemem(two);
}

static void
test_what_cannot_be_connected_to(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    _cleanup_(db_free_pointer) Db *nowhere = db_new("host=/nonexistent dbname=x", "tested");
    assert_non_null(nowhere);
    assert_false(db_connect(nowhere, &err));
    assert_int_equal(err.class, ERR_DATABASE_TIMEOUT);
    assert_string_equal(err.code, "no_connection");
    assert_true(err.message[0] != '\0');
    assert_false(db_is_connected(nowhere));
    assert_null(db_query(nowhere, QUERY("SELECT 1"), NULL, &err));
    assert_int_equal(err.class, ERR_DATABASE_TIMEOUT);
    _cleanup_(db_free_pointer) Db *nonsense = db_new("no such=option", "tested");
    assert_non_null(nonsense);
    assert_false(db_connect(nonsense, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
}

static void
test_the_session_is_set_up(void **state)
{
    (void)state;
    need_server();
    assert_string_equal(value_of(db, QUERY("SHOW application_name"), NULL), "tested");
    assert_string_equal(value_of(db, QUERY("SHOW plan_cache_mode"), NULL), "force_generic_plan");
    assert_string_equal(value_of(db, QUERY("SHOW statement_timeout"), NULL), "30s");
    assert_string_equal(value_of(db, QUERY("SHOW lock_timeout"), NULL), "2s");
    assert_string_equal(value_of(db, QUERY("SHOW idle_in_transaction_session_timeout"), NULL), "10s");
    char conninfo[600];
    Err err = ERR_NONE;
    (void)snprintf(conninfo, sizeof conninfo, "%s options='-c lock_timeout=7s'", server.conninfo);
    _cleanup_(db_free_pointer) Db *own = db_new(conninfo, "own");
    assert_non_null(own);
    must(db_connect(own, &err), &err);
    assert_string_equal(value_of(own, QUERY("SHOW lock_timeout"), NULL), "7s"); /* the user's word wins */
    assert_string_equal(value_of(own, QUERY("SHOW statement_timeout"), NULL), "30s");
}

static int
server_start(void **state)
{
    (void)state;
    private_db_start(&server);
    return 0;
}

static int
server_stop(void **state)
{
    (void)state;
    private_db_stop(&server);
    return 0;
}

#define CONNECTED(test) cmocka_unit_test_setup_teardown(test, both_connect, both_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CONNECTED(test_answers_come_in_order),
        CONNECTED(test_one_error_does_not_touch_its_neighbours),
        CONNECTED(test_sqlstates_have_classes),
        CONNECTED(test_a_read_only_server_is_left),
        CONNECTED(test_a_handler_is_told_once_when_the_connection_breaks),
        CONNECTED(test_a_handler_is_told_when_the_connection_is_closed),
        CONNECTED(test_an_idle_connection_that_breaks_is_noticed),
        CONNECTED(test_transactions),
        CONNECTED(test_a_commit_without_an_answer_is_unknown),
        CONNECTED(test_a_lost_connection_ends_the_transaction),
        CONNECTED(test_a_stale_plan_is_prepared_again),
        CONNECTED(test_a_name_with_another_text_is_another_statement),
        CONNECTED(test_many_statements),
        CONNECTED(test_a_script),
        CONNECTED(test_values_go_and_come),
        CONNECTED(test_much_in_both_directions_at_once),
        CONNECTED(test_rows_are_counted),
        CONNECTED(test_notifications_arrive),
        cmocka_unit_test(test_what_cannot_be_connected_to),
        CONNECTED(test_the_session_is_set_up),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
