#include "tests/lib/near.h"

#include <stdbool.h>

#include "worker/kinds/workouts/segments.h"

#define SECONDS 1000

static Arena *arena;

static int
make_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return arena == NULL ? -1 : 0;
}

static int
drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A ride of 1000 s at 5 m/s, 200 W, 150 bpm, 90 rpm, that climbs 1 cm a second. */
typedef struct Ride {
    int32_t time_s[SECONDS], power_w[SECONDS], hr_bpm[SECONDS], cadence[SECONDS], moving[SECONDS];
    float distance_m[SECONDS], altitude_m[SECONDS];
    Streams streams;
} Ride;

static Ride ride;

static void
make_ride(void)
{
    clock_from(ride.time_s, SECONDS, 0);
    steady(ride.power_w, SECONDS, 200);
    steady(ride.hr_bpm, SECONDS, 150);
    steady(ride.cadence, SECONDS, 90);
    steady(ride.moving, SECONDS, 1);
    for (size_t i = 0; i < SECONDS; i++) {
        ride.distance_m[i] = 5.0F * (float)i;
        ride.altitude_m[i] = 0.01F * (float)i;
    }
    ride.streams = (Streams){ .n = SECONDS,
                              .time_s = ride.time_s,
                              .distance_m = ride.distance_m,
                              .altitude_m = ride.altitude_m,
                              .hr_bpm = ride.hr_bpm,
                              .cadence_per_min = ride.cadence,
                              .power_w = ride.power_w,
                              .moving = ride.moving };
}

static Samples
ride_samples(void)
{
    Samples samples = { 0 };
    Err err = ERR_NONE;

    assert_true(samples_build(&ride.streams, SPORT_RIDE, arena, &samples, &err));
    return samples;
}

static size_t
splits(const Samples *samples, int64_t unit_mm, Segment **ret)
{
    size_t count = 0;
    Err err = ERR_NONE;

    assert_true(splits_make(samples, unit_mm, arena, ret, &count, &err));
    return count;
}

static void
kilometres_end_at_the_first_sample_beyond(void **state)
{
    (void)state;
    Segment *km = NULL;

    make_ride();
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 5);
    assert_int_equal(km[0].start, 0);
    assert_int_equal(km[0].end, 200);
    assert_near(km[0].distance_m, 1000, 1e-9);
    assert_int_equal(km[0].elapsed_s, 200);
    assert_int_equal(km[0].moving_s, 200);
    assert_near(km[0].speed_mps, 5, 1e-9);
    assert_near(km[0].speed_gap_mps, 5, 1e-9);
    assert_near(km[0].hr_bpm, 150, 1e-9);
    assert_near(km[0].power_w, 200, 1e-9);
    assert_near(km[0].cadence_per_min, 90, 1e-9);
    assert_near(km[0].elevation_diff_m, 2, 1e-9);
    assert_int_equal(km[1].start, 200);
    assert_near(km[4].distance_m, 995, 1e-9); /* what is left */
    assert_int_equal(km[4].end, SECONDS - 1);
}

static void
miles_are_1609_344_metres(void **state)
{
    (void)state;
    Segment *miles = NULL;

    make_ride();
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_MILE_MM, &miles), 4);
    assert_near(miles[0].distance_m, 1610, 1e-9);
    assert_near(miles[1].distance_m, 1610, 1e-9); /* ends at 3220: two miles are 3218.688 */
    assert_near(miles[2].distance_m, 1610, 1e-9);
    assert_near(miles[3].distance_m, 165, 1e-9);
}

static void
an_activity_that_ends_on_a_kilometre_has_no_rest(void **state)
{
    (void)state;
    Segment *km = NULL;

    make_ride();
    ride.streams.n = 401;
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 2);
    assert_int_equal(km[1].end, 400);
}

static void
a_stop_is_taken_off_the_split_it_lies_in(void **state)
{
    (void)state;
    Segment *km = NULL;

    make_ride();
    for (size_t i = 100; i < 120; i++) { /* 20 s standing, and as much less way behind it */
        ride.moving[i] = 0;
        ride.power_w[i] = 0;
        ride.hr_bpm[i] = 100;
    }
    for (size_t i = 100; i < SECONDS; i++) {
        ride.distance_m[i] = 5.0F * (float)(i < 120 ? 99 : i - 20);
    }
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 5);
    assert_int_equal(km[0].elapsed_s, 220);
    assert_int_equal(km[0].moving_s, 200);
    assert_near(km[0].speed_mps, 5, 1e-9);
    assert_near(km[0].hr_bpm, 150, 1e-9); /* of moving samples */
    assert_near(km[0].power_w, 200, 1e-9);
    assert_int_equal(km[1].moving_s, 200);
}

