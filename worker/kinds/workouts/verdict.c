#include "worker/kinds/workouts/verdict.h"

#include <math.h>
#include <stdio.h>

#include "worker/kinds/workouts/intervals.h"

#define MILE_KM 1.609344
#define MPS_KMPH 3.6

bool
verdict_side(const Judged *judged, int *ret_side)
{
    if (!isnan(judged->outside_w)) {
        *ret_side = judged->outside_w >= 0.5 ? 1 : judged->outside_w <= -0.5 ? -1 : 0;
        return true;
    }
    if (!isnan(judged->outside_s)) {
        *ret_side = judged->outside_s > PACE_FREE_S ? 1 : judged->outside_s < -PACE_FREE_S ? -1 : 0;
        return true;
    }
    return false;
}

/* print_pace says by how much the pace is off, in the unit of the sport. */
static void
print_pace(Sport sport, const Interval *interval, const Judged *judged, char text[VERDICT_MAX])
{
    double s_per_km = fabs(judged->outside_s) / MILE_KM;
    bool is_fast = judged->outside_s > 0;
    bool is_fine = judged->score >= 100;
    double bound_mps = is_fast ? judged->range.fast_mps : judged->range.slow_mps;
    const char *comparative = is_fast ? "faster" : "slower";
    const char *positive = is_fast ? "too fast" : "too slow";
    const char *word = is_fine ? comparative : positive;
    const char *end = is_fine ? ", which is fine" : "";

    if (sport_on_foot(sport)) {
        (void)snprintf(text, VERDICT_MAX, "%.0f s/km %s%s", s_per_km, word, end);
    } else if (sport == SPORT_SWIM) {
        (void)snprintf(text, VERDICT_MAX, "%.1f s/100 m %s%s", s_per_km / 10, word, end);
    } else {
        (void)snprintf(text, VERDICT_MAX, "%.1f km/h %s%s",
                       fabs(interval->segment.speed_mps - bound_mps) * MPS_KMPH, word, end);
    }
}

/* print_length judges a step that says only how long it is. */
static bool
print_length(Sport sport, const Interval *interval, char text[VERDICT_MAX])
{
    const PlanStep *step = interval->step;
    bool by_distance = !isnan(step->distance_m);
    double off = by_distance ? interval->segment.distance_m - step->distance_m
                             : interval->duration_s - step->duration_s;

    if (isnan(off)) {
        return false;
    }
    if (step_fits(step, sport, interval->duration_s, interval->segment.distance_m)) {
        (void)snprintf(text, VERDICT_MAX, "on target");
    } else {
        (void)snprintf(text, VERDICT_MAX, "%.0f %s too %s", fabs(off), by_distance ? "m" : "s",
                       off > 0 ? "long" : "short");
    }
    return true;
}

const char *
verdict_print(Sport sport, const Interval *interval, const Judged *judged, char text[VERDICT_MAX])
{
    int side = 0;

    if (!interval->is_recorded) {
        return "skipped";
    }
    if (!verdict_side(judged, &side)) {
        return print_length(sport, interval, text) ? text : NULL;
    }
    if (side == 0) {
        return "on target";
    }
    if (!isnan(judged->outside_w)) {
        (void)snprintf(text, VERDICT_MAX, "%.0f W too %s", fabs(judged->outside_w),
                       side > 0 ? "high" : "low");
    } else {
        print_pace(sport, interval, judged, text);
    }
    return text;
}
