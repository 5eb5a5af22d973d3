/* fail - a job that ends as its row says, for tests of every outcome and error class.
 *
 * Column `ending`: done, retry, fail, defer, yield, cancelled, effect (writes one row into the table named
 * <relation>_effects(key text, generation int), then done), effect_retry (writes, then retries), or the name
 * of an error class, which then decides. Column `times`: the ending holds for so many attempts, then the job
 * is done; NULL: always.
 */
#include <string.h>

#include "common/sql_template.h"
#include "common/str.h"
#include "sql.h"
#include "worker/kinds/kind.h"

extern const Kind kind_fail;

static const char *const columns[] = { "ending", "times", NULL };

/* fail_effect writes what a test counts: one row a key and generation, if exactly once holds. */
static bool
fail_effect(JobContext *ctx, const Claim *claim, Err *err)
{
    Str table = STR_EMPTY;
    str_append_format(&table, "%s_effects", claim->kind->relation);
    const SqlVariable variables[] = { { "schema", claim->kind->schema }, { "relation", str_text(&table) } };
    char *text = sql_expand(&sql_fail_effect, variables, 2, err);
    str_done(&table);
    if (text == NULL) {
        return false;
    }
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, claim->key);
    args_int(&args, claim->generation);
    bool is_written =
        job_begin(ctx, err) &&
        db_run(job_db(ctx), &(SqlQuery){ .name = "fail_effect", .text = text }, &args, NULL, err);
    free(text);
    return is_written;
}

static bool
class_of(const char *name, ErrClass *ret_class)
{
    for (int class = ERR_CLASS_NONE + 1; class < ERR_CLASS_COUNT; class ++) {
        if (strcmp(err_class_name((ErrClass) class), name) == 0) {
            *ret_class = (ErrClass) class;
            return true;
        }
    }
    return false;
}

static void
fail_end(JobContext *ctx, const Claim *claim, const char *ending, Outcome *outcome)
{
    Err err = ERR_NONE;
    ErrClass class = ERR_UNKNOWN;
    bool has_effect = strncmp(ending, "effect", strlen("effect")) == 0;
    if (has_effect && !fail_effect(ctx, claim, &err)) {
        outcome_from_err(outcome, &err);
        return;
    }
    err_set(&err, ERR_UNKNOWN, "as_told", "fail: job %s was told to %s", claim->key, ending);
    if (strcmp(ending, "done") == 0 || strcmp(ending, "effect") == 0) {
        outcome_done(outcome);
    } else if (strcmp(ending, "retry") == 0 || strcmp(ending, "effect_retry") == 0) {
        outcome_retry(outcome, &err);
    } else if (strcmp(ending, "defer") == 0) {
        outcome_defer(outcome, 0, &err);
    } else if (strcmp(ending, "yield") == 0) {
        outcome_yield(outcome);
    } else if (strcmp(ending, "cancelled") == 0) {
        outcome_cancelled(outcome);
    } else if (class_of(ending, &class)) {
        err_set(&err, class, "as_told", "fail: job %s was told to end with %s", claim->key, ending);
        outcome_from_err(outcome, &err);
    } else {
        outcome_fail(outcome, &err);
    }
}

static void
fail_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    const char *ending = claim_text(claim, "ending");
    const char *times = claim_text(claim, "times");
    int64_t limit = INT64_MAX;
    bool is_limited = times != NULL && str_to_int64(times, &limit);
    fail_end(ctx, claim, ending == NULL || (is_limited && claim->attempts > limit) ? "done" : ending,
             outcome);
}

const Kind kind_fail = { .name = "fail", .columns = columns, .process = fail_process };
