/* POST /workouts - one activity with its samples becomes one row of workouts, pending (workouts.md,
 * section 4.1).
 *
 * One transaction: row, samples, announcement. The same activity again, told by the provider's id or the
 * client's external_id: with the same content nothing is written; with another name or gear only that; with
 * other content the row is changed and computed again. Samples that a later request leaves out stay. 202
 * {"id","created","changed","job":{"status","epoch"}} after the commit.
 *
 * The Content-Type says what the body is: application/json (or none) the object of ingest.h, those of
 * file_read.h a device's file as it is. A file has no place for what is about the request, so that stands in
 * the query: user_id with the service key, and sport=ride|run|... where the file's own word is missing or
 * wrong. A file that cannot be read is 422 with the byte in error.offset.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/activity/file_read.h"
#include "common/activity/ingest.h"
#include "common/arena.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "producer/api/api.h"
#include "producer/api/array_write.h"
#include "producer/api/transaction.h"
#include "sql.h"

#define ARENA_BYTES ((size_t)256 << 20) /* one request's memory, as one job's (workouts.md, section 8) */

/* Ingest is one request while it is stored. */
typedef struct Ingest {
    const char *user_id;
    const IngestRequest *request;
    Arena *arena;
    char id[37]; /* the result */
    char job_status[16];
    int64_t job_epoch;
    bool is_created, is_changed;
} Ingest;

/* --- parameters --- */

/* args_known_int adds a number, or NULL for ACTIVITY_NO_INT. */
static void
args_known_int(DbArgs *args, int32_t value)
{
    if (value == ACTIVITY_NO_INT) {
        args_null(args);
    } else {
        args_int(args, value);
    }
}

static void
args_id(DbArgs *args, int64_t id)
{
    if (id == 0) {
        args_null(args);
    } else {
        args_int(args, id);
    }
}

static void
args_scalars(DbArgs *args, const Activity *activity)
{
    const double scalars[] = {
        activity->distance_m,       activity->speed_avg_mps,    activity->speed_max_mps,
        activity->hr_avg_bpm,       activity->hr_max_bpm,       activity->cadence_avg_spm,
        activity->cadence_avg_rpm,  activity->power_avg_w,      activity->power_max_w,
        activity->power_weighted_w, activity->work_j,           activity->energy_j,
        activity->elevation_gain_m, activity->elevation_loss_m, activity->pool_length_m,
    };

    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        args_double(args, scalars[i]);
    }
    args_known_int(args, activity->moving_time_s);
    args_known_int(args, activity->elapsed_time_s);
    args_known_int(args, activity->steps_count);
    args_double(args, activity->start_lat);
    args_double(args, activity->start_lng);
    args_double(args, activity->end_lat);
    args_double(args, activity->end_lng);
}

/* args_activity adds $2 ... $44 of workout_ingest_insert.sql and workout_ingest_update.sql. */
static void
args_activity(DbArgs *args, const Ingest *ingest)
{
    const Activity *activity = &ingest->request->activity;

    args_text(args, sport_name(activity->sport));
    args_text(args, activity->provider_sport);
    args_text(args, activity->name);
    args_text(args, source_name(activity->source));
    args_id(args, activity->strava_activity_id);
    args_text(args, activity->garmin_activity_id);
    args_text(args, activity->external_id);
    args_int(args, activity->start_at_us);
    args_text(args, activity->local_date);
    args_known_int(args, activity->utc_offset_s);
    args_text(args, activity->timezone);
    args_scalars(args, activity);
    args_text(args, activity->gear_id);
    args_known_int(args, activity->is_private);
    args_known_int(args, activity->is_trainer);
    args_known_int(args, activity->session_rpe);
    args_text(args, activity->laps);
    args_text(args, activity->lengths);
    args_text(args, activity->exercises);
    args_text(args, activity->provider_data);
    args_bytes(args, ingest->request->content_hash, ACTIVITY_HASH_BYTES);
    args_bool(args, ingest->request->streams.n > 0);
}

