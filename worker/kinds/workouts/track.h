/* track.h - distance and speed of each stored row, each standing in where the other is missing.
 *
 * Rows, not seconds: this runs before samples.h fills the gaps. On the fixed grid: whole cm and mm/s.
 * Pure; arrays are the caller's, [n] = streams->n.
 */
#ifndef PACELINE_TRACK_H
#define PACELINE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/streams.h"
#include "common/err.h"

#define TRACK_MISSING (-1)          /* a row without a value, in both arrays */
#define TRACK_SPEED_MAX_MMPS 150000 /* faster is no speed of an athlete but a jump of the position */

/* track_path_m: sum of the haversines between neighbouring rows, m. Never over a pause (a step of more
 * than SAMPLES_GAP_MAX_S) and never over a row without a position. False without two positions to join. */
MUST_CHECK bool track_path_m(const Streams *streams, double *ret_m);

/* track_speed_recorded_mmps writes the device's speed, TRACK_MISSING where it has none; false if it
 * never has. */
bool track_speed_recorded_mmps(const Streams *streams, int32_t *ret_mmps);

/* track_distance_cm writes the cumulative distance, never falling. Where the device's is missing or
 * falls, speed is integrated (0.5 m/s and more, steps up to 60 s); rows with neither lie on the line
 * between their neighbours up to SAMPLES_GAP_MAX_S apart. Without any distance: the path by GPS;
 * without that: the integral of speed.
 *   speed_mmps  as recorded, with TRACK_MISSING
 * False, nothing written, if there is none of the three. */
bool track_distance_cm(const Streams *streams, const int32_t *speed_mmps, int32_t *ret_cm);

/* track_speed_complete fills the missing speeds by distance difference over time; the first row takes
 * the second's. An impossible result (above TRACK_SPEED_MAX_MMPS) keeps the speed before it. */
void track_speed_complete(const Streams *streams, const int32_t *distance_cm, int32_t *speed_mmps);

#endif
