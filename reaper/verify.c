#include "reaper/verify.h"

#include <stdio.h>

#include "common/exit_code.h"
#include "common/job.h"
#include "reaper/operate.h"
#include "sql.h"

/* Check is one run of the queries. */
typedef struct Check {
    Db *db;
    VerifyReport report;
    void *user;
} Check;

static const SqlQuery snapshot = { .name = "verify_snapshot",
                                   .text = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY" };
static const SqlQuery savepoint = { .name = "verify_savepoint", .text = "SAVEPOINT one_check" };
static const SqlQuery go_back = { .name = "verify_go_back", .text = "ROLLBACK TO SAVEPOINT one_check" };

static void
report_rows(const Check *check, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        const char *cells[3];
        for (int column = 0; column < 3; column++) {
            cells[column] = PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
        }
        check->report(check->user, cells[0], cells[1], cells[2]);
    }
    if (PQntuples(rows) >= VERIFY_MOST) {
        check->report(check->user, NULL, NULL,
                      "there may be more of the kind above: one query reports no more than 1000");
    }
}

/* check_query runs one query inside a savepoint, so that the snapshot outlives its failure. */
static bool
check_query(const Check *check, const char *kind, const SqlQuery *query, const DbArgs *args, Err *err)
{
    Err why = ERR_NONE;
    char what[sizeof why.message + 64];
    if (!db_run(check->db, &savepoint, NULL, NULL, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *rows = db_query(check->db, query, args, &why);
    if (rows != NULL) {
        report_rows(check, rows);
        return true;
    }
    if (!db_is_connected(check->db)) {
        *err = why;
        return false;
    }
    (void)snprintf(what, sizeof what, "cannot be checked (%s): %s", query->name, why.message);
    check->report(check->user, kind, NULL, what);
    return db_run(check->db, &go_back, NULL, NULL, err);
}

/* kind_check asks what concerns one kind: its table as the catalogs have it, then its rows. */
static bool
kind_check(const Check *check, const JobKind *kind, Err *err)
{
    static const SqlQuery *const of_table[] = { &sql_verify_columns, &sql_verify_constraints,
                                                &sql_verify_indexes, &sql_verify_triggers,
                                                &sql_verify_rights };
    static const SqlQuery *const of_rows[] = { &sql_verify_rows, &sql_verify_left };
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind->name);
    for (size_t i = 0; i < sizeof of_table / sizeof of_table[0]; i++) {
        if (!check_query(check, kind->name, of_table[i], &args, err)) {
            return false;
        }
    }
    args_int(&args, VERIFY_MOST);
    for (size_t i = 0; i < sizeof of_rows / sizeof of_rows[0]; i++) {
        _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
        if (!job_query(kind, of_rows[i], NULL, &query, err) ||
            !check_query(check, kind->name, &query, &args, err)) {
            return false;
        }
    }
    return true;
}

static bool
global_check(const Check *check, const char *slot, const char *publication, Err *err)
{
    static const SqlQuery *const queries[] = { &sql_verify_kinds, &sql_verify_holdings, &sql_verify_workers };
    DbArgs args = DB_ARGS_EMPTY;
    DbArgs slot_args = DB_ARGS_EMPTY;
    args_int(&args, VERIFY_MOST);
    args_text(&slot_args, slot);
    args_text(&slot_args, publication);
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        if (!check_query(check, NULL, queries[i], &args, err)) {
            return false;
        }
    }
    return check_query(check, NULL, &sql_verify_slot, &slot_args, err);
}

bool
verify_run(Db *db, const char *slot, const char *publication, VerifyReport report, void *user, Err *err)
{
    Check check = { .db = db, .report = report, .user = user };
    JobKinds kinds = { .items = NULL };
    bool is_good = db_begin(db, err) && db_run(db, &snapshot, NULL, NULL, err) &&
                   job_kinds_load(db, &kinds, err) && global_check(&check, slot, publication, err);
    for (size_t i = 0; is_good && i < kinds.n; i++) {
        is_good = kind_check(&check, &kinds.items[i], err);
    }
    db_rollback(db); /* nothing was written */
    job_kinds_done(&kinds);
    return is_good;
}

/* --- the command --- */

/* Printer collects what verify_run reports. */
typedef struct Printer {
    Str out;
    bool is_json;
    int64_t n;
} Printer;

static void
print_violation(void *user, const char *kind, const char *key, const char *what)
{
    Printer *printer = user;
    printer->n++;
    if (!printer->is_json) {
        str_append_format(&printer->out, "%s %s: %s\n", kind != NULL ? kind : "-", key != NULL ? key : "-",
                          what);
        return;
    }
    str_append(&printer->out, printer->n > 1 ? ",{" : "{");
    print_text(&printer->out, "kind", kind);
    print_text(&printer->out, "key", key);
    print_text(&printer->out, "what", what);
    str_append_char(&printer->out, '}');
}

int
verify_command(Command *command)
{
    Printer printer = { .out = STR_EMPTY };
    Err err = ERR_NONE;
    const CommandOption options[] = { { .name = "--json", .ret_flag = &printer.is_json }, { .name = NULL } };
    if (!command_parse(command, options, 0, 0)) {
        return EXIT_CODE_USAGE;
    }
    str_append(&printer.out, printer.is_json ? "{\"violations\":[" : "");
    if (!command_connect(command, &err) ||
        !verify_run(command->db, command->config->slot, command->config->publication, print_violation,
                    &printer, &err)) {
        str_done(&printer.out);
        return command_fail(command, &err);
    }
    if (printer.is_json) {
        str_append_format(&printer.out, "],\"count\":%lld}\n", (long long)printer.n);
    } else {
        str_append_format(&printer.out, "verify: %lld violation%s\n", (long long)printer.n,
                          printer.n == 1 ? "" : "s");
    }
    int exit_code = command_print(command, &printer.out, printer.n > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK);
    str_done(&printer.out);
    return exit_code;
}
