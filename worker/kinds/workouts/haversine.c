#include "worker/kinds/workouts/haversine.h"

#include <math.h>

#define RADIANS_PER_E7 (M_PI / 180.0 / 1e7)

double
haversine_m(int32_t lat1_e7, int32_t lng1_e7, int32_t lat2_e7, int32_t lng2_e7)
{
    double lat1 = lat1_e7 * RADIANS_PER_E7;
    double lat2 = lat2_e7 * RADIANS_PER_E7;
    double half_lat = sin((lat2 - lat1) / 2);
    double half_lng = sin(((double)lng2_e7 - lng1_e7) * RADIANS_PER_E7 / 2);
    double h = half_lat * half_lat + cos(lat1) * cos(lat2) * half_lng * half_lng;

    return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(h, 1.0))); /* rounding lets h pass 1 at the antipode */
}
