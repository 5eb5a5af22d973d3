/* GET /workouts/:id - one workout as the client shows it (workouts.md, section 6).
 *
 * Row-level security decides who sees it: a user's own, everything with the service key; whatever else is
 * 404. Runs and walks get a pace beside each speed. ?series=full puts all samples in place of the thinned
 * analysis.series.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/log.h"
#include "common/uuid.h"
#include "producer/api/api.h"
#include "producer/api/pace.h"
#include "producer/api/transaction.h"
#include "sql.h"

typedef struct Lookup {
    const char *id;
    bool wants_series;
    PGresult *workout, *series; /* series NULL unless wanted */
} Lookup;

static void
lookup_done(Lookup *lookup)
{
    PQclear(lookup->workout);
    PQclear(lookup->series);
}

static bool
lookup_read(Db *db, void *user, Err *err)
{
    Lookup *lookup = user;
    DbArgs args = DB_ARGS_EMPTY;

    lookup_done(lookup);
    lookup->series = NULL;
    args_text(&args, lookup->id);
    lookup->workout = db_query(db, &sql_workout_get, &args, err);
    if (lookup->workout == NULL) {
        return false;
    }
    if (!lookup->wants_series) {
        return true;
    }
    lookup->series = db_query(db, &sql_workout_get_series, &args, err);
    return lookup->series != NULL;
}

static bool
memory_out(Err *err)
{
    return err_set(err, ERR_MEMORY_LIMIT, "memory", "workouts: no memory for the answer");
}

/* child_object returns the object of that name, made where it is missing or null; NULL when memory is out. */
static cJSON *
child_object(cJSON *json, const char *name)
{
    cJSON *child = cJSON_GetObjectItemCaseSensitive(json, name);

    if (cJSON_IsObject(child)) {
        return child;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(json, name);
    return cJSON_AddObjectToObject(json, name);
}

/* column_add adds one column of the samples under its own name; what is NULL is null. */
static bool
column_add(cJSON *series, const PGresult *rows, int column, Err *err)
{
    cJSON *array = PQgetisnull(rows, 0, column)
                       ? cJSON_CreateNull()
                       : json_parse(PQgetvalue(rows, 0, column), (size_t)PQgetlength(rows, 0, column), err);

    if (array == NULL || !cJSON_AddItemToObject(series, PQfname(rows, column), array)) {
        return err->class != ERR_CLASS_NONE ? false : memory_out(err);
    }
    return true;
}

static bool
index_add(cJSON *series, int64_t n, Err *err)
{
    cJSON *array = cJSON_AddArrayToObject(series, "index");

    for (int64_t i = 0; i < n; i++) {
        if (!cJSON_AddItemToArray(array, cJSON_CreateNumber((double)i))) {
            return memory_out(err);
        }
    }
    return array != NULL || memory_out(err);
}

/* series_put replaces computed.analysis.series with all samples; a workout without samples keeps what it has.
 */
static bool
series_put(cJSON *workout, const PGresult *rows, Err *err)
{
    int64_t n = 0;

    if (PQntuples(rows) == 0 || !str_to_int64(PQgetvalue(rows, 0, 0), &n)) {
        return true;
    }
    cJSON *computed = child_object(workout, "computed");
    cJSON *analysis = computed != NULL ? child_object(computed, "analysis") : NULL;
    if (analysis == NULL) {
        return memory_out(err);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(analysis, "series");
    cJSON *series = cJSON_AddObjectToObject(analysis, "series");
    if (series == NULL || !index_add(series, n, err)) {
        return memory_out(err);
    }
    for (int column = 1; column < PQnfields(rows); column++) {
        if (!column_add(series, rows, column, err)) {
            return false;
        }
    }
    return true;
}

static bool
is_on_foot(const cJSON *workout)
{
    const cJSON *sport = json_member(workout, "sport");

    return sport != NULL && cJSON_IsString(sport) &&
           (strcmp(sport->valuestring, "run") == 0 || strcmp(sport->valuestring, "walk") == 0);
}

static bool
answer_print(Request *request, const Lookup *lookup, Err *err)
{
    _cleanup_(json_delete) cJSON *workout =
        json_parse(PQgetvalue(lookup->workout, 0, 0), (size_t)PQgetlength(lookup->workout, 0, 0), err);

    if (workout == NULL || (lookup->series != NULL && !series_put(workout, lookup->series, err)) ||
        (is_on_foot(workout) && !pace_add(workout, err))) {
        return false;
    }
    char *text = cJSON_PrintUnformatted(workout);
    if (text == NULL) {
        return memory_out(err);
    }
    str_append(&request->answer, text);
    cJSON_free(text);
    return true;
}

void
workouts_get_handle(Http *http, Request *request)
{
    const char *series = request_query(request, "series");
    _cleanup_(lookup_done) Lookup lookup = { .id = request->param,
                                             .wants_series = series != NULL && strcmp(series, "full") == 0 };
    Err err = ERR_NONE;

    if (series != NULL && !lookup.wants_series) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field", "series: full is all there is",
                       "series");
        return;
    }
    if (uuid_valid(request->param)) {
        if (!transaction_run(http, request, lookup_read, &lookup, &err)) {
            LOG_WARN("workout.get", LOG_FAILURE(&err), LOG_TEXT("traceparent", request->traceparent));
            request_fail(request, &err, NULL);
            return;
        }
    }
    if (lookup.workout == NULL || PQntuples(lookup.workout) == 0) {
        request_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "no such workout", NULL);
    } else if (answer_print(request, &lookup, &err)) {
        request_answer(request, MHD_HTTP_OK);
    } else {
        LOG_ERROR("workout.get", LOG_FAILURE(&err), LOG_TEXT("traceparent", request->traceparent));
        request_fail(request, &err, NULL);
    }
}
