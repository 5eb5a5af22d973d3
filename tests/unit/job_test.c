/* job_test.c - keys of each type, and the messages that name them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/job.h"

static JobKind
kind_of(const char *key_type)
{
    JobKind kind = { .name = "rides", .schema = "public", .relation = "rides", .key_column = "id" };
    (void)snprintf(kind.key_type, sizeof kind.key_type, "%s", key_type);
    return kind;
}

static void
valid_are(const char *key_type, const char *const *keys, size_t n, bool wanted)
{
    JobKind kind = kind_of(key_type);
    for (size_t i = 0; i < n; i++) {
        if (job_key_valid(&kind, keys[i]) != wanted) {
            fail_msg("%s %s is%s valid", key_type, keys[i], wanted ? " not" : "");
        }
    }
}
#define VALID_ARE(type, wanted, ...)                                                                         \
    do {                                                                                                     \
        const char *const keys[] = { __VA_ARGS__ };                                                          \
        valid_are(type, keys, sizeof keys / sizeof keys[0], wanted);                                         \
    } while (0)

static void
test_keys_of_each_type(void **state)
{
    char long_text[JOB_KEY_MAX + 2];
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    long_text[JOB_KEY_MAX + 1] = '\0';

    VALID_ARE("uuid", true, "abcdef01-2345-6789-abcd-ef0123456789", "ABCDEF01-2345-6789-ABCD-EF0123456789");
    VALID_ARE("uuid", false, "", "abcdef01-2345-6789-abcd-ef012345678",
              "abcdef01-2345-6789-abcd-ef01234567890", "abcdef0123456789abcdef0123456789",
              "{abcdef01-2345-6789-abcd-ef0123456789}", "gbcdef01-2345-6789-abcd-ef0123456789",
              "abcdef01_2345-6789-abcd-ef0123456789", "1");
    VALID_ARE("bigint", true, "0", "-1", "9223372036854775807", "-9223372036854775808", "007");
    VALID_ARE("bigint", false, "", "9223372036854775808", "-9223372036854775809", "+5", "1.0", "1e3", "0x10",
              " 1", "1 ", "abc", "1;DROP TABLE x");
    VALID_ARE("integer", true, "2147483647", "-2147483648");
    VALID_ARE("integer", false, "2147483648", "-2147483649", "x");
    VALID_ARE("text", true, "a", " ", "it's {\"x\"},\\", "\xC3\x9F", long_text + 1);
    VALID_ARE("text", false, "", long_text, "\xFF", "\xC3", "\xED\xA0\x80");
}

static void
test_keys_become_what_postgresql_prints(void **state)
{
    static const char *const pairs[][3] = {
        { "uuid", "ABCDEF01-2345-6789-ABCD-EF0123456789", "abcdef01-2345-6789-abcd-ef0123456789" },
        { "bigint", "007", "7" },
        { "bigint", "-0", "0" },
        { "bigint", "-9223372036854775808", "-9223372036854775808" },
        { "integer", "0000000000000000012", "12" },
        { "text", "007", "007" },
        { "text", "ABC", "ABC" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char key[JOB_KEY_MAX + 1];
        JobKind kind = kind_of(pairs[i][0]);
        (void)snprintf(key, sizeof key, "%s", pairs[i][1]);
        job_key_canonical(&kind, key);
        assert_string_equal(key, pairs[i][2]);
    }
}

static void
test_messages_are_read(void **state)
{
    JobMessage message;
    Err err = ERR_NONE;
    const char *text = "{\"kind\":\"rides\",\"key\":\"a\\\"b\",\"epoch\":3}";
    (void)state;
    assert_true(job_message_parse(text, strlen(text), &message, &err));
    assert_string_equal(message.kind, "rides");
    assert_string_equal(message.key, "a\"b");
    assert_int_equal(message.epoch, 3);
    text = "{\"key\":9007199254740993,\"kind\":\"rides\",\"more\":{\"is\":\"ignored\"}}";
    assert_true(job_message_parse(text, strlen(text), &message, &err));
    assert_string_equal(message.key, "9007199254740993"); /* every digit, and no epoch */
    assert_int_equal(message.epoch, -1);
}

