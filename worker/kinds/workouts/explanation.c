#include "worker/kinds/workouts/explanation.h"

#include <math.h>

/* Counts of work intervals with a target. */
typedef struct Tally {
    int n, inside, fast, slow, skipped;
} Tally;

static Tally
tally(const Workout *workout, const Execution *execution)
{
    Tally tally = { 0, 0, 0, 0, 0 };

    for (size_t i = 0; i < workout->intervals_n; i++) {
        const Interval *interval = &workout->intervals[i];
        if (interval->step == NULL || interval->step->kind != STEP_WORK) {
            continue;
        }
        if (!interval->is_recorded) {
            tally.skipped++;
        } else if (!isnan(execution->judged[i].outside_s)) {
            double score_free_s = 5; /* as pace_score has it */
            tally.n++;
            tally.inside += fabs(execution->judged[i].outside_s) <= score_free_s ? 1 : 0;
            tally.fast += execution->judged[i].outside_s > score_free_s ? 1 : 0;
            tally.slow += execution->judged[i].outside_s < -score_free_s ? 1 : 0;
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
say_paces(Str *text, const Tally *tally)
{
    if (tally->n == 1) {
        str_append(text, tally->inside ? "The pace was in the target range. "
                         : tally->fast ? "The pace was faster than the target range. "
                                       : "The pace was slower than the target range. ");
    } else if (tally->n > 1) {
        str_append_format(text, "%d of %d work intervals were in the target range", tally->inside, tally->n);
        if (tally->fast > 0) {
            str_append_format(text, ", %d too fast", tally->fast);
        }
        if (tally->slow > 0) {
            str_append_format(text, ", %d too slow", tally->slow);
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
        say_paces(text, &counts);
    }
    if (!isnan(execution->hr_drift_bpm)) {
        str_append_format(text, "Heart rate %s by %.0f bpm over the run. ",
                          execution->hr_drift_bpm < 0 ? "fell" : "rose", fabs(execution->hr_drift_bpm));
    }
    while (text->length > 0 && text->bytes[text->length - 1] == ' ') {
        text->bytes[--text->length] = '\0';
    }
}
