#include "worker/kinds/workouts/intervals.h"

#include <math.h>

#define SPLITS_FROM_M 600 /* shorter runs and swims are cut by time */
#define SLICE_S 60
#define SLICES_MAX 500

static bool
intervals_alloc(Workout *workout, size_t n, Err *err)
{
    workout->intervals = arena_alloc(workout->arena, n, sizeof *workout->intervals);
    workout->intervals_n = 0;
    return workout->intervals != NULL ||
           err_set(err, ERR_MEMORY_LIMIT, "intervals", "intervals: the job's memory is used up");
}

/* interval_put appends one that was recorded. */
static Interval *
interval_put(Workout *workout, const PlanStep *step, const Segment *segment)
{
    Interval *interval = &workout->intervals[workout->intervals_n++];

    *interval = (Interval){
        .step = step,
        .label = step != NULL ? step->label : NULL,
        .is_recorded = segment->end > segment->start,
        .segment = *segment,
        .duration_s = (double)(segment->end - segment->start),
        .adherence_pct = NAN,
    };
    return interval;
}

static bool
intervals_from_laps(Workout *workout, Err *err)
{
    if (!intervals_alloc(workout, workout->laps_n, err)) {
        return false;
    }
    for (size_t i = 0; i < workout->laps_n; i++) {
        const Lap *lap = &workout->laps[i];
        Segment segment;
        if (lap->start_index != STREAM_NO_INT && lap->start_index >= 0 && lap->end_index >= 0 &&
            lap_measure(&workout->samples, (size_t)lap->start_index, (size_t)lap->end_index, &segment)) {
            interval_put(workout, NULL, &segment)->label = lap->name;
        }
    }
    return true;
}

bool
intervals_unplanned(Workout *workout, Err *err)
{
    const Samples *samples = &workout->samples;
    Sport sport = workout->scalars.sport;
    Segment *segments = NULL;
    size_t n = 0;

    if (workout->laps_n > 0) {
        if (!intervals_from_laps(workout, err)) {
            return false;
        }
        if (workout->intervals_n > 0) {
            return true;
        }
    }
    bool by_km = (sport == SPORT_RUN || sport == SPORT_SWIM) && samples->distance_cm != NULL &&
                 samples->distance_cm[samples->n - 1] >= SPLITS_FROM_M * 100;
    if (by_km ? !splits_make(samples, SPLIT_KM_MM, workout->arena, &segments, &n, err)
              : !slices_make(samples, SLICE_S, SLICES_MAX, workout->arena, &segments, &n, err)) {
        return false;
    }
    if (!intervals_alloc(workout, n, err)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        (void)interval_put(workout, NULL, &segments[i]);
    }
    return true;
}

/* distance_tolerance_m and time_tolerance_s: how far a lap may be from its step and still be it. */
static double
distance_tolerance_m(Sport sport, double distance_m)
{
    switch (sport) {
    case SPORT_RIDE:
        return 0.05 * distance_m;
    case SPORT_SWIM:
        return 0.5;
    default:
        return distance_m <= 1000 ? 10 : 0.02 * distance_m;
    }
}

static double
time_tolerance_s(Sport sport, StepKind kind)
{
    bool is_work = kind == STEP_WORK;

    switch (sport) {
    case SPORT_RIDE:
        return is_work ? 2 : 6;
    case SPORT_SWIM:
        return is_work ? 2 : 5;
    default:
        return is_work ? 3 : 8;
    }
}

bool
step_fits(const PlanStep *step, Sport sport, double duration_s, double distance_m)
{
    if (!isnan(step->distance_m)) {
        return fabs(distance_m - step->distance_m) <= distance_tolerance_m(sport, step->distance_m);
    }
    if (!isnan(step->duration_s)) {
        return fabs(duration_s - step->duration_s) <= time_tolerance_s(sport, step->kind);
    }
    return true;
}

/* lap_fits takes the device's own figures where it gave them, as it decided by them. */
static bool
lap_fits(const Workout *workout, const Lap *lap, const PlanStep *step, Segment *ret_segment)
{
    Sport sport = workout->scalars.sport;
    Segment segment;

    if (lap->start_index == STREAM_NO_INT || lap->start_index < 0 || lap->end_index < 0 ||
        !lap_measure(&workout->samples, (size_t)lap->start_index, (size_t)lap->end_index, &segment)) {
        return false;
    }
    *ret_segment = segment;
    double duration_s =
        lap->elapsed_s != STREAM_NO_INT ? lap->elapsed_s : (double)(segment.end - segment.start);
    double distance_m = isnan(lap->distance_m) ? segment.distance_m : lap->distance_m;
    return step_fits(step, sport, duration_s, distance_m);
}