static void
test_what_is_no_message_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "null",
        "[]",
        "\"rides\"",
        "{}",
        "{\"kind\":\"rides\"}",
        "{\"key\":\"1\"}",
        "{\"kind\":\"rides\",\"key\":\"\"}",
        "{\"kind\":\"rides\",\"key\":null}",
        "{\"kind\":\"rides\",\"key\":1.5}",
        "{\"kind\":\"rides\",\"key\":[1]}",
        "{\"kind\":7,\"key\":\"1\"}",
        "{\"kind\":\"rides\",\"key\":\"1\",\"epoch\":-1}",
        "{\"kind\":\"rides\",\"key\":\"1\",\"epoch\":2147483648}",
        "{\"kind\":\"rides\",\"key\":\"1\",\"epoch\":\"3\"}",
        "{\"kind\":\"rides\",\"key\":\"1\"} trailing",
        "{\"kind\":\"rides\",\"key\":\"1\",\"key\":\"2\"}",
        "{\"kind\":\"rides\",\"key\":\"\xFF\"}",
        "{\"kind\":\"rides\",\"key\":\"1\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        JobMessage message = { .kind = "kept", .key = "kept", .epoch = 7 };
        Err err = ERR_NONE;
        if (job_message_parse(texts[i], strlen(texts[i]), &message, &err)) {
            fail_msg("read: %s", texts[i]);
        }
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_true(err.message[0] != '\0');
        assert_string_equal(message.kind, "kept");
        assert_string_equal(message.key, "kept");
        assert_int_equal(message.epoch, 7);
    }
}

static void
test_messages_come_back_as_they_were_written(void **state)
{
    static const char *const keys[] = { "1", "it's \"x\"\\,{}\n\t\x01", "\xC3\x9F\xF0\x9D\x84\x9E" };
    char buffer[JOB_MESSAGE_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        for (int32_t epoch = -1; epoch < 2; epoch++) {
            JobMessage message = { .kind = "rides", .epoch = epoch };
            JobMessage read = { .epoch = 9 };
            Err err = ERR_NONE;
            (void)snprintf(message.key, sizeof message.key, "%s", keys[i]);
            size_t length = job_message_print(&message, buffer, sizeof buffer);
            assert_int_equal(length, strlen(buffer));
            assert_true(job_message_parse(buffer, length, &read, &err));
            assert_string_equal(read.kind, "rides");
            assert_string_equal(read.key, keys[i]);
            assert_int_equal(read.epoch, epoch);
        }
    }
}

static void
test_the_longest_message_fits(void **state)
{
    char buffer[JOB_MESSAGE_MAX];
    JobMessage message = { .epoch = INT32_MAX }, read = { .epoch = 9 };
    Err err = ERR_NONE;
    (void)state;
    memset(message.kind, 1, sizeof message.kind - 1);
    memset(message.key, 1, sizeof message.key - 1);
    size_t length = job_message_print(&message, buffer, sizeof buffer);
    assert_true(length > 0);
    assert_true(job_message_parse(buffer, length, &read, &err));
    assert_string_equal(read.key, message.key);
}

static void
test_a_message_that_does_not_fit_is_not_cut(void **state)
{
    char buffer[20] = "kept";
    JobMessage message = { .kind = "rides", .key = "a key", .epoch = 1 };
    (void)state;
    assert_int_equal(job_message_print(&message, buffer, sizeof buffer), 0);
    assert_string_equal(buffer, "kept");
}

static void
test_queries_are_made_for_a_kind(void **state)
{
    JobKind kind = kind_of("uuid");
    SqlQuery query = { .name = NULL };
    Err err = ERR_NONE;
    const SqlQuery template = {
        .name = "q",
        .text = "SELECT t.:\"key\" :columns FROM :\"schema\".:\"relation\" AS t WHERE t.:\"key\" = $1::uuid"
    };
    (void)state;
    assert_true(job_query(&kind, &template, ", t.x", &query, &err));
    assert_string_equal(query.name, "q_rides");
    assert_string_equal(query.text,
                        "SELECT t.\"id\" , t.x FROM \"public\".\"rides\" AS t WHERE t.\"id\" = $1::uuid");
    job_query_done(&query);
    assert_null(query.name);
    assert_false(job_query(&kind, &(SqlQuery){ .name = "bad", .text = ":nobody" }, NULL, &query, &err));
    assert_null(query.name);
}

static void
test_kinds_are_found_by_name_and_by_table(void **state)
{
    JobKind items[] = { kind_of("uuid"), kind_of("text") };
    JobKinds kinds = { .items = items, .n = 2 };
    (void)state;
    (void)snprintf(items[1].name, sizeof items[1].name, "walks");
    (void)snprintf(items[1].relation, sizeof items[1].relation, "walks");
    assert_ptr_equal(job_kind_find(&kinds, "walks"), &items[1]);
    assert_null(job_kind_find(&kinds, "walk"));
    assert_ptr_equal(job_kind_of_table(&kinds, "public", "rides"), &items[0]);
    assert_null(job_kind_of_table(&kinds, "private", "rides"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_each_type),
        cmocka_unit_test(test_keys_become_what_postgresql_prints),
        cmocka_unit_test(test_messages_are_read),
        cmocka_unit_test(test_what_is_no_message_is_refused),
        cmocka_unit_test(test_messages_come_back_as_they_were_written),
        cmocka_unit_test(test_the_longest_message_fits),
        cmocka_unit_test(test_a_message_that_does_not_fit_is_not_cut),
        cmocka_unit_test(test_queries_are_made_for_a_kind),
        cmocka_unit_test(test_kinds_are_found_by_name_and_by_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
