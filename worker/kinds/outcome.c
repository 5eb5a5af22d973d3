#include <string.h>

#include "common/clock.h"
#include "worker/kinds/kind.h"

enum { DEFER_MIN_US = 1000000 };

static void
outcome_set(Outcome *outcome, OutcomeType type, int64_t wait_us, const Err *err)
{
    *outcome = (Outcome){ .type = type, .wait_us = wait_us, .err = err != NULL ? *err : ERR_NONE };
}

void
outcome_done(Outcome *outcome)
{
    outcome_set(outcome, OUTCOME_DONE, 0, NULL);
}

void
outcome_retry(Outcome *outcome, const Err *err)
{
    outcome_set(outcome, OUTCOME_RETRY, 0, err);
}

void
outcome_defer(Outcome *outcome, int64_t wait_us, const Err *why)
{
    outcome_set(outcome, OUTCOME_DEFER, wait_us > DEFER_MIN_US ? wait_us : DEFER_MIN_US, why);
}

void
outcome_fail(Outcome *outcome, const Err *err)
{
    outcome_set(outcome, OUTCOME_FAIL, 0, err);
}

void
outcome_yield(Outcome *outcome)
{
    outcome_set(outcome, OUTCOME_YIELD, 0, NULL);
}

void
outcome_cancelled(Outcome *outcome)
{
    outcome_set(outcome, OUTCOME_CANCELLED, 0, NULL);
}

/* was_not_tried: nothing was attempted, so nothing failed. */
static bool
was_not_tried(const Err *err)
{
    return err->class == ERR_RATE_LIMIT || err->class == ERR_QUOTA_EXCEEDED ||
           strcmp(err->code, "breaker_open") == 0;
}

void
outcome_from_err(Outcome *outcome, const Err *err)
{
    if (strcmp(err->code, "interrupted") == 0) {
        outcome_yield(outcome);
    } else if (was_not_tried(err)) {
        outcome_defer(outcome, err->retry_at_us > 0 ? err->retry_at_us - clock_wall_us() : 0, err);
    } else if (err->retryable) {
        outcome_retry(outcome, err);
        if (err->retry_at_us > 0) { /* a provider's own word overrides the backoff */
            int64_t wait_us = err->retry_at_us - clock_wall_us();
            outcome->wait_us = wait_us > 1 ? wait_us : 1;
        }
    } else {
        outcome_fail(outcome, err);
    }
}

const char *
outcome_name(OutcomeType type)
{
    static const char *const names[OUTCOME_COUNT] = { "none", "done",  "retry",    "defer",
                                                      "fail", "yield", "cancelled" };
    return type >= 0 && type < OUTCOME_COUNT ? names[type] : "none";
}
