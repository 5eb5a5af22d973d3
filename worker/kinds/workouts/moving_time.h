/* moving_time.h - how long the athlete was on the move.
 *
 * metrics.md section 3: T - lengths of the stops that last 16 s or more - the missing seconds of
 * pauses. A stop is a run of seconds of R that are not moving; shorter ones (a red light that turns,
 * GPS noise) are not taken off, because Strava's figures leave them in. Pure: no allocation, any
 * thread.
 */
#ifndef PACELINE_MOVING_TIME_H
#define PACELINE_MOVING_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/sport.h"

#define STOP_MIN_S 16 /* 14 to 16 fit Strava's reference ride equally; 13 and 17 do not */

/* moving_by_speed says for each second whether it moves, where the device did not: speed above 0.42 m/s
 * (run, walk), 1.11 (ride), 0.3 (others). Without speed (speed_mmps NULL) every second moves.
 *   speed_mmps [n] or NULL;  ret_is_moving [n] */
void moving_by_speed(const int32_t *speed_mmps, size_t n, Sport sport, bool *ret_is_moving);

/* moving_time_cumulate writes into ret_moving_s [n] the moving seconds from the first element up to
 * each element, so that the moving time between a and b is ret_moving_s[b] - ret_moving_s[a], and of
 * the whole, ret_moving_s[n - 1]. An element stands for the one second that ends at it, so the missing
 * seconds of a pause never count.
 *   is_moving [n] */
void moving_time_cumulate(const bool *is_moving, size_t n, int32_t *ret_moving_s);

/* moving_time_gc_s counts the seconds with speed > 0 or cadence > 0: GoldenCheetah's time riding, the
 * one that TRIMP uses. Either array may be NULL; 0 if both are. */
int32_t moving_time_gc_s(const int32_t *speed_mmps, const int32_t *cadence_per_min, size_t n);

#endif
