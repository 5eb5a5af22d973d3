#include "worker/kinds/workouts/power_score.h"

#include <math.h>

PowerRange
power_range(EffortType type, double power_min_w, double power_max_w)
{
    if (!(power_min_w > 0 && power_max_w > 0)) {
        return (PowerRange){ NAN, NAN, false };
    }
    double centre = (power_min_w + power_max_w) / 2;
    double reach = centre * effort_tolerance(type);
    if (power_max_w - power_min_w < RANGE_NARROW_SHARE * 2 * reach) {
        return (PowerRange){ centre - reach, centre + reach, true };
    }
    return (PowerRange){ power_min_w, power_max_w, false };
}

double
watts_outside(const PowerRange *range, double power_w)
{
    if (!(range->low_w > 0) || isnan(power_w)) {
        return NAN;
    }
    return power_w > range->high_w  ? power_w - range->high_w
           : power_w < range->low_w ? power_w - range->low_w
                                    : 0;
}
