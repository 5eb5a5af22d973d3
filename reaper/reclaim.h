/* reclaim.h - question 1: which workers are dead, which holdings past their deadline? Their jobs go back.
 *
 * A worker whose advisory lock is missing at two looks 500 ms apart is dead, except within reconnect_grace of
 * our own (re)connect, when a restart of PostgreSQL may have taken every lock at once. Its lock is then taken
 * and kept while its jobs are given back, so that it cannot return in between.
 */
#ifndef PACELINE_RECLAIM_H
#define PACELINE_RECLAIM_H

#include "common/config.h"
#include "common/role.h"

/* reclaim_run is the role `reclaim`: a look every reclaim_interval_ms until it drains. Returns an ExitCode.
 */
int reclaim_run(Role *role, Config *config);

#endif
