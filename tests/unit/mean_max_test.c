#include "tests/lib/near.h"

#include "worker/kinds/workouts/mean_max.h"

static int32_t time_s[400], values[400];

/* best_by_building_z is the oracle: it builds the wall-clock series and tries every window. */
static double
best_by_building_z(size_t n, int32_t duration_s)
{
    static int32_t z[4000];
    int32_t total_s = time_s[n - 1] - time_s[0] + 1;
    int64_t best = -1;

    steady(z, 4000, 0);
    for (size_t i = 0; i < n; i++) {
        z[time_s[i] - time_s[0]] = values[i];
    }
    for (int32_t start = 0; start + duration_s <= total_s; start++) {
        int64_t sum = 0;
        for (int32_t s = start; s < start + duration_s; s++) {
            sum += z[s];
        }
        best = sum > best ? sum : best;
    }
    return best < 0 ? (double)NAN : (double)best / duration_s;
}

static void
the_best_window_is_found(void **state)
{
    (void)state;
    double best = 0;

    clock_from(time_s, 300, 0);
    steady(steady(steady(values, 100, 100), 60, 300), 140, 100);
    assert_true(best_power_w(time_s, values, 300, 60, &best));
    assert_near(best, 300, 1e-9);
    assert_true(best_power_w(time_s, values, 300, 120, &best));
    assert_near(best, 200, 1e-9);
    assert_true(best_power_w(time_s, values, 300, 300, &best));
    assert_near(best, 140, 1e-9);
}

/* The short ride's case: the best minute begins in a pause or ends in one. */
static void
windows_may_begin_and_end_in_a_pause(void **state)
{
    (void)state;
    double best = 0;

    clock_from(clock_from(time_s, 20, 0), 20, 70);
    steady(steady(values, 20, 300), 20, 200);
    assert_true(best_power_w(time_s, values, 40, 60, &best));
    assert_near(best, 300 * 20 / 60.0, 1e-9);
    assert_true(best_power_w(time_s, values, 40, 75, &best));
    assert_near(best, best_by_building_z(40, 75), 1e-9);
}

static void
it_agrees_with_the_series_that_is_never_built(void **state)
{
    (void)state;
    uint32_t random = 12345;

    for (int round = 0; round < 40; round++) {
        int32_t now_s = 0;
        size_t n = 1 + (size_t)round * 3;
        for (size_t i = 0; i < n; i++) {
            random = random * 1664525 + 1013904223;
            now_s += (random >> 24) < 30 ? 31 + (int32_t)(random >> 20 & 15) : 1;
            time_s[i] = now_s;
            values[i] = (random >> 16 & 3) == 0 ? 0 : (int32_t)(random >> 8 & 511);
        }
        for (int32_t duration_s = 1; duration_s < 90; duration_s += 4) {
            double best = NAN;
            double oracle = best_by_building_z(n, duration_s);
            assert_int_equal(best_power_w(time_s, values, n, duration_s, &best), !isnan(oracle));
            if (!isnan(oracle)) {
                assert_near(best, oracle, 1e-9);
            }
        }
    }
}

static void
heart_rate_needs_consecutive_known_seconds(void **state)
{
    (void)state;
    double best = -1;

    clock_from(clock_from(time_s, 50, 0), 50, 100);
    steady(steady(values, 50, 150), 50, 160);
    values[70] = 0;
    assert_true(best_hr_bpm(time_s, values, 100, 20, &best));
    assert_near(best, 160, 1e-9);
    assert_true(best_hr_bpm(time_s, values, 100, 50, &best)); /* only before the pause */
    assert_near(best, 150, 1e-9);
    best = -1;
    assert_false(best_hr_bpm(time_s, values, 100, 51, &best));
    assert_false(best_hr_bpm(time_s, NULL, 100, 1, &best));
    assert_near(best, -1, 0);
}

static void
curves_hold_nan_beyond_the_activity(void **state)
{
    (void)state;
    double curve[CURVE_COUNT];

    clock_from(time_s, 120, 0);
    steady(values, 120, 200);
    assert_true(power_curve_w(time_s, values, 120, curve));
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (curve_durations_s[i] <= 120) {
            assert_near(curve[i], 200, 1e-9);
        } else {
            assert_true(isnan(curve[i]));
        }
    }
    assert_true(hr_curve_bpm(time_s, values, 120, curve));
    assert_near(curve[0], 200, 1e-9);
    assert_true(isnan(curve[CURVE_COUNT - 1]));
    assert_false(power_curve_w(time_s, NULL, 120, curve));
    assert_false(power_curve_w(time_s, values, 0, curve));
    steady(values, 120, 0);
    assert_false(hr_curve_bpm(time_s, values, 120, curve));
    assert_true(power_curve_w(time_s, values, 120, curve)); /* all zero is a power curve of zeros */
    assert_near(curve[0], 0, 0);
}

static void
durations_ascend_and_the_bests_are_among_them(void **state)
{
    (void)state;
    assert_int_equal(curve_durations_s[0], 1);
    assert_int_equal(curve_durations_s[CURVE_COUNT - 1], 21600);
    for (size_t i = 1; i < CURVE_COUNT; i++) {
        assert_true(curve_durations_s[i] > curve_durations_s[i - 1]);
    }
    for (size_t i = 0, j = 0; i < BEST_POWER_COUNT; i++) {
        while (j < CURVE_COUNT && curve_durations_s[j] != best_power_durations_s[i]) {
            j++;
        }
        assert_true(j < CURVE_COUNT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_window_is_found),
        cmocka_unit_test(windows_may_begin_and_end_in_a_pause),
        cmocka_unit_test(it_agrees_with_the_series_that_is_never_built),
        cmocka_unit_test(heart_rate_needs_consecutive_known_seconds),
        cmocka_unit_test(curves_hold_nan_beyond_the_activity),
        cmocka_unit_test(durations_ascend_and_the_bests_are_among_them),
    };
    return cmocka_run_group_tests_name("mean_max", tests, NULL, NULL);
}
