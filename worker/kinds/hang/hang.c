/* hang - a job that takes long, for tests of leases, ticks, drain and cancellation.
 *
 * Column `seconds`: how long. Column `ticks`: true calls job_tick meanwhile and heeds its signal, with a
 * checkpoint a second; false stands still, as a job with a bug would.
 */
#include <poll.h>

#include "common/clock.h"
#include "common/str.h"
#include "worker/kinds/kind.h"

extern const Kind kind_hang;

enum { STEP_MS = 10, SECOND_US = 1000000 };

static const char *const columns[] = { "seconds", "ticks", NULL };

/* hang_step waits a moment and tells what the worker wants; a checkpoint a second shows progress. */
static JobSignal
hang_step(JobContext *ctx, bool ticks, int64_t *checkpoint_at_us)
{
    (void)poll(NULL, 0, STEP_MS);
    JobSignal signal = ticks ? job_tick(ctx) : JOB_GO_ON;
    if (signal == JOB_GO_ON && ticks && clock_monotonic_us() - *checkpoint_at_us >= SECOND_US) {
        Err err = ERR_NONE;
        *checkpoint_at_us = clock_monotonic_us();
        if (!job_checkpoint(ctx, true, &signal, &err)) {
            return JOB_LOST;
        }
    }
    return signal;
}

static void
hang_process(JobContext *ctx, const Claim *claim, Outcome *outcome)
{
    double seconds = 0;
    const char *text = claim_text(claim, "seconds");
    const char *ticks = claim_text(claim, "ticks");
    if (text == NULL || !str_to_double(text, &seconds)) {
        seconds = 3600;
    }
    int64_t checkpoint_at_us = clock_monotonic_us();
    int64_t until_us = checkpoint_at_us + (int64_t)(seconds * SECOND_US);
    while (clock_monotonic_us() < until_us) {
        JobSignal signal = hang_step(ctx, ticks != NULL && ticks[0] == 't', &checkpoint_at_us);
        if (signal == JOB_WANTS_CANCEL) {
            outcome_cancelled(outcome);
            return;
        }
        if (signal != JOB_GO_ON) {
            outcome_yield(outcome);
            return;
        }
    }
    outcome_done(outcome);
}

const Kind kind_hang = { .name = "hang", .columns = columns, .process = hang_process };
