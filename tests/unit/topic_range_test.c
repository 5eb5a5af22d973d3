#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/command.h"
#include "producer/topic_range.h"

enum { NONE = TOPIC_RANGE_ALL_PARTITIONS };

static void
test_two_times(void **state)
{
    Err err = ERR_NONE;
    TopicRange range;

    (void)state;
    assert_true(
        topic_range_parse("2026-03-14T15:09:26.500Z", "2026-03-14T18:00:00+02:00", NONE, &range, &err));
    assert_true(range.is_by_time);
    assert_int_equal(range.partition, TOPIC_RANGE_ALL_PARTITIONS);
    assert_int_equal(range.from, 1773500966500);
    assert_int_equal(range.to, 1773504000000);
    assert_true(topic_range_has_time(&range, range.from));
    assert_false(topic_range_has_time(&range, range.from - 1));
    assert_true(topic_range_has_time(&range, range.to - 1));
    assert_false(topic_range_has_time(&range, range.to));
}

static void
test_two_offsets(void **state)
{
    Err err = ERR_NONE;
    TopicRange range;

    (void)state;
    assert_true(topic_range_parse("0", "9007199254740993", 3, &range, &err));
    assert_false(range.is_by_time);
    assert_int_equal(range.partition, 3);
    assert_int_equal(range.from, 0);
    assert_int_equal(range.to, 9007199254740993);
    assert_true(topic_range_has_time(&range, -1));
}

static void
test_what_is_no_range_is_said(void **state)
{
    static const struct {
        const char *from, *to;
        int64_t partition;
        const char *message;
    } wrong[] = {
        { NULL, "5", 0, "--from is missing" },
        { "5", NULL, 0, "--to is missing" },
        { "x", "5", 0, "--from: x is neither a time" },
        { "5", "", 0, "--to:  is neither a time" },
        { "2026-02-30T00:00:00Z", "2026-03-01T00:00:00Z", NONE, "--from: 2026-02-30" },
        { "2026-03-01T00:00:00", "2026-03-02T00:00:00Z", NONE,
          "--from: 2026-03-01T00:00:00 has no time zone" },
        { "1969-03-01T00:00:00Z", "2026-03-02T00:00:00Z", NONE,
          "--from: 1969-03-01T00:00:00Z is before 1970" },
        { "-1", "5", 0, "--from: -1 is below 0" },
        { "99999999999999999999", "5", 0, "--from: 99999999999999999999 is neither" },
        { "5", "2026-03-01T00:00:00Z", 0, "give two times, or two offsets" },
        { "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", 0, "--partition goes with offsets" },
        { "5", "6", NONE, "--partition is missing" },
        { "6", "5", 0, "--from 6 is not before --to 5" },
        { "5", "5", 0, "--from 5 is not before --to 5" },
        { "2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", NONE, "is not before" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Err err = ERR_NONE;
        TopicRange range;
        assert_false(topic_range_parse(wrong[i].from, wrong[i].to, wrong[i].partition, &range, &err));
        assert_string_equal(err.code, COMMAND_USAGE);
        if (strstr(err.message, wrong[i].message) == NULL) {
            fail_msg("got: %s; wanted: %s", err.message, wrong[i].message);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_times),
        cmocka_unit_test(test_two_offsets),
        cmocka_unit_test(test_what_is_no_range_is_said),
    };
    return cmocka_run_group_tests_name("topic_range", tests, NULL, NULL);
}
