#include "worker/kinds/workouts/adherence.h"

bool
duration_adherence_pct(double actual_moving_s, double planned_s, double *ret_pct)
{
    if (!(actual_moving_s > 0) || !(planned_s > 0)) {
        return false;
    }
    double ratio = actual_moving_s / planned_s;
    if (ratio < 0.9) {
        *ret_pct = 100 * ratio;
    } else if (ratio > 1.1) {
        *ret_pct = 100 / ratio;
    } else {
        *ret_pct = 100 - 100 * (ratio > 1 ? ratio - 1 : 1 - ratio);
    }
    return true;
}
