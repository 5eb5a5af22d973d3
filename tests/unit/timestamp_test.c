#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/activity/timestamp.h"

static void
iso_times_become_unix_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_us;
        int32_t offset_s;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0, 0 },
        { "2020-06-01T13:03:45Z", 1591016625000000, 0 },
        { "2020-06-01T15:03:45+02:00", 1591016625000000, 7200 },
        { "2020-06-01T09:33:45-0330", 1591016625000000, -12600 },
        { "2020-06-01 13:03:45.25", 1591016625250000, INT32_MIN },
        { "2000-02-29T23:59:59.1234567Z", 951868799123456, 0 },
        { "1969-12-31T23:59:59Z", -1000000, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t at_us = 0;
        int32_t offset_s = 1;
        assert_true(timestamp_parse(cases[i].text, &at_us, &offset_s));
        assert_int_equal(at_us, cases[i].at_us);
        assert_int_equal(offset_s, cases[i].offset_s);
    }
}

static void
what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2020-06-01",
        "2020-13-01T00:00:00Z",
        "2021-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-06-00T00:00:00Z",
        "2020-06-01T24:00:00Z",
        "2020-06-01T23:60:00Z",
        "2020-06-01T23:59:60Z",
        "2020-06-01T13:03:45Zx",
        "2020-06-01T13:03:45.Z",
        "2020-06-01T13:03:45+2",
        "2020-06-01T13:03:45+19:00",
        "20-06-01T13:03:45Z",
        "2020-06-01T13:03",
        "0000-01-01T00:00:00Z",
    };
    int64_t at_us = 7;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(timestamp_parse(texts[i], &at_us, NULL));
    }
    assert_int_equal(at_us, 7);
}

/* WK16: ms from 10^12 up, s below. */
static void
numbers_are_seconds_or_milliseconds(void **state)
{
    (void)state;
    int64_t at_us = 0;
    assert_true(timestamp_from_number(1591016625, &at_us));
    assert_int_equal(at_us, 1591016625000000);
    assert_true(timestamp_from_number(1591016625250, &at_us));
    assert_int_equal(at_us, 1591016625250000);
    assert_true(timestamp_from_number(1e12, &at_us));
    assert_int_equal(at_us, 1000000000000000);
    assert_true(timestamp_from_number(253402300799, &at_us));
    assert_int_equal(at_us, 253402300799000000);
    assert_false(timestamp_from_number(999999999999, &at_us));
    assert_false(timestamp_from_number(-1, &at_us));
    assert_false(timestamp_from_number(1e15, &at_us));
    assert_false(timestamp_from_number((double)INFINITY, &at_us));
    assert_false(timestamp_from_number((double)NAN, &at_us));
}

static void
dates_follow_the_offset(void **state)
{
    (void)state;
    char date[11];
    char text[21];
    timestamp_date(1591052400000000, 0, date); /* 2020-06-01T23:00:00Z */
    assert_string_equal(date, "2020-06-01");
    timestamp_date(1591052400000000, 3600, date);
    assert_string_equal(date, "2020-06-02");
    timestamp_date(-1, 0, date);
    assert_string_equal(date, "1969-12-31");
    timestamp_print(1591016625999999, text);
    assert_string_equal(text, "2020-06-01T13:03:45Z");
    timestamp_print(-1000000, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
}

/* Every day of 400 years reads back as itself. */
static void
printing_and_parsing_agree(void **state)
{
    (void)state;
    char text[21];
    for (int64_t day = -100000; day < 146097; day++) {
        int64_t at_us = 0;
        timestamp_print(day * 86400000000, text);
        assert_true(timestamp_parse(text, &at_us, NULL));
        assert_int_equal(at_us, day * 86400000000);
    }
}

static void
days_are_checked(void **state)
{
    (void)state;
    assert_true(date_valid("2024-02-29"));
    assert_false(date_valid("2023-02-29"));
    assert_false(date_valid("2024-02-29T"));
    assert_false(date_valid("2024-2-29"));
    assert_false(date_valid(""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_times_become_unix_times),         cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(numbers_are_seconds_or_milliseconds), cmocka_unit_test(dates_follow_the_offset),
        cmocka_unit_test(printing_and_parsing_agree),          cmocka_unit_test(days_are_checked),
    };
    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
