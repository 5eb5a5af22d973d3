/* announce.h - questions 2 to 4, retention and the gauges: the duty `announce`.
 *
 * 2. Waiting rows whose time has come are announced.
 * 3. Lost announcements are found by a barrier (barrier.h), one a kind.
 * 4. When the ground has shifted, and once a day, every row is looked through (sweep.h).
 */
#ifndef PACELINE_ANNOUNCE_H
#define PACELINE_ANNOUNCE_H

#include "reaper/duty.h"

typedef struct Announcer Announcer;

/* announce_new makes the duty's state; its Kafka client is made at the first barrier. NULL when memory is
 * out. */
MUST_CHECK Announcer *announce_new(void);
void announce_free(Announcer *announcer);

MUST_CHECK bool announce_turn(Reaper *reaper, void *state, Err *err);
void announce_online(void *state);
int64_t announce_interval_us(const Config *config);

#endif
