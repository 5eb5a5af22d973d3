#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "producer/key_set.h"

static void
test_each_key_is_kept_once_and_in_order(void **state)
{
    static const char *const keys[] = { "b", "a", "b", "", "a\xc3\xa9", "a", "b" };
    _cleanup_(key_set_done) KeySet set = KEY_SET_EMPTY;
    Err err = ERR_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_true(key_set_add(&set, keys[i], &err));
    }
    key_set_settle(&set);
    assert_int_equal(set.n, 4);
    assert_string_equal(set.items[0], "");
    assert_string_equal(set.items[1], "a");
    assert_string_equal(set.items[2], "a\xc3\xa9");
    assert_string_equal(set.items[3], "b");
}

static void
test_an_empty_set_settles(void **state)
{
    _cleanup_(key_set_done) KeySet set = KEY_SET_EMPTY;

    (void)state;
    key_set_settle(&set);
    assert_int_equal(set.n, 0);
}

static void
test_repeated_keys_take_no_room(void **state)
{
    _cleanup_(key_set_done) KeySet set = KEY_SET_EMPTY;
    Err err = ERR_NONE;
    char key[32];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(key, sizeof key, "%d", i % 500);
        assert_true(key_set_add(&set, key, &err));
    }
    assert_true(set.capacity <= 1024);
    key_set_settle(&set);
    assert_int_equal(set.n, 500);
}

static void
test_many_distinct_keys(void **state)
{
    _cleanup_(key_set_done) KeySet set = KEY_SET_EMPTY;
    Err err = ERR_NONE;
    char key[32];

    (void)state;
    for (int i = 0; i < 60000; i++) {
        (void)snprintf(key, sizeof key, "%06d", (i * 7919) % 20000);
        assert_true(key_set_add(&set, key, &err));
    }
    key_set_settle(&set);
    assert_int_equal(set.n, 20000);
    assert_string_equal(set.items[0], "000000");
    assert_string_equal(set.items[19999], "019999");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_is_kept_once_and_in_order),
        cmocka_unit_test(test_an_empty_set_settles),
        cmocka_unit_test(test_repeated_keys_take_no_room),
        cmocka_unit_test(test_many_distinct_keys),
    };
    return cmocka_run_group_tests_name("key_set", tests, NULL, NULL);
}
