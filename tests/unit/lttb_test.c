#include "tests/lib/near.h"

#include "worker/kinds/workouts/lttb.h"

static int32_t x[5000];
static double y[5000];

static void
squares_modulo_13(void **state)
{
    (void)state;
    const size_t expected[] = { 0, 3, 6, 9, 10, 13, 16, 19 };
    size_t chosen[8];

    for (int32_t i = 0; i < 20; i++) {
        x[i] = i;
        y[i] = 7 * i * i % 13;
    }
    assert_int_equal(lttb_choose(x, y, 20, 8, chosen), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(chosen[i], expected[i]);
    }
}

static void
of_equals_the_first_wins(void **state)
{
    (void)state;
    size_t chosen[4];

    for (int32_t i = 0; i < 10; i++) {
        x[i] = i;
        y[i] = 5;
    }
    assert_int_equal(lttb_choose(x, y, 10, 4, chosen), 4);
    assert_int_equal(chosen[1], 1);
    assert_int_equal(chosen[2], 5);
}

static void
indices_ascend_and_keep_both_ends(void **state)
{
    (void)state;
    static size_t chosen[2000];

    for (int32_t i = 0; i < 5000; i++) {
        x[i] = i;
        y[i] = i % 7 == 0 ? NAN : sin(i);
    }
    assert_int_equal(lttb_choose(x, y, 5000, 2000, chosen), 2000);
    assert_int_equal(chosen[0], 0);
    assert_int_equal(chosen[1999], 4999);
    for (size_t i = 1; i < 2000; i++) {
        assert_true(chosen[i] > chosen[i - 1]);
    }
}

static void
a_peak_survives(void **state)
{
    (void)state;
    size_t chosen[10];
    size_t kept = 0;

    for (int32_t i = 0; i < 1000; i++) {
        x[i] = i;
        y[i] = i == 437 ? 1000 : 1;
    }
    assert_int_equal(lttb_choose(x, y, 1000, 10, chosen), 10);
    for (size_t i = 0; i < 10; i++) {
        kept += chosen[i] == 437 ? 1 : 0;
    }
    assert_int_equal(kept, 1);
}

static void
few_points_are_all_kept(void **state)
{
    (void)state;
    size_t chosen[8];

    assert_int_equal(lttb_choose(x, y, 0, 8, chosen), 0);
    assert_int_equal(lttb_choose(x, y, 1, 8, chosen), 1);
    assert_int_equal(lttb_choose(x, y, 8, 8, chosen), 8);
    assert_int_equal(chosen[7], 7);
    assert_int_equal(lttb_choose(x, y, 5, 2, chosen), 2);
    assert_int_equal(chosen[1], 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_modulo_13),
        cmocka_unit_test(of_equals_the_first_wins),
        cmocka_unit_test(indices_ascend_and_keep_both_ends),
        cmocka_unit_test(a_peak_survives),
        cmocka_unit_test(few_points_are_all_kept),
    };
    return cmocka_run_group_tests_name("lttb", tests, NULL, NULL);
}
