#include "worker/kinds/workouts/moving_time.h"

/* moves_from_mmps: faster than this is moving (metrics.md, section 3). */
static int32_t
moves_from_mmps(Sport sport)
{
    if (sport_on_foot(sport)) {
        return 420;
    }
    return sport == SPORT_RIDE ? 1110 : 300;
}

void
moving_by_speed(const int32_t *speed_mmps, size_t n, Sport sport, bool *ret_is_moving)
{
    int32_t from = moves_from_mmps(sport);

    for (size_t i = 0; i < n; i++) {
        ret_is_moving[i] = speed_mmps == NULL || speed_mmps[i] > from;
    }
}

/* stop_length counts the seconds of R that are not moving from i on. A pause does not end a stop:
 * nobody moves before it and after it either. */
static size_t
stop_length(const bool *is_moving, size_t n, size_t i)
{
    size_t end = i;

    while (end < n && !is_moving[end]) {
        end++;
    }
    return end - i;
}

void
moving_time_cumulate(const bool *is_moving, size_t n, int32_t *ret_moving_s)
{
    int32_t moving_s = 0;
    size_t stop_until = 0; /* first element after the stop that counts */

    for (size_t i = 0; i < n; i++) {
        if (i >= stop_until && !is_moving[i] && (i == 0 || is_moving[i - 1])) {
            size_t length = stop_length(is_moving, n, i);
            /* The first element has no second of its own: a stop there takes its whole length all the
             * same. */
            stop_until = length >= STOP_MIN_S ? i + length + (i == 0 ? 1 : 0) : i;
        }
        if (i > 0 && i >= stop_until) {
            moving_s++;
        }
        ret_moving_s[i] = moving_s;
    }
}

int32_t
moving_time_gc_s(const int32_t *speed_mmps, const int32_t *cadence_per_min, size_t n)
{
    int32_t seconds = 0;

    for (size_t i = 0; i < n; i++) {
        bool rolls = speed_mmps != NULL && speed_mmps[i] > 0;
        bool turns = cadence_per_min != NULL && cadence_per_min[i] > 0;
        seconds += rolls || turns ? 1 : 0;
    }
    return seconds;
}
