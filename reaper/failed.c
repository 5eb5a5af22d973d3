/* failed - the last failed jobs of one kind or of all, newest first, and why they failed. */
#include <string.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "reaper/operate.h"
#include "sql.h"

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 100000 };

/* The columns of failed_list.sql. */
enum { KEY, CLASS, CODE, MESSAGE, ATTEMPTS, AT, AT_US };

/* Failed is one kind's list and how far it has been printed. */
typedef struct Failed {
    const JobKind *kind;
    PGresult *rows;
    int next;
} Failed;

static bool
failed_read(Command *command, const JobKind *kind, int64_t limit, Failed *ret_failed, Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    DbArgs args = DB_ARGS_EMPTY;
    args_int(&args, limit);
    if (!job_query(kind, &sql_failed_list, NULL, &query, err)) {
        return false;
    }
    PGresult *rows = db_query(command->db, &query, &args, err);
    if (rows == NULL) {
        return false;
    }
    *ret_failed = (Failed){ .kind = kind, .rows = rows };
    return true;
}

/* failed_newest finds the list with the newest job that is left; NULL after the last. */
static Failed *
failed_newest(Failed *lists, size_t n)
{
    Failed *newest = NULL;
    int64_t newest_us = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        int64_t at_us = 0;
        if (lists[i].next < PQntuples(lists[i].rows) &&
            str_to_int64(PQgetvalue(lists[i].rows, lists[i].next, AT_US), &at_us) && at_us > newest_us) {
            newest = &lists[i];
            newest_us = at_us;
        }
    }
    return newest;
}

static const char *
cell(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
}

static void
json_job(Str *out, const Failed *list, int row)
{
    str_append(out, out->length > strlen("{\"failed\":[") ? ",{" : "{");
    print_text(out, "kind", list->kind->name);
    print_text(out, "key", cell(list->rows, row, KEY));
    print_text(out, "class", cell(list->rows, row, CLASS));
    print_text(out, "code", cell(list->rows, row, CODE));
    print_text(out, "message", cell(list->rows, row, MESSAGE));
    print_raw(out, "attempts", cell(list->rows, row, ATTEMPTS));
    print_text(out, "at", cell(list->rows, row, AT));
    str_append_char(out, '}');
}

static void
text_job(Str *out, const Failed *list, int row)
{
    const char *code = cell(list->rows, row, CODE);
    const char *message = cell(list->rows, row, MESSAGE);
    str_append_format(out, "%s  %s %s  %s%s%s  attempts %s\n", cell(list->rows, row, AT), list->kind->name,
                      cell(list->rows, row, KEY), cell(list->rows, row, CLASS), code != NULL ? "/" : "",
                      code != NULL ? code : "", cell(list->rows, row, ATTEMPTS));
    str_append_format(out, "    %s\n", message != NULL ? message : "(no message)");
}

static void
failed_print(Failed *lists, size_t n, int64_t limit, bool is_json, Str *out)
{
    str_append(out, is_json ? "{\"failed\":[" : "");
    for (int64_t i = 0; i < limit; i++) {
        Failed *list = failed_newest(lists, n);
        if (list == NULL) {
            break;
        }
        (is_json ? json_job : text_job)(out, list, list->next);
        list->next++;
    }
    str_append(out, is_json ? "]}\n" : out->length == 0 ? "no failed jobs\n" : "");
}

/* failed_all reads and prints the kind of that name, or all kinds if it is NULL. */
static bool
failed_all(Command *command, const JobKinds *kinds, const char *name, int64_t limit, bool is_json, Str *out,
           Err *err)
{
    _cleanup_(free_pointer) Failed *lists = calloc(kinds->n + 1, sizeof *lists);
    size_t n = 0;
    bool is_good = true;
    if (lists == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    for (size_t i = 0; is_good && i < kinds->n; i++) {
        if (name != NULL && strcmp(name, kinds->items[i].name) != 0) {
            continue;
        }
        is_good = failed_read(command, &kinds->items[i], limit, &lists[n], err);
        n += is_good ? 1 : 0;
    }
    if (is_good) {
        failed_print(lists, n, limit, is_json, out);
    }
    for (size_t i = 0; i < n; i++) {
        PQclear(lists[i].rows);
    }
    return is_good;
}

int
failed_command(Command *command)
{
    bool is_json = false;
    int64_t limit = LIMIT_DEFAULT;
    Err err = ERR_NONE;
    JobKind kind;
    JobKinds kinds = { .items = NULL };
    _cleanup_(str_done) Str out = STR_EMPTY;
    const CommandOption options[] = { { .name = "--json", .ret_flag = &is_json },
                                      { .name = "--limit", .ret_number = &limit, .min = 1, .max = LIMIT_MAX },
                                      { .name = NULL } };
    if (!command_parse(command, options, 0, 1)) {
        return EXIT_CODE_USAGE;
    }
    const char *name = command->argc > 0 ? command->argv[0] : NULL;
    bool is_read = command_connect(command, &err) &&
                   (name == NULL || command_kind(command, name, &kind, &err)) &&
                   job_kinds_load(command->db, &kinds, &err) &&
                   failed_all(command, &kinds, name, limit, is_json, &out, &err);
    job_kinds_done(&kinds);
    return is_read ? command_print(command, &out, EXIT_CODE_OK) : command_fail(command, &err);
}
