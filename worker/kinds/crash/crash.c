/* crash - a job that kills its worker, for tests of recovery. Column `times`: how many attempts crash before
 * the job is done; NULL: all of them. */
#include <signal.h>

#include "common/str.h"
#include "worker/kinds/kind.h"

extern const Kind kind_crash;

static const char *const columns[] = { "times", NULL };

static void
crash_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    int64_t times = INT64_MAX;
    const char *text = claim_text(claim, "times");
    (void)ctx;
    if (text == NULL || !str_to_int64(text, &times) || claim->attempts <= times) {
        (void)raise(SIGKILL);
    }
    outcome_done(outcome);
}

const Kind kind_crash = { .name = "crash", .columns = columns, .process = crash_process };
