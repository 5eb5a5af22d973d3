/* announce.h - questions 2 to 4, retention and the gauges: the role `announce`.
 *
 * 2. Waiting rows whose time has come are announced.
 * 3. Lost announcements are found by a barrier (barrier.h), one a kind.
 * 4. When the ground has shifted, and once a day, every row is looked through.
 */
#ifndef PACELINE_ANNOUNCE_H
#define PACELINE_ANNOUNCE_H

#include "common/config.h"
#include "common/role.h"

/* announce_run is the role `announce`: a turn every announce_interval_ms until it drains. Returns an
 * ExitCode. */
int announce_run(Role *role, Config *config);

#endif
