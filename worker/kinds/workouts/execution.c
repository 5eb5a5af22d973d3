/* execution: how well the plan was carried out (workouts.md, section 5.6; metrics.md, section 7).
 *
 * Judges the intervals that summary found by the targets of their steps. Without a plan every score is null;
 * what needs none (the drift of heart rate, how sure the paces are) is told all the same.
 */
#include <math.h>

#include "common/cleanup.h"
#include "worker/kinds/workouts/adherence.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/explanation.h"
#include "worker/kinds/workouts/hr_drift.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/pace_quality.h"
#include "worker/kinds/workouts/pace_score.h"
#include "worker/kinds/workouts/power_score.h"
#include "worker/kinds/workouts/verdict.h"
#include "worker/kinds/workouts/workout.h"

/* interval_judge holds one interval against its step; *judged is what the document says of it. */
static void
interval_judge(const Workout *workout, const Interval *interval, Judged *judged)
{
    const PlanStep *step = interval->step;
    double duration_s = isnan(step->duration_s) ? interval->duration_s : step->duration_s;
    double distance_m = isnan(step->distance_m) ? interval->segment.distance_m : step->distance_m;

    *judged = (Judged){
        .type = effort_type(step->kind, duration_s, distance_m, plan_is_easy(&workout->plan)),
        .outside_s = NAN,
        .outside_w = NAN,
        .score = NAN,
        .hr_drop_bpm = NAN,
    };
    judged->range = pace_range(judged->type, step->speed_min_mps, step->speed_max_mps);
    judged->power = power_range(judged->type, step->power_min_w, step->power_max_w);
    if (!interval->is_recorded) {
        return;
    }
    judged->outside_s = seconds_outside(&judged->range, interval->segment.speed_mps);
    judged->outside_w = watts_outside(&judged->power, interval->segment.power_w);
    judged->score = pace_score(judged->type, judged->outside_s);
    judged->stretches =
        pace_stretches(&workout->samples, interval->segment.start, interval->segment.end, &judged->range);
    if (step->kind == STEP_RECOVERY) {
        judged->hr_drop_bpm = hr_drop_bpm(&workout->samples, interval->segment.start, interval->segment.end);
    }
}

