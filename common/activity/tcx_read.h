/* tcx_read.h - an activity from a Training Center file: its laps and their track points.
 *
 * Source: Garmin's TrainingCenterDatabase v2 and its ActivityExtension v2 (Speed, RunCadence, Watts). Of the
 * laps count start, distance and energy; TotalTimeSeconds is the timer's time, which counts as moving only
 * where there are no track points. A lap lasts until the next one starts. A file of several activities is
 * refused, and so is one that holds courses or workouts alone.
 */
#ifndef PACELINE_TCX_READ_H
#define PACELINE_TCX_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/file_activity.h"
#include "common/err.h"

/* tcx_read gathers one file of `length` bytes. Refused: what xml_read.h refuses, another root than
 * <TrainingCenterDatabase>, no activity or more than one, an activity without lap and track point, a number
 * or time that is none. */
MUST_CHECK bool tcx_read(const char *text, size_t length, FileActivity *file, FileFault *fault);

#endif
