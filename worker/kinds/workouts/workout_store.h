/* workout_store.h - what the stages produced, written in the transaction that finishes the job.
 *
 * Call between job_begin and the return of process().
 */
#ifndef PACELINE_WORKOUT_STORE_H
#define PACELINE_WORKOUT_STORE_H

#include "common/db.h"
#include "common/err.h"
#include "worker/kinds/workouts/workout.h"

/* workout_link writes the link that attach chose; nothing if it chose none. False with code "plan_taken" if
 * the plan is not to be had any more: the job is to be aborted and to look again. */
MUST_CHECK bool workout_link(Db *db, const Workout *workout, Err *err);

/* workout_store replaces the paths of the stages that ran, and sets their statuses. */
MUST_CHECK bool workout_store(Db *db, const Workout *workout, Err *err);

#endif