static void
a_jump_over_several_units_is_one_split(void **state)
{
    (void)state;
    Segment *km = NULL;

    make_ride();
    for (size_t i = 300; i < SECONDS; i++) {
        ride.distance_m[i] += 3000;
    }
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 6); /* 1000, 4500, 5000, 6000, 7000, rest */
    assert_int_equal(km[1].end, 300);
    assert_near(km[1].distance_m, 3500, 1e-9);
}

static void
missing_channels_are_nan(void **state)
{
    (void)state;
    Segment *km = NULL;

    make_ride();
    ride.streams.hr_bpm = NULL;
    ride.streams.power_w = NULL;
    ride.streams.cadence_per_min = NULL;
    ride.streams.altitude_m = NULL;
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 5);
    assert_true(isnan(km[0].hr_bpm));
    assert_true(isnan(km[0].power_w));
    assert_true(isnan(km[0].cadence_per_min));
    assert_true(isnan(km[0].elevation_diff_m));
    ride.streams.distance_m = NULL;
    samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 0);
    Segment whole;
    segment_measure(&samples, 0, SECONDS - 1, &whole);
    assert_true(isnan(whole.distance_m));
    assert_true(isnan(whole.speed_mps));
    assert_true(isnan(whole.speed_gap_mps));
    assert_int_equal(whole.elapsed_s, SECONDS - 1);
}

static void
few_samples_have_no_splits(void **state)
{
    (void)state;
    Segment *km = NULL;
    Segment one;

    make_ride();
    ride.streams.n = 1;
    Samples samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 0);
    segment_measure(&samples, 0, 0, &one);
    assert_int_equal(one.elapsed_s, 0);
    assert_true(isnan(one.speed_mps));
    ride.streams.n = 0;
    samples = ride_samples();
    assert_int_equal(splits(&samples, SPLIT_KM_MM, &km), 0);
}

static void
slices_are_a_minute_unless_that_is_too_many(void **state)
{
    (void)state;
    Segment *slices = NULL;
    size_t count = 0;
    Err err = ERR_NONE;

    make_ride();
    Samples samples = ride_samples();
    assert_true(slices_make(&samples, 60, 500, arena, &slices, &count, &err));
    assert_int_equal(count, 17); /* 999 s */
    assert_int_equal(slices[0].elapsed_s, 60);
    assert_int_equal(slices[16].elapsed_s, 39);
    assert_true(slices_make(&samples, 60, 10, arena, &slices, &count, &err));
    assert_int_equal(count, 10);
    assert_int_equal(slices[0].elapsed_s, 100);
    assert_int_equal(slices[9].end, SECONDS - 1);
}

static void
laps_are_given_by_stored_rows(void **state)
{
    (void)state;
    Segment lap;

    make_ride();
    for (size_t i = 0; i < SECONDS; i++) {
        ride.time_s[i] = 2 * (int32_t)i; /* one row every 2 s */
        ride.power_w[i] = i <= 100 ? 100 : 300;
    }
    Samples samples = ride_samples();
    assert_true(lap_measure(&samples, 0, 100, &lap));
    assert_int_equal(lap.elapsed_s, 200);
    assert_near(lap.distance_m, 500, 1e-9);
    assert_near(lap.power_w, 100, 1e-9);
    assert_true(lap_measure(&samples, 101, 200, &lap));
    assert_near(lap.power_w, 300, 1e-9);
    assert_false(lap_measure(&samples, 0, SECONDS, &lap));
    assert_false(lap_measure(&samples, 5, 4, &lap));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kilometres_end_at_the_first_sample_beyond),
        cmocka_unit_test(miles_are_1609_344_metres),
        cmocka_unit_test(an_activity_that_ends_on_a_kilometre_has_no_rest),
        cmocka_unit_test(a_stop_is_taken_off_the_split_it_lies_in),
        cmocka_unit_test(a_jump_over_several_units_is_one_split),
        cmocka_unit_test(missing_channels_are_nan),
        cmocka_unit_test(few_samples_have_no_splits),
        cmocka_unit_test(slices_are_a_minute_unless_that_is_too_many),
        cmocka_unit_test(laps_are_given_by_stored_rows),
    };
    return cmocka_run_group_tests_name("segments", tests, make_arena, drop_arena);
}