/* args_description adds what describes an activity without being computed with. */
static void
args_description(DbArgs *args, const Activity *activity)
{
    args_text(args, activity->name);
    args_text(args, activity->provider_sport);
    args_text(args, activity->timezone);
    args_text(args, activity->gear_id);
    args_known_int(args, activity->is_private);
    args_text(args, activity->provider_data);
}

/* --- samples --- */

static bool
args_ints(DbArgs *args, const int32_t *values, size_t n, Arena *arena)
{
    size_t bytes = 0;
    void *array = values != NULL ? int_array_write(values, n, arena, &bytes) : NULL;

    if (array != NULL) {
        args_bytes(args, array, bytes);
    } else {
        args_null(args);
    }
    return values == NULL || array != NULL;
}

static bool
args_reals(DbArgs *args, const float *values, size_t n, Arena *arena)
{
    size_t bytes = 0;
    void *array = values != NULL ? real_array_write(values, n, arena, &bytes) : NULL;

    if (array != NULL) {
        args_bytes(args, array, bytes);
    } else {
        args_null(args);
    }
    return values == NULL || array != NULL;
}

/* streams_store writes the samples, if there are any. */
static bool
streams_store(Db *db, const Ingest *ingest, const char *version, Err *err)
{
    const Streams *s = &ingest->request->streams;
    Arena *arena = ingest->arena;
    DbArgs args = DB_ARGS_EMPTY;

    if (s->n == 0) {
        return true;
    }
    args_text(&args, ingest->id);
    args_text(&args, ingest->user_id);
    args_text(&args, version);
    args_int(&args, (int64_t)s->n);
    if (!args_ints(&args, s->time_s, s->n, arena) || !args_reals(&args, s->distance_m, s->n, arena) ||
        !args_ints(&args, s->lat_e7, s->n, arena) || !args_ints(&args, s->lng_e7, s->n, arena) ||
        !args_reals(&args, s->altitude_m, s->n, arena) || !args_reals(&args, s->speed_mps, s->n, arena) ||
        !args_ints(&args, s->hr_bpm, s->n, arena) || !args_ints(&args, s->cadence_per_min, s->n, arena) ||
        !args_ints(&args, s->power_w, s->n, arena) || !args_ints(&args, s->temperature_c, s->n, arena) ||
        !args_reals(&args, s->grade_pct, s->n, arena) || !args_ints(&args, s->moving, s->n, arena)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "workouts: no memory for %zu samples", s->n);
    }
    return db_run(db, &sql_workout_ingest_streams, &args, NULL, err);
}

/* --- the row --- */

/* row_take copies id, job_status and job_epoch, the first columns of all queries here. */
static void
row_take(Ingest *ingest, const PGresult *row)
{
    (void)str_copy(ingest->id, sizeof(ingest->id), PQgetvalue(row, 0, 0));
    (void)str_copy(ingest->job_status, sizeof(ingest->job_status), PQgetvalue(row, 0, 1));
    if (!str_to_int64(PQgetvalue(row, 0, 2), &ingest->job_epoch)) {
        ingest->job_epoch = 0;
    }
}

/* row_write inserts or updates: first is the user for one, the workout for the other. *ret_done false: the
 * insert found somebody else's. */
static bool
row_write(Db *db, Ingest *ingest, const SqlQuery *query, const char *first, bool *ret_done, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, first);
    args_activity(&args, ingest);
    _cleanup_(db_result_clear) PGresult *row = db_query(db, query, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_done = PQntuples(row) == 1;
    if (!*ret_done) {
        return true;
    }
    row_take(ingest, row);
    ingest->is_changed = true;
    failpoint("workouts_post.row");
    return streams_store(db, ingest, PQgetvalue(row, 0, 3), err);
}

