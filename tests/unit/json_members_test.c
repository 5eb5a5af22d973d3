#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/activity/json_members.h"
#include "common/cleanup.h"

static void
members_are_found_as_they_were_written(void **state)
{
    (void)state;
    const char *text = " { \"a\" : [1, {\"b\":\"}]\\\"\"}] ,\"big\":12345678901234567890 , \"s\":\"x,y\" } ";
    const char *value = NULL;
    size_t length = 0;

    assert_true(json_member_text(text, strlen(text), "a", &value, &length));
    assert_int_equal(length, strlen("[1, {\"b\":\"}]\\\"\"}]"));
    assert_memory_equal(value, "[1, {\"b\":\"}]\\\"\"}]", length);
    assert_true(json_member_text(text, strlen(text), "big", &value, &length));
    assert_memory_equal(value, "12345678901234567890", length);
    assert_true(json_member_text(text, strlen(text), "s", &value, &length));
    assert_memory_equal(value, "\"x,y\"", length);
    assert_false(json_member_text(text, strlen(text), "b", &value, &length));
    assert_false(json_member_text("{}", 2, "b", &value, &length));
    assert_false(json_member_text("[1]", 3, "b", &value, &length));
}

static void
one_member_can_be_left_out(void **state)
{
    (void)state;
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(1 << 20);
    static const struct {
        const char *text;
        const char *copy;
    } cases[] = {
        { "{\"samples\":[1, 2],\"id\": 12345678901234567890, \"s\":\"a b\"}",
          "{\"id\":12345678901234567890,\"s\":\"a b\"}" },
        { "{ \"id\":1 , \"samples\" : [ {} ] }", "{\"id\":1}" },
        { "{\"samples\":[]}", "{}" },
        { "{}", "{}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(json_copy_without(cases[i].text, strlen(cases[i].text), "samples", arena),
                            cases[i].copy);
    }
}

/* Text that is no JSON ends the walk; nothing beyond the text is read (the sanitizer build watches). */
static void
broken_text_ends_the_walk(void **state)
{
    (void)state;
    static const char *const texts[] = { "",        "{",           "{\"",      "{\"a",      "{\"a\"",
                                         "{\"a\":", "{\"a\":\"\\", "{\"a\":[", "{\"a\":1,", "{7}" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        _cleanup_(free_pointer) char *exact = malloc(strlen(texts[i]) + 1);
        assert_non_null(exact);
        memcpy(exact, texts[i], strlen(texts[i]) + 1);
        JsonMembers members;
        json_members_start(&members, exact, strlen(exact));
        for (int steps = 0; json_members_next(&members); steps++) {
            assert_true(steps < 3);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_as_they_were_written),
        cmocka_unit_test(one_member_can_be_left_out),
        cmocka_unit_test(broken_text_ends_the_walk),
    };
    return cmocka_run_group_tests_name("json_members", tests, NULL, NULL);
}
