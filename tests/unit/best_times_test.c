#include "tests/lib/near.h"

#include "worker/kinds/workouts/best_times.h"

static int32_t time_s[2000], distance_cm[2000];

/* go appends seconds at a speed of cm a second. */
static size_t
go(size_t n, size_t seconds, int32_t cm_per_s)
{
    for (size_t i = 0; i < seconds; i++, n++) {
        distance_cm[n] = n == 0 ? 0 : distance_cm[n - 1] + cm_per_s;
    }
    return n;
}

static void
the_fast_stretch_is_found(void **state)
{
    (void)state;
    int32_t best_s = 0;
    size_t n = go(go(go(0, 300, 300), 100, 500), 300, 300);

    clock_from(time_s, n, 0);
    assert_true(best_time_s(time_s, distance_cm, n, 500, 0, &best_s));
    assert_int_equal(best_s, 100);
    assert_true(best_time_s(time_s, distance_cm, n, 800, 0, &best_s));
    assert_int_equal(best_s, 200);
}

static void
whole_samples_without_interpolation(void **state)
{
    (void)state;
    int32_t best_s = 0;
    size_t n = go(0, 500, 333); /* 400 m are reached in 120.12 s: 121 whole ones */

    clock_from(time_s, n, 0);
    assert_true(best_time_s(time_s, distance_cm, n, 400, 0, &best_s));
    assert_int_equal(best_s, 121);
}

static void
miles_are_exact_to_the_millimetre(void **state)
{
    (void)state;
    const int32_t one_s[] = { 0, 100, 200 };
    const int32_t short_of[] = { 0, 1, 160934 };
    const int32_t enough[] = { 0, 1, 160935 };
    int32_t best_s = 0;

    assert_false(best_time_s(one_s, short_of, 3, 1609.344, 0, &best_s)); /* 1609.34 m */
    assert_true(best_time_s(one_s, enough, 3, 1609.344, 0, &best_s));
    assert_int_equal(best_s, 200);
}

static void
a_pause_inside_counts(void **state)
{
    (void)state;
    int32_t best_s = 0;
    size_t n = go(0, 201, 300);

    clock_from(time_s, 100, 0);
    clock_from(time_s + 100, n - 100, 160);
    assert_true(best_time_s(time_s, distance_cm, n, 600, 0, &best_s));
    assert_int_equal(best_s, 260);
}

static void
a_jump_in_a_run_is_discarded(void **state)
{
    (void)state;
    int32_t best_s = 0;
    size_t n = go(go(go(0, 300, 300), 1, 500000), 300, 300); /* 5 km in one second */

    clock_from(time_s, n, 0);
    assert_true(best_time_s(time_s, distance_cm, n, 400, 0, &best_s));
    assert_int_equal(best_s, 1);
    assert_true(best_time_s(time_s, distance_cm, n, 400, BEST_RUN_MAX_MPS, &best_s));
    assert_int_equal(best_s, 134);
}

static void
a_shorter_activity_gives_null(void **state)
{
    (void)state;
    int32_t best_s = -1;
    size_t n = go(0, 100, 300);

    clock_from(time_s, n, 0);
    assert_false(best_time_s(time_s, distance_cm, n, 400, 0, &best_s));
    assert_false(best_time_s(time_s, NULL, n, 100, 0, &best_s));
    assert_false(best_time_s(time_s, distance_cm, 1, 100, 0, &best_s));
    assert_false(best_time_s(time_s, distance_cm, 0, 100, 0, &best_s));
    assert_int_equal(best_s, -1);
}

static void
the_list_holds_the_distances_of_the_page(void **state)
{
    (void)state;
    assert_near(best_time_distances_m[0], 400, 0);
    assert_near(best_time_distances_m[3], 1609.344, 0);
    assert_near(best_time_distances_m[8], 21097.5, 0);
    assert_near(best_time_distances_m[BEST_TIMES_COUNT - 1], 42195, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fast_stretch_is_found),
        cmocka_unit_test(whole_samples_without_interpolation),
        cmocka_unit_test(miles_are_exact_to_the_millimetre),
        cmocka_unit_test(a_pause_inside_counts),
        cmocka_unit_test(a_jump_in_a_run_is_discarded),
        cmocka_unit_test(a_shorter_activity_gives_null),
        cmocka_unit_test(the_list_holds_the_distances_of_the_page),
    };
    return cmocka_run_group_tests_name("best_times", tests, NULL, NULL);
}
