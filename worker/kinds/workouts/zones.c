#include "worker/kinds/workouts/zones.h"

#include <math.h>

/* Scale is a set of lower bounds in % of a threshold. */
typedef struct Scale {
    size_t count;
    int32_t percent[ZONES_MAX];
} Scale;

static const Scale power_scale = { 7, { 0, 55, 75, 90, 105, 120, 150 } };
static const Scale hr_scale = { 5, { 0, 68, 83, 94, 105 } };
static const Scale hr_of_max_scale = { 5, { 50, 60, 70, 80, 90 } };
static const Scale speed_scale = { 6, { 0, 80, 87, 95, 105, 119 } };

/* count_seconds fills zones->seconds: each value from `from` up goes to the last zone whose bound it
 * reaches. */
static bool
count_seconds(const int32_t *values, size_t n, int32_t from, Zones *zones)
{
    size_t known = 0;

    for (size_t i = 0; values != NULL && i < n; i++) {
        if (values[i] < from) {
            continue;
        }
        known++;
        for (size_t zone = zones->count; zone > 0; zone--) {
            if (values[i] >= zones->bound[zone - 1]) {
                zones->seconds[zone - 1]++;
                break;
            }
        }
    }
    return known >= ZONES_MIN_VALUES;
}

/* zones_fill: `unit` turns the threshold into the unit of the values; whole bounds are rounded down.
 * The small addend keeps an exact product, such as 250 * 0.06, from falling below its whole number. */
static bool
zones_fill(const int32_t *values, size_t n, int32_t from, double threshold, double unit, bool whole,
           const Scale *scale, Zones *ret_zones)
{
    Zones zones = { .count = scale->count, .threshold = threshold };

    if (!(threshold > 0)) {
        return false;
    }
    for (size_t zone = 0; zone < scale->count; zone++) {
        double bound = threshold * unit * scale->percent[zone] / 100;
        zones.bound[zone] = whole ? floor(bound + 1e-9) : bound;
    }
    if (!count_seconds(values, n, from, &zones)) {
        return false;
    }
    *ret_zones = zones;
    return true;
}

bool
zones_power(const int32_t *power_w, size_t n, double ftp_w, Zones *ret_zones)
{
    return zones_fill(power_w, n, 0, ftp_w, 1, true, &power_scale, ret_zones);
}

bool
zones_hr(const int32_t *hr_bpm, size_t n, double lthr_bpm, Zones *ret_zones)
{
    return zones_fill(hr_bpm, n, 1, lthr_bpm, 1, true, &hr_scale, ret_zones);
}

bool
zones_hr_of_max(const int32_t *hr_bpm, size_t n, double max_hr_bpm, Zones *ret_zones)
{
    return zones_fill(hr_bpm, n, 1, max_hr_bpm, 1, true, &hr_of_max_scale, ret_zones);
}

bool
zones_speed(const int32_t *speed_mmps, size_t n, double threshold_mps, Zones *ret_zones)
{
    return zones_fill(speed_mmps, n, 0, threshold_mps, 1000, false, &speed_scale, ret_zones);
}
