/* call.h - one call of a provider, with all that belongs to it: token, breaker, budget, the request, and what
 * its answer means to the fleet. What a kind uses.
 */
#ifndef PACELINE_PROVIDER_CALL_H
#define PACELINE_PROVIDER_CALL_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "common/err.h"
#include "common/provider/admission.h"
#include "common/provider/provider.h"
#include "common/provider/session.h"

typedef struct ProviderCall {
    ProviderHost host;
    const char *endpoint; /* "strava.activities", for log, metrics and messages: few values, no ids */
    const char *method;   /* NULL: GET */
    const char *path;     /* behind the host's base URL, query included: "/athlete/activities?page=1" */
    const char *user_id;  /* whose token is sent, and who is counted where users are; NULL: neither */
    int cost;             /* of the budget; 0: 1 */
    CallPriority priority;
    size_t body_max; /* of the answer; 0: HTTP_BODY_MAX */
} ProviderCall;

typedef struct ProviderAnswer {
    int status;
    cJSON *json; /* NULL if the answer has no body */
} ProviderAnswer;

#define PROVIDER_ANSWER_EMPTY ((ProviderAnswer){ .status = 0 })
void provider_answer_done(ProviderAnswer *answer);

/* provider_call calls and waits, for at most 30 s. A 401 is answered by one refresh and the same request
 * again. Errors, for outcome_from_err as they are: of account_token and admission_ask  the call was not made
 *   of http_call                        no answer
 *   of provider_judge                   an answer other than 2xx; code "http_404" and so on
 *   ERR_TEMPORARY_API, "not_json"       2xx with a body that is no JSON
 * No transaction may be open. *ret_answer is untouched on failure. */
MUST_CHECK bool provider_call(ProviderSession *session, const ProviderCall *call, ProviderAnswer *ret_answer,
                              Err *err);

#endif
