/* wal_decode_test.c - frames and records of the replication stream, whole and cut anywhere. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "producer/wal_decode.h"

/* What PostgreSQL 15 sent for SELECT pg_logical_emit_message(true, 'paceline', '{}'). */
static const uint8_t message_record[] = { 'M', 1,   0,   0,   0,   0, 1, 0x94, 0x2f, 0x80, 'p', 'a', 'c',
                                          'e', 'l', 'i', 'n', 'e', 0, 0, 0,    0,    2,    '{', '}' };
static const uint8_t commit_record[] = { 'C', 0, 0,    0,    0,    0, 1, 0x94, 0x2f, 0xc0, 0, 0, 0,
                                         0,   1, 0x94, 0x2f, 0xf0, 0, 2, 0xa1, 0,    0,    0, 0, 0 };

static void
data_frame_gives_payload_and_end(void **state)
{
    uint8_t bytes[25 + 3] = { 'w' };
    WalFrame frame;
    Err err = ERR_NONE;
    (void)state;

    bytes[16] = 0x2a;
    memcpy(bytes + 25, "abc", 3);
    assert_true(wal_frame_decode(bytes, sizeof(bytes), &frame, &err));
    assert_int_equal(frame.type, WAL_FRAME_DATA);
    assert_int_equal(frame.end_lsn, 0x2a);
    assert_int_equal(frame.payload_n, 3);
    assert_memory_equal(frame.payload, "abc", 3);
}

static void
keepalive_tells_end_and_whether_it_wants_a_reply(void **state)
{
    uint8_t bytes[18] = { 'k', 0, 0, 0, 2, 0, 0, 0, 1 };
    WalFrame frame;
    Err err = ERR_NONE;
    (void)state;

    assert_true(wal_frame_decode(bytes, sizeof(bytes), &frame, &err));
    assert_int_equal(frame.type, WAL_FRAME_KEEPALIVE);
    assert_true(frame.end_lsn == UINT64_C(0x200000001));
    assert_false(frame.wants_reply);
    bytes[17] = 1;
    assert_true(wal_frame_decode(bytes, sizeof(bytes), &frame, &err));
    assert_true(frame.wants_reply);
}

static void
message_gives_prefix_content_and_flag(void **state)
{
    uint8_t bytes[sizeof(message_record)];
    WalRecord record;
    Err err = ERR_NONE;
    (void)state;

    memcpy(bytes, message_record, sizeof(bytes));
    assert_true(wal_record_decode(bytes, sizeof(bytes), &record, &err));
    assert_int_equal(record.type, WAL_RECORD_MESSAGE);
    assert_true(record.is_transactional);
    assert_true(record.lsn == UINT64_C(0x1942f80));
    assert_string_equal(record.prefix, "paceline");
    assert_int_equal(record.content_n, 2);
    assert_memory_equal(record.content, "{}", 2);
    bytes[1] = 0;
    assert_true(wal_record_decode(bytes, sizeof(bytes), &record, &err));
    assert_false(record.is_transactional);
}

static void
commit_gives_the_end_to_confirm(void **state)
{
    WalRecord record;
    Err err = ERR_NONE;
    (void)state;

    assert_true(wal_record_decode(commit_record, sizeof(commit_record), &record, &err));
    assert_int_equal(record.type, WAL_RECORD_COMMIT);
    assert_true(record.lsn == UINT64_C(0x1942fc0));
    assert_true(record.end_lsn == UINT64_C(0x1942ff0));
}

/* Each prefix is copied to memory of its own size, so that a sanitizer sees a byte too far. */
static void
cut_records_are_refused(void **state)
{
    const struct {
        const uint8_t *bytes;
        size_t n;
    } records[] = { { message_record, sizeof(message_record) }, { commit_record, sizeof(commit_record) } };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < records[i].n; n++) {
            uint8_t *cut = malloc(n > 0 ? n : 1);
            WalRecord record = { .type = WAL_RECORD_OTHER };
            Err err = ERR_NONE;
            assert_non_null(cut);
            memcpy(cut, records[i].bytes, n);
            assert_false(wal_record_decode(cut, n, &record, &err));
            assert_int_equal(err.class, ERR_INVALID_DATA);
            assert_int_equal(record.type, WAL_RECORD_OTHER);
            free(cut);
        }
    }
}

static void
cut_and_unknown_frames_are_refused(void **state)
{
    const uint8_t bytes[25] = { 'w' };
    const uint8_t keepalive[17] = { 'k' };
    WalFrame frame;
    Err err = ERR_NONE;
    (void)state;

    assert_true(wal_frame_decode(bytes, 25, &frame, &err)); /* an empty payload is a frame */
    assert_false(wal_frame_decode(bytes, 24, &frame, &err));
    assert_false(wal_frame_decode(bytes, 0, &frame, &err));
    assert_false(wal_frame_decode(keepalive, 17, &frame, &err));
    assert_false(wal_frame_decode("x", 1, &frame, &err));
}

static void
content_longer_than_the_record_is_refused(void **state)
{
    uint8_t bytes[sizeof(message_record)];
    WalRecord record;
    Err err = ERR_NONE;
    (void)state;

    memcpy(bytes, message_record, sizeof(bytes));
    bytes[22] = 3; /* one byte more than there is */
    assert_false(wal_record_decode(bytes, sizeof(bytes), &record, &err));
    memset(bytes + 19, 0xff, 4);
    assert_false(wal_record_decode(bytes, sizeof(bytes), &record, &err));
}

static void
changes_of_rows_are_passed_over(void **state)
{
    WalRecord record;
    Err err = ERR_NONE;
    (void)state;

    for (const char *type = "RIUDTOY"; *type != '\0'; type++) {
        assert_true(wal_record_decode((const uint8_t *)type, 1, &record, &err));
        assert_int_equal(record.type, WAL_RECORD_OTHER);
    }
}

static void
feedback_is_34_bytes_with_the_lsn_three_times(void **state)
{
    uint8_t bytes[WAL_FEEDBACK_BYTES];
    const uint8_t lsn[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const uint8_t second[] = { 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40 }; /* 1 s after 2000-01-01, in µs */
    (void)state;

    wal_feedback_encode(UINT64_C(0x0102030405060708), INT64_C(946684801000000), bytes);
    assert_int_equal(bytes[0], 'r');
    assert_memory_equal(bytes + 1, lsn, 8);
    assert_memory_equal(bytes + 9, lsn, 8);
    assert_memory_equal(bytes + 17, lsn, 8);
    assert_memory_equal(bytes + 25, second, 8);
    assert_int_equal(bytes[33], 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_frame_gives_payload_and_end),
        cmocka_unit_test(keepalive_tells_end_and_whether_it_wants_a_reply),
        cmocka_unit_test(message_gives_prefix_content_and_flag),
        cmocka_unit_test(commit_gives_the_end_to_confirm),
        cmocka_unit_test(cut_records_are_refused),
        cmocka_unit_test(cut_and_unknown_frames_are_refused),
        cmocka_unit_test(content_longer_than_the_record_is_refused),
        cmocka_unit_test(changes_of_rows_are_passed_over),
        cmocka_unit_test(feedback_is_34_bytes_with_the_lsn_three_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
