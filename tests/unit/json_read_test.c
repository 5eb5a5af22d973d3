#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_read.h"
#include "common/str.h"

static cJSON *
parse(const char *text)
{
    Err err = ERR_NONE;
    cJSON *json = json_parse(text, strlen(text), &err);

    if (json == NULL) {
        print_message("%s: %s\n", text, err.message);
    }
    assert_non_null(json);
    return json;
}

static void
assert_refused(const char *text, size_t length, const char *why)
{
    Err err = ERR_NONE;

    assert_null(json_parse(text, length, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    if (strstr(err.message, why) == NULL) {
        print_message("%s: got \"%s\", wanted \"%s\"\n", text, err.message, why);
    }
    assert_non_null(strstr(err.message, why));
}

static void
test_bad_documents_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } table[] = {
        { "", "no value at byte 0" },
        { "{} x", "text after the value at byte 3" },
        { "1 2", "text after" },
        { "{\"a\":1,\"a\":2}", "duplicate key \"a\"" },
        { "{\"a\":1,\"\\u0061\":2}", "duplicate key \"a\"" },
        { "[{\"b\":{\"x\":1,\"y\":2,\"x\":3}}]", "duplicate key \"x\"" },
        { "\"\xFF\"", "invalid UTF-8 at byte 1" },
        { "\"\xED\xA0\x80\"", "invalid UTF-8" },
        { "{\"\xC0\xAF\":1}", "invalid UTF-8" },
        { "\"\\u0000\"", "NUL" },
        { "\"\\ud800\"", "surrogate" },
        { "\"\\ud800\\u0041\"", "surrogate" },
        { "\"\\udc00\"", "surrogate" },
        { "\"\\u12g4\"", "\\u escape" },
        { "\"\\x\"", "unknown escape" },
        { "\"a\nb\"", "control character" },
        { "\"abc", "string without end" },
        { "\"abc\\", "unknown escape" },
        { "1e999", "out of range" },
        { "[-1e400]", "out of range" },
        { "01", "bad number" },
        { "+1", "bad number" },
        { "1.", "bad number" },
        { ".5", "bad number" },
        { "-", "bad number" },
        { "1e", "bad number" },
        { "NaN", "bad number" },
        { "nul", "invalid JSON: unknown word at byte 0 of 3" },
        { "truex", "text after" },
        { "[1,]", "bad number" },
        { "[1 2]", "array without end" },
        { "[1", "array without end" },
        { "{\"a\" 1}", "no colon" },
        { "{a:1}", "no member name" },
        { "{\"a\":1,}", "no member name" },
        { "{\"a\":1", "object without end" },
        { "\xEF\xBB\xBF{}", "bad number at byte 0" },
        { "1234567890123456789012345678901234567890123456789012345678901234", "number too long" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_refused(table[i].text, strlen(table[i].text), table[i].why);
    }
    assert_refused("{}\0", 3, "text after the value at byte 2");
    assert_refused("\"a\0b\"", 5, "NUL byte at byte 2");
}

static void
test_depth_is_bounded_at_64(void **state)
{
    char text[131];

    (void)state;
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_refused(text, 130, "nested deeper than 64");
    _cleanup_(json_delete) cJSON *json = json_parse(text + 1, 128, NULL);
    assert_non_null(json);
}

static void
test_ids_keep_every_digit(void **state)
{
    static const char text[] =
        "{\"a\":[0.1,9007199254740993,5],\"b\":9223372036854775807,\"c\":-9223372036854775808,"
        "\"d\":9223372036854775808,\"e\":1e3,\"f\":1.5,\"g\":\"7\",\"h\":123456789012345,"
        "\"i\":1e17,\"j\":12345678901234567.5,\"k\":1234567890123456}";
    _cleanup_(json_delete) cJSON *json = parse(text);
    const cJSON *array = json_member(json, "a");
    Err err = ERR_NONE;
    int64_t id = 0;
    double number = 0;

    (void)state;
    assert_true(json_int64(cJSON_GetArrayItem(array, 1), "a", &id, &err));
    assert_true(id == INT64_C(9007199254740993));
    assert_true(json_int64(cJSON_GetArrayItem(array, 2), "a", &id, &err));
    assert_int_equal(id, 5);
    assert_true(json_int64(json_member(json, "b"), "b", &id, &err));
    assert_true(id == INT64_MAX);
    assert_true(json_int64(json_member(json, "c"), "c", &id, &err));
    assert_true(id == INT64_MIN);
    assert_true(json_int64(json_member(json, "e"), "e", &id, &err));
    assert_int_equal(id, 1000);
    assert_true(json_int64(json_member(json, "h"), "h", &id, &err));
    assert_true(id == INT64_C(123456789012345));
    assert_true(json_int64(json_member(json, "k"), "k", &id, &err));
    assert_true(id == INT64_C(1234567890123456));
    assert_true(json_number(json_member(json, "b"), "b", &number, &err));
    assert_true(number == 9223372036854775808.0);
    assert_false(json_int64(json_member(json, "d"), "d", &id, &err));
    assert_string_equal(err.message, "d: beyond the range of 64 bits");
    assert_string_equal(err.code, "invalid_field");
    assert_false(json_int64(json_member(json, "f"), "f", &id, &err));
    assert_false(json_int64(json_member(json, "g"), "g", &id, &err));
    assert_false(json_int64(json_member(json, "i"), "i", &id, &err));
    assert_false(json_int64(json_member(json, "j"), "j", &id, &err));
    assert_false(json_int64(json_member(json, "none"), "none", &id, &err));
    assert_string_equal(err.message, "none: not a number");
    assert_true(id == INT64_C(1234567890123456)); /* untouched by the failures */
}

static void
test_members(void **state)
{
    _cleanup_(json_delete) cJSON *json =
        parse(" {\"name\":\"Zo\\u00eb\",\"Name\":null,\"ok\":true,\"n\":1.5} ");
    Err err = ERR_NONE;
    const char *text = NULL;
    bool ok = false;
    double number = 0;

    (void)state;
    assert_true(json_text(json_member(json, "name"), "name", 4, &text, &err));
    assert_string_equal(text, "Zo\xC3\xAB");
    assert_false(json_text(json_member(json, "name"), "name", 3, &text, &err));
    assert_string_equal(err.message, "name: longer than 3 bytes");
    assert_null(json_member(json, "Name"));
    assert_null(json_member(json, "NAME"));
    assert_null(json_member(NULL, "x"));
    assert_null(json_member(json_member(json, "ok"), "x"));
    assert_true(json_bool(json_member(json, "ok"), "ok", &ok, &err) && ok);
    assert_false(json_bool(json_member(json, "n"), "n", &ok, &err));
    assert_true(json_number(json_member(json, "n"), "n", &number, &err) && number == 1.5);
    assert_false(json_number(json_member(json, "ok"), "ok", &number, &err));
    assert_false(json_text(json_member(json, "n"), "n", 9, &text, &err));
    assert_string_equal(err.message, "n: not a text");
}

/* 200,000 samples in each of 3 streams and an object of 100,000 keys: linear, or this takes minutes. */
static void
test_large_documents_are_linear(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;
    Err err = ERR_NONE;

    (void)state;
    str_append(&str, "{\"streams\":[");
    for (int stream = 0; stream < 3; stream++) {
        str_append(&str, stream == 0 ? "[0" : ",[0");
        for (int i = 1; i < 200000; i++) {
            str_append_format(&str, ",%d.%d", i, i % 10);
        }
        str_append_char(&str, ']');
    }
    str_append(&str, "],\"keys\":{\"k\":1");
    for (int i = 0; i < 100000; i++) {
        str_append_format(&str, ",\"k%d\":1", i);
    }
    str_append(&str, "}}");
    assert_true(str_ok(&str));
    int64_t started_us = clock_monotonic_us();
    _cleanup_(json_delete) cJSON *json = json_parse(str.bytes, str.length, &err);
    assert_non_null(json);
    assert_true(clock_monotonic_us() - started_us < 20000000); /* sanitizers on a busy machine included */
    size_t keys = 0;
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, json_member(json, "keys"))
    {
        keys++;
    }
    assert_int_equal(keys, 100001);
}

