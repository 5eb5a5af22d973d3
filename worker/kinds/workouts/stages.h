/* stages.h - the runner: which stages of a workout run, in what order, and how each of them ends.
 *
 * workouts.md section 3. A stage runs if it is not complete or if its inputs changed since (their fingerprint
 * differs). It fails alone; what reads it is blocked, the rest goes on. The runner sets every status: no path
 * through a stage leaves one open. Pure but for the tick and
 * the metrics (stage results, stage seconds); nothing is written to the database here.
 */
#ifndef PACELINE_STAGES_H
#define PACELINE_STAGES_H

#include <stdbool.h>

#include "common/err.h"
#include "worker/kinds/workouts/workout.h"

/* StagesTick is called between stages; false ends the run at once. */
typedef bool (*StagesTick)(void *user);

/* stages_run runs what has to run. False if tick said so, and then nothing of the workout is to be written. A
 * stage whose result is needed by another, but which is complete, runs too, in memory only. */
MUST_CHECK bool stages_run(Workout *workout, StagesTick tick, void *user);

/* stages_needed tells whether a stage is due, before the run. For STAGE_ATTACH: whether candidates are to be
 * read. */
bool stages_needed(Workout *workout, StageId id);

/* stages_outcome decides how the job ends. False with the error of the failed stage that decides (err->stage
 * names it): a retryable one first, if attempts are left; then err->retryable is true. Otherwise it is false,
 * and the stages that were blocked become failed. True if all stages are complete. */
bool stages_outcome(Workout *workout, bool attempts_left, Err *err);

/* stages_patch writes the patch of computed_patched for what ran. */
void stages_patch(const Workout *workout, Str *json);

/* stage_error_text prints what goes into <stage>_error into buffer [STAGE_ERROR_MAX + 1]; NULL if there is no
 * error. */
const char *stage_error_text(const StageState *state, char *buffer);

#endif
