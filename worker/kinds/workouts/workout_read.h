/* workout_read.h - a workout's row, samples, plan and thresholds, read from the database.
 *
 * Reads outside a transaction of the job: what changes afterwards requeues the workout and fences this run.
 */
#ifndef PACELINE_WORKOUT_READ_H
#define PACELINE_WORKOUT_READ_H

#include "common/db.h"
#include "common/err.h"
#include "worker/kinds/workouts/workout.h"

/* workout_read fills a workout that workout_init made. `id` must live as long as the workout.
 * Fails with the database's error; with ERR_INVALID_DATA, code "absent", if there is no such row.
 * Samples, laps or a plan that cannot be read are no failure of the read: streams_err and plan_err hold it,
 * for the stages. */
MUST_CHECK bool workout_read(Db *db, const char *id, Workout *workout, Err *err);

/* workout_candidates_read reads the plans that the workout may be attached to. ERR_DATABASE_TIMEOUT, code
 * "plans_change", while somebody changes the user's plans: to be asked again soon. */
MUST_CHECK bool workout_candidates_read(Db *db, Workout *workout, Err *err);

#endif