static void
test_number_of_values_is_bounded(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;

    (void)state;
    str_append(&str, "[0");
    for (int i = 1; i < JSON_VALUES_MAX; i++) {
        str_append_bytes(&str, ",0", 2);
    }
    str_append_char(&str, ']');
    assert_true(str_ok(&str));
    assert_refused(str.bytes, str.length, "too many values");
}

static void
test_large_object_with_a_duplicate(void **state)
{
    _cleanup_(str_done) Str str = STR_EMPTY;

    (void)state;
    str_append(&str, "{\"k7\":1");
    for (int i = 0; i < 50; i++) {
        str_append_format(&str, ",\"k%d\":1", i);
    }
    str_append_char(&str, '}');
    assert_refused(str.bytes, str.length, "duplicate key \"k7\"");
}

/* The tree is cJSON's: same types, texts and bits of every number, and both directions of its links. */
static void
test_the_tree_is_what_cjson_builds(void **state)
{
    static const char *const documents[] = {
        "[0,-0,1,-1,0.1,-27.233072,52.161162,123456789012345,999999999999999,0.000000000000001,1.5e3,2E-7,"
        "1e22,1e23]",
        "[2147483647,2147483648,-2147483648,-2147483649,16.799999999999955,10.999999999999999999999,5e-324]",
        "{\"a\":{\"b\":[true,false,null,\"\"]},\"\\u00fc\\ud83d\\ude00\":\"\\\"\\\\\\/"
        "\\b\\f\\n\\r\\t\\u20ac\\u007f\"}",
        " [ [ ] , { } ,\t\"\\n\" ] ",
        "\"ü\"",
        "7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        _cleanup_(json_delete) cJSON *ours = parse(documents[i]);
        _cleanup_(json_delete) cJSON *theirs = cJSON_Parse(documents[i]);
        _cleanup_(json_delete) cJSON *copy = cJSON_Duplicate(ours, true);
        assert_true(cJSON_Compare(ours, theirs, true));
        assert_true(cJSON_Compare(copy, theirs, true));
        const cJSON *a = ours->child;
        for (const cJSON *b = theirs->child; b != NULL; a = a->next, b = b->next) {
            assert_non_null(a);
            assert_int_equal(a->type, b->type);
            assert_int_equal(a->valueint, b->valueint);
            assert_memory_equal(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble);
            assert_true((a->string == NULL) == (b->string == NULL));
            assert_true(a->string == NULL || strcmp(a->string, b->string) == 0);
            assert_true(a->next == NULL || a->next->prev == a);
        }
        assert_null(a);
        assert_true(ours->child == NULL || ours->child->prev->next == NULL);
    }
}

