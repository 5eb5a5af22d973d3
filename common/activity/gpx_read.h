/* gpx_read.h - an activity from a GPX file: the points of its tracks.
 *
 * Source: GPX 1.0 and 1.1, Garmin's TrackPointExtension (hr, cad, atemp, speed) and the power elements that
 * Strava, Garmin and others put beside it (power, PowerInWatts, watts). GPX has no laps and no figures of the
 * whole; distance and speed come from the positions. All tracks and segments are one activity; routes and
 * waypoints are passed over. The sport is the first track's <type>, else "other".
 */
#ifndef PACELINE_GPX_READ_H
#define PACELINE_GPX_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/file_activity.h"
#include "common/err.h"

/* gpx_read gathers one file of `length` bytes. Refused: what xml_read.h refuses, another root than <gpx>, a
 * track point without a position on Earth, a number or time that is none, no track point with a time (a
 * planned route is no activity). */
MUST_CHECK bool gpx_read(const char *text, size_t length, FileActivity *file, FileFault *fault);

#endif
