/* metric_mistakes_test.c - the mistakes of metrics.md section 12, met in other systems, one test each. */
#include "tests/lib/near.h"

#include <stdbool.h>

#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/grade_adjusted.h"
#include "worker/kinds/workouts/normalized_power.h"
#include "worker/kinds/workouts/segments.h"
#include "worker/kinds/workouts/trimp.h"
#include "worker/kinds/workouts/w_balance.h"
#include "worker/kinds/workouts/zones.h"

#define SECONDS 600

static Arena *arena;
static int32_t time_s[SECONDS], ints[SECONDS], more_ints[SECONDS];
static float distance_m[SECONDS], speed_mps[SECONDS], altitude_m[SECONDS];

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

static Samples
build(const Streams *streams, Sport sport)
{
    Samples samples = { 0 };
    Err err = ERR_NONE;

    assert_true(samples_build(streams, sport, arena, &samples, &err));
    return samples;
}

static void
a_missing_heart_rate_of_a_run_is_not_zero(void **state)
{
    (void)state;
    double mean_bpm = 0;
    int32_t least = 0;

    clock_from(time_s, SECONDS, 0);
    steady(steady(ints, 300, 150), 300, STREAM_NO_INT);
    Samples s = build(&(Streams){ .n = SECONDS, .time_s = time_s, .hr_bpm = ints }, SPORT_RUN);
    assert_true(mean_positive_moving(s.hr_bpm, s.is_moving, s.n, &mean_bpm));
    assert_near(mean_bpm, 150, 1e-9);
    assert_true(lowest_positive(s.hr_bpm, s.n, &least));
    assert_int_equal(least, 150);
    assert_near(coverage_int_pct(ints, SECONDS), 50, 1e-9);

    steady(ints, SECONDS, STREAM_NO_INT);
    Samples none = build(&(Streams){ .n = SECONDS, .time_s = time_s, .hr_bpm = ints }, SPORT_RUN);
    assert_false(mean_positive_moving(none.hr_bpm, none.is_moving, none.n, &mean_bpm));
}

static void
coordinate_zero_is_a_position(void **state)
{
    (void)state;
    clock_from(time_s, 3, 0);
    int32_t lat_e7[] = { 0, 0, 0 };
    int32_t lng_e7[] = { -1000, 0, 1000 };
    Samples s = build(&(Streams){ .n = 3, .time_s = time_s, .lat_e7 = lat_e7, .lng_e7 = lng_e7 }, SPORT_RUN);

    assert_near(s.path_m, 2 * 11.1195080, 1e-4);
}

/* velocity_smooth lags behind the distance: a split's way is a difference of distances. */
static void
splits_do_not_integrate_the_smoothed_speed(void **state)
{
    (void)state;
    Segment *km = NULL;
    size_t count = 0;
    Err err = ERR_NONE;

    clock_from(time_s, SECONDS, 0);
    for (size_t i = 0; i < SECONDS; i++) {
        distance_m[i] = 5.0F * (float)i;
        speed_mps[i] = i < 60 ? 0.1F * (float)i : 5; /* takes a minute to catch up */
    }
    Samples s =
        build(&(Streams){ .n = SECONDS, .time_s = time_s, .distance_m = distance_m, .speed_mps = speed_mps },
              SPORT_RUN);
    assert_true(splits_make(&s, SPLIT_KM_MM, arena, &km, &count, &err));
    assert_near(km[0].distance_m, 1000, 1e-9);
    assert_int_equal(km[0].elapsed_s, 200);
}

static void
seconds_that_do_not_move_are_no_stop_one_by_one(void **state)
{
    (void)state;
    clock_from(time_s, SECONDS, 0);
    for (size_t i = 0; i < SECONDS; i++) {
        ints[i] = i % 10 < 5 ? 1 : 0; /* half of all samples, never more than 5 in a row */
    }
    Samples s = build(&(Streams){ .n = SECONDS, .time_s = time_s, .moving = ints }, SPORT_RIDE);
    assert_int_equal(s.moving_s[s.n - 1], SECONDS - 1);
}

static void
neither_distance_nor_slope_is_bridged_across_a_pause(void **state)
{
    (void)state;
    int32_t lat_e7[120];
    int32_t lng_e7[120];
    Err err = ERR_NONE;

    /* Flat at 3 m/s; in the pause the athlete is carried 5 km further and 900 m up. */
    clock_from(clock_from(time_s, 60, 0), 60, 600);
    for (int32_t i = 0; i < 120; i++) {
        lat_e7[i] = 0;
        lng_e7[i] = 270 * i + (i < 60 ? 0 : 450000);
        distance_m[i] = 3.0F * (float)(i < 60 ? i : i - 1);
        speed_mps[i] = 3;
        altitude_m[i] = i < 60 ? 100 : 1000;
    }
    Samples s = build(&(Streams){ .n = 120,
                                  .time_s = time_s,
                                  .lat_e7 = lat_e7,
                                  .lng_e7 = lng_e7,
                                  .distance_m = distance_m,
                                  .speed_mps = speed_mps,
                                  .altitude_m = altitude_m },
                      SPORT_RUN);
    assert_near(s.path_m, 118 * 3.0022672, 1e-3);
    float pct[120];
    grade_chart_pct(s.time_s, s.distance_cm, s.altitude_cm, s.n, pct);
    assert_true(grade_adjusted_add(&s, GAP_MINETTI, arena, &err));
    for (size_t i = 0; i < 120; i++) {
        assert_near(pct[i], 0, 0);
        assert_int_equal(s.gap_mmps[i], 3000);
    }
}

