/* intervals_walk: a plan's steps found in the recorded seconds, one after the other. */
#include <math.h>

#include "worker/kinds/workouts/intervals.h"

#define WORK_WINDOW_S 60  /* averages of shorter work steps are taken over this much: sensors lag */
#define STANDING_MMPS 500 /* edges of distance steps slower than this are trimmed */

/* gap_share_s is the recorded time that each step without a measure gets: what the others leave, in equal
 * parts. Distances without a target take the workout's own speed. */
static double
gap_share_s(const Workout *workout)
{
    const Plan *plan = &workout->plan;
    const Samples *samples = &workout->samples;
    double own_mps = workout_distance_m(workout) / workout_duration_s(workout);
    double left_s = (double)(samples->n - 1);
    size_t without = 0;

    for (size_t i = 0; i < plan->n; i++) {
        const PlanStep *step = &plan->steps[i];
        double step_s = step_time_s(step);
        if (isnan(step_s)) {
            step_s = step->distance_m / own_mps;
        }
        if (isnan(step_s)) {
            without++;
        } else {
            left_s -= step_s;
        }
    }
    return without > 0 ? fmax(left_s / (double)without, 0) : 0;
}

/* step_end is the element of R where a step that starts at `start` ends. */
static size_t
step_end(const Samples *samples, const PlanStep *step, size_t start, double gap_s)
{
    size_t last = samples->n - 1;

    if (!isnan(step->distance_m) && samples->distance_cm != NULL) {
        double goal_cm = samples->distance_cm[start] + step->distance_m * 100;
        size_t end = start;
        while (end < last && samples->distance_cm[end] < goal_cm) {
            end++;
        }
        return end;
    }
    double seconds = isnan(step->duration_s) ? gap_s : step->duration_s;
    if (isnan(step->duration_s) && !isnan(step_time_s(step))) {
        seconds = step_time_s(step); /* a distance in a workout that recorded none */
    }
    double end = (double)start + round(seconds);
    return end < (double)last ? (size_t)end : last;
}

/* trim moves the edges of a slice inwards over samples that stand. */
static void
trim(const Samples *samples, size_t *start, size_t *end)
{
    if (samples->speed_mmps == NULL) {
        return;
    }
    size_t from = *start;
    size_t to = *end;
    while (from < to && samples->speed_mmps[from + 1] < STANDING_MMPS) {
        from++;
    }
    while (to > from && samples->speed_mmps[to] < STANDING_MMPS) {
        to--;
    }
    if (to > from) { /* one that stands all the time stays as it is */
        *start = from;
        *end = to;
    }
}

/* widen takes heart rate, cadence and power of a short work slice over 60 s around it. */
static void
widen(const Samples *samples, Segment *segment)
{
    size_t length = segment->end - segment->start;
    size_t missing = WORK_WINDOW_S - length;
    size_t before = missing / 2 < segment->start ? missing / 2 : segment->start;
    size_t start = segment->start - before;
    size_t end = start + WORK_WINDOW_S < samples->n ? start + WORK_WINDOW_S : samples->n - 1;
    Segment wide;

    segment_measure(samples, start, end, &wide);
    segment->hr_bpm = wide.hr_bpm;
    segment->cadence_per_min = wide.cadence_per_min;
    segment->power_w = wide.power_w;
}

/* slice_measure makes the interval of one step between two elements of R. */
static Interval
slice_measure(const Samples *samples, const PlanStep *step, size_t start, size_t end)
{
    Interval interval = { .step = step, .label = step->label, .adherence_pct = NAN };

    if (end <= start) {
        return interval;
    }
    if (!isnan(step->distance_m)) {
        trim(samples, &start, &end);
    }
    interval.is_recorded = true;
    interval.duration_s = (double)(end - start);
    segment_measure(samples, start, end, &interval.segment);
    if (step->kind == STEP_WORK && interval.duration_s < WORK_WINDOW_S) {
        widen(samples, &interval.segment);
    }
    return interval;
}

bool
intervals_walk(Workout *workout, Err *err)
{
    const Plan *plan = &workout->plan;
    const Samples *samples = &workout->samples;
    double gap_s = gap_share_s(workout);
    size_t at = 0;

    workout->intervals_n = 0;
    workout->intervals = arena_alloc(workout->arena, plan->n, sizeof *workout->intervals);
    if (workout->intervals == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "intervals", "intervals: the job's memory is used up");
    }
    for (size_t i = 0; i < plan->n; i++) {
        bool is_last = i + 1 == plan->n;
        size_t end = is_last ? samples->n - 1 : step_end(samples, &plan->steps[i], at, gap_s);
        workout->intervals[workout->intervals_n++] = slice_measure(samples, &plan->steps[i], at, end);
        at = end;
    }
    return true;
}
