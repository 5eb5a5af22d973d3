/* lsn_tracker.h - how far the WAL may be confirmed while delivery reports are outstanding.
 *
 * Transactions arrive in commit order, one after the other; each has any number of Kafka messages, whose
 * reports come back in any order. What may be confirmed is the end of the newest transaction whose own and
 * all earlier reports have come (kafka_postgres.md, section 7). Pure; memory grows with the transactions that
 * wait for reports, never with the messages.
 */
#ifndef PACELINE_LSN_TRACKER_H
#define PACELINE_LSN_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

typedef struct LsnTracker LsnTracker;

MUST_CHECK LsnTracker *lsn_tracker_new(void); /* NULL when memory is out */
void lsn_tracker_free(LsnTracker *tracker);   /* NULL is fine */

/* lsn_tracker_restart begins a new stream, in which everything not confirmed comes again: what was
 * outstanding is forgotten, and reports with older tokens are ignored from now on. confirmed_lsn is the
 * slot's own: less than what this tracker knew if it is another slot, of another server perhaps (a restore, a
 * failover), on which a confirmation of what the former one had would skip what is still to come. */
void lsn_tracker_restart(LsnTracker *tracker, uint64_t confirmed_lsn);

/* lsn_tracker_begin opens a transaction; one still open is taken as never committed. False, with
 * ERR_MEMORY_LIMIT and nothing changed, when memory is out. */
MUST_CHECK bool lsn_tracker_begin(LsnTracker *tracker, Err *err);

/* lsn_tracker_expect adds one outstanding report to the open transaction and returns the token to
 * acknowledge it with (never 0); 0 when no transaction is open. */
uint64_t lsn_tracker_expect(LsnTracker *tracker);

/* lsn_tracker_acknowledge: one report with this token has come. True if it belonged to this stream. */
bool lsn_tracker_acknowledge(LsnTracker *tracker, uint64_t token);

/* lsn_tracker_commit closes the open transaction. end_lsn: from its commit record. */
void lsn_tracker_commit(LsnTracker *tracker, uint64_t end_lsn);

/* lsn_tracker_keepalive: the server has sent everything committed before end_lsn. Ignored inside a
 * transaction. */
void lsn_tracker_keepalive(LsnTracker *tracker, uint64_t end_lsn);

/* lsn_tracker_confirmed returns what may be confirmed now; never falls within a stream. 0: nothing yet. */
uint64_t lsn_tracker_confirmed(const LsnTracker *tracker);

/* lsn_tracker_outstanding counts the transactions that wait for reports or for their commit. */
size_t lsn_tracker_outstanding(const LsnTracker *tracker);

#endif
