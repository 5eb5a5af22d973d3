/* null - a job that does nothing: what the pool itself costs. For tests and benchmarks. */
#include "worker/kinds/kind.h"

extern const Kind kind_null;

static void
null_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    (void)ctx;
    (void)claim;
    outcome_done(outcome);
}

static const char *const columns[] = { NULL };

const Kind kind_null = { .name = "null", .columns = columns, .process = null_process };
