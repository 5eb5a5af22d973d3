/* explanation.h - what the execution stage found, and the same in words.
 *
 * Rules alone make the text; no model is asked. NaN = unknown, left unsaid.
 */
#ifndef PACELINE_EXPLANATION_H
#define PACELINE_EXPLANATION_H

#include "common/str.h"
#include "worker/kinds/workouts/verdict.h"
#include "worker/kinds/workouts/workout.h"

typedef struct Compliance {
    const char *basis; /* "duration" or "distance"; NULL if neither is planned */
    double pct;
    const char *colour; /* green, yellow, red */
} Compliance;

typedef struct Execution {
    double score, pace_adherence_pct, duration_adherence_pct;
    Compliance compliance;
    Judged *judged;     /* [intervals_n]; those without a step are empty */
    bool is_continuous; /* a run without intervals by plan: heart rate may drift */
    double hr_drift_bpm;
} Execution;

/* explanation_write appends a few sentences. */
void explanation_write(Str *text, const Workout *workout, const Execution *execution);

#endif
