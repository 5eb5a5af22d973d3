#include "worker/kinds/workouts/lookahead.h"

bool
lookahead_find(Lookahead *lookahead, size_t i, size_t *ret_ahead)
{
    const int32_t *time_s = lookahead->time_s;
    const int32_t *distance_cm = lookahead->distance_cm;
    size_t n = lookahead->n;

    while (lookahead->ahead < n && distance_cm[lookahead->ahead] - distance_cm[i] < LOOKAHEAD_CM) {
        lookahead->ahead++;
    }
    if (lookahead->stretch_end < i) {
        lookahead->stretch_end = i;
    }
    while (lookahead->stretch_end + 1 < n &&
           time_s[lookahead->stretch_end + 1] - time_s[lookahead->stretch_end] == 1) {
        lookahead->stretch_end++;
    }
    if (lookahead->ahead >= n || lookahead->ahead > lookahead->stretch_end ||
        distance_cm[i + 1] == distance_cm[i]) {
        return false;
    }
    *ret_ahead = lookahead->ahead;
    return true;
}
