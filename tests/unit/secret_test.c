#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/secret.h"

static void
test_equal_only_when_every_byte_is(void **state)
{
    _cleanup_(secret_free_pointer) Secret *secret = secret_new("hunter22", 8);

    (void)state;
    assert_non_null(secret);
    assert_true(secret_equals(secret, "hunter22", 8));
    assert_false(secret_equals(secret, "hunter23", 8));
    assert_false(secret_equals(secret, "hunter2", 7));
    assert_false(secret_equals(secret, "hunter222", 9));
    assert_false(secret_equals(secret, "", 0));
    assert_string_equal(secret_text(secret), "hunter22");
    assert_int_equal(secret_length(secret), 8);
}

static void
test_nothing_matches_what_is_not_set(void **state)
{
    _cleanup_(secret_free_pointer) Secret *empty = secret_new("", 0);

    (void)state;
    assert_false(secret_equals(NULL, "", 0));
    assert_false(secret_equals(NULL, "x", 1));
    assert_string_equal(secret_text(empty), "");
    secret_free(NULL);
}

static void
test_base64_of_every_length(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
    } good[] = { { "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "Zm9vYmFy", "foobar" } };
    static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg==x", "Zm 9v", "Zm9v\n", "Zm-_", "Zh==" };
    Err err = ERR_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        _cleanup_(secret_free_pointer) Secret *secret = secret_from_base64(good[i].text, &err);
        assert_non_null(secret);
        assert_int_equal(secret_length(secret), strlen(good[i].bytes));
        assert_string_equal(secret_text(secret), good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(secret_from_base64(bad[i], &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_string_equal(err.message, "not base64");
    }
}

static void
test_environment_is_wiped_in_place(void **state)
{
    (void)state;
    assert_int_equal(setenv("PACELINE_TEST_SECRET", "hunter22", 1), 0);
    const char *value = getenv("PACELINE_TEST_SECRET");
    secret_wipe_environment("PACELINE_TEST_SECRET");
    assert_null(getenv("PACELINE_TEST_SECRET"));
    assert_memory_equal(value, "\0\0\0\0\0\0\0\0", 8);
    secret_wipe_environment("PACELINE_TEST_SECRET");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_only_when_every_byte_is),
        cmocka_unit_test(test_nothing_matches_what_is_not_set),
        cmocka_unit_test(test_base64_of_every_length),
        cmocka_unit_test(test_environment_is_wiped_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
