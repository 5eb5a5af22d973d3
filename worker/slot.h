/* slot.h - the loop of one slot: consume, claim, dispatch, finish. */
#ifndef PACELINE_SLOT_H
#define PACELINE_SLOT_H

#include "common/config.h"
#include "common/role.h"

/* slot_run works until the role drains; returns an ExitCode. */
int slot_run(Role *role, Config *config);

/* slot_run_one claims one job by its key, runs it and tells on standard output how it ended: EXIT_CODE_OK if
 * it is done, EXIT_CODE_FAILED if not, or if it could not be claimed. */
int slot_run_one(Role *role, const Config *config, const char *kind, const char *key);

#endif
