/* adopt, abandon - make a large table that others use a table of jobs, in steps, and undo it.
 *
 * Each step is a transaction of its own (sql/queries/adopt_steps.sql) and may be repeated: killed at any of
 * them, the command is run again. A step whose lock keeps others out waits for it half a second and tries
 * again later, since whoever comes after a waiting ALTER TABLE waits too. The other steps wait as long as it
 * takes: their locks let reads and writes go on.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/backoff.h"
#include "common/exit_code.h"
#include "common/failpoint.h"
#include "reaper/operate.h"
#include "sql.h"

enum {
    TRIES = 60, /* of a step whose lock somebody has: about two minutes */
    RETRY_BASE_US = 100000,
    RETRY_CAP_US = 4000000,
    POLL_MS = 200,
    INDEXES_MANY = 6, /* besides ours; each is written by every update that is not HOT */
};

/* Adoption is what the command line asks for. */
typedef struct Adoption {
    const char *table, *kind, *key, *existing, *consumer_group;
    const char *lease, *backoff_base, *backoff_cap, *keep_finished; /* intervals; NULL: not given */
    int64_t max_attempts;                                           /* 0: not given */
    bool cancel_at_once;
    char relation[16]; /* oid */
} Adoption;

/* --- what stands in the way --- */

/* The columns of adopt_look.sql. */
enum {
    RELATION,
    RELATION_NAME,
    IS_PARTITIONED,
    IS_TABLE,
    IS_KIND,
    OTHER_KIND,
    OTHER_RELATION,
    IS_OTHER_GONE,
    HAS_COLUMNS,
    INDEXES
};

static bool
cell_is_true(const PGresult *row, int column)
{
    return PQgetvalue(row, 0, column)[0] == 't';
}

/* look_check refuses what cannot be adopted, before anything is changed. */
static bool
look_check(const Adoption *adoption, const PGresult *look, Err *err)
{
    if (PQgetisnull(look, 0, RELATION)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "there is no table %s", adoption->table);
    }
    if (!cell_is_true(look, IS_TABLE)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "%s is not a table", adoption->table);
    }
    if (!cell_is_true(look, IS_KIND)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE,
                       "--kind: %s: not 1 to 48 of a-z, 0-9 and _, beginning with a letter", adoption->kind);
    }
    if (!PQgetisnull(look, 0, OTHER_KIND)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "%s is adopted already, as kind %s",
                       adoption->table, PQgetvalue(look, 0, OTHER_KIND));
    }
    if (cell_is_true(look, IS_OTHER_GONE)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE,
                       "kind %s is another table already, which was dropped; abandon the kind first",
                       adoption->kind);
    }
    if (!PQgetisnull(look, 0, OTHER_RELATION)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "kind %s is another table already: %s",
                       adoption->kind, PQgetvalue(look, 0, OTHER_RELATION));
    }
    return true;
}

static bool
touched_warn(const Command *command, const Adoption *adoption, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, adoption->relation);
    _cleanup_(db_result_clear) PGresult *rows = db_query(command->db, &sql_adopt_columns_touched, &args, err);
    if (rows == NULL) {
        return false;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        const char *index = PQgetvalue(rows, row, 0);
        const char *column = PQgetvalue(rows, row, 1);
        if (PQgetisnull(rows, row, 2)) {
            command_warn(command,
                         "warning: index %s is on %s, which claims and finishes write: they cannot be HOT",
                         index, column);
        } else {
            command_warn(command,
                         "warning: trigger %s sets %s on every update, and index %s is on it: claims and "
                         "finishes cannot "
                         "be HOT",
                         PQgetvalue(rows, row, 2), column, index);
        }
    }
    return true;
}

static bool
warn_all(const Command *command, const Adoption *adoption, const PGresult *look, Err *err)
{
    int64_t indexes = 0;
    if (str_to_int64(PQgetvalue(look, 0, INDEXES), &indexes) && indexes > INDEXES_MANY) {
        command_warn(command, "warning: %lld indexes: every update that is not HOT writes all of them",
                     (long long)indexes);
    }
    if (cell_is_true(look, IS_PARTITIONED)) {
        command_warn(
            command,
            "warning: a partitioned table: its indexes are built plainly, and writes wait meanwhile");
    }
    if (cell_is_true(look, HAS_COLUMNS) && strcmp(adoption->existing, "complete") != 0) {
        command_warn(command, "warning: the job columns are there already: --existing changes nothing");
    }
    return touched_warn(command, adoption, err);
}

