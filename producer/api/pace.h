/* pace.h - pace beside speed, as a runner reads it. Pure but for allocation.
 *
 * pace_s_per_km = 1000 / speed_mps; null below 0.5 m/s, where nobody runs (workouts.md, section 6). It is not
 * stored.
 */
#ifndef PACELINE_PACE_H
#define PACELINE_PACE_H

#include <cjson/cJSON.h>

#include "common/err.h"

/* pace_add walks through a document and puts, behind each member speed[_x]_mps that is a number, null or an
 * array of these, a member pace[_x]_s_per_km of the same shape (speed_mps: pace_s_per_km; speed_gap_mps:
 * pace_gap_s_per_km), to a tenth of a second. ERR_MEMORY_LIMIT. */
MUST_CHECK bool pace_add(cJSON *json, Err *err);

/* pace_s_per_km converts one speed; NAN below 0.5 m/s and for NAN. */
double pace_s_per_km(double speed_mps);

#endif