/* row_describe writes a new name or gear. */
static bool
row_describe(Db *db, Ingest *ingest, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, ingest->id);
    args_description(&args, &ingest->request->activity);
    ingest->is_changed = true;
    return db_run(db, &sql_workout_ingest_describe, &args, NULL, err);
}

/* row_find looks for the activity and locks its row. */
static bool
row_find(Db *db, Ingest *ingest, bool *ret_found, bool *ret_same_content, bool *ret_same_description,
         Err *err)
{
    const Activity *activity = &ingest->request->activity;
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, ingest->user_id);
    args_id(&args, activity->strava_activity_id);
    args_text(&args, activity->garmin_activity_id);
    args_text(&args, activity->external_id);
    args_bytes(&args, ingest->request->content_hash, ACTIVITY_HASH_BYTES);
    args_description(&args, activity);
    _cleanup_(db_result_clear) PGresult *row = db_query(db, &sql_workout_ingest_find, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_found = PQntuples(row) > 0;
    if (*ret_found) {
        row_take(ingest, row);
        *ret_same_content = PQgetvalue(row, 0, 3)[0] == 't';
        *ret_same_description = PQgetvalue(row, 0, 4)[0] == 't';
    }
    return true;
}

/* ingest_store is the transaction. */
static bool
ingest_store(Db *db, void *user, Err *err)
{
    Ingest *ingest = user;

    ingest->is_created = ingest->is_changed = false;
    /* Twice: an insert that finds the row of a concurrent request looks at it again. */
    for (int i = 0; i < 2; i++) {
        bool is_found = false;
        bool is_same_content = false;
        bool is_same_description = false;
        bool is_done = false;
        if (!row_find(db, ingest, &is_found, &is_same_content, &is_same_description, err)) {
            return false;
        }
        if (is_found && is_same_content) {
            return is_same_description || row_describe(db, ingest, err);
        }
        if (is_found) {
            return row_write(db, ingest, &sql_workout_ingest_update, ingest->id, &is_done, err);
        }
        if (!row_write(db, ingest, &sql_workout_ingest_insert, ingest->user_id, &is_done, err)) {
            return false;
        }
        if (is_done) {
            ingest->is_created = true;
            return true;
        }
    }
    return err_set(err, ERR_UNKNOWN, "ingest_race",
                   "workouts: the activity is there, and is not to be found");
}

/* --- the request --- */

static void
outcome_count(const char *outcome)
{
    metric_add(METRIC_WORKOUT_INGEST_TOTAL, NULL, outcome, 1);
}

/* user_choose decides whose activity it is: a user's own, or the one a service names. NULL: answered already.
 */
static const char *
user_choose(Request *request, const IngestRequest *ingest)
{
    const Identity *identity = &request->identity;

    if (identity->is_service) {
        if (ingest->user_id[0] == '\0') {
            request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field",
                           "user_id: is needed with the service key", "user_id");
            return NULL;
        }
        return ingest->user_id;
    }
    if (ingest->user_id[0] != '\0' && strcmp(ingest->user_id, identity->user_id) != 0) {
        request_refuse(request, MHD_HTTP_FORBIDDEN, "other_user", "user_id: is not the token's user",
                       "user_id");
        return NULL;
    }
    return identity->user_id;
}

static void
answer(Request *request, const Ingest *ingest)
{
    outcome_count(ingest->is_created ? "created" : ingest->is_changed ? "changed" : "same");
    LOG_DEBUG("workout.ingest", LOG_TEXT("key", ingest->id), LOG_BOOL("created", ingest->is_created),
              LOG_BOOL("changed", ingest->is_changed), LOG_TEXT("traceparent", request->traceparent));
    str_append_format(
        &request->answer,
        "{\"id\":\"%s\",\"created\":%s,\"changed\":%s,\"job\":{\"status\":\"%s\",\"epoch\":%" PRId64 "}}",
        ingest->id, ingest->is_created ? "true" : "false", ingest->is_changed ? "true" : "false",
        ingest->job_status, ingest->job_epoch);
    request_answer(request, MHD_HTTP_ACCEPTED);
}

