#include "worker/kinds/workouts/workout_store.h"

#include <string.h>

#include "sql.h"
#include "worker/kinds/workouts/stages.h"

#define COMPUTED_MAX_BYTES ((size_t)2 * 1024 * 1024) /* workouts.md, section 8 */

bool
workout_link(Db *db, const Workout *workout, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    int64_t linked = 0;

    if (workout->link_plan_id == NULL) {
        return true;
    }
    args_text(&args, workout->id);
    args_text(&args, workout->link_plan_id);
    bool is_sent = db_run(db, &sql_workout_link, &args, &linked, err);
    bool is_taken = is_sent ? linked == 0 : err != NULL && strcmp(err->code, "23505") == 0;
    if (is_taken) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "plan_taken", "workout %s: plan %s went to another workout",
                       workout->id, workout->link_plan_id);
    }
    return is_sent;
}

/* statuses_print writes the two arrays of workout_store.sql. */
static void
statuses_print(const Workout *workout, Str *statuses, Str *errors)
{
    char text[STAGE_ERROR_MAX + 1];

    for (int id = 0; id < STAGE_COUNT; id++) {
        const StageState *state = &workout->stages[id];
        str_append_pg_array_item(statuses, state->is_written ? stage_status_name(state->status) : NULL);
        str_append_pg_array_item(errors, state->is_written ? stage_error_text(state, text) : NULL);
    }
    str_append_char(statuses, '}');
    str_append_char(errors, '}');
}

bool
workout_store(Db *db, const Workout *workout, Err *err)
{
    _cleanup_(str_done) Str patch = STR_EMPTY;
    _cleanup_(str_done) Str statuses = STR_EMPTY;
    _cleanup_(str_done) Str errors = STR_EMPTY;
    DbArgs args = DB_ARGS_EMPTY;
    int64_t rows = 0;

    stages_patch(workout, &patch);
    statuses_print(workout, &statuses, &errors);
    if (!str_ok(&patch) || !str_ok(&statuses) || !str_ok(&errors)) {
        return err_set(err, ERR_MEMORY_LIMIT, "computed", "workout %s: no memory for the document",
                       workout->id);
    }
    if (patch.length > COMPUTED_MAX_BYTES) {
        return err_set(err, ERR_INVALID_DATA, "computed_too_large",
                       "workout %s: a document of %zu bytes is more than %zu", workout->id, patch.length,
                       COMPUTED_MAX_BYTES);
    }
    args_text(&args, workout->id);
    args_text(&args, str_text(&patch));
    args_text(&args, str_text(&statuses));
    args_text(&args, str_text(&errors));
    return db_run(db, &sql_workout_store, &args, &rows, err);
}
