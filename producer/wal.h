/* wal.h - the producer's role `wal`: from announcements in the WAL to messages in Kafka.
 *
 * One producer at a time reads the slot; others stand by until it is free. An LSN is confirmed only when
 * every earlier message has been acknowledged by the broker, or refused for good (counted, logged, passed
 * over). Whatever was not confirmed comes again after a crash; a claim ignores what it has seen.
 */
#ifndef PACELINE_WAL_H
#define PACELINE_WAL_H

#include "common/config.h"
#include "common/role.h"

/* WAL_HANG_TIMEOUT_US: its loop ticks at least every 5 s (a connection attempt) in every state. */
#define WAL_HANG_TIMEOUT_US INT64_C(60000000)

/* wal_run reads the slot until the role drains. Returns an ExitCode: EXIT_CODE_KAFKA after a fatal error of
 * librdkafka, so that the supervisor starts a new handle. */
int wal_run(Role *role, Config *config);

#endif