/* One table, one system of units: an hour at 3 m/s told in s, m and m/s. */
static void
figures_are_si(void **state)
{
    (void)state;
    double mps = 0;
    Segment whole;

    clock_from(time_s, SECONDS, 0);
    for (size_t i = 0; i < SECONDS; i++) {
        distance_m[i] = 3.0F * (float)i;
    }
    Samples s = build(&(Streams){ .n = SECONDS, .time_s = time_s, .distance_m = distance_m }, SPORT_RUN);
    segment_measure(&s, 0, SECONDS - 1, &whole);
    assert_near(whole.distance_m, 1797, 1e-9);
    assert_int_equal(whole.moving_s, 599);
    assert_true(speed_avg_mps(whole.distance_m, whole.moving_s, &mps));
    assert_near(mps, 3, 1e-9);
    assert_near(whole.speed_mps, mps, 1e-9);
}

/* 300 s at 2 m/s and 300 s at 6 m/s are 4 m/s; the mean of the paces would say 3 m/s. */
static void
mean_speed_is_distance_over_time(void **state)
{
    (void)state;
    Segment whole;

    clock_from(time_s, SECONDS, 0);
    for (size_t i = 0; i < SECONDS; i++) {
        distance_m[i] = i <= 300 ? 2.0F * (float)i : 600 + 6.0F * (float)(i - 300);
    }
    Samples s = build(&(Streams){ .n = SECONDS, .time_s = time_s, .distance_m = distance_m }, SPORT_RUN);
    segment_measure(&s, 0, SECONDS - 1, &whole);
    assert_near(whole.speed_mps, (600 + 6.0 * 299) / 599, 1e-9);
}

/* A hard ride, from which an FTP and a maximum could be guessed, and must not be. */
static void
no_threshold_is_guessed_from_the_activity(void **state)
{
    (void)state;
    Zones zones = { 0 };
    WBalance balance = { .tau_s = 0 };
    const TrimpAthlete unknown = { .rest_hr_bpm = 50 };
    double value = -1;

    clock_from(time_s, SECONDS, 0);
    steady(ints, SECONDS, 280);
    steady(more_ints, SECONDS, 185);
    assert_false(intensity_factor(280, 0, &value));
    assert_false(tss(SECONDS, 280, 0, &value));
    assert_false(zones_power(ints, SECONDS, 0, &zones));
    assert_false(zones_hr(more_ints, SECONDS, 0, &zones));
    assert_false(zones_hr_of_max(more_ints, SECONDS, 0, &zones));
    assert_false(w_balance(time_s, ints, SECONDS, 0, 0, &balance));
    assert_false(trimp(185, SECONDS, &unknown, &value));
    assert_false(edwards(more_ints, SECONDS, 0, &value));
    assert_near(value, -1, 0);
}

/* The mean over moving samples is the provider's, the one over recorded seconds ours: VI takes ours,
 * like NP. */
static void
variability_takes_both_figures_from_the_recorded_seconds(void **state)
{
    (void)state;
    double np_w = 0;
    double recorded_w = 0;
    double moving_w = 0;
    double index = 0;

    clock_from(time_s, SECONDS, 0);
    steady(steady(ints, 300, 200), 300, 0);
    steady(steady(more_ints, 300, 1), 300, 0);
    Samples s =
        build(&(Streams){ .n = SECONDS, .time_s = time_s, .power_w = ints, .moving = more_ints }, SPORT_RIDE);
    assert_true(normalized_power_w(s.power_w, s.n, &np_w));
    assert_true(mean_all(s.power_w, s.n, &recorded_w));
    assert_true(mean_moving(s.power_w, s.is_moving, s.n, &moving_w));
    assert_near(recorded_w, 100, 1e-9);
    assert_near(moving_w, 200, 1e-9);
    assert_true(variability_index(np_w, recorded_w, &index));
    assert_true(index > 1); /* the mixed ratio would be below 1, which cannot be */
    assert_true(np_w / moving_w < 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_heart_rate_of_a_run_is_not_zero),
        cmocka_unit_test(coordinate_zero_is_a_position),
        cmocka_unit_test(splits_do_not_integrate_the_smoothed_speed),
        cmocka_unit_test(seconds_that_do_not_move_are_no_stop_one_by_one),
        cmocka_unit_test(neither_distance_nor_slope_is_bridged_across_a_pause),
        cmocka_unit_test(figures_are_si),
        cmocka_unit_test(mean_speed_is_distance_over_time),
        cmocka_unit_test(no_threshold_is_guessed_from_the_activity),
        cmocka_unit_test(variability_takes_both_figures_from_the_recorded_seconds),
    };
    return cmocka_run_group_tests_name("metric_mistakes", tests, make_arena, drop_arena);
}
