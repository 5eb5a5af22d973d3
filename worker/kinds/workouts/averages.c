#include "worker/kinds/workouts/averages.h"

#include <math.h>

#include "worker/kinds/workouts/samples.h"

/* mean_of is the one loop behind the means: of the moving seconds only if is_moving is given, of the
 * values above 0 only if positive_only. */
static bool
mean_of(const int32_t *values, const bool *is_moving, size_t n, bool positive_only, double *ret_mean)
{
    int64_t sum = 0;
    int64_t count = 0;

    for (size_t i = 0; values != NULL && i < n; i++) {
        if ((is_moving == NULL || is_moving[i]) && (!positive_only || values[i] > 0)) {
            sum += values[i];
            count++;
        }
    }
    if (count == 0) {
        return false;
    }
    *ret_mean = (double)sum / (double)count;
    return true;
}

bool
mean_all(const int32_t *values, size_t n, double *ret_mean)
{
    return mean_of(values, NULL, n, false, ret_mean);
}

bool
mean_positive(const int32_t *values, size_t n, double *ret_mean)
{
    return mean_of(values, NULL, n, true, ret_mean);
}

bool
mean_moving(const int32_t *values, const bool *is_moving, size_t n, double *ret_mean)
{
    return mean_of(values, is_moving, n, false, ret_mean);
}

bool
mean_positive_moving(const int32_t *values, const bool *is_moving, size_t n, double *ret_mean)
{
    return mean_of(values, is_moving, n, true, ret_mean);
}

int64_t
sum_all(const int32_t *values, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 0; values != NULL && i < n; i++) {
        sum += values[i];
    }
    return sum;
}

/* extreme finds the value v from `from` up with the largest sign * v. */
static bool
extreme(const int32_t *values, size_t n, int32_t from, int sign, int32_t *ret_value)
{
    bool found = false;
    int64_t best = 0;

    for (size_t i = 0; values != NULL && i < n; i++) {
        int64_t value = (int64_t)sign * values[i];
        if (values[i] >= from && (!found || value > best)) {
            best = value;
            found = true;
        }
    }
    if (found) {
        *ret_value = (int32_t)(sign * best);
    }
    return found;
}

bool
highest(const int32_t *values, size_t n, int32_t *ret_value)
{
    return extreme(values, n, SAMPLES_NO_ALTITUDE + 1, 1, ret_value);
}

bool
lowest(const int32_t *values, size_t n, int32_t *ret_value)
{
    return extreme(values, n, SAMPLES_NO_ALTITUDE + 1, -1, ret_value);
}

bool
lowest_positive(const int32_t *values, size_t n, int32_t *ret_value)
{
    return extreme(values, n, 1, -1, ret_value);
}

bool
speed_avg_mps(double distance_m, double moving_s, double *ret_mps)
{
    if (!(moving_s > 0)) {
        return false;
    }
    *ret_mps = distance_m / moving_s;
    return true;
}

double
coverage_int_pct(const int32_t *stream, size_t rows)
{
    size_t known = 0;

    for (size_t i = 0; stream != NULL && i < rows; i++) {
        known += stream[i] != STREAM_NO_INT ? 1 : 0;
    }
    return rows == 0 ? 0 : 100.0 * (double)known / (double)rows;
}

double
coverage_float_pct(const float *stream, size_t rows)
{
    size_t known = 0;

    for (size_t i = 0; stream != NULL && i < rows; i++) {
        known += isnan(stream[i]) ? 0 : 1;
    }
    return rows == 0 ? 0 : 100.0 * (double)known / (double)rows;
}