/* not_recorded appends the steps from `from` on as not carried out. */
static void
not_recorded(Workout *workout, size_t from)
{
    for (size_t i = from; i < workout->plan.n; i++) {
        workout->intervals[workout->intervals_n++] = (Interval){
            .step = &workout->plan.steps[i],
            .label = workout->plan.steps[i].label,
            .duration_s = 0,
            .adherence_pct = NAN,
        };
    }
}

bool
intervals_snap(Workout *workout, bool *ret_snapped, Err *err)
{
    const Plan *plan = &workout->plan;
    size_t laps_n = workout->laps_n;
    size_t both_n = laps_n < plan->n ? laps_n : plan->n;

    *ret_snapped = false;
    if (laps_n == 0 || plan->n < 2 || laps_n > plan->n + 1 || plan->n > laps_n + 1) {
        return true;
    }
    if (!intervals_alloc(workout, plan->n, err)) {
        return false;
    }
    for (size_t i = 0; i < both_n; i++) {
        Segment segment;
        if (!lap_fits(workout, &workout->laps[i], &plan->steps[i], &segment)) {
            workout->intervals_n = 0;
            return true;
        }
        (void)interval_put(workout, &plan->steps[i], &segment);
    }
    not_recorded(workout, both_n);
    *ret_snapped = true;
    return true;
}

/* plan_matches tells whether what was done can be this plan at all: time within the gate of the attach stage,
 * or distance where the plan has no time. */
static bool
plan_matches(const Workout *workout)
{
    double ratio = workout_duration_s(workout) / plan_duration_s(&workout->plan);

    if (isnan(ratio)) {
        ratio = workout_distance_m(workout) / plan_distance_m(&workout->plan);
    }
    return workout->plan.n > 0 && (workout->plan.n == 1 || isnan(ratio) || (ratio >= 0.5 && ratio <= 1.5));
}

/* any_measure tells whether one step at least says how long it is. */
static bool
any_measure(const Plan *plan)
{
    bool any = plan->n == 1;

    for (size_t i = 0; i < plan->n; i++) {
        any = any || !isnan(plan->steps[i].distance_m) || !isnan(plan->steps[i].duration_s);
    }
    return any;
}

/* work_recorded tells whether at least half of the work steps were found. */
static bool
work_recorded(const Workout *workout)
{
    size_t work = 0;
    size_t found = 0;

    for (size_t i = 0; i < workout->intervals_n; i++) {
        if (workout->intervals[i].step->kind == STEP_WORK) {
            work++;
            found += workout->intervals[i].is_recorded ? 1 : 0;
        }
    }
    return 2 * found >= work;
}

bool
intervals_planned(Workout *workout, bool *ret_fits, Err *err)
{
    bool is_snapped = false;

    *ret_fits = false;
    workout->intervals_n = 0;
    if (!plan_matches(workout) || !any_measure(&workout->plan)) {
        return true;
    }
    if (!intervals_snap(workout, &is_snapped, err) || (!is_snapped && !intervals_walk(workout, err))) {
        return false;
    }
    *ret_fits = work_recorded(workout);
    if (*ret_fits) {
        intervals_judge(workout);
    } else {
        workout->intervals_n = 0;
    }
    return true;
}

/* adherence_pct is executed / planned of the first figure that both have. */
static double
adherence_pct(const Interval *interval)
{
    const PlanStep *step = interval->step;
    const struct {
        double executed, planned;
    } pairs[] = {
        { interval->segment.power_w, step_power_w(step) },
        { interval->segment.speed_mps, step_speed_mps(step) },
        { interval->duration_s, step->duration_s },
        { interval->segment.distance_m, step->distance_m },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i].planned > 0 && !isnan(pairs[i].executed)) {
            return 100 * pairs[i].executed / pairs[i].planned;
        }
    }
    return NAN;
}

void
intervals_judge(Workout *workout)
{
    for (size_t i = 0; i < workout->intervals_n; i++) {
        Interval *interval = &workout->intervals[i];
        if (interval->step == NULL) {
            continue;
        }
        if (!interval->is_recorded) {
            interval->pass = PASS_SKIP;
            continue;
        }
        interval->adherence_pct = adherence_pct(interval);
        interval->pass = step_fits(interval->step, workout->scalars.sport, interval->duration_s,
                                   interval->segment.distance_m)
                             ? PASS_PASS
                             : PASS_PARTIAL;
    }
}

double
intervals_adherence_pct(const Interval *intervals, size_t n)
{
    double weighted = 0;
    double weight = 0;

    for (size_t i = 0; i < n; i++) {
        const Interval *interval = &intervals[i];
        if (interval->step != NULL && interval->step->kind != STEP_RECOVERY &&
            !isnan(interval->adherence_pct)) {
            weighted += interval->adherence_pct * interval->duration_s;
            weight += interval->duration_s;
        }
    }
    return weight > 0 ? weighted / weight : NAN;
}
