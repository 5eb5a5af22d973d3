/* lookahead.h - the sample to which a slope is measured: the first one at least 10 m ahead.
 *
 * Shared by the chart's grade (elevation.h) and by grade-adjusted speed. Never across a pause: what
 * rose or fell there was not covered under way. Pure; two moving indices, so asking for all elements in
 * ascending order is O(n).
 */
#ifndef PACELINE_LOOKAHEAD_H
#define PACELINE_LOOKAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define LOOKAHEAD_CM 1000

/* Lookahead: fill in the first three, leave the rest 0. */
typedef struct Lookahead {
    const int32_t *time_s;      /* [n] */
    const int32_t *distance_cm; /* [n] */
    size_t n;
    size_t ahead;       /* first sample at least 10 m ahead of the last i asked for */
    size_t stretch_end; /* last element before the next pause */
} Lookahead;

/* lookahead_find gives the element at least 10 m ahead of i; i must not be less than at the call
 * before. False while the distance stands still, at the end, and where a pause lies between: the caller
 * keeps its last slope. */
MUST_CHECK bool lookahead_find(Lookahead *lookahead, size_t i, size_t *ret_ahead);

#endif
