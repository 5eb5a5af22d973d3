/* zones.h - seconds of R in each zone of power, heart rate and speed.
 *
 * Lower bounds are percentages of the athlete's threshold (metrics.md section 4), rounded down to whole
 * W and bpm; speed is compared in mm/s, where they are exact. A sample is in the last zone whose bound
 * it reaches. Seconds at 0 W or 0 m/s are in zone 1; a missing heart rate is in none. Without a
 * threshold there are no zones: none is guessed. Pure: no allocation, any thread.
 */
#ifndef PACELINE_ZONES_H
#define PACELINE_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define ZONES_MAX 7
#define ZONES_MIN_VALUES 10 /* fewer are no distribution: NULL */

typedef struct Zones {
    size_t count;               /* 7 power, 5 heart rate, 6 speed */
    double threshold;           /* the one used: W, bpm or m/s */
    double bound[ZONES_MAX];    /* lower bounds: W, bpm or mm/s */
    int32_t seconds[ZONES_MAX]; /* [count] */
} Zones;

/* zones_power: 0 55 75 90 105 120 150 % of FTP.  zones_hr: 0 68 83 94 105 % of LTHR. zones_hr_of_max:
 * the stand-in without an LTHR, 50 60 70 80 90 % of the maximum; lower rates are in no zone.
 * zones_speed: 0 80 87 95 105 119 % of the threshold speed in m/s.
 *   values [n] as in Samples, may be NULL
 * False if there is no channel, fewer than 10 values, or no threshold (not above 0). */
MUST_CHECK bool zones_power(const int32_t *power_w, size_t n, double ftp_w, Zones *ret_zones);
MUST_CHECK bool zones_hr(const int32_t *hr_bpm, size_t n, double lthr_bpm, Zones *ret_zones);
MUST_CHECK bool zones_hr_of_max(const int32_t *hr_bpm, size_t n, double max_hr_bpm, Zones *ret_zones);
MUST_CHECK bool zones_speed(const int32_t *speed_mmps, size_t n, double threshold_mps, Zones *ret_zones);

#endif
