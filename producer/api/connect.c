/* GET /connect/strava and its callback - how a user grants us their Strava account.
 *
 * The first answers {"url"}: the page of Strava that a client sends its user to. Strava sends them back to
 * <public_url>/connect/strava/callback?state=&code=&scope=, or with error= if they said no; the code is
 * exchanged for tokens, and those are stored for the user whom the signed state names. While Strava answers,
 * the request waits and the loop goes on. 400: no valid state or code, or the user said no; 403: without the
 * right to read activities, nothing is stored; 409: another user has connected this account; 503: this
 * installation cannot, or Strava is away.
 */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/provider/token.h"
#include "producer/api/api.h"
#include "producer/api/connect_state.h"
#include "producer/api/grant.h"

enum { SCOPE_MAX = 500 };

/* ConnectWait is a code whose exchange is under way. */
struct ConnectWait {
    TAILQ_ENTRY(ConnectWait) link;
    Http *http;
    Request *request;
    TokenRequest token;
    char user_id[37];
    char scope[SCOPE_MAX];
};
typedef struct ConnectWait ConnectWait;

static int64_t
now_s(void)
{
    return clock_wall_us() / 1000000;
}

/* is_configured answers where this installation has no application at Strava. */
static bool
is_configured(const Config *config, Request *request)
{
    if (config->strava_client_id[0] != '\0' && config->strava_client_secret != NULL &&
        config->secret_key != NULL && config->public_url[0] != '\0') {
        return true;
    }
    request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "not_configured",
                   "this installation is not set up to connect Strava", NULL);
    return false;
}

void
connect_handle(Http *http, Request *request)
{
    const Config *config = http->config;
    char state[CONNECT_STATE_SIZE];
    const char *user = NULL;
    Str url = STR_EMPTY;
    Str back = STR_EMPTY;
    if (!is_configured(config, request) || !account_user(request, request_query(request, "user_id"), &user)) {
        return;
    }
    connect_state_make(config->secret_key, user, now_s(), state);
    str_append_format(&back, "%s/connect/strava/callback", config->public_url);
    str_append_format(
        &url, "%s/oauth/authorize?response_type=code&approval_prompt=auto&client_id=", config->strava_url);
    http_encode(&url, config->strava_client_id);
    str_append(&url, "&scope=read,activity:read_all&redirect_uri=");
    http_encode(&url, str_text(&back));
    str_append_format(&url, "&state=%s", state);
    str_append(&request->answer, "{\"url\":");
    str_append_json(&request->answer, str_text(&url));
    str_append_char(&request->answer, '}');
    request_answer(request, str_ok(&url) && str_ok(&back) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE);
    str_done(&url);
    str_done(&back);
}

/* --- the callback --- */

static void
wait_free(ConnectWait *wait)
{
    TAILQ_REMOVE(&wait->http->connects, wait, link);
    token_request_done(&wait->token);
    free(wait);
}

static void
fail(Request *request, const Err *err)
{
    LOG_WARN("account.connect", LOG_FAILURE(err), LOG_TEXT("traceparent", request->traceparent));
    if (strcmp(err->code, "grant_refused") == 0) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "bad_code", "Strava refuses this code: begin anew",
                       "code");
    } else if (strcmp(err->code, "client_refused") == 0) {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "not_configured",
                       "Strava refuses this installation's client id or secret", NULL);
    } else {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "strava_unavailable",
                       "Strava does not answer as it should; nothing was stored", NULL);
    }
}

