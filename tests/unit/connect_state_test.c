#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/cleanup.h"
#include "producer/api/connect_state.h"

#define USER "6f0f1e6e-4f4c-4f6c-9f57-8c3a3d2f5b10"
#define NOW_S 1767225600

static void
test_a_state_names_its_user_for_ten_minutes(void **state)
{
    _cleanup_(secret_free_pointer) Secret *key = secret_new("01234567890123456789012345678901", 32);
    char text[CONNECT_STATE_SIZE];
    char user[37] = "";
    (void)state;
    connect_state_make(key, USER, NOW_S, text);
    assert_true(connect_state_read(key, text, NOW_S, user));
    assert_string_equal(user, USER);
    assert_true(connect_state_read(key, text, NOW_S + 599, user));
    assert_false(connect_state_read(key, text, NOW_S + 600, user));
}

static void
test_whoever_changes_a_letter_is_refused(void **state)
{
    _cleanup_(secret_free_pointer) Secret *key = secret_new("01234567890123456789012345678901", 32);
    _cleanup_(secret_free_pointer) Secret *other = secret_new("01234567890123456789012345678902", 32);
    char text[CONNECT_STATE_SIZE];
    char user[37] = "";
    (void)state;
    connect_state_make(key, USER, NOW_S, text);
    assert_false(connect_state_read(other, text, NOW_S, user));
    for (size_t i = 0; text[i] != '\0'; i++) {
        char was = text[i];
        text[i] = was == '1' ? '2' : '1';
        assert_false(connect_state_read(key, text, NOW_S, user));
        text[i] = '\0';
        assert_false(connect_state_read(key, text, NOW_S, user));
        text[i] = was;
    }
    assert_false(connect_state_read(key, "", NOW_S, user));
    assert_string_equal(user, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_state_names_its_user_for_ten_minutes),
        cmocka_unit_test(test_whoever_changes_a_letter_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
