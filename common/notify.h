/* notify.h - sd_notify: one datagram to the service manager, where there is one (NOTIFY_SOCKET).
 *
 * Source: sd_notify(3). An address that begins with '@' is in the abstract namespace. Called by the
 * supervisor only.
 */
#ifndef PACELINE_NOTIFY_H
#define PACELINE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

/* notify_send sends state ("READY=1", "STOPPING=1", "WATCHDOG=1"). True without a service manager: nothing to
 * do. */
MUST_CHECK bool notify_send(const char *state, Err *err);

/* notify_watchdog_us returns how often WATCHDOG=1 is due, half of what systemd expects; 0: never. */
int64_t notify_watchdog_us(void);

#endif
