#include "common/provider/call.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/json_read.h"
#include "common/provider/account.h"

enum { TRIES_MAX = 2, SHOWN_BYTES = 100 };

void
provider_answer_done(ProviderAnswer *answer)
{
    cJSON_Delete(answer->json);
    *answer = PROVIDER_ANSWER_EMPTY;
}

static void
report(ProviderSession *session, const ProviderCall *call, const HttpAnswer *answer, int tries,
       int budget_left, const Err *err)
{
    ProviderReport report = { .endpoint = call->endpoint,
                              .tries = tries,
                              .budget_left = budget_left,
                              .err = err,
                              .is_admitted = answer != NULL };
    if (answer != NULL) {
        report.status = answer->status;
        report.took_us = answer->took_us;
    }
    session->report(session->user, &report);
}

/* request_send makes the request itself. */
static bool
request_send(ProviderSession *session, const ProviderCall *call, const Secret *token, HttpAnswer *ret_answer,
             Err *err)
{
    Str url = STR_EMPTY;
    str_append(&url, host_url(session->config, call->host));
    str_append(&url, call->path);
    HttpRequest request = { .method = call->method != NULL ? call->method : "GET",
                            .url = str_text(&url),
                            .bearer = token,
                            .body_max = call->body_max };
    bool is_good = str_ok(&url) || err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a request");
    is_good = is_good && http_call(session->http, &request, &session->wait, ret_answer, err);
    str_done(&url);
    return is_good;
}

/* body_parse reads the body of a 2xx. */
static bool
body_parse(const ProviderCall *call, const HttpAnswer *answer, ProviderVerdict *verdict, cJSON **ret_json,
           Err *err)
{
    Err why = ERR_NONE;
    if (answer->body.length == 0 && answer->status == 204) {
        return true;
    }
    *ret_json = json_parse(str_text(&answer->body), answer->body.length, &why);
    if (*ret_json != NULL) {
        return true;
    }
    verdict->has_failed = why.class != ERR_MEMORY_LIMIT;
    return err_set(err, why.class == ERR_MEMORY_LIMIT ? why.class : ERR_TEMPORARY_API, "not_json",
                   "%s: %d, but the body is not JSON: %.*s", call->endpoint, answer->status, SHOWN_BYTES,
                   why.message);
}

/* attempt asks, calls and tells. */
static bool
attempt(ProviderSession *session, const ProviderCall *call, const Secret *token, int tries,
        ProviderAnswer *ret_answer, Err *err)
{
    Provider provider = host_provider(call->host);
    const char *scope = call->user_id != NULL ? call->user_id : "";
    _cleanup_(http_answer_done) HttpAnswer answer = HTTP_ANSWER_EMPTY;
    Admission admission;
    ProviderVerdict verdict;
    Err why = ERR_NONE;
    cJSON *json = NULL;
    if (!admission_ask(session, provider, scope, call->cost > 0 ? call->cost : 1, call->priority, &admission,
                       err)) {
        report(session, call, NULL, tries, 0, err);
        return false;
    }
    bool is_good = request_send(session, call, token, &answer, err);
    if (is_good) {
        is_good = provider_judge(provider, call->endpoint, &answer, clock_wall_us(), &verdict, err) &&
                  body_parse(call, &answer, &verdict, &json, err);
    } else {
        verdict = provider_judge_silence(err);
    }
    bool is_told = (!is_good && strcmp(err->code, "interrupted") == 0) ||
                   admission_tell(session, provider, scope, &admission, &verdict, is_good ? NULL : err, &why);
    report(session, call, &answer, tries, admission.budget_left, is_good ? NULL : err);
    if (is_good && !is_told) { /* the database is away: whatever the caller wants next would fail, too */
        *err = why;
        is_good = false;
    }
    if (!is_good) {
        cJSON_Delete(json);
        return false;
    }
    *ret_answer = (ProviderAnswer){ .status = answer.status, .json = json };
    return true;
}

bool
provider_call(ProviderSession *session, const ProviderCall *call, ProviderAnswer *ret_answer, Err *err)
{
    Provider provider = host_provider(call->host);
    Secret *token = NULL;
    bool is_good = false;
    if (call->user_id == NULL) {
        return attempt(session, call, NULL, 1, ret_answer, err);
    }
    for (int tries = 1; tries <= TRIES_MAX; tries++) {
        Secret *next = account_token(session, provider, call->user_id, token, err);
        secret_free(token);
        token = next;
        if (token == NULL) {
            return false;
        }
        is_good = attempt(session, call, token, tries, ret_answer, err);
        if (is_good || strcmp(err->code, "http_401") != 0) {
            break;
        }
    }
    secret_free(token);
    return is_good;
}