static bool
adoption_look(const Command *command, Adoption *adoption, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, adoption->table);
    args_text(&args, adoption->kind);
    _cleanup_(db_result_clear) PGresult *look = db_query(command->db, &sql_adopt_look, &args, err);
    if (look == NULL || !look_check(adoption, look, err)) {
        return false;
    }
    (void)str_copy(adoption->relation, sizeof adoption->relation,
                   PQgetvalue(look, 0, RELATION)); /* 10 digits */
    return warn_all(command, adoption, look, err);
}

/* adoption_lock keeps a second adoption of the table out. A first one that was killed may yet be at work in
 * the server. */
static bool
adoption_lock(const Command *command, const Adoption *adoption, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, adoption->relation);
    for (bool is_first = true;; is_first = false) {
        _cleanup_(db_result_clear) PGresult *row = db_query(command->db, &sql_adopt_lock, &args, err);
        if (row == NULL || cell_is_true(row, 0)) {
            return row != NULL;
        }
        if (is_first) {
            command_warn(command, "waiting for another adoption of %s to end", adoption->table);
        }
        (void)poll(NULL, 0, POLL_MS);
    }
}

/* --- steps --- */

/* brief_run runs a statement whose lock keeps others out, again and again until it gets it in time. */
static bool
brief_run(const Command *command, const char *step, const char *statement, Err *err)
{
    uint64_t random = random_seed();
    if (!db_script(command->db, "SET lock_timeout = '500ms'", err)) {
        return false;
    }
    for (int try = 0; !db_script(command->db, statement, err); try++) {
        bool is_busy = strcmp(err->code, "55P03") == 0 || strcmp(err->code, "40P01") == 0;
        if (!is_busy || try == TRIES - 1) {
            return is_busy
                       ? err_set(err, ERR_DATABASE_TIMEOUT, "55P03",
                                 "%s: somebody has held a lock on the table all the time; run it again later",
                                 step)
                       : false;
        }
        printf("%s: the table is locked; trying again\n", step);
        (void)fflush(stdout);
        (void)poll(NULL, 0, (int)(backoff_us(RETRY_BASE_US, RETRY_CAP_US, try, &random) / 1000));
    }
    return true;
}

static bool
patient_run(const Command *command, const char *statement, Err *err)
{
    return db_script(command->db, "SET lock_timeout = 0", err) && db_script(command->db, statement, err);
}

/* invalid_drop removes the indexes that a broken attempt left, so that they are built again. */
static bool
invalid_drop(const Command *command, const Adoption *adoption, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, adoption->relation);
    _cleanup_(db_result_clear) PGresult *rows = db_query(command->db, &sql_adopt_invalid, &args, err);
    if (rows == NULL) {
        return false;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        printf("index: one was left invalid by a broken attempt; building it again\n");
        if (!patient_run(command, PQgetvalue(rows, row, 0), err)) {
            return false;
        }
    }
    return true;
}

/* step_failpoint is where a test kills the command, behind each step. */
static void
step_failpoint(const char *step)
{
    char name[32];
    (void)snprintf(name, sizeof name, "adopt.%s", step);
    failpoint(name);
}

static bool
steps_run(const Command *command, const PGresult *steps, Err *err)
{
    enum { STEP, STATEMENT, IS_BRIEF };
    for (int row = 0; row < PQntuples(steps); row++) {
        const char *step = PQgetvalue(steps, row, STEP);
        const char *statement = PQgetvalue(steps, row, STATEMENT);
        bool is_brief = PQgetvalue(steps, row, IS_BRIEF)[0] == 't';
        if (!(is_brief ? brief_run(command, step, statement, err) : patient_run(command, statement, err))) {
            return false;
        }
        printf("%s: done\n", step);
        (void)fflush(stdout);
        step_failpoint(step);
    }
    return true;
}

