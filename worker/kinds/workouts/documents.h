/* documents.h - pieces of `computed` that several stages write.
 *
 * Figures are rounded for reading: distances to cm, speeds to mm/s, rates to 0.001; metrics keep seven
 * digits, so that five are exact.
 */
#ifndef PACELINE_DOCUMENTS_H
#define PACELINE_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/sport.h"
#include "common/str.h"
#include "worker/kinds/workouts/workout.h"

/* Digits after the point. */
enum { DIGITS_M = 2, DIGITS_MPS = 4, DIGITS_RATE = 3, DIGITS_PCT = 2, DIGITS_METRIC = 7 };

/* overall_write writes the object `overall` without execution_score. */
void overall_write(Str *json, Sport sport, const Overall *overall);

/* intervals_write writes the array `intervals`. */
void intervals_write(Str *json, const Workout *workout);

/* planned_steps_write writes `planned_steps_light`: an array, or null without a plan. */
void planned_steps_write(Str *json, const Workout *workout);

/* The largest single document: two of this size and the small ones stay below the 2 MiB of workouts.md
 * section 8. */
#define DOCUMENT_MAX_BYTES ((size_t)900 * 1024)

/* document_whole is true, or fails: ERR_MEMORY_LIMIT if the document could not be written for want of memory,
 * ERR_INVALID_DATA, code "document_too_large", if it has more than DOCUMENT_MAX_BYTES. */
MUST_CHECK bool document_whole(const Str *json, const char *stage, Err *err);

/* speed_gap_shown_mps is the grade-adjusted speed of a segment on foot; NaN for other sports, where it says
 * nothing. */
double speed_gap_shown_mps(Sport sport, double speed_gap_mps);

#endif
