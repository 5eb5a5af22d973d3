#include "worker/kinds/workouts/lttb.h"

#include <math.h>

static double
height(const double *y, size_t i)
{
    return isnan(y[i]) ? 0 : y[i];
}

/* bucket_start is the first index of bucket b (0 ... k - 3); bucket k - 2 would start with the last point. */
static size_t
bucket_start(size_t bucket, size_t n, size_t k)
{
    return bucket * (n - 2) / (k - 2) + 1;
}

/* choose_in finds the point of start ... end - 1 with the largest triangle to `kept` and the mean of
 * next_start ... next_end - 1. */
static size_t
choose_in(const int32_t *x, const double *y, size_t kept, size_t start, size_t end, size_t next_end)
{
    double mean_x = 0;
    double mean_y = 0;
    double largest = -1;
    size_t chosen = start;

    for (size_t i = end; i < next_end; i++) {
        mean_x += x[i];
        mean_y += height(y, i);
    }
    mean_x /= (double)(next_end - end);
    mean_y /= (double)(next_end - end);
    for (size_t i = start; i < end; i++) {
        double area = fabs((x[kept] - mean_x) * (height(y, i) - height(y, kept)) -
                           ((double)x[kept] - x[i]) * (mean_y - height(y, kept)));
        if (area > largest) {
            largest = area;
            chosen = i;
        }
    }
    return chosen;
}

size_t
lttb_choose(const int32_t *x, const double *y, size_t n, size_t k, size_t *ret_index)
{
    size_t count = 0;

    if (n <= k || n <= 2) {
        for (size_t i = 0; i < n; i++) {
            ret_index[i] = i;
        }
        return n;
    }
    ret_index[count++] = 0;
    for (size_t bucket = 0; bucket + 2 < k; bucket++) {
        size_t start = bucket_start(bucket, n, k);
        size_t end = bucket_start(bucket + 1, n, k);
        size_t next_end = bucket + 3 < k ? bucket_start(bucket + 2, n, k) : n;
        ret_index[count] = choose_in(x, y, ret_index[count - 1], start, end, next_end);
        count++;
    }
    ret_index[count++] = n - 1;
    return count;
}