/* steps_query asks for the steps; what cannot be adopted with this key and these times is refused here. */
static PGresult *
steps_query(const Command *command, const Adoption *adoption, Err *err)
{
    char max_attempts[24];
    DbArgs args = DB_ARGS_EMPTY;
    (void)snprintf(max_attempts, sizeof max_attempts, "%lld", (long long)adoption->max_attempts);
    args_text(&args, adoption->relation);
    args_text(&args, adoption->kind);
    args_text(&args, adoption->key);
    args_text(&args, adoption->existing);
    args_text(&args, adoption->lease);
    args_text(&args, adoption->max_attempts > 0 ? max_attempts : NULL);
    args_text(&args, adoption->backoff_base);
    args_text(&args, adoption->backoff_cap);
    args_text(&args, adoption->cancel_at_once ? "t" : NULL);
    args_text(&args, adoption->keep_finished);
    args_text(&args, adoption->consumer_group);
    PGresult *steps = db_query(command->db, &sql_adopt_steps, &args, err);
    if (steps == NULL && err->class == ERR_INVALID_DATA) {
        err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "%s", err->message);
    }
    return steps;
}

static bool
adopt(Command *command, Adoption *adoption, Err *err)
{
    /* Should this command be killed in a long step, the server notices and lets go of the table. */
    if (!command_connect(command, err) ||
        !db_script(command->db, "SET client_connection_check_interval = '1s'", err) ||
        !adoption_look(command, adoption, err) || !adoption_lock(command, adoption, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *steps = steps_query(command, adoption, err);
    return steps != NULL && invalid_drop(command, adoption, err) && steps_run(command, steps, err);
}

int
adopt_command(Command *command)
{
    Err err = ERR_NONE;
    Adoption a = { .key = "id", .existing = "complete", .consumer_group = command->config->consumer_group };
    const CommandOption options[] = {
        { .name = "--kind", .ret_text = &a.kind },
        { .name = "--key", .ret_text = &a.key },
        { .name = "--existing", .ret_text = &a.existing },
        { .name = "--lease", .ret_text = &a.lease },
        { .name = "--max-attempts", .ret_number = &a.max_attempts, .min = 1, .max = 1000 },
        { .name = "--backoff-base", .ret_text = &a.backoff_base },
        { .name = "--backoff-cap", .ret_text = &a.backoff_cap },
        { .name = "--cancel-at-once", .ret_flag = &a.cancel_at_once },
        { .name = "--keep-finished", .ret_text = &a.keep_finished },
        { .name = NULL }
    };
    if (!command_parse(command, options, 1, 1)) {
        return EXIT_CODE_USAGE;
    }
    a.table = command->argv[0];
    if (a.kind == NULL) {
        return command_usage(command, "--kind: not given");
    }
    if (strcmp(a.existing, "complete") != 0 && strcmp(a.existing, "pending") != 0) {
        return command_usage(command, "--existing: %s is neither complete nor pending", a.existing);
    }
    if (!adopt(command, &a, &err)) {
        return command_fail(command, &err);
    }
    printf("%s: adopted as kind %s; status says whether a worker takes it\n", a.table, a.kind);
    return EXIT_CODE_OK;
}

/* --- abandon --- */

static bool
abandon(Command *command, Err *err)
{
    enum { IS_ADOPTED, HOLDINGS, STATEMENT };
    const char *kind = command->argv[0];
    JobKind unknown;
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind);
    _cleanup_(db_result_clear) PGresult *look =
        command_connect(command, err) ? db_query(command->db, &sql_abandon_look, &args, err) : NULL;
    if (look == NULL) {
        return false;
    }
    if (!cell_is_true(look, IS_ADOPTED) && !command_kind(command, kind, &unknown, err)) {
        return false; /* and names those there are */
    }
    if (strcmp(PQgetvalue(look, 0, HOLDINGS), "0") != 0) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE,
                       "jobs of kind %s are in work; pause it, and try again when they have ended", kind);
    }
    return brief_run(command, "abandon", PQgetvalue(look, 0, STATEMENT), err) ||
           (strcmp(err->code, "55006") == 0
                ? err_set(err, ERR_INVALID_DATA, COMMAND_NOT_POSSIBLE, "%s", err->message)
                : false);
}

int
abandon_command(Command *command)
{
    Err err = ERR_NONE;
    if (!command_parse(command, COMMAND_NO_OPTIONS, 1, 1)) {
        return EXIT_CODE_USAGE;
    }
    if (!abandon(command, &err)) {
        return command_fail(command, &err);
    }
    printf("%s: abandoned\n", command->argv[0]);
    return EXIT_CODE_OK;
}
