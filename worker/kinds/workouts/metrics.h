/* metrics.h - what the metrics stage finds: load and what it is made of (workouts.md, section 5.5;
 * metrics.md, sections 3 to 6, the figures marked M).
 *
 * Every figure of the list is there; one that cannot be known is NaN, with the reason beside it. The reasons
 * also tell of the figures that other stages own, so that a reader finds them in one place. Thresholds are
 * the athlete's, never guessed from the activity.
 */
#ifndef PACELINE_METRICS_STAGE_H
#define PACELINE_METRICS_STAGE_H

#include <stddef.h>

#include "worker/kinds/workouts/load.h"

#define FIGURES_MAX 32
#define REASONS_MAX 64
#define COVERAGE_COUNT 7

typedef struct Figure {
    const char *name;
    double value; /* NaN = unknown */
} Figure;

typedef struct Reason {
    const char *name; /* of a figure that is null */
    const char *why;  /* "no_power", "no_ftp", ... */
} Reason;

typedef struct Metrics {
    Figure figures[FIGURES_MAX]; /* [figures_n] */
    size_t figures_n;
    Reason reasons[REASONS_MAX]; /* [reasons_n] */
    size_t reasons_n;
    Figure coverage_pct[COVERAGE_COUNT]; /* share of the stored rows that have a value */
    Load load;
} Metrics;

/* metrics_reason notes why a figure is missing; nothing if it is there. */
void metrics_reason(Metrics *metrics, const char *name, double value, const char *why_missing);

/* metrics_explain notes the reasons for what `overall` and `analysis` leave empty. After the summary stage.
 */
void metrics_explain(Metrics *metrics, const Workout *workout);

#endif
