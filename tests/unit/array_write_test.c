/* array_write_test.c - what the producer writes is what the worker reads, and what PostgreSQL's array_send
 * sends. */
#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/activity/streams.h"
#include "producer/api/array_write.h"
#include "worker/kinds/workouts/stream_array.h"

/* array_send('{1,NULL}'::int[]) of PostgreSQL 15 */
static const uint8_t one_and_null[] = { 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0,    0,    0,    2,
                                        0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1,  0xff, 0xff, 0xff, 0xff };

static int
setup(void **state)
{
    *state = arena_new(1 << 20);
    return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void
ints_as_postgresql_sends_them(void **state)
{
    const int32_t values[] = { 1, STREAM_NO_INT };
    size_t n = 0;
    const void *bytes = int_array_write(values, 2, *state, &n);

    assert_non_null(bytes);
    assert_int_equal(n, sizeof(one_and_null));
    assert_memory_equal(bytes, one_and_null, n);
}

static void
empty_array_has_no_dimension(void **state)
{
    const uint8_t empty[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 188 }; /* array_send('{}'::real[]) */
    size_t n = 0;
    const void *bytes = real_array_write(NULL, 0, *state, &n);

    assert_non_null(bytes);
    assert_int_equal(n, sizeof(empty));
    assert_memory_equal(bytes, empty, n);
}

static void
read_back_by_the_worker(void **state)
{
    const int32_t ints[] = { 0, -1, INT32_MAX, STREAM_NO_INT, 7 };
    const float reals[] = { 0.0F, -1.5F, 3.4e38F, NAN, 1e-30F };
    int32_t *ints_read = NULL;
    float *reals_read = NULL;
    Err err = ERR_NONE;
    size_t n = 0;

    const void *bytes = int_array_write(ints, 5, *state, &n);
    assert_true(int_array_read("ints", bytes, n, 5, *state, &ints_read, &err));
    assert_memory_equal(ints_read, ints, sizeof(ints));
    bytes = real_array_write(reals, 5, *state, &n);
    assert_true(real_array_read("reals", bytes, n, 5, *state, &reals_read, &err));
    for (size_t i = 0; i < 5; i++) {
        assert_true(isnan(reals[i]) ? isnan(reals_read[i]) : reals[i] == reals_read[i]);
    }
}

static void
full_arena_is_told(void **state)
{
    const int32_t values[1000] = { 0 };
    Arena *small = arena_new(100);
    size_t n = 0;
    (void)state;

    assert_null(int_array_write(values, 1000, small, &n));
    arena_free(small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ints_as_postgresql_sends_them),
        cmocka_unit_test(empty_array_has_no_dimension),
        cmocka_unit_test(read_back_by_the_worker),
        cmocka_unit_test(full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
