#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/cleanup.h"

#define MIB ((size_t)1024 * 1024)

static void
test_blocks_are_zeroed_aligned_and_apart(void **state)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(64 * MIB);
    unsigned char *last = NULL;

    (void)state;
    assert_non_null(arena);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3000; i++) {
            unsigned char *block = arena_alloc(arena, i % 97, 3);
            assert_non_null(block);
            assert_true(block != last);
            assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
            for (size_t byte = 0; byte < i % 97 * 3; byte++) {
                assert_int_equal(block[byte], 0);
            }
            memset(block, 0xAA, i % 97 * 3);
            last = i % 97 > 0 ? block : last;
        }
        arena_reset(arena); /* the second round gets used memory again */
        assert_int_equal(arena_used(arena), 0);
    }
}

static void
test_limit_bounds_the_whole(void **state)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(3 * MIB);

    (void)state;
    assert_non_null(arena_alloc(arena, 2, MIB));
    assert_null(arena_alloc(arena, 2, MIB));
    assert_non_null(arena_alloc(arena, 1, MIB));
    assert_null(arena_alloc(arena, 1, 1));
    assert_int_equal(arena_used(arena), 3 * MIB);
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 3, MIB));
}

static void
test_overflow_is_refused(void **state)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(SIZE_MAX);

    (void)state;
    assert_null(arena_alloc(arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(arena, SIZE_MAX, 1));
    assert_null(arena_copy_text(arena, "x", SIZE_MAX));
}

static void
test_copied_text_ends_in_nul(void **state)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(MIB);

    (void)state;
    assert_string_equal(arena_copy_text(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy_text(arena, "", 0), "");
    arena_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_limit_bounds_the_whole),
        cmocka_unit_test(test_overflow_is_refused),
        cmocka_unit_test(test_copied_text_ends_in_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
