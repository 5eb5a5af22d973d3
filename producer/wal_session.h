/* wal_session.h - the connection that reads the replication slot.
 *
 * Sees to it that publication and slot exist, starts the stream, hands out its frames and confirms LSNs. It
 * is the only place that speaks libpq's replication protocol, which db.h does not. Nothing here blocks for
 * more than a connection attempt (5 s); longer waits tick the role. Belongs to one process.
 */
#ifndef PACELINE_WAL_SESSION_H
#define PACELINE_WAL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"
#include "common/role.h"
#include "producer/wal_decode.h"

typedef struct WalSession WalSession;

typedef enum WalOpen {
    WAL_OPEN_STREAMING,
    WAL_OPEN_BUSY,   /* another producer reads the slot: stand by */
    WAL_OPEN_FAILED, /* err says why; worth another try unless the role drains */
} WalOpen;

typedef enum WalRead {
    WAL_READ_FRAME,
    WAL_READ_NOTHING, /* nothing has arrived: poll the socket */
    WAL_READ_ENDED,   /* the stream is over; err says why */
} WalRead;

MUST_CHECK WalSession *wal_session_new(const Config *config, Role *role, Err *err);
void wal_session_free(WalSession *session); /* NULL is fine */

/* wal_session_open connects, makes what is missing (a slot that was invalidated, or whose
 * publication was dropped, is made anew: counted, logged) and starts the stream where the slot was last
 * confirmed. */
MUST_CHECK WalOpen wal_session_open(WalSession *session, Err *err);

/* wal_session_knows tells whether a kind of that name is adopted: only those have a topic. A name that is not
 * in the list at hand is looked for in the database; while that does not answer, every name passes. */
bool wal_session_knows(WalSession *session, const char *kind);

/* wal_session_confirmed is how far the slot of the open stream was confirmed before; 0 for a new slot. */
uint64_t wal_session_confirmed(const WalSession *session);
void wal_session_close(WalSession *session);

/* wal_session_socket is to be polled for reading when frames are wanted, and for writing when
 * wal_session_wants_write. */
int wal_session_socket(const WalSession *session);
bool wal_session_wants_write(WalSession *session);

/* wal_session_read returns the next frame that has arrived; it lives until the next call. */
MUST_CHECK WalRead wal_session_read(WalSession *session, WalFrame *ret_frame, Err *err);

/* wal_session_confirm tells the server that everything before lsn is dealt with (0: nothing yet, only a sign
 * of life). Does not block. */
MUST_CHECK bool wal_session_confirm(WalSession *session, uint64_t lsn, Err *err);

#endif
