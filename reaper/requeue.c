/* requeue, cancel, pause, resume - what people do to jobs. A request is an update to pending, as anybody
 * could make it by hand; the trigger does the rest. In small batches, so that nobody waits long for a row
 * lock.
 */
#include <stdio.h>
#include <string.h>

#include "common/exit_code.h"
#include "reaper/operate.h"
#include "sql.h"

enum { BATCH_JOBS = JOB_BATCH_MAX, ARGUMENTS_MAX = 100000 };

/* keys_check refuses what no key of the kind can be, and writes the others as the database does. */
static bool
keys_check(const Command *command, const JobKind *kind)
{
    for (int i = 1; i < command->argc; i++) {
        if (!job_key_valid(kind, command->argv[i])) {
            (void)command_usage(command, "%s: not a key of kind %s (%s)", command->argv[i], kind->name,
                                kind->key_type);
            return false;
        }
        job_key_canonical(kind, command->argv[i]);
    }
    return true;
}

/* kind_open parses nothing: it connects, finds the kind that the first argument names, and checks the keys
 * behind it. EXIT_CODE_OK to go on. */
static int
kind_open(Command *command, JobKind *ret_kind)
{
    Err err = ERR_NONE;
    if (!command_connect(command, &err) || !command_kind(command, command->argv[0], ret_kind, &err)) {
        return command_fail(command, &err);
    }
    return keys_check(command, ret_kind) ? EXIT_CODE_OK : EXIT_CODE_USAGE;
}

/* --- requeue KIND KEY... --- */

/* Tally is what became of the keys. */
typedef struct Tally {
    int64_t requeued; /* rows: a key given twice is one */
    int64_t refused;  /* keys that are absent or in work */
} Tally;

/* key_outcome finds a key among the answers; NULL: it has no row. */
static const char *
key_outcome(const PGresult *rows, const char *key)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        if (strcmp(PQgetvalue(rows, row, 0), key) == 0) {
            return PQgetvalue(rows, row, 1);
        }
    }
    return NULL;
}

static void
tally_add(const PGresult *rows, const char *key, Tally *tally)
{
    const char *outcome = key_outcome(rows, key);
    if (outcome == NULL) {
        tally->refused++;
        printf("%s: absent\n", key);
    } else if (strcmp(outcome, "pending") == 0) {
        printf("%s: pending already\n", key);
    } else if (strcmp(outcome, "processing") == 0) {
        tally->refused++;
        printf("%s: in work; --force requeues it and fences whoever works on it\n", key);
    }
}

