#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/err.h"
#include "common/json_read.h"

static void
test_class_decides_retryable(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    assert_false(err_set(&err, ERR_NETWORK, "ECONNRESET", "strava: streams of %d: reset", 7));
    assert_int_equal(err.class, ERR_NETWORK);
    assert_true(err.retryable);
    assert_string_equal(err.code, "ECONNRESET");
    assert_string_equal(err.message, "strava: streams of 7: reset");
    assert_false(err_set(&err, ERR_INVALID_DATA, "22P02", "x"));
    assert_false(err.retryable);
    assert_false(err_set(NULL, ERR_NETWORK, "x", "%s", "nobody listens"));
}

static void
test_every_class_has_its_stored_name(void **state)
{
    static const struct {
        ErrClass class;
        const char *name;
        bool retryable;
    } table[] = {
        { ERR_NETWORK, "network_error", true },
        { ERR_RATE_LIMIT, "rate_limit", true },
        { ERR_TEMPORARY_API, "temporary_api_error", true },
        { ERR_DATABASE_TIMEOUT, "database_timeout", true },
        { ERR_AUTHENTICATION, "authentication_error", false },
        { ERR_PERMISSION_DENIED, "permission_denied", false },
        { ERR_QUOTA_EXCEEDED, "quota_exceeded", true },
        { ERR_INVALID_DATA, "invalid_data", false },
        { ERR_FUNCTION_TIMEOUT, "function_timeout", true },
        { ERR_MEMORY_LIMIT, "memory_limit", true },
        { ERR_UNKNOWN, "unknown_error", true },
    };

    (void)state;
    assert_int_equal(sizeof table / sizeof table[0], ERR_CLASS_COUNT - 1);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_string_equal(err_class_name(table[i].class), table[i].name);
        assert_int_equal(err_class_retryable(table[i].class), table[i].retryable);
    }
    assert_string_equal(err_class_name((ErrClass)99), "unknown_error");
}

static void
test_message_may_wrap_itself(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    (void)err_set(&err, ERR_DATABASE_TIMEOUT, "08006", "connection lost");
    err.retry_at_us = 5;
    (void)err_set(&err, err.class, err.code, "pages: %s", err.message);
    assert_string_equal(err.message, "pages: connection lost");
    assert_string_equal(err.code, "08006");
    assert_int_equal(err.retry_at_us, 0);
}

static void
test_long_message_is_cut_between_characters(void **state)
{
    char text[1000];
    Err err = ERR_NONE;

    (void)state;
    for (size_t i = 0; i < 333; i++) {
        memcpy(text + 3 * i, "\xE2\x82\xAC", 4); /* EUR: 3 bytes do not divide 511 */
    }
    (void)err_set(&err, ERR_UNKNOWN, "x", "%s", text);
    assert_int_equal(strlen(err.message), 510);
    assert_true(json_utf8_valid(err.message, strlen(err.message)));
}

static void
test_json_is_exact(void **state)
{
    Err err = ERR_NONE;
    char buffer[1024];

    (void)state;
    (void)err_set(&err, ERR_INVALID_DATA, "22P02", "bad \"x\"\n");
    memcpy(err.stage, "summary", sizeof "summary");
    err_json(&err, buffer, sizeof buffer);
    assert_string_equal(buffer,
                        "{\"class\":\"invalid_data\",\"code\":\"22P02\",\"message\":\"bad \\\"x\\\"\\n\","
                        "\"retryable\":false,\"stage\":\"summary\"}");
}

static void
test_json_fits_whatever_the_bytes(void **state)
{
    char buffer[1024];

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        Err err = ERR_NONE;
        Err ignored = ERR_NONE;
        err.class = ERR_UNKNOWN;
        memset(err.message, byte, sizeof err.message - 1);
        memset(err.code, byte, sizeof err.code - 1);
        memset(err.stage, byte, sizeof err.stage - 1);
        memset(buffer, 'Z', sizeof buffer);
        err_json(&err, buffer, sizeof buffer);
        _cleanup_(json_delete) cJSON *json = json_parse(buffer, strlen(buffer), &ignored);
        assert_non_null(json);
        assert_non_null(json_member(json, "stage"));
        assert_true(cJSON_IsFalse(json_member(json, "retryable")));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_decides_retryable),
        cmocka_unit_test(test_every_class_has_its_stored_name),
        cmocka_unit_test(test_message_may_wrap_itself),
        cmocka_unit_test(test_long_message_is_cut_between_characters),
        cmocka_unit_test(test_json_is_exact),
        cmocka_unit_test(test_json_fits_whatever_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
