#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "common/utf8.h"

static void
test_appends_grow_and_stay_terminated(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;

    (void)state;
    assert_string_equal(str_text(&str), "");
    for (int i = 0; i < 1000; i++) {
        str_append_format(&str, "%d,", i % 10);
    }
    str_append_char(&str, '!');
    str_append(&str, "end");
    assert_true(str_ok(&str));
    assert_int_equal(str.length, 2004);
    assert_int_equal(strlen(str_text(&str)), 2004);
    str_clear(&str);
    assert_string_equal(str_text(&str), "");
    str_append_bytes(&str, "a\0b", 3);
    assert_int_equal(str.length, 3);
}

static void
test_failure_is_kept_until_clear(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;

    (void)state;
    str_append(&str, "kept");
    str_append_bytes(&str, "x", SIZE_MAX - 2);
    str_append(&str, "lost");
    assert_false(str_ok(&str));
    assert_string_equal(str_text(&str), "kept");
    str_clear(&str);
    assert_true(str_ok(&str));
}

static void
test_json_escapes_and_replaces(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;
    char small[8];

    (void)state;
    str_append_json(&str, "a\"b\\c\n\t\x01/\x7F\xC3\xA9\xF0\x9F\x9A\xB4\xFFz\xC3");
    assert_string_equal(str_text(&str), "\"a\\\"b\\\\c\\n\\t\\u0001/\\u007f\xC3\xA9\xF0\x9F\x9A\xB4"
                                        "\xEF\xBF\xBDz\xEF\xBF\xBD\"");
    assert_int_equal(str_escape_json(small, sizeof small, "ab\ncd\ne"), 9);
    assert_string_equal(small, "ab\\ncd");
    assert_int_equal(str_escape_json(small, 1, "x"), 1);
    assert_string_equal(small, "");
}

static void
test_doubles_have_no_trailing_zeros(void **state)
{
    static const struct {
        double value;
        int decimals;
        const char *text;
    } table[] = {
        { 12.5, 3, "12.5" },  { 3.0, 2, "3" },
        { 100.0, 0, "100" },  { 0.1 + 0.2, 6, "0.3" },
        { -0.0001, 2, "0" },  { -0.0001, 0, "0" },
        { NAN, 2, "null" },   { INFINITY, 2, "null" },
        { -7.25, 1, "-7.2" }, { 1e21, 2, "1000000000000000000000" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        _cleanup_(str_done) Str str = STR_EMPTY;
        str_append_double(&str, table[i].value, table[i].decimals);
        assert_string_equal(str_text(&str), table[i].text);
    }
}

static void
test_pg_array_quotes_every_item(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;

    (void)state;
    str_append_pg_array_item(&str, "a");
    str_append_pg_array_item(&str, "q\"b\\");
    str_append_pg_array_item(&str, "");
    str_append_pg_array_item(&str, NULL);
    str_append_pg_array_item(&str, "NULL");
    str_append_char(&str, '}');
    assert_string_equal(str_text(&str), "{\"a\",\"q\\\"b\\\\\",\"\",NULL,\"NULL\"}");
}

static void
test_copy_cuts_between_characters(void **state)
{
    char buffer[5];

    (void)state;
    assert_true(str_copy(buffer, sizeof buffer, "abcd"));
    assert_false(str_copy(buffer, sizeof buffer, "abc\xC3\xA9"));
    assert_string_equal(buffer, "abc");
    assert_false(str_copy(buffer, sizeof buffer, "a\xF0\x9F\x9A\xB4"));
    assert_string_equal(buffer, "a");
    assert_false(str_copy(buffer, sizeof buffer, "ab\xC3\xA9z"));
    assert_string_equal(buffer, "ab\xC3\xA9");
    assert_false(str_copy(buffer, sizeof buffer, "\xFF\xFF\xFF\xFF\xFF\xFF"));
    assert_int_equal(strlen(buffer), 4);
    assert_false(str_copy(buffer, 0, "a"));
    assert_false(str_copy(buffer, 1, "a"));
    assert_string_equal(buffer, "");
}

static void
test_whole_numbers_only(void **state)
{
    static const char *const bad[] = { "",   " 1", "1 ", "+1", "-", "1.0", "0x10", "9223372036854775808",
                                       "1a", "--1" };
    int64_t value = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(str_to_int64(bad[i], &value));
        assert_int_equal(value, 42);
    }
    assert_true(str_to_int64("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_true(str_to_int64("007", &value));
    assert_int_equal(value, 7);
}

static void
test_finite_doubles_only(void **state)
{
    static const char *const bad[] = { "", " 1", "1 ", "nan", "inf", "0x1p3", "1e999", "1,5", "e5", "-" };
    double value = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(str_to_double(bad[i], &value));
        assert_true(value == 42);
    }
    assert_true(str_to_double("-1.5e3", &value));
    assert_true(value == -1500);
}

static void
test_utf8_sequences(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } table[] = {
        { "a", 1 },
        { "\xC3\xA9", 2 },
        { "\xE2\x82\xAC", 3 },
        { "\xF0\x9F\x9A\xB4", 4 },
        { "\x80", 0 },
        { "\xC0\x80", 0 },
        { "\xC1\xBF", 0 },
        { "\xE0\x9F\xBF", 0 },
        { "\xED\xA0\x80", 0 },
        { "\xEF\xBF\xBF", 3 },
        { "\xF0\x8F\xBF\xBF", 0 },
        { "\xF4\x90\x80\x80", 0 },
        { "\xF4\x8F\xBF\xBF", 4 },
        { "\xF5\x80\x80\x80", 0 },
        { "\xC3", 0 },
        { "\xE2\x82", 0 },
        { "\xF0\x9F\x9A", 0 },
        { "\xE2\x28\xA1", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(utf8_sequence(table[i].bytes, strlen(table[i].bytes)), table[i].length);
    }
    assert_int_equal(utf8_sequence("", 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_grow_and_stay_terminated),
        cmocka_unit_test(test_failure_is_kept_until_clear),
        cmocka_unit_test(test_json_escapes_and_replaces),
        cmocka_unit_test(test_doubles_have_no_trailing_zeros),
        cmocka_unit_test(test_pg_array_quotes_every_item),
        cmocka_unit_test(test_copy_cuts_between_characters),
        cmocka_unit_test(test_whole_numbers_only),
        cmocka_unit_test(test_finite_doubles_only),
        cmocka_unit_test(test_utf8_sequences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
