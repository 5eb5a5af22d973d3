/* haversine.h - distance between two positions on the Earth's surface.
 *
 * Sphere of radius 6,371,008.8 m (the mean radius R1 of the IUGG, WGS 84). Positions are integers of
 * 1e-7 degree, about 1 cm. 0 is a coordinate like any other. Pure; any thread.
 */
#ifndef PACELINE_HAVERSINE_H
#define PACELINE_HAVERSINE_H

#include <stdint.h>

#define EARTH_RADIUS_M 6371008.8

/* haversine_m returns 2 R asin(sqrt(sin^2(dlat/2) + cos lat1 cos lat2 sin^2(dlng/2))), in metres. */
double haversine_m(int32_t lat1_e7, int32_t lng1_e7, int32_t lat2_e7, int32_t lng2_e7);

#endif
