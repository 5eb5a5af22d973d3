/* GET and PUT /athletes/:id/settings - what an athlete's workouts are measured by, each from a day on
 * (workouts.md, section 2.2).
 *
 * GET: {"user_id","sex","settings":[{"valid_from","ftp_w",...,"updated_at"}]}, in the order of the dates. PUT
 * takes settings_read.h's body and answers as GET does. A setting that it does not name keeps the value that
 * was in force on that day, null makes it unknown; the same again changes nothing. In the same transaction,
 * the workouts for which another value is in force now become pending. A user's own, or any with the service
 * key.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/activity/ingest.h"
#include "common/json_read.h"
#include "common/log.h"
#include "common/uuid.h"
#include "producer/api/api.h"
#include "producer/api/settings_read.h"
#include "producer/api/transaction.h"
#include "sql.h"

typedef struct Work {
    const char *user_id;
    const Settings *settings; /* NULL: only read */
    PGresult *row;
} Work;

static void
work_done(Work *work)
{
    PQclear(work->row);
}

static bool
work_read(Db *db, Work *work, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    PQclear(work->row); /* of an attempt before */
    args_text(&args, work->user_id);
    work->row = db_query(db, &sql_settings_get, &args, err);
    return work->row != NULL;
}

static double
column_number(const PGresult *row, int column)
{
    double value = NAN;

    return PQgetisnull(row, 0, column) || !str_to_double(PQgetvalue(row, 0, column), &value) ? NAN : value;
}

/* dated_write stores what holds from a day on, and looks whether it agrees with what was kept. */
static bool
dated_write(Db *db, const Work *work, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, work->user_id);
    args_text(&args, work->settings->valid_from);
    args_text(&args, str_text(&work->settings->named));
    _cleanup_(db_result_clear) PGresult *row = db_query(db, &sql_settings_put, &args, err);
    return row != NULL &&
           settings_agree(column_number(row, 0), column_number(row, 2), column_number(row, 1), err);
}

static bool
sex_write(Db *db, const Work *work, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, work->user_id);
    args_text(&args, work->settings->sex);
    return db_run(db, &sql_settings_put_sex, &args, NULL, err);
}

/* work_run is the transaction. */
static bool
work_run(Db *db, void *user, Err *err)
{
    Work *work = user;
    const Settings *settings = work->settings;

    if (settings != NULL && settings->named.length > 0 && !dated_write(db, work, err)) {
        return false;
    }
    if (settings != NULL && settings->has_sex && !sex_write(db, work, err)) {
        return false;
    }
    return work_read(db, work, err);
}

/* is_allowed answers for whoever asks about somebody else, or about nobody. */
static bool
is_allowed(Request *request)
{
    if (!uuid_valid(request->param)) {
        request_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "no such athlete", NULL);
        return false;
    }
    if (!request->identity.is_service && strcasecmp(request->param, request->identity.user_id) != 0) {
        request_refuse(request, MHD_HTTP_FORBIDDEN, "other_user", "id: is not the token's user", "id");
        return false;
    }
    return true;
}

static void
run(Http *http, Request *request, const Settings *settings)
{
    _cleanup_(work_done) Work work = { .user_id = request->param, .settings = settings };
    Err err = ERR_NONE;
    char field[64];

    if (transaction_run(http, request, work_run, &work, &err)) {
        str_append(&request->answer, PQgetvalue(work.row, 0, 0));
        request_answer(request, MHD_HTTP_OK);
    } else if (ingest_field(&err, field, sizeof(field))) {
        request_fail(request, &err, field);
    } else {
        LOG_WARN("settings", LOG_FAILURE(&err), LOG_TEXT("traceparent", request->traceparent));
        request_fail(request, &err, NULL);
    }
}

void
settings_get_handle(Http *http, Request *request)
{
    if (is_allowed(request)) {
        run(http, request, NULL);
    }
}

void
settings_put_handle(Http *http, Request *request)
{
    _cleanup_(settings_done) Settings settings = SETTINGS_EMPTY;
    Err err = ERR_NONE;
    char field[64];

    if (!is_allowed(request)) {
        return;
    }
    _cleanup_(json_delete) cJSON *body = json_parse(str_text(&request->body), request->body.length, &err);
    if (body == NULL || !settings_read(body, &settings, &err)) {
        request_fail(request, &err, ingest_field(&err, field, sizeof(field)) ? field : NULL);
        return;
    }
    run(http, request, &settings);
}
