/* ops.h - the role `ops`: /livez, /readyz and /metrics of one program, read from its board.
 *
 *   /livez    200 while the supervisor ticks and no watched role is older than its hang timeout. It never
 * looks at PostgreSQL or Kafka: an outage of theirs must not become a restart storm. /readyz   200 while
 * every role of duty runs, says it is ready, is within the restart limit, and nothing drains. /metrics  text
 * exposition, summed over the roles. A 503 lists the reasons, one line each: "wal 0: no connection to
 * PostgreSQL". Single-threaded, no authentication: bind it to loopback or a private address.
 */
#ifndef PACELINE_OPS_H
#define PACELINE_OPS_H

#include <stdbool.h>

#include "common/role.h"
#include "common/slots.h"
#include "common/str.h"

/* ops_run serves on the listening socket handed down as "ops" until the role drains. Returns an ExitCode. */
int ops_run(Role *role);

/* ops_is_live and ops_is_ready answer from a board at now_us (monotonic), for ops_run and its tests; the
 * reasons of a false answer are appended to reasons. */
bool ops_is_live(const Board *board, int64_t now_us, Str *reasons);
bool ops_is_ready(const Board *board, Str *reasons);

#endif
