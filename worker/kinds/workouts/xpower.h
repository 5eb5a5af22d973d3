/* xpower.h - Skiba's counterpart of normalized power, with an exponential window.
 *
 * e <- e * 25/26 + w/26 each second of R; xPower = (sum of e^4 / count)^(1/4). In a pause e decays by
 * 25/26 a second while e > 0.1 W, and those seconds count.
 * Source: Skiba 2006, "Calculation of power output and quantification of training stress in distance
 * runners"; GoldenCheetah 3.5. Pure: no allocation, any thread.
 */
#ifndef PACELINE_XPOWER_H
#define PACELINE_XPOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* xpower_w:  time_s, power_w [n]; power_w may be NULL. False if there is no power. O(n) and at most
 * some 300 steps a pause. */
MUST_CHECK bool xpower_w(const int32_t *time_s, const int32_t *power_w, size_t n, double *ret_w);

#endif
