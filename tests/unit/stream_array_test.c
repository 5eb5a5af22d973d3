#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/activity/streams.h"
#include "worker/kinds/workouts/stream_array.h"

/* What PostgreSQL sends for ARRAY[100, NULL, -2]::int[]. */
static const unsigned char ints[] = {
    0, 0, 0, 1, 0, 0, 0, 1,   0,    0,    0,    23,   0, 0, 0, 3, 0,    0,    0,    1,
    0, 0, 0, 4, 0, 0, 0, 100, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfe,
};
/* ARRAY[1.5, NULL]::real[] */
static const unsigned char reals[] = {
    0, 0, 0, 1, 0, 0, 0, 1, 0,    0,    2, 0xbc, 0,    0,    0,    2,
    0, 0, 0, 1, 0, 0, 0, 4, 0x3f, 0xc0, 0, 0,    0xff, 0xff, 0xff, 0xff,
};
/* ARRAY[]::int[] */
static const unsigned char none[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23 };

static int
open_arena(void **state)
{
    *state = arena_new(1 << 20);
    return *state == NULL;
}

static int
close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void
elements_are_read(void **state)
{
    int32_t *values = NULL;
    float *floats = NULL;
    Err err = ERR_NONE;

    assert_true(int_array_read("power_w", ints, sizeof ints, 3, *state, &values, &err));
    assert_int_equal(values[0], 100);
    assert_int_equal(values[1], STREAM_NO_INT);
    assert_int_equal(values[2], -2);
    assert_true(real_array_read("speed_mps", reals, sizeof reals, 2, *state, &floats, &err));
    assert_true(floats[0] == 1.5F);
    assert_true(isnan(floats[1]));
    assert_true(int_array_read("power_w", none, sizeof none, 0, *state, &values, &err));
}

static void
every_shorter_message_is_refused(void **state)
{
    for (size_t length = 0; length < sizeof ints; length++) {
        int32_t *values = NULL;
        Err err = ERR_NONE;
        /* A copy of exactly that length, so that a sanitizer sees a byte too far. */
        unsigned char *copy = malloc(length + 1);
        assert_non_null(copy);
        memcpy(copy, ints, length);
        assert_false(int_array_read("power_w", copy, length, 3, *state, &values, &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_string_equal(err.code, "bad_array");
        assert_null(values);
        free(copy);
    }
}

static void
other_arrays_are_refused(void **state)
{
    unsigned char copy[sizeof ints];
    int32_t *values = NULL;
    float *floats = NULL;
    Err err = ERR_NONE;

    assert_false(int_array_read("x", ints, sizeof ints, 4, *state, &values, &err));   /* too few elements */
    assert_false(int_array_read("x", ints, sizeof ints, 2, *state, &values, &err));   /* too many */
    assert_false(int_array_read("x", none, sizeof none, 3, *state, &values, &err));   /* none */
    assert_false(real_array_read("x", ints, sizeof ints, 3, *state, &floats, &err));  /* ints for reals */
    assert_false(int_array_read("x", reals, sizeof reals, 2, *state, &values, &err)); /* reals for ints */
    memcpy(copy, ints, sizeof copy);
    copy[3] = 2; /* dimensions */
    assert_false(int_array_read("x", copy, sizeof copy, 3, *state, &values, &err));
    memcpy(copy, ints, sizeof copy);
    copy[23] = 8; /* bytes of the first element */
    assert_false(int_array_read("x", copy, sizeof copy, 3, *state, &values, &err));
    memcpy(copy, ints, sizeof copy);
    copy[12] = 0x7f; /* a huge count */
    assert_false(int_array_read("x", copy, sizeof copy, 3, *state, &values, &err));
    assert_null(values);
    assert_null(floats);
}

static void
a_full_arena_is_a_memory_error(void **state)
{
    (void)state;
    Arena *small = arena_new(8);
    int32_t *values = NULL;
    Err err = ERR_NONE;

    assert_non_null(small);
    assert_false(int_array_read("x", ints, sizeof ints, 3, small, &values, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
    arena_free(small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elements_are_read, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(every_shorter_message_is_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(other_arrays_are_refused, open_arena, close_arena),
        cmocka_unit_test(a_full_arena_is_a_memory_error),
    };
    return cmocka_run_group_tests_name("stream_array", tests, NULL, NULL);
}
