#include "worker/kinds/workouts/explanation.h"

#include <math.h>

/* Counts of work intervals with a target. */
typedef struct Tally {
    int n, inside, hard, easy, skipped;
    bool by_power; /* else by pace */
} Tally;

static Tally
tally(const Workout *workout, const Execution *execution)
{
    Tally tally = { 0, 0, 0, 0, 0, false };
    int side = 0;

    for (size_t i = 0; i < workout->intervals_n; i++) {
        const Interval *interval = &workout->intervals[i];
        if (interval->step == NULL || interval->step->kind != STEP_WORK) {
            continue;
        }
        if (!interval->is_recorded) {
            tally.skipped++;
        } else if (verdict_side(&execution->judged[i], &side)) {
            tally.n++;
            tally.inside += side == 0 ? 1 : 0;
            tally.hard += side > 0 ? 1 : 0;
            tally.easy += side < 0 ? 1 : 0;
            tally.by_power = !isnan(execution->judged[i].outside_w);
        }
    }
    return tally;
}

static void
say_length(Str *text, const Workout *workout, const Execution *execution)
{
    double planned_s = plan_duration_s(&workout->plan);

    if (workout->overall.moving_time_s > 0 && planned_s > 0) {
        str_append_format(text, "Moved for %.0f of %.0f planned minutes (%.0f %%). ",
                          round(workout->overall.moving_time_s / 60), round(planned_s / 60),
                          execution->compliance.pct);
    } else if (execution->compliance.basis != NULL) {
        str_append_format(text, "Covered %.0f %% of the planned distance. ", execution->compliance.pct);
    }
}

static void
say_targets(Str *text, const Tally *tally)
{
    if (tally->n == 1) {
        const char *too_hard = tally->by_power ? "higher than" : "faster than";
        const char *too_easy = tally->by_power ? "lower than" : "slower than";
        str_append_format(text, "The %s was %s the target range. ", tally->by_power ? "power" : "pace",
                          tally->inside ? "in"
                          : tally->hard ? too_hard
                                        : too_easy);
    } else if (tally->n > 1) {
        str_append_format(text, "%d of %d work intervals were in the target range", tally->inside, tally->n);
        if (tally->hard > 0) {
            str_append_format(text, ", %d too %s", tally->hard, tally->by_power ? "high" : "fast");
        }
        if (tally->easy > 0) {
            str_append_format(text, ", %d too %s", tally->easy, tally->by_power ? "low" : "slow");
        }
        str_append(text, ". ");
    }
    if (tally->skipped > 0) {
        str_append_format(text, "%d planned work interval%s not recorded. ", tally->skipped,
                          tally->skipped == 1 ? " was" : "s were");
    }
}

void
explanation_write(Str *text, const Workout *workout, const Execution *execution)
{
    if (!workout->has_plan) {
        str_append(text, "No plan was attached, so there is nothing to compare with. ");
    } else {
        Tally counts = tally(workout, execution);
        say_length(text, workout, execution);
        say_targets(text, &counts);
    }
    if (!isnan(execution->hr_drift_bpm)) {
        str_append_format(text, "Heart rate %s by %.0f bpm over the run. ",
                          execution->hr_drift_bpm < 0 ? "fell" : "rose", fabs(execution->hr_drift_bpm));
    }
    while (text->length > 0 && text->bytes[text->length - 1] == ' ') {
        text->bytes[--text->length] = '\0';
    }
}
