#include "worker/kinds/workouts/documents.h"

#include <math.h>

#include "worker/kinds/workouts/json_write.h"

bool
document_whole(const Str *json, const char *stage, Err *err)
{
    if (!str_ok(json)) {
        return err_set(err, ERR_MEMORY_LIMIT, "document", "%s: no memory for the document", stage);
    }
    if (json->length > DOCUMENT_MAX_BYTES) {
        return err_set(err, ERR_INVALID_DATA, "document_too_large",
                       "%s: a document of %zu bytes is more than %zu", stage, json->length,
                       DOCUMENT_MAX_BYTES);
    }
    return true;
}

double
speed_gap_shown_mps(Sport sport, double speed_gap_mps)
{
    return sport_on_foot(sport) ? speed_gap_mps : NAN;
}

void
overall_write(Str *json, Sport sport, const Overall *overall)
{
    json_open(json, NULL, '{');
    json_put_number(json, "distance_m", overall->distance_m, DIGITS_M);
    json_put_number(json, "elapsed_time_s", overall->elapsed_time_s, 0);
    json_put_number(json, "moving_time_s", overall->moving_time_s, 0);
    json_put_number(json, "speed_avg_mps", overall->speed_avg_mps, DIGITS_MPS);
    json_put_number(json, "speed_gap_mps", overall->speed_gap_mps, DIGITS_MPS);
    json_put_number(json, "speed_max_mps", overall->speed_max_mps, DIGITS_MPS);
    json_put_number(json, "hr_avg_bpm", overall->hr_avg_bpm, DIGITS_RATE);
    json_put_number(json, "hr_max_bpm", overall->hr_max_bpm, DIGITS_RATE);
    json_put_number(json, sport_on_foot(sport) ? "cadence_avg_spm" : "cadence_avg_rpm", overall->cadence_avg,
                    DIGITS_RATE);
    json_put_number(json, "power_avg_w", overall->power_avg_w, DIGITS_RATE);
    json_put_number(json, "power_max_w", overall->power_max_w, DIGITS_RATE);
    json_put_number(json, "work_j", overall->work_j, 0);
    json_put_number(json, "elevation_gain_m", overall->elevation_gain_m, DIGITS_M);
    json_put_number(json, "elevation_loss_m", overall->elevation_loss_m, DIGITS_M);
    json_put_number(json, "adherence_pct", overall->adherence_pct, DIGITS_PCT);
    json_close(json, '}');
}

/* planned_write writes what a step asks for; null without a step. */
static void
planned_write(Str *json, const PlanStep *step)
{
    if (step == NULL) {
        json_put_null(json, "planned");
        return;
    }
    json_open(json, "planned", '{');
    json_put_number(json, "duration_s", step->duration_s, 0);
    json_put_number(json, "distance_m", step->distance_m, DIGITS_M);
    json_put_number(json, "speed_min_mps", step->speed_min_mps, DIGITS_MPS);
    json_put_number(json, "speed_max_mps", step->speed_max_mps, DIGITS_MPS);
    json_put_number(json, "power_min_w", step->power_min_w, DIGITS_RATE);
    json_put_number(json, "power_max_w", step->power_max_w, DIGITS_RATE);
    json_close(json, '}');
}

/* executed_write writes what was recorded; null if nothing was. */
static void
executed_write(Str *json, Sport sport, const Interval *interval)
{
    const Segment *segment = &interval->segment;

    if (!interval->is_recorded) {
        json_put_null(json, "executed");
        return;
    }
    json_open(json, "executed", '{');
    json_put_number(json, "duration_s", interval->duration_s, 0);
    json_put_number(json, "distance_m", segment->distance_m, DIGITS_M);
    json_put_number(json, "speed_mps", segment->speed_mps, DIGITS_MPS);
    json_put_number(json, "speed_gap_mps", speed_gap_shown_mps(sport, segment->speed_gap_mps), DIGITS_MPS);
    json_put_number(json, "hr_bpm", segment->hr_bpm, DIGITS_RATE);
    json_put_number(json, "cadence", segment->cadence_per_min, DIGITS_RATE);
    json_put_number(json, "power_w", segment->power_w, DIGITS_RATE);
    json_put_number(json, "adherence_pct", interval->adherence_pct, DIGITS_PCT);
    json_close(json, '}');
}

void
intervals_write(Str *json, const Workout *workout)
{
    static const char *const pass_names[] = {
        [PASS_NONE] = NULL, [PASS_PASS] = "pass", [PASS_PARTIAL] = "partial", [PASS_SKIP] = "skip"
    };

    json_open(json, NULL, '[');
    for (size_t i = 0; i < workout->intervals_n; i++) {
        const Interval *interval = &workout->intervals[i];
        const PlanStep *step = interval->step;
        json_open(json, NULL, '{');
        json_put_text(json, "planned_step_id", step != NULL ? step->id : NULL);
        json_put_text(json, "label", interval->label);
        json_put_text(json, "kind", step != NULL ? step_kind_name(step->kind) : NULL);
        planned_write(json, step);
        executed_write(json, workout->scalars.sport, interval);
        json_put_text(json, "pass_state", pass_names[interval->pass]);
        json_put_int(json, "sample_start",
                     interval->is_recorded ? (int64_t)workout->samples.row[interval->segment.start]
                                           : JSON_NO_INT);
        json_put_int(json, "sample_end",
                     interval->is_recorded ? (int64_t)workout->samples.row[interval->segment.end]
                                           : JSON_NO_INT);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void
planned_steps_write(Str *json, const Workout *workout)
{
    if (!workout->has_plan) {
        json_put_null(json, NULL);
        return;
    }
    json_open(json, NULL, '[');
    for (size_t i = 0; i < workout->plan.n; i++) {
        const PlanStep *step = &workout->plan.steps[i];
        json_open(json, NULL, '{');
        json_put_int(json, "planned_index", step->index);
        json_put_text(json, "planned_step_id", step->id);
        json_put_number(json, "distance_m", step->distance_m, DIGITS_M);
        json_put_number(json, "duration_s", step->duration_s, 0);
        json_put_text(json, "kind", step_kind_name(step->kind));
        json_close(json, '}');
    }
    json_close(json, ']');
}