/* refuse_parse answers what the body's reader refused. */
static void
refuse_parse(Request *request, const Err *err)
{
    char field[128];

    outcome_count("refused");
    (void)ingest_field(err, field, sizeof(field));
    request_fail(request, err, field);
}

/* refuse_query answers 400 about an argument of the query string; false. */
static bool
refuse_query(Request *request, const char *field, const char *message)
{
    outcome_count("refused");
    request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field", message, field);
    return false;
}

/* file_take reads the body as a file. False: answered. */
static bool
file_take(Request *request, FileFormat format, Arena *arena, IngestRequest *ret_parsed)
{
    const char *user_id = request_query(request, "user_id");
    const char *sport = request_query(request, "sport");
    char id[37] = "";
    Sport known = SPORT_OTHER;
    size_t offset = 0;
    Err err = ERR_NONE;

    if (user_id != NULL && !ingest_user_id(user_id, id)) {
        return refuse_query(request, "user_id", "user_id: not a uuid");
    }
    if (sport != NULL && !sport_from_name(sport, &known)) {
        return refuse_query(request, "sport",
                            "sport: none of run, ride, swim, walk, strength, mobility, pilates_yoga, other");
    }
    if (!file_read(format, str_text(&request->body), request->body.length, sport, arena, ret_parsed, &offset,
                   &err)) {
        outcome_count("refused");
        if (err.class == ERR_INVALID_DATA) {
            request_refuse_at(request, MHD_HTTP_UNPROCESSABLE_CONTENT, err.code, err.message, offset);
        } else {
            request_fail(request, &err, NULL);
        }
        return false;
    }
    (void)str_copy(ret_parsed->user_id, sizeof(ret_parsed->user_id), id);
    return true;
}

/* is_json tells whether a Content-Type stands for JSON, which is also what a body without one is. */
static bool
is_json(const char *type)
{
    static const char json[] = "application/json";
    const size_t length = type == NULL ? 0 : strcspn(type, "; \t");

    return length == 0 || (length == sizeof(json) - 1 && strncasecmp(type, json, length) == 0);
}

/* body_take reads the body as what its Content-Type calls it. False: answered. */
static bool
body_take(Request *request, Arena *arena, IngestRequest *ret_parsed)
{
    const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    FileFormat format = FILE_FIT;
    Err err = ERR_NONE;

    if (is_json(type)) {
        if (!ingest_parse(str_text(&request->body), request->body.length, arena, ret_parsed, &err)) {
            refuse_parse(request, &err);
            return false;
        }
        return true;
    }
    if (file_format_of_type(type, &format)) {
        return file_take(request, format, arena, ret_parsed);
    }
    outcome_count("refused");
    request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
                   "Content-Type is none of application/json, application/vnd.ant.fit, application/gpx+xml, "
                   "application/vnd.garmin.tcx+xml",
                   NULL);
    return false;
}

static void
ingest_run(Http *http, Request *request, Arena *arena)
{
    IngestRequest parsed;
    Err err = ERR_NONE;

    if (!body_take(request, arena, &parsed)) {
        return;
    }
    Ingest ingest = { .user_id = user_choose(request, &parsed), .request = &parsed, .arena = arena };
    if (ingest.user_id == NULL) {
        outcome_count("refused");
        return;
    }
    if (!transaction_run(http, request, ingest_store, &ingest, &err)) {
        outcome_count("failed");
        LOG_WARN("workout.ingest", LOG_FAILURE(&err), LOG_TEXT("traceparent", request->traceparent));
        request_fail(request, &err, NULL);
        return;
    }
    answer(request, &ingest);
}

void
workouts_post_handle(Http *http, Request *request)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(ARENA_BYTES);

    if (arena == NULL) {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable", "no memory", NULL);
        return;
    }
    ingest_run(http, request, arena);
}
