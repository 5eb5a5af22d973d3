#include "tests/lib/near.h"

#include "worker/kinds/workouts/zones.h"

static int32_t values[100];

/* zone_of tells in which zone (from 1) ten equal seconds are; 0 if in none. */
static size_t
zone_of(const Zones *zones)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (zones->seconds[i] == 10) {
            return i + 1;
        }
    }
    return 0;
}

static size_t
power_zone(int32_t power_w)
{
    Zones zones = { 0 };

    steady(values, 10, power_w);
    assert_true(zones_power(values, 10, 250, &zones));
    return zone_of(&zones);
}

static size_t
hr_zone(int32_t bpm)
{
    Zones zones = { 0 };

    steady(values, 10, bpm);
    assert_true(zones_hr(values, 10, 165, &zones));
    return zone_of(&zones);
}

static size_t
speed_zone(int32_t mmps)
{
    Zones zones = { 0 };

    steady(values, 10, mmps);
    assert_true(zones_speed(values, 10, 4.0, &zones));
    return zone_of(&zones);
}

static void
bounds_are_those_of_the_table(void **state)
{
    (void)state;
    const double power[] = { 0, 137, 187, 225, 262, 300, 375 };
    const double hr[] = { 0, 112, 136, 155, 173 };
    const double speed[] = { 0, 3200, 3480, 3800, 4200, 4760 };
    Zones zones = { 0 };

    steady(values, 10, 100);
    assert_true(zones_power(values, 10, 250, &zones));
    assert_int_equal(zones.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_near(zones.bound[i], power[i], 0);
    }
    assert_true(zones_hr(values, 10, 165, &zones));
    assert_int_equal(zones.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_near(zones.bound[i], hr[i], 0);
    }
    assert_true(zones_speed(values, 10, 4.0, &zones));
    assert_int_equal(zones.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_near(zones.bound[i], speed[i], 1e-9);
    }
}

static void
a_bound_belongs_to_the_zone_above(void **state)
{
    (void)state;
    assert_int_equal(power_zone(136), 1);
    assert_int_equal(power_zone(137), 2);
    assert_int_equal(power_zone(0), 1);
    assert_int_equal(power_zone(5000), 7);
    assert_int_equal(hr_zone(111), 1);
    assert_int_equal(hr_zone(112), 2);
    assert_int_equal(hr_zone(173), 5);
    assert_int_equal(speed_zone(0), 1);
    assert_int_equal(speed_zone(3199), 1);
    assert_int_equal(speed_zone(3200), 2);
    assert_int_equal(speed_zone(4760), 6);
}

static void
a_missing_heart_rate_is_in_no_zone(void **state)
{
    (void)state;
    Zones zones = { 0 };

    steady(steady(values, 10, 150), 50, 0);
    assert_true(zones_hr(values, 60, 165, &zones));
    assert_int_equal(zones.seconds[0], 0);
    assert_int_equal(zones.seconds[2], 10);
}

static void
without_lthr_five_zones_from_half_of_the_maximum(void **state)
{
    (void)state;
    Zones zones = { 0 };

    steady(steady(steady(values, 20, 94), 30, 95), 40, 190);
    assert_true(zones_hr_of_max(values, 90, 190, &zones));
    assert_int_equal(zones.count, 5);
    assert_int_equal(zones.seconds[0], 30);
    assert_int_equal(zones.seconds[4], 40);
    assert_near(zones.bound[0], 95, 0);
}

static void
without_threshold_channel_or_ten_values_null(void **state)
{
    (void)state;
    Zones zones = { .count = 99 };

    steady(values, 100, 150);
    assert_false(zones_power(values, 100, 0, &zones));
    assert_false(zones_power(values, 100, NAN, &zones));
    assert_false(zones_power(NULL, 100, 250, &zones));
    assert_false(zones_power(values, 9, 250, &zones));
    assert_false(zones_hr(values, 100, -1, &zones));
    assert_false(zones_hr_of_max(values, 100, 0, &zones));
    assert_false(zones_speed(values, 100, 0, &zones));
    steady(values, 100, 0);
    assert_false(zones_hr(values, 100, 165, &zones));
    assert_int_equal(zones.count, 99);
}

static void
a_whole_bound_is_not_lost_to_binary_rounding(void **state)
{
    (void)state;
    Zones zones = { 0 };

    steady(values, 10, 1);
    assert_true(zones_power(values, 10, 100, &zones)); /* 55 % and 105 % of 100 */
    assert_near(zones.bound[1], 55, 0);
    assert_near(zones.bound[4], 105, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_those_of_the_table),
        cmocka_unit_test(a_bound_belongs_to_the_zone_above),
        cmocka_unit_test(a_missing_heart_rate_is_in_no_zone),
        cmocka_unit_test(without_lthr_five_zones_from_half_of_the_maximum),
        cmocka_unit_test(without_threshold_channel_or_ten_values_null),
        cmocka_unit_test(a_whole_bound_is_not_lost_to_binary_rounding),
    };
    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