/* Every number of up to 20 digits with a point anywhere is the double that strtod finds. */
static void
test_numbers_are_rounded_as_strtod_does(void **state)
{
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[40] = "-";
        size_t length = 1;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        int whole = 1 + (int)(random % 10);
        int decimals = (int)(random / 16 % 11);
        uint64_t digits = random;
        for (int d = 0; d < whole + decimals; d++, digits = digits / 10 + digits * 3) {
            if (d == whole) {
                text[length++] = '.';
            }
            text[length++] = (char)('0' + (d == 0 && whole > 1 ? 1 + digits % 9 : digits % 10));
        }
        text[length] = '\0';
        const char *number = text + (random >> 40 & 1);
        _cleanup_(json_delete) cJSON *json = parse(number);
        double expected = strtod(number, NULL);
        assert_memory_equal(&json->valuedouble, &expected, sizeof expected);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_documents_are_refused),
        cmocka_unit_test(test_depth_is_bounded_at_64),
        cmocka_unit_test(test_ids_keep_every_digit),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_large_documents_are_linear),
        cmocka_unit_test(test_number_of_values_is_bounded),
        cmocka_unit_test(test_large_object_with_a_duplicate),
        cmocka_unit_test(test_the_tree_is_what_cjson_builds),
        cmocka_unit_test(test_numbers_are_rounded_as_strtod_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
