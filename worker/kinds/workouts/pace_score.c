#include "worker/kinds/workouts/pace_score.h"

#include <math.h>
#include <stddef.h>

#define MILE_M 1609.344
#define TEMPO_FROM_S 1200.0
#define TEMPO_FROM_M 4828.0 /* three miles */

static const char *const names[] = {
    [EFFORT_WORK] = "work",         [EFFORT_TEMPO] = "tempo",   [EFFORT_EASY] = "easy",
    [EFFORT_RECOVERY] = "recovery", [EFFORT_WARMUP] = "warmup", [EFFORT_COOLDOWN] = "cooldown",
};

/* Shares of the centre's pace to either side. */
static const double tolerance[] = {
    [EFFORT_WORK] = 0.05,     [EFFORT_TEMPO] = 0.07,  [EFFORT_EASY] = 0.08,
    [EFFORT_RECOVERY] = 0.15, [EFFORT_WARMUP] = 0.10, [EFFORT_COOLDOWN] = 0.10,
};

/* Points for seconds outside: those of the first row that is not below; the last row has no end. */
typedef struct PointsRow {
    double up_to_s;
    double points;
} PointsRow;

static const PointsRow work_fast[] = { { 15, 95 }, { 30, 85 }, { 45, 70 }, { INFINITY, 50 } };
static const PointsRow work_slow[] = { { 15, 60 }, { 30, 30 }, { INFINITY, 0 } };
static const PointsRow recovery_fast[] = { { 10, 85 }, { 20, 70 }, { 30, 55 }, { INFINITY, 40 } };
static const PointsRow easy_fast[] = { { 10, 95 }, { 20, 85 }, { 30, 75 }, { 45, 65 }, { INFINITY, 50 } };
static const PointsRow easy_slow[] = { { 10, 100 }, { 20, 98 }, { 30, 95 }, { INFINITY, 90 } };
static const PointsRow warm_fast[] = { { 15, 100 }, { 30, 95 }, { 45, 90 }, { INFINITY, 80 } };
static const PointsRow never_too_slow[] = { { INFINITY, 100 } };

static const struct {
    const PointsRow *fast, *slow;
} tables[] = {
    [EFFORT_WORK] = { work_fast, work_slow },        [EFFORT_TEMPO] = { work_fast, work_slow },
    [EFFORT_EASY] = { easy_fast, easy_slow },        [EFFORT_RECOVERY] = { recovery_fast, never_too_slow },
    [EFFORT_WARMUP] = { warm_fast, never_too_slow }, [EFFORT_COOLDOWN] = { warm_fast, never_too_slow },
};

const char *
effort_name(EffortType type)
{
    return names[type];
}

double
effort_tolerance(EffortType type)
{
    return tolerance[type];
}

EffortType
effort_type(StepKind kind, double duration_s, double distance_m, bool plan_is_easy)
{
    switch (kind) {
    case STEP_WARMUP:
        return EFFORT_WARMUP;
    case STEP_COOLDOWN:
        return EFFORT_COOLDOWN;
    case STEP_RECOVERY:
        return EFFORT_RECOVERY;
    default:
        break;
    }
    if (plan_is_easy) {
        return EFFORT_EASY;
    }
    return duration_s > TEMPO_FROM_S || distance_m > TEMPO_FROM_M ? EFFORT_TEMPO : EFFORT_WORK;
}

PaceRange
pace_range(EffortType type, double speed_min_mps, double speed_max_mps)
{
    PaceRange range = { speed_min_mps, speed_max_mps, false };

    if (!(speed_min_mps > 0 && speed_max_mps > 0)) {
        return (PaceRange){ NAN, NAN, false };
    }
    double slow = 1 / speed_min_mps;
    double fast = 1 / speed_max_mps;
    double centre = (slow + fast) / 2;
    double band = 2 * centre * tolerance[type];
    if (slow - fast < RANGE_NARROW_SHARE * band) {
        range = (PaceRange){ 1 / (centre + band / 2), 1 / (centre - band / 2), true };
    }
    return range;
}

double
seconds_outside(const PaceRange *range, double speed_mps)
{
    if (!(range->slow_mps > 0) || !(speed_mps > 0)) {
        return NAN;
    }
    if (speed_mps > range->fast_mps) {
        return MILE_M * (1 / range->fast_mps - 1 / speed_mps);
    }
    if (speed_mps < range->slow_mps) {
        return MILE_M * (1 / range->slow_mps - 1 / speed_mps); /* below 0 */
    }
    return 0;
}

double
pace_score(EffortType type, double outside_s)
{
    if (isnan(outside_s)) {
        return NAN;
    }
    if (fabs(outside_s) <= PACE_FREE_S) {
        return 100;
    }
    const PointsRow *row = outside_s > 0 ? tables[type].fast : tables[type].slow;
    while (fabs(outside_s) > row->up_to_s) {
        row++;
    }
    return row->points;
}
