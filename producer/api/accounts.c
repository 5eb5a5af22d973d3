/* PUT and DELETE /accounts/:provider - a user's grant at strava, garmin or gmail (sync.md, section 2).
 *
 * PUT takes {"provider_user_id","access_token","refresh_token","expires_at":<epoch s>,"scope"}, with the
 * service key also "user_id"; DELETE erases the tokens and takes ?user_id= with the service key. Both answer
 * {"provider","scope","status"}. 403: somebody else's; 404: no such provider, or nothing to disconnect; 409:
 * another user has connected that account; 503: its token is being refreshed at this moment. Tokens stand in
 * no answer and no log line.
 */
#include <string.h>
#include <strings.h>

#include "common/activity/ingest.h"
#include "common/json_read.h"
#include "common/log.h"
#include "common/uuid.h"
#include "producer/api/api.h"
#include "producer/api/grant.h"
#include "sql.h"

static bool
provider_is_ours(Request *request)
{
    if (!grant_provider_valid(request->param)) {
        request_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "no accounts of such a provider", NULL);
        return false;
    }
    return true;
}

bool
account_user(Request *request, const char *named, const char **ret_user)
{
    const Identity *identity = &request->identity;
    if (named != NULL && !uuid_valid(named)) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field", "user_id: is not a uuid", "user_id");
        return false;
    }
    if (!identity->is_service && named != NULL && strcasecmp(named, identity->user_id) != 0) {
        request_refuse(request, MHD_HTTP_FORBIDDEN, "other_user", "user_id: is not the token's user",
                       "user_id");
        return false;
    }
    *ret_user = named != NULL ? named : identity->user_id;
    if ((*ret_user)[0] == '\0') {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field", "user_id: is missing", "user_id");
        return false;
    }
    return true;
}

static void
answer(Request *request, const char *scope, const char *status)
{
    str_append_format(&request->answer, "{\"provider\":\"%s\",\"scope\":", request->param);
    str_append_json(&request->answer, scope);
    str_append_format(&request->answer, ",\"status\":\"%s\"}", status);
    request_answer(request, MHD_HTTP_OK);
}

/* body_wipe overwrites the tokens that came. */
static void
body_wipe(Request *request)
{
    if (request->body.bytes != NULL) {
        explicit_bzero(request->body.bytes, request->body.length);
    }
}

static void
put(Http *http, Request *request, const cJSON *body)
{
    Grant grant = { .provider = request->param };
    Err err = ERR_NONE;
    char field[64];
    if (!grant_read(body, &grant, &err)) {
        request_fail(request, &err, ingest_field(&err, field, sizeof field) ? field : NULL);
        return;
    }
    if (!account_user(request, grant.user_id, &grant.user_id)) {
        return;
    }
    if (!grant_store(http, &grant, &err)) {
        grant_refuse(request, &err);
        return;
    }
    LOG_INFO("account.store", LOG_TEXT("provider", grant.provider), LOG_TEXT("user", grant.user_id),
             LOG_TEXT("traceparent", request->traceparent));
    answer(request, grant.scope, "active");
}

void
account_put_handle(Http *http, Request *request)
{
    Err err = ERR_NONE;
    if (!provider_is_ours(request)) {
        return;
    }
    _cleanup_(json_delete) cJSON *body = json_parse(str_text(&request->body), request->body.length, &err);
    if (body == NULL) {
        request_fail(request, &err, NULL);
    } else {
        put(http, request, body);
    }
    body_wipe(request);
}

void
account_delete_handle(Http *http, Request *request)
{
    DbArgs args = DB_ARGS_EMPTY;
    Err err = ERR_NONE;
    const char *user = NULL;
    if (!provider_is_ours(request) || !account_user(request, request_query(request, "user_id"), &user)) {
        return;
    }
    args_text(&args, user);
    args_text(&args, request->param);
    Db *db = http_database(http, &err);
    _cleanup_(db_result_clear) PGresult *row =
        db != NULL ? db_query(db, &sql_account_disconnect, &args, &err) : NULL;
    if (row == NULL) {
        LOG_WARN("account.disconnect", LOG_FAILURE(&err), LOG_TEXT("traceparent", request->traceparent));
        request_fail(request, &err, NULL);
    } else if (PQntuples(row) == 0) {
        request_refuse(request, MHD_HTTP_NOT_FOUND, "not_connected",
                       "no account of this provider is connected", NULL);
    } else {
        LOG_INFO("account.disconnect", LOG_TEXT("provider", request->param), LOG_TEXT("user", user),
                 LOG_TEXT("traceparent", request->traceparent));
        answer(request, PQgetvalue(row, 0, 0), "revoked");
    }
}
