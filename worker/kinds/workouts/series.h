/* series.h - the chart of a workout: equal-length arrays over the stored rows, thinned for the eye.
 *
 * workouts.md section 5.4, metrics.md section 8. At most SERIES_MAX points, chosen by LTTB on speed (rides:
 * on power, if present). The same figures as the stored samples; only speed is smoothed.
 */
#ifndef PACELINE_SERIES_H
#define PACELINE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"
#include "worker/kinds/workouts/workout.h"

#define SERIES_MAX 2000

/* Chart is what the arrays are written from; it lives in the workout's arena. */
typedef struct Chart {
    double *speed_mps; /* [rows], smoothed */
    float *grade_pct;  /* [rows]; NULL without grade and altitude */
    size_t *index;     /* [n] rows that are kept */
    size_t n;
} Chart;

/* chart_make fills *ret_chart. Needs has_samples. False only for memory. */
MUST_CHECK bool chart_make(const Workout *workout, Chart *ret_chart, Err *err);

/* chart_write writes the object `series` into json, as the member of that name. */
void chart_write(Str *json, const Workout *workout, const Chart *chart);

/* series_speed_mps smooths speed over the rows: taken only where the distance has grown by more than 2.5 m
 * since it was taken last, else carried forward, then an exponential mean of 0.18. ret_mps [rows]; NaN
 * without speed. */
void series_speed_mps(const Samples *samples, double *ret_mps);

#endif
