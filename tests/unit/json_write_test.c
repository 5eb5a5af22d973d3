#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "worker/kinds/workouts/json_write.h"

static void
commas_follow_from_what_stands_before(void **state)
{
    (void)state;
    _cleanup_(str_done) Str json = STR_EMPTY;

    json_open(&json, NULL, '{');
    json_put_int(&json, "a", 1);
    json_open(&json, "b", '[');
    json_put_int(&json, NULL, 1);
    json_open(&json, NULL, '[');
    json_close(&json, ']');
    json_open(&json, NULL, '{');
    json_put_text(&json, "c", "d\"e");
    json_close(&json, '}');
    json_close(&json, ']');
    json_put_bool(&json, "f", true);
    json_put_raw(&json, "g", "[1,2]");
    json_close(&json, '}');
    assert_string_equal(str_text(&json), "{\"a\":1,\"b\":[1,[],{\"c\":\"d\\\"e\"}],\"f\":true,\"g\":[1,2]}");
}

static void
what_is_not_known_is_null(void **state)
{
    (void)state;
    _cleanup_(str_done) Str json = STR_EMPTY;

    json_open(&json, NULL, '[');
    json_put_number(&json, NULL, NAN, 3);
    json_put_number(&json, NULL, INFINITY, 3);
    json_put_int(&json, NULL, JSON_NO_INT);
    json_put_text(&json, NULL, NULL);
    json_put_raw(&json, NULL, NULL);
    json_put_null(&json, NULL);
    json_put_number(&json, NULL, 0, 3);
    json_close(&json, ']');
    assert_string_equal(str_text(&json), "[null,null,null,null,null,null,0]");
}

static void
numbers_have_the_digits_asked_for(void **state)
{
    (void)state;
    _cleanup_(str_done) Str json = STR_EMPTY;

    json_open(&json, NULL, '[');
    json_put_number(&json, NULL, 1.23456, 2);
    json_put_number(&json, NULL, 3, 5);
    json_put_number(&json, NULL, -0.5, 1);
    json_close(&json, ']');
    assert_string_equal(str_text(&json), "[1.23,3,-0.5]");
}

/* Numbers of every size and count of digits, held against the C library's. */
static void
numbers_read_back(void **state)
{
    (void)state;
    static const double values[] = { 0,      0.05,          1,        -1,        0.1,  9.99996, 99999999,
                                     1e8,    123456789.123, -0.00004, 12.345678, 1e15, 0.5,     7209.0001,
                                     -273.15 };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (int decimals = 0; decimals <= 9; decimals++) {
            _cleanup_(str_done) Str json = STR_EMPTY;
            double back = NAN;
            json_put_number(&json, NULL, values[i], decimals);
            assert_true(str_to_double(str_text(&json), &back));
            assert_true(fabs(back - values[i]) <= 0.5000001 * pow(10, -decimals) + 1e-9);
            assert_string_not_equal(str_text(&json), "-0");
        }
    }
}

static void
whole_numbers_of_every_size(void **state)
{
    (void)state;
    _cleanup_(str_done) Str json = STR_EMPTY;

    json_open(&json, NULL, '[');
    json_put_int(&json, NULL, 0);
    json_put_int(&json, NULL, -7);
    json_put_int(&json, NULL, INT64_MAX);
    json_put_int(&json, NULL, INT64_MIN + 1);
    json_close(&json, ']');
    assert_string_equal(str_text(&json), "[0,-7,9223372036854775807,-9223372036854775807]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_follow_from_what_stands_before), cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(numbers_have_the_digits_asked_for),     cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(whole_numbers_of_every_size),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
