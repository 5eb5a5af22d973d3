/* wal_decode.h - the bytes of a logical replication stream, and the answer to them.
 *
 * Source: PostgreSQL 15 manual, "Streaming Replication Protocol" and "Logical Replication Message
 * Formats" (pgoutput, proto_version 1, messages on). Pure: no I/O, no allocation; what comes back points into
 * the caller's bytes. Every length is checked before it is read: fuzzed by tests/fuzz/wal_decode_fuzz.c.
 */
#ifndef PACELINE_WAL_DECODE_H
#define PACELINE_WAL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

typedef enum WalFrameType {
    WAL_FRAME_DATA,      /* 'w': one pgoutput message */
    WAL_FRAME_KEEPALIVE, /* 'k': how far the server is */
} WalFrameType;

typedef struct WalFrame {
    WalFrameType type;
    uint64_t end_lsn;       /* the server has sent everything committed before it */
    bool wants_reply;       /* keepalive: answer now, or be disconnected */
    const uint8_t *payload; /* data: [payload_n] */
    size_t payload_n;
} WalFrame;

typedef enum WalRecordType {
    WAL_RECORD_BEGIN,
    WAL_RECORD_MESSAGE, /* pg_logical_emit_message */
    WAL_RECORD_COMMIT,
    WAL_RECORD_OTHER, /* row changes, relations: a publication that is not empty; passed over */
} WalRecordType;

typedef struct WalRecord {
    WalRecordType type;
    uint64_t lsn;          /* message: where it stands in the WAL; commit: the commit record */
    uint64_t end_lsn;      /* commit: confirm this when the transaction is dealt with */
    bool is_transactional; /* message: not delivered after ROLLBACK */
    const char *prefix;    /* message: ended by NUL */
    const char *content;   /* message: [content_n], not ended by NUL */
    size_t content_n;
} WalRecord;

/* wal_frame_decode reads one CopyData of the stream. ERR_INVALID_DATA if it is cut short or of an unknown
 * kind. */
MUST_CHECK bool wal_frame_decode(const void *bytes, size_t n, WalFrame *ret_frame, Err *err);

/* wal_record_decode reads the payload of a data frame. ERR_INVALID_DATA if it is cut short. */
MUST_CHECK bool wal_record_decode(const uint8_t *payload, size_t n, WalRecord *ret_record, Err *err);

#define WAL_FEEDBACK_BYTES 34

/* wal_feedback_encode writes a standby status update ('r'): everything before confirmed_lsn is written,
 * flushed and applied.
 *   now_us  Unix time, µs */
void wal_feedback_encode(uint64_t confirmed_lsn, int64_t now_us, uint8_t ret_bytes[WAL_FEEDBACK_BYTES]);

#endif
