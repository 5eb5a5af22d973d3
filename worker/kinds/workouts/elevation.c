#include "worker/kinds/workouts/elevation.h"

#include <math.h>

#include "worker/kinds/workouts/lookahead.h"
#include "worker/kinds/workouts/samples.h"

#define GRADE_LIMIT_PCT 50.0

bool
elevation_change_m(const int32_t *altitude_cm, size_t n, double *ret_gain_m, double *ret_loss_m)
{
    int64_t gain_cm = 0;
    int64_t loss_cm = 0;
    int32_t reference = SAMPLES_NO_ALTITUDE;

    for (size_t i = 0; altitude_cm != NULL && i < n; i++) {
        int32_t altitude = altitude_cm[i];
        if (reference == SAMPLES_NO_ALTITUDE) {
            reference = altitude;
        } else if (altitude - reference > ELEVATION_HYSTERESIS_CM) {
            gain_cm += altitude - reference;
            reference = altitude;
        } else if (reference - altitude > ELEVATION_HYSTERESIS_CM) {
            loss_cm += reference - altitude;
            reference = altitude;
        }
    }
    if (reference == SAMPLES_NO_ALTITUDE) {
        return false;
    }
    *ret_gain_m = (double)gain_cm / 100;
    *ret_loss_m = (double)loss_cm / 100;
    return true;
}

double
vam_m_per_h(double gain_m, int32_t total_s)
{
    return gain_m * 3600 / ((double)total_s + 1);
}

void
grade_chart_pct(const int32_t *time_s, const int32_t *distance_cm, const int32_t *altitude_cm, size_t n,
                float *ret_pct)
{
    Lookahead lookahead = { .time_s = time_s, .distance_cm = distance_cm, .n = n };
    double grade_pct = 0;

    for (size_t i = 0; i < n; i++) {
        size_t ahead = 0;
        if (lookahead_find(&lookahead, i, &ahead) && altitude_cm[i] != SAMPLES_NO_ALTITUDE) {
            double rise_cm = (double)altitude_cm[ahead] - altitude_cm[i];
            double pct = 100 * rise_cm / ((double)distance_cm[ahead] - distance_cm[i]);
            grade_pct = round(fmax(-GRADE_LIMIT_PCT, fmin(GRADE_LIMIT_PCT, pct)) * 10) / 10;
        }
        ret_pct[i] = (float)grade_pct;
    }
}
