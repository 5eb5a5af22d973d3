/* pace_score.h - how well a speed kept to its target.
 *
 * workouts.md section 5.6, metrics.md section 7. Ranges are speeds in m/s, told as paces in s/m; seconds
 * outside are per mile. Pure.
 */
#ifndef PACELINE_PACE_SCORE_H
#define PACELINE_PACE_SCORE_H

#include <stdbool.h>

#include "worker/kinds/workouts/plan.h"

/* What a step is judged as. */
typedef enum EffortType {
    EFFORT_WORK,
    EFFORT_TEMPO,
    EFFORT_EASY,
    EFFORT_RECOVERY,
    EFFORT_WARMUP,
    EFFORT_COOLDOWN
} EffortType;

const char *effort_name(EffortType type);

/* effort_tolerance is the share of the target's centre that counts as on target to either side: work 5 %,
 * tempo 7, easy 8, warm-up and cool-down 10, recovery 15. */
double effort_tolerance(EffortType type);

#define RANGE_NARROW_SHARE 0.60 /* a range narrower than this share of its band becomes the band */
#define PACE_FREE_S 5.0         /* s a mile outside that cost nothing: as close as GPS tells */

/* effort_type: work over 20 min or 4,828 m counts as tempo; a plan that is easy makes all work easy.
 * duration_s and distance_m are those of the step (or of what was done, where the step has none); NaN =
 * unknown. */
EffortType effort_type(StepKind kind, double duration_s, double distance_m, bool plan_is_easy);

/* PaceRange is what the pace is held against. */
typedef struct PaceRange {
    double slow_mps, fast_mps; /* NaN without a target */
    bool is_widened;
} PaceRange;

/* pace_range: the target, or if it is narrower than 60 % of the tolerance band of its type, that band: centre
 * +- effort_tolerance, in s/m. */
PaceRange pace_range(EffortType type, double speed_min_mps, double speed_max_mps);

/* seconds_outside is how many seconds a mile the speed lies outside: above 0 too fast, below 0 too slow, 0
 * inside. NaN without a target or a speed above 0. */
double seconds_outside(const PaceRange *range, double speed_mps);

/* pace_score gives 0 to 100 points for seconds outside; up to 5 s are 100. */
double pace_score(EffortType type, double outside_s);

#endif
