/* lttb.h - thin a series for a chart, keeping what the eye sees.
 *
 * Largest-Triangle-Three-Buckets, Steinarsson 2013 ("Downsampling Time Series for Visual
 * Representation"): first and last are kept, the others fall into k - 2 buckets of width (n - 2)/(k -
 * 2), and each bucket keeps the point that makes the largest triangle with the point kept before and
 * the mean of the next bucket; of equals, the first. The caller applies the chosen indices to all
 * arrays of the chart. Pure; O(n); no allocation.
 */
#ifndef PACELINE_LTTB_H
#define PACELINE_LTTB_H

#include <stddef.h>
#include <stdint.h>

/* lttb_choose writes the ascending indices of the kept points into ret_index and returns how many:
 * min(n, k), where k < 3 keeps first and last only.
 *   x, y       [n]; x ascending (time); a y that is NaN counts as 0
 *   ret_index  [max(k, 2)] */
size_t lttb_choose(const int32_t *x, const double *y, size_t n, size_t k, size_t *ret_index);

#endif
