#include "producer/wal_decode.h"

#include <inttypes.h>
#include <string.h>

#define POSTGRES_EPOCH_US INT64_C(946684800000000) /* 2000-01-01 in Unix time */
#define DATA_HEADER_BYTES 25                       /* 'w', start, end, time */
#define KEEPALIVE_BYTES 18                         /* 'k', end, time, reply */
#define MESSAGE_FIXED_BYTES 10                     /* 'M', flags, LSN; then prefix, length, content */
#define COMMIT_BYTES 26                            /* 'C', flags, commit LSN, end LSN, time */
#define BEGIN_BYTES 21                             /* 'B', final LSN, time, xid */

static uint64_t
big_endian(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static bool
cut_short(Err *err, const char *what, size_t n)
{
    return err_set(err, ERR_INVALID_DATA, "wal_format", "wal stream: %s cut short at %zu bytes", what, n);
}

bool
wal_frame_decode(const void *bytes, size_t n, WalFrame *ret_frame, Err *err)
{
    const uint8_t *at = bytes;
    WalFrame frame = { .type = WAL_FRAME_DATA };

    if (n == 0) {
        return cut_short(err, "frame", n);
    }
    switch (at[0]) {
    case 'w':
        if (n < DATA_HEADER_BYTES) {
            return cut_short(err, "data frame", n);
        }
        frame.end_lsn = big_endian(at + 9, 8);
        frame.payload = at + DATA_HEADER_BYTES;
        frame.payload_n = n - DATA_HEADER_BYTES;
        break;
    case 'k':
        if (n < KEEPALIVE_BYTES) {
            return cut_short(err, "keepalive", n);
        }
        frame.type = WAL_FRAME_KEEPALIVE;
        frame.end_lsn = big_endian(at + 1, 8);
        frame.wants_reply = at[17] != 0;
        break;
    default:
        return err_set(err, ERR_INVALID_DATA, "wal_format", "wal stream: unknown frame 0x%02x", at[0]);
    }
    *ret_frame = frame;
    return true;
}

static bool
message_decode(const uint8_t *at, size_t n, WalRecord *ret_record, Err *err)
{
    if (n < MESSAGE_FIXED_BYTES) {
        return cut_short(err, "message", n);
    }
    const uint8_t *prefix = at + MESSAGE_FIXED_BYTES;
    const uint8_t *end = memchr(prefix, '\0', n - MESSAGE_FIXED_BYTES);
    if (end == NULL || n - (size_t)(end + 1 - at) < 4) {
        return cut_short(err, "message prefix", n);
    }
    const uint8_t *content = end + 5;
    uint64_t content_n = big_endian(end + 1, 4);
    if (content_n > n - (size_t)(content - at)) {
        return cut_short(err, "message content", n);
    }
    *ret_record = (WalRecord){ .type = WAL_RECORD_MESSAGE,
                               .is_transactional = (at[1] & 1) != 0,
                               .lsn = big_endian(at + 2, 8),
                               .prefix = (const char *)prefix,
                               .content = (const char *)content,
                               .content_n = (size_t)content_n };
    return true;
}

bool
wal_record_decode(const uint8_t *payload, size_t n, WalRecord *ret_record, Err *err)
{
    if (n == 0) {
        return cut_short(err, "record", n);
    }
    switch (payload[0]) {
    case 'B':
        if (n < BEGIN_BYTES) {
            return cut_short(err, "begin", n);
        }
        *ret_record = (WalRecord){ .type = WAL_RECORD_BEGIN };
        return true;
    case 'M':
        return message_decode(payload, n, ret_record, err);
    case 'C':
        if (n < COMMIT_BYTES) {
            return cut_short(err, "commit", n);
        }
        *ret_record = (WalRecord){ .type = WAL_RECORD_COMMIT,
                                   .lsn = big_endian(payload + 2, 8),
                                   .end_lsn = big_endian(payload + 10, 8) };
        return true;
    default:
        *ret_record = (WalRecord){ .type = WAL_RECORD_OTHER };
        return true;
    }
}

static void
put_big_endian(uint8_t *bytes, uint64_t value)
{
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (uint8_t)(value & 0xff);
        value >>= 8;
    }
}

void
wal_feedback_encode(uint64_t confirmed_lsn, int64_t now_us, uint8_t ret_bytes[WAL_FEEDBACK_BYTES])
{
    ret_bytes[0] = 'r';
    put_big_endian(ret_bytes + 1, confirmed_lsn);  /* written */
    put_big_endian(ret_bytes + 9, confirmed_lsn);  /* flushed */
    put_big_endian(ret_bytes + 17, confirmed_lsn); /* applied */
    put_big_endian(ret_bytes + 25, (uint64_t)(now_us - POSTGRES_EPOCH_US));
    ret_bytes[33] = 0; /* no reply wanted */
}
