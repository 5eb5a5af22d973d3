/* reclaim.h - question 1: which workers are dead, which holdings past their deadline? Their jobs go back.
 *
 * A worker whose advisory lock is missing at two looks 500 ms apart is dead, except within reconnect_grace of
 * our own (re)connect, when a restart of PostgreSQL may have taken every lock at once. Its lock is then taken
 * and kept while its jobs are given back, so that it cannot return in between.
 */
#ifndef PACELINE_RECLAIM_H
#define PACELINE_RECLAIM_H

#include "reaper/duty.h"

typedef struct Reclaim Reclaim;

MUST_CHECK Reclaim *reclaim_new(void);
void reclaim_free(Reclaim *reclaim);

/* The duty: reclaim_turn looks once; reclaim_online forgets who was missing. state is a Reclaim. */
MUST_CHECK bool reclaim_turn(Reaper *reaper, void *state, Err *err);
void reclaim_online(void *state);
int64_t reclaim_interval_us(const Config *config);

#endif