static bool
keys_requeue(Command *command, const JobKind *kind, int from, int to, bool is_forced, Tally *tally, Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    _cleanup_(str_done) Str keys = STR_EMPTY;
    DbArgs args = DB_ARGS_EMPTY;
    for (int i = from; i < to; i++) {
        str_append_pg_array_item(&keys, command->argv[i]);
    }
    str_append_char(&keys, '}');
    if (!str_ok(&keys)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    args_text(&args, str_text(&keys));
    args_bool(&args, is_forced);
    if (!job_query(kind, &sql_requeue_keys, NULL, &query, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *rows = db_query(command->db, &query, &args, err);
    if (rows == NULL) {
        return false;
    }
    for (int i = from; i < to; i++) {
        tally_add(rows, command->argv[i], tally);
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        tally->requeued += strcmp(PQgetvalue(rows, row, 1), "requeued") == 0 ? 1 : 0;
    }
    return true;
}

static int
requeue_keys(Command *command, const JobKind *kind, bool is_forced)
{
    Tally tally = { .requeued = 0 };
    Err err = ERR_NONE;
    bool is_good = true;
    for (int from = 1; is_good && from < command->argc; from += BATCH_JOBS) {
        int to = from + BATCH_JOBS < command->argc ? from + BATCH_JOBS : command->argc;
        is_good = keys_requeue(command, kind, from, to, is_forced, &tally, &err);
    }
    printf("%s: %lld requeued\n", kind->name, (long long)tally.requeued);
    if (!is_good) {
        return command_fail(command, &err);
    }
    return tally.refused > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

/* --- requeue KIND --failed --- */

static bool
failed_requeue(Command *command, const JobKind *kind, const char *class, int64_t limit, int64_t *total,
               Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    char last_key[JOB_KEY_MAX + 1];
    (void)str_copy(last_key, sizeof last_key, job_key_lowest(kind));
    if (!job_query(kind, &sql_requeue_failed, NULL, &query, err)) {
        return false;
    }
    for (bool is_first = true; *total < limit; is_first = false) {
        DbArgs args = DB_ARGS_EMPTY;
        int64_t n = 0;
        args_text(&args, last_key);
        args_bool(&args, is_first);
        args_text(&args, class);
        args_int(&args, limit - *total < BATCH_JOBS ? limit - *total : BATCH_JOBS);
        _cleanup_(db_result_clear) PGresult *row = db_query(command->db, &query, &args, err);
        if (row == NULL) {
            return false;
        }
        if (PQgetisnull(row, 0, 1) || !str_to_int64(PQgetvalue(row, 0, 0), &n)) {
            break;
        }
        *total += n;
        (void)str_copy(last_key, sizeof last_key, PQgetvalue(row, 0, 1));
    }
    return true;
}

static int
requeue_failed(Command *command, const JobKind *kind, const char *class, int64_t limit)
{
    int64_t total = 0;
    Err err = ERR_NONE;
    bool is_good = failed_requeue(command, kind, class, limit, &total, &err);
    printf("%s: %lld requeued\n", kind->name, (long long)total);
    return is_good ? EXIT_CODE_OK : command_fail(command, &err);
}

static bool
is_class(const char *name)
{
    for (int class = ERR_CLASS_NONE + 1; class < ERR_CLASS_COUNT; class ++) {
        if (strcmp(err_class_name((ErrClass) class), name) == 0) {
            return true;
        }
    }
    return false;
}

/* classes_print lists the classes of errors. */
static void
classes_print(Str *out)
{
    for (int class = ERR_CLASS_NONE + 1; class < ERR_CLASS_COUNT; class ++) {
        str_append_format(out, "%s%s", out->length > 0 ? ", " : "", err_class_name((ErrClass) class));
    }
}

int
requeue_command(Command *command)
{
    bool is_failed = false;
    bool is_forced = false;
    const char *class = NULL;
    int64_t limit = INT64_MAX;
    JobKind kind;
    const CommandOption options[] = { { .name = "--failed", .ret_flag = &is_failed },
                                      { .name = "--force", .ret_flag = &is_forced },
                                      { .name = "--class", .ret_text = &class },
                                      { .name = "--limit", .ret_number = &limit, .min = 1, .max = INT64_MAX },
                                      { .name = NULL } };
    if (!command_parse(command, options, 1, ARGUMENTS_MAX)) {
        return EXIT_CODE_USAGE;
    }
    if (is_failed ? command->argc > 1 || is_forced : class != NULL || limit != INT64_MAX) {
        return command_usage(command, is_failed ? "--failed takes no keys and no --force"
                                                : "--class and --limit go with --failed");
    }
    if (!is_failed && command->argc < 2) {
        return command_usage(command, "no keys, and no --failed");
    }
    if (class != NULL && !is_class(class)) {
        _cleanup_(str_done) Str classes = STR_EMPTY;
        classes_print(&classes);
        return command_usage(command, "--class: %s is no class of errors; there are: %s", class,
                             str_text(&classes));
    }
    int exit_code = kind_open(command, &kind);
    if (exit_code != EXIT_CODE_OK) {
        return exit_code;
    }
    return is_failed ? requeue_failed(command, &kind, class, limit) : requeue_keys(command, &kind, is_forced);
}

/* --- cancel --- */

/* key_cancel cancels one job and says what became of it. *is_granted turns false if it can be cancelled no
 * more. */
static bool
key_cancel(Command *command, const JobKind *kind, const char *key, bool *is_granted, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind->name);
    args_text(&args, key);
    _cleanup_(db_result_clear) PGresult *row = db_query(command->db, &sql_job_cancel, &args, err);
    if (row == NULL) {
        return false;
    }
    const char *outcome = PQgetvalue(row, 0, 0);
    printf("%s: %s\n", key, outcome);
    *is_granted = *is_granted && (strcmp(outcome, "cancelled") == 0 || strcmp(outcome, "requested") == 0);
    return true;
}

int
cancel_command(Command *command)
{
    bool is_granted = true;
    Err err = ERR_NONE;
    JobKind kind;
    if (!command_parse(command, COMMAND_NO_OPTIONS, 2, ARGUMENTS_MAX)) {
        return EXIT_CODE_USAGE;
    }
    int exit_code = kind_open(command, &kind);
    if (exit_code != EXIT_CODE_OK) {
        return exit_code;
    }
    for (int i = 1; i < command->argc; i++) {
        if (!key_cancel(command, &kind, command->argv[i], &is_granted, &err)) {
            return command_fail(command, &err);
        }
    }
    return is_granted ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

/* --- pause, resume --- */

static int
kind_pause(Command *command, bool is_paused)
{
    int64_t changed = 0;
    Err err = ERR_NONE;
    JobKind kind;
    DbArgs args = DB_ARGS_EMPTY;
    if (!command_parse(command, COMMAND_NO_OPTIONS, 1, 1)) {
        return EXIT_CODE_USAGE;
    }
    int exit_code = kind_open(command, &kind);
    if (exit_code != EXIT_CODE_OK) {
        return exit_code;
    }
    args_text(&args, kind.name);
    args_bool(&args, is_paused);
    if (!db_run(command->db, &sql_kind_pause, &args, &changed, &err)) {
        return command_fail(command, &err);
    }
    if (changed == 0) {
        printf("%s: %s already\n", kind.name, is_paused ? "paused" : "resumed");
    } else {
        printf("%s: %s\n", kind.name, is_paused ? "paused; workers notice within 5 s" : "resumed");
    }
    return EXIT_CODE_OK;
}

int
pause_command(Command *command)
{
    return kind_pause(command, true);
}

int
resume_command(Command *command)
{
    return kind_pause(command, false);
}