/* store keeps the grant and answers. */
static void
store(const ConnectWait *wait, const Token *token)
{
    Request *request = wait->request;
    Err err = ERR_NONE;
    if (token->refresh == NULL || token->provider_user_id[0] == '\0') {
        (void)err_set(&err, ERR_TEMPORARY_API, "not_json",
                      "strava: a grant without refresh token or athlete");
        fail(request, &err);
        return;
    }
    Grant grant = { .user_id = wait->user_id,
                    .provider = "strava",
                    .provider_user_id = token->provider_user_id,
                    .access_token = secret_text(token->access),
                    .refresh_token = secret_text(token->refresh),
                    .expires_in_s = token->expires_in_s,
                    .scope = wait->scope };
    if (!grant_store(wait->http, &grant, &err)) {
        grant_refuse(request, &err);
        return;
    }
    LOG_INFO("account.connect", LOG_TEXT("provider", "strava"), LOG_TEXT("user", wait->user_id),
             LOG_TEXT("traceparent", request->traceparent));
    request->is_text = true;
    str_append(&request->answer, "Strava is connected. You can close this window.\n");
    request_answer(request, MHD_HTTP_OK);
}

static void
on_token(void *user, HttpAnswer *answer, const Err *network_err)
{
    ConnectWait *wait = user;
    Request *request = wait->request;
    _cleanup_(token_done) Token token = { .access = NULL };
    Err err = ERR_NONE;
    request->waiter = NULL;
    if (answer == NULL) {
        fail(request, network_err);
    } else if (!token_read(PROVIDER_STRAVA, answer, clock_wall_us(), &token, &err)) {
        fail(request, &err);
    } else {
        store(wait, &token);
    }
    http_resume(wait->http, request);
    wait_free(wait);
}

void
connect_give_up(Http *http)
{
    while (!TAILQ_EMPTY(&http->connects)) {
        ConnectWait *wait = TAILQ_FIRST(&http->connects);
        http_cancel(http->client, wait);
        request_refuse(wait->request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
                       "the server stops; begin anew", NULL);
        http_resume(http, wait->request);
        wait_free(wait);
    }
}

/* exchange sends the code; the request waits. */
static void
exchange(Http *http, Request *request, const char *user_id, const char *code, const char *scope)
{
    Err err = ERR_NONE;
    ConnectWait *wait = calloc(1, sizeof *wait);
    if (wait == NULL) {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable", "no memory", NULL);
        return;
    }
    TAILQ_INSERT_TAIL(&http->connects, wait, link);
    wait->http = http;
    wait->request = request;
    (void)str_copy(wait->user_id, sizeof wait->user_id, user_id);
    (void)str_copy(wait->scope, sizeof wait->scope, scope);
    if (!token_request_make(&wait->token, http->config, PROVIDER_STRAVA, "authorization_code", code, &err) ||
        !http_send(http->client, &wait->token.http, on_token, wait, &err)) {
        fail(request, &err);
        wait_free(wait);
    }
}

/* scope_reads tells whether activities may be read: "read,activity:read_all". */
static bool
scope_reads(const char *scope)
{
    return strstr(scope, "activity:read") != NULL;
}

void
connect_callback_handle(Http *http, Request *request)
{
    const Config *config = http->config;
    const char *state = request_query(request, "state");
    const char *code = request_query(request, "code");
    const char *scope = request_query(request, "scope");
    char user_id[37];
    if (!is_configured(config, request)) {
        return;
    }
    if (state == NULL || (!connect_state_read(config->secret_key, state, now_s(), user_id) &&
                          (config->secret_key_old == NULL ||
                           !connect_state_read(config->secret_key_old, state, now_s(), user_id)))) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "bad_state",
                       "the state is not ours, or too old: begin anew", "state");
    } else if (request_query(request, "error") != NULL) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "access_denied",
                       "Strava was not connected: it was refused there", NULL);
    } else if (code == NULL || code[0] == '\0' || strlen(code) > TOKEN_BYTES_MAX) {
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "bad_code", "code: is missing or too long", "code");
    } else if (scope == NULL || strlen(scope) >= SCOPE_MAX || !scope_reads(scope)) {
        request_refuse(
            request, MHD_HTTP_FORBIDDEN, "grant_scope",
            "without the right to read activities (activity:read) nothing can be synced: begin anew",
            "scope");
    } else {
        exchange(http, request, user_id, code, scope);
    }
}