/* work_score_pct is the mean score of the work intervals; a run of a single step is judged as a whole. */
static double
work_score_pct(const Workout *workout, const Judged *judged)
{
    double sum = 0;
    double n = 0;

    for (size_t i = 0; i < workout->intervals_n; i++) {
        bool counts = workout->intervals[i].step->kind == STEP_WORK || workout->intervals_n == 1;
        if (counts && !isnan(judged[i].score)) {
            sum += judged[i].score;
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

/* pace_adherence is the score of the intervals, or of a steady run by the pace of its plan's tokens. */
static double
pace_adherence_pct(const Workout *workout, const Judged *judged)
{
    double score = work_score_pct(workout, judged);

    if (isnan(score) && workout->has_samples && workout->plan.steady_min_mps > 0) {
        EffortType type = effort_type(STEP_WORK, workout->overall.moving_time_s, workout->overall.distance_m,
                                      plan_is_easy(&workout->plan));
        PaceRange range = pace_range(type, workout->plan.steady_min_mps, workout->plan.steady_max_mps);
        score = steady_adherence_pct(&workout->samples, &range);
    }
    return score;
}

/* compliance: done / planned in whole %, by duration, else distance. */
static Compliance
compliance_of(const Workout *workout)
{
    double ratio = workout->overall.moving_time_s / plan_duration_s(&workout->plan);
    Compliance compliance = { "duration", NAN, NULL };

    if (isnan(ratio)) {
        ratio = workout->overall.distance_m / plan_distance_m(&workout->plan);
        compliance.basis = "distance";
    }
    if (isnan(ratio)) {
        return (Compliance){ NULL, NAN, NULL };
    }
    compliance.pct = round(100 * ratio);
    compliance.colour = compliance.pct >= 80 && compliance.pct <= 120   ? "green"
                        : compliance.pct >= 50 && compliance.pct <= 150 ? "yellow"
                                                                        : "red";
    return compliance;
}

/* is_continuous tells of a run without intervals by plan. */
static bool
is_continuous(const Workout *workout)
{
    size_t work = 0;

    for (size_t i = 0; workout->has_plan && i < workout->plan.n; i++) {
        work += workout->plan.steps[i].kind == STEP_WORK ? 1 : 0;
    }
    return workout->scalars.sport == SPORT_RUN && workout->has_samples && work <= 1;
}

static void
interval_write(Str *json, Sport sport, const Interval *interval, const Judged *judged)
{
    char verdict[VERDICT_MAX];
    bool has_range = judged->range.slow_mps > 0;

    json_open(json, NULL, '{');
    json_put_text(json, "planned_step_id", interval->step->id);
    json_put_text(json, "type", effort_name(judged->type));
    json_put_number(json, "speed_min_mps", judged->range.slow_mps, DIGITS_MPS);
    json_put_number(json, "speed_max_mps", judged->range.fast_mps, DIGITS_MPS);
    json_put_number(json, "power_min_w", judged->power.low_w, DIGITS_RATE);
    json_put_number(json, "power_max_w", judged->power.high_w, DIGITS_RATE);
    json_put_bool(json, "range_widened", judged->range.is_widened || judged->power.is_widened);
    json_put_number(json, "outside_s_per_mile", judged->outside_s, 1);
    json_put_number(json, "outside_w", judged->outside_w, 1);
    json_put_text(json, "verdict", verdict_print(sport, interval, judged, verdict));
    json_put_number(json, "pace_score", judged->score, DIGITS_PCT);
    json_put_int(json, "surges", has_range ? judged->stretches.surges : JSON_NO_INT);
    json_put_int(json, "crashes", has_range ? judged->stretches.crashes : JSON_NO_INT);
    json_put_number(json, "hr_drop_bpm", judged->hr_drop_bpm, 1);
    json_put_text(json, "hr_drop_rating", hr_drop_rating(judged->hr_drop_bpm));
    json_close(json, '}');
}

/* reasons_write says why a figure of the document is null. */
static void
reasons_write(Str *json, const Workout *workout, const Execution *execution)
{
    bool has_hr = workout->has_samples && workout->samples.hr_bpm != NULL;
    const struct {
        const char *name;
        double value;
        const char *why; /* with a plan, where it matters */
        bool is_of_plan;
    } figures[] = {
        { "execution_score", execution->score,
          workout->overall.moving_time_s > 0 ? "no_planned_duration" : "no_workout_duration", true },
        { "pace_adherence_pct", execution->pace_adherence_pct,
          workout->intervals_n == 0 ? "no_intervals" : "no_pace_target", true },
        { "duration_adherence_pct", execution->duration_adherence_pct,
          workout->overall.moving_time_s > 0 ? "no_planned_duration" : "no_workout_duration", true },
        { "hr_drift_bpm", execution->hr_drift_bpm,
          !execution->is_continuous ? "not_a_continuous_run"
          : !has_hr                 ? "no_hr"
                                    : "too_short",
          false },
    };

    json_open(json, "reasons", '{');
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (isnan(figures[i].value)) {
            json_put_text(json, figures[i].name,
                          figures[i].is_of_plan && !workout->has_plan ? "unplanned" : figures[i].why);
        }
    }
    json_close(json, '}');
}

static void
execution_write(Str *json, const Workout *workout, const Execution *execution)
{
    json_open(json, NULL, '{');
    json_put_number(json, "execution_score", execution->score, DIGITS_PCT);
    json_put_number(json, "pace_adherence_pct", execution->pace_adherence_pct, DIGITS_PCT);
    json_put_number(json, "duration_adherence_pct", execution->duration_adherence_pct, DIGITS_PCT);
    json_open(json, "compliance", '{');
    json_put_text(json, "basis", execution->compliance.basis);
    json_put_number(json, "pct", execution->compliance.pct, 0);
    json_put_text(json, "colour", execution->compliance.colour);
    json_close(json, '}');
    json_open(json, "intervals", '[');
    for (size_t i = 0; execution->judged != NULL && i < workout->intervals_n; i++) {
        if (workout->intervals[i].step != NULL) {
            interval_write(json, workout->scalars.sport, &workout->intervals[i], &execution->judged[i]);
        }
    }
    json_close(json, ']');
    json_put_number(json, "hr_drift_bpm", execution->hr_drift_bpm, 2);
    json_put_text(json, "hr_drift_band", hr_drift_band(execution->hr_drift_bpm));
    json_put_text(json, "pace_confidence", workout->has_samples ? pace_confidence(&workout->streams) : NULL);
    reasons_write(json, workout, execution);
}

/* judge fills what needs a plan. */
static bool
judge(Workout *workout, Execution *execution, Err *err)
{
    execution->judged = arena_alloc(workout->arena, workout->intervals_n, sizeof *execution->judged);
    if (execution->judged == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "execution", "execution: the job's memory is used up");
    }
    bool by_steps = workout->intervals_n > 0 && workout->intervals[0].step != NULL;
    for (size_t i = 0; by_steps && i < workout->intervals_n; i++) {
        interval_judge(workout, &workout->intervals[i], &execution->judged[i]);
    }
    if (by_steps) {
        execution->pace_adherence_pct = pace_adherence_pct(workout, execution->judged);
    }
    (void)!duration_adherence_pct(workout->overall.moving_time_s, plan_duration_s(&workout->plan),
                                  &execution->duration_adherence_pct);
    execution->compliance = compliance_of(workout);
    execution->score = isnan(execution->pace_adherence_pct)
                           ? execution->duration_adherence_pct
                           : (execution->pace_adherence_pct + execution->duration_adherence_pct) / 2;
    return true;
}

bool
stage_execution(Workout *workout, const char **ret_reason, Err *err)
{
    Execution *execution = arena_alloc(workout->arena, 1, sizeof *execution);

    if (execution == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "execution", "execution: the job's memory is used up");
    }
    *execution = (Execution){
        .score = NAN,
        .pace_adherence_pct = NAN,
        .duration_adherence_pct = NAN,
        .compliance = { NULL, NAN, NULL },
        .is_continuous = is_continuous(workout),
        .hr_drift_bpm = NAN,
    };
    if (!workout->has_plan) {
        *ret_reason = "unplanned";
    } else if (!judge(workout, execution, err)) {
        return false;
    }
    if (execution->is_continuous) {
        (void)!hr_drift_bpm(workout->samples.time_s, workout->samples.hr_bpm, workout->samples.n,
                            &execution->hr_drift_bpm);
    }
    workout->execution = execution;
    return true;
}

bool
stage_execution_write(Workout *workout, Err *err)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    Str *json = &workout->execution_json;

    execution_write(json, workout, workout->execution);
    explanation_write(&text, workout, workout->execution);
    json_put_text(json, "explanation", str_text(&text));
    json_close(json, '}');
    return document_whole(&text, "execution", err) && document_whole(json, "execution", err);
}
