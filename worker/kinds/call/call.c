/* call - a job that calls a provider once, for tests of what all callers share: tokens, budgets, breakers.
 *
 * Columns: `host` as provider.h names them, `path`, `user_id` (NULL: without an account), `priority`. Done is
 * a 2xx; else the error decides, as for any kind.
 */
#include <stdio.h>

#include "common/str.h"
#include "worker/kinds/kind.h"

extern const Kind kind_call;

static const char *const columns[] = { "host", "path", "user_id", "priority", NULL };

static void
call_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    const char *host = claim_text(claim, "host");
    const char *path = claim_text(claim, "path");
    const char *priority = claim_text(claim, "priority");
    char endpoint[40];
    int64_t number = 0;
    Err err = ERR_NONE;
    ProviderCall call = { .path = path, .endpoint = endpoint, .user_id = claim_text(claim, "user_id") };
    ProviderAnswer answer = PROVIDER_ANSWER_EMPTY;
    if (host == NULL || path == NULL || priority == NULL || !host_find(host, &call.host) ||
        !str_to_int64(priority, &number)) {
        (void)err_set(&err, ERR_INVALID_DATA, "invalid_field", "call %s: no host, path or priority",
                      claim->key);
        outcome_fail(outcome, &err);
        return;
    }
    (void)snprintf(endpoint, sizeof endpoint, "%s.call", host);
    call.priority = (CallPriority)number;
    if (!provider_call(job_providers(ctx), &call, &answer, &err)) {
        outcome_from_err(outcome, &err);
        return;
    }
    provider_answer_done(&answer);
    outcome_done(outcome);
}

const Kind kind_call = { .name = "call", .columns = columns, .process = call_process };
