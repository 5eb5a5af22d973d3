/* fit_read.h - an activity from a FIT file: what its messages mean.
 *
 * Source: the global profile of Garmin's FIT SDK. Read are file_id, session, lap, length, record, event
 * (timer), activity; everything else is passed over (heart rate variability, device infos, zones, developer
 * fields).
 *
 *   pauses   a record while the timer stands is left out. What is missing is then a pause if it lasts longer
 *            than 30 s; shorter stops are judged by speed, as for every source (metrics.md, section 2)
 *   moving   total_moving_time, if the device tells it. The timer's time is taken only without records: it
 *            counts as moving whoever stands without stopping it
 *   cadence  with its fraction; on foot the profile counts one leg
 *   offset   activity.local_timestamp less its timestamp, to the quarter of an hour
 *   sport    "<sport>/<sub_sport>" by the profile's names. Several sessions in one file are one workout,
 *            "multisport"
 *   lengths  the active ones of a pool: [{"duration_s","strokes"}]
 *
 * Not read: the packed speed and distance of the oldest devices (record field 8).
 */
#ifndef PACELINE_FIT_READ_H
#define PACELINE_FIT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/file_activity.h"
#include "common/err.h"

/* fit_read gathers one file of `length` bytes. Refused: what fit_decode.h refuses, a file that is no
 * activity, one without session and record. */
MUST_CHECK bool fit_read(const uint8_t *bytes, size_t length, FileActivity *file, FileFault *fault);

#endif
