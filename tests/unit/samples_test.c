#include "tests/lib/near.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/streams.h"
#include "worker/kinds/workouts/samples.h"

#define NO STREAM_NO_INT

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

/* build is samples_build of a ride, which must succeed. */
static Samples
build(const Streams *streams)
{
    Samples samples = { .n = 99 };
    Err err = ERR_NONE;

    assert_true(samples_build(streams, SPORT_RIDE, arena, &samples, &err));
    return samples;
}

static void
assert_series(const int32_t *actual, const int32_t *expected, size_t n)
{
    assert_non_null(actual);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(actual[i], expected[i]);
    }
}

static void
none_and_one_sample_are_no_error(void **state)
{
    (void)state;
    int32_t time_s[] = { 5 };
    float distance_m[] = { 3.5F };
    double m = -1;
    Samples none = build(&(Streams){ .n = 0 });
    Samples one = build(&(Streams){ .n = 1, .time_s = time_s, .distance_m = distance_m });

    assert_int_equal(none.n, 0);
    assert_int_equal(none.total_s, 0);
    assert_false(samples_distance_m(&none, &m));
    assert_int_equal(one.n, 1);
    assert_int_equal(one.total_s, 0);
    assert_int_equal(one.time_s[0], 5);
    assert_true(samples_distance_m(&one, &m));
    assert_near(m, 3.5, 1e-9);
    assert_true(isnan(one.path_m));
}

static void
only_time_has_no_channel_and_every_second_moves(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2 };
    Samples s = build(&(Streams){ .n = 3, .time_s = time_s });

    assert_null(s.distance_cm);
    assert_null(s.speed_mmps);
    assert_null(s.altitude_cm);
    assert_null(s.hr_bpm);
    assert_null(s.cadence_per_min);
    assert_null(s.power_w);
    assert_int_equal(s.moving_s[2], 2);
}

static void
floats_and_doubles_fall_on_the_same_grid(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2 };
    float distance_m[] = { 52260.1F, 52267.3F, 52274.6F };
    float altitude_m[] = { 6.8F, 9.8F, -24.8F };
    float speed_mps[] = { 7.249F, 0.784F, 11.5F };
    Samples s = build(&(Streams){ .n = 3,
                                  .time_s = time_s,
                                  .distance_m = distance_m,
                                  .altitude_m = altitude_m,
                                  .speed_mps = speed_mps });

    assert_series(s.distance_cm, (const int32_t[]){ 5226010, 5226730, 5227460 }, 3);
    assert_series(s.altitude_cm, (const int32_t[]){ 680, 980, -2480 }, 3);
    assert_series(s.speed_mmps, (const int32_t[]){ 7249, 784, 11500 }, 3);
}

static void
a_short_gap_is_filled_linearly_and_heart_rate_held(void **state)
{
    (void)state;
    int32_t time_s[] = { 10, 14, 15 };
    float distance_m[] = { 0, 20, 25 };
    float altitude_m[] = { 100, 102, 102 };
    float speed_mps[] = { 4, 6, 6 };
    int32_t hr_bpm[] = { 140, 150, 151 };
    int32_t cadence[] = { 80, 90, 90 };
    int32_t power_w[] = { 100, 201, 200 };
    int32_t moving[] = { 1, 0, 1 };
    Samples s = build(&(Streams){ .n = 3,
                                  .time_s = time_s,
                                  .distance_m = distance_m,
                                  .altitude_m = altitude_m,
                                  .speed_mps = speed_mps,
                                  .hr_bpm = hr_bpm,
                                  .cadence_per_min = cadence,
                                  .power_w = power_w,
                                  .moving = moving });

    assert_int_equal(s.n, 6);
    assert_int_equal(s.total_s, 5);
    assert_series(s.time_s, (const int32_t[]){ 10, 11, 12, 13, 14, 15 }, 6);
    assert_series(s.distance_cm, (const int32_t[]){ 0, 500, 1000, 1500, 2000, 2500 }, 6);
    assert_series(s.altitude_cm, (const int32_t[]){ 10000, 10050, 10100, 10150, 10200, 10200 }, 6);
    assert_series(s.speed_mmps, (const int32_t[]){ 4000, 4500, 5000, 5500, 6000, 6000 }, 6);
    assert_series(s.hr_bpm, (const int32_t[]){ 140, 140, 140, 140, 150, 151 }, 6);
    assert_series(s.cadence_per_min, (const int32_t[]){ 80, 83, 85, 88, 90, 90 }, 6);
    assert_series(s.power_w, (const int32_t[]){ 100, 125, 151, 176, 201, 200 }, 6);
    const bool moves[] = { true, false, false, false, false, true }; /* the later end's word */
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(s.is_moving[i], moves[i]);
    }
}

static void
rows_and_seconds_know_each_other(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 3, 4, 100 };
    Samples s = build(&(Streams){ .n = 4, .time_s = time_s });
    const uint32_t row[] = { 0, 0, 0, 1, 2, 3 };
    const uint32_t at_row[] = { 0, 3, 4, 5 };

    assert_int_equal(s.n, 6);
    assert_int_equal(s.rows, 4);
    assert_memory_equal(s.row, row, sizeof row);
    assert_memory_equal(s.at_row, at_row, sizeof at_row);
}

static void
thirty_seconds_are_a_gap_and_thirty_one_a_pause(void **state)
{
    (void)state;
    int32_t gap_s[] = { 0, 30 };
    int32_t pause_s[] = { 0, 31 };
    int32_t power_w[] = { 200, 200 };
    Samples gap = build(&(Streams){ .n = 2, .time_s = gap_s, .power_w = power_w });
    Samples pause = build(&(Streams){ .n = 2, .time_s = pause_s, .power_w = power_w });

    assert_int_equal(gap.n, 31);
    assert_int_equal(gap.moving_s[30], 30);
    assert_int_equal(pause.n, 2);
    assert_int_equal(pause.total_s, 31);
    assert_int_equal(pause.moving_s[1], 1); /* T less the 30 seconds that are missing */
}

static void
smart_recording_gives_the_same_as_every_second(void **state)
{
    (void)state;
    enum { SECONDS = 601, STEP = 6, ROWS = 101 };
    static int32_t every_s[SECONDS], every_w[SECONDS], smart_s[ROWS], smart_w[ROWS];

    for (int32_t i = 0; i < SECONDS; i++) {
        every_s[i] = i;
        every_w[i] = 100 + i / 3; /* linear between multiples of 6, to the watt */
    }
    for (int32_t i = 0; i < ROWS; i++) {
        smart_s[i] = every_s[(size_t)i * STEP];
        smart_w[i] = every_w[(size_t)i * STEP];
    }
    Samples every = build(&(Streams){ .n = SECONDS, .time_s = every_s, .power_w = every_w });
    Samples smart = build(&(Streams){ .n = ROWS, .time_s = smart_s, .power_w = smart_w });
    assert_int_equal(smart.n, every.n);
    for (size_t i = 0; i < every.n; i++) {
        assert_int_equal(smart.time_s[i], every.time_s[i]);
        assert_in_range(smart.power_w[i] - every.power_w[i] + 1, 0, 2);
    }
}

static void
null_power_is_zero_but_no_power_is_no_channel(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2 };
    int32_t some_w[] = { 200, NO, 210 };
    int32_t none_w[] = { NO, NO, NO };
    Samples some = build(&(Streams){ .n = 3, .time_s = time_s, .power_w = some_w });
    Samples none = build(&(Streams){ .n = 3, .time_s = time_s, .power_w = none_w });

    assert_series(some.power_w, (const int32_t[]){ 200, 0, 210 }, 3);
    assert_null(none.power_w);
}

static void
missing_heart_rate_and_cadence_are_not_invented(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 4, 5 };
    int32_t hr_bpm[] = { 140, NO, 150, 0 };
    int32_t cadence[] = { 80, NO, 90, 0 };
    Samples s = build(&(Streams){ .n = 4, .time_s = time_s, .hr_bpm = hr_bpm, .cadence_per_min = cadence });

    assert_series(s.hr_bpm, (const int32_t[]){ 140, 0, 0, 0, 150, 0 }, 6);
    assert_series(s.cadence_per_min, (const int32_t[]){ 80, 0, 0, 0, 90, 0 }, 6);
}

static void
altitude_holds_the_last_and_drops_leading_nulls(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 3, 4, 5 };
    float altitude_m[] = { NAN, 100, NAN, 101 };
    float none_m[] = { NAN, NAN, NAN, NAN };
    Samples s = build(&(Streams){ .n = 4, .time_s = time_s, .altitude_m = altitude_m });
    Samples none = build(&(Streams){ .n = 4, .time_s = time_s, .altitude_m = none_m });

    assert_series(s.altitude_cm,
                  (const int32_t[]){ SAMPLES_NO_ALTITUDE, SAMPLES_NO_ALTITUDE, SAMPLES_NO_ALTITUDE, 10000,
                                     10000, 10100 },
                  6);
    assert_null(none.altitude_cm);
}

static void
missing_distance_is_integrated_from_speed(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3, 4, 5 };
    float distance_m[] = { 0, 5, NAN, NAN, 21, 26 };
    float speed_mps[] = { 5, 5, 5, 0.4F, 5, 5 }; /* 0.4 m/s is standing */
    Samples s =
        build(&(Streams){ .n = 6, .time_s = time_s, .distance_m = distance_m, .speed_mps = speed_mps });

    assert_series(s.distance_cm, (const int32_t[]){ 0, 500, 1000, 1000, 2100, 2600 }, 6);
}

static void
falling_distance_is_integrated_and_carried_on(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3 };
    float distance_m[] = { 1000, 1005, 0, 5 }; /* the counter was reset */
    float speed_mps[] = { 5, 5, 6, 5 };
    Samples s =
        build(&(Streams){ .n = 4, .time_s = time_s, .distance_m = distance_m, .speed_mps = speed_mps });

    assert_series(s.distance_cm, (const int32_t[]){ 100000, 100500, 101100, 101600 }, 4);
}

static void
speed_is_not_integrated_over_more_than_a_minute(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 60, 121 };
    float speed_mps[] = { 5, 5, 5 };
    Samples s = build(&(Streams){ .n = 3, .time_s = time_s, .speed_mps = speed_mps });

    assert_series(s.distance_cm, (const int32_t[]){ 0, 30000, 30000 }, 3);
}

static void
rows_without_distance_and_speed_lie_on_the_line(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3, 4 };
    float distance_m[] = { 0, 5, NAN, NAN, 20 };
    float speed_mps[] = { 5, 5, NAN, NAN, 5 };
    Samples s =
        build(&(Streams){ .n = 5, .time_s = time_s, .distance_m = distance_m, .speed_mps = speed_mps });

    assert_series(s.distance_cm, (const int32_t[]){ 0, 500, 1000, 1500, 2000 }, 5);
    assert_series(s.speed_mmps, (const int32_t[]){ 5000, 5000, 5000, 5000, 5000 }, 5);
}

static void
missing_speed_is_distance_over_time(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 3 };
    float distance_m[] = { 0, 4, 14 };
    float speed_mps[] = { NAN, 4, NAN };
    Samples s =
        build(&(Streams){ .n = 3, .time_s = time_s, .distance_m = distance_m, .speed_mps = speed_mps });
    Samples none = build(&(Streams){ .n = 3, .time_s = time_s, .distance_m = distance_m });

    assert_series(s.speed_mmps, (const int32_t[]){ 4000, 4000, 4500, 5000 }, 4);
    assert_series(none.speed_mmps, (const int32_t[]){ 4000, 4000, 4500, 5000 }, 4);
}

static void
without_distance_the_path_by_gps_counts(void **state)
{
    (void)state;
    /* 0.0001 degree on the equator is 11.1195 m; the null breaks the path, the pause is not bridged. */
    int32_t time_s[] = { 0, 1, 2, 3, 4, 5, 105, 106 };
    int32_t lat_e7[] = { 0, 0, 0, NO, 0, 0, 0, 0 };
    int32_t lng_e7[] = { 0, 1000, 2000, NO, 4000, 5000, 90000, 91000 };
    double m = 0;
    Samples s = build(&(Streams){ .n = 8, .time_s = time_s, .lat_e7 = lat_e7, .lng_e7 = lng_e7 });

    assert_near(s.path_m, 4 * 11.1195080, 1e-4);
    assert_true(samples_distance_m(&s, &m));
    assert_near(m, s.path_m, 0.01);
    assert_series(s.distance_cm, (const int32_t[]){ 0, 1112, 2224, 2224, 2224, 3336, 3336, 4448 }, 8);
}

static void
values_beyond_a_sensor_are_missing(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2 };
    float distance_m[] = { 0, 1e9F, 10 };
    float speed_mps[] = { 5, -5, 1e6F };
    float altitude_m[] = { 100, 1e30F, -1e30F };
    int32_t hr_bpm[] = { 140, 251, 29 };
    int32_t power_w[] = { 200, 5001, -1 };
    int32_t cadence[] = { 90, INT32_MAX, -3 };
    Samples s = build(&(Streams){ .n = 3,
                                  .time_s = time_s,
                                  .distance_m = distance_m,
                                  .speed_mps = speed_mps,
                                  .altitude_m = altitude_m,
                                  .hr_bpm = hr_bpm,
                                  .power_w = power_w,
                                  .cadence_per_min = cadence });

    assert_series(s.distance_cm, (const int32_t[]){ 0, 500, 1000 }, 3);
    assert_series(s.speed_mmps, (const int32_t[]){ 5000, 5000, 5000 }, 3);
    assert_series(s.altitude_cm, (const int32_t[]){ 10000, 10000, 10000 }, 3);
    assert_series(s.hr_bpm, (const int32_t[]){ 140, 0, 0 }, 3);
    assert_series(s.power_w, (const int32_t[]){ 200, 0, 0 }, 3);
    assert_series(s.cadence_per_min, (const int32_t[]){ 90, 0, 0 }, 3);
}

static void
a_jump_of_the_position_is_no_speed(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3 };
    float distance_m[] = { 0, 5, 100005, 100010 };
    Samples s = build(&(Streams){ .n = 4, .time_s = time_s, .distance_m = distance_m });

    assert_series(s.speed_mmps, (const int32_t[]){ 5000, 5000, 5000, 5000 }, 4);
}

static void
absurd_distances_end_at_the_limit(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3, 4, 5 };
    float distance_m[] = { 0, 2e7F, 0, 2e7F, 0, 2e7F };
    Samples s = build(&(Streams){ .n = 6, .time_s = time_s, .distance_m = distance_m });

    assert_int_equal(s.distance_cm[5], 2000000000);
}

static void
time_that_does_not_ascend_is_refused(void **state)
{
    (void)state;
    int32_t same_s[] = { 0, 1, 1 };
    int32_t back_s[] = { 5, 4 };
    int32_t negative_s[] = { -1, 0 };
    const Streams bad[] = { { .n = 3, .time_s = same_s },
                            { .n = 2, .time_s = back_s },
                            { .n = 2, .time_s = negative_s },
                            { .n = 2 } };

    for (size_t i = 0; i < 4; i++) {
        Samples s = { .n = 99 };
        Err err = ERR_NONE;
        assert_false(samples_build(&bad[i], SPORT_RUN, arena, &s, &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_string_equal(err.code, "bad_time");
        assert_int_equal(s.n, 99);
    }
}

static void
more_seconds_than_a_job_can_hold_are_refused(void **state)
{
    (void)state;
    enum { ROWS = 89282 }; /* times 30 s: more than 31 days */
    int32_t *time_s = calloc(ROWS, sizeof *time_s);
    Samples s = { .n = 99 };
    Err err = ERR_NONE;

    assert_non_null(time_s);
    for (int32_t i = 0; i < ROWS; i++) {
        time_s[i] = 30 * i;
    }
    assert_false(samples_build(&(Streams){ .n = ROWS, .time_s = time_s }, SPORT_RUN, arena, &s, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_string_equal(err.code, "too_long");
    assert_int_equal(s.n, 99);
    free(time_s);
}

static void
an_exhausted_arena_is_told_apart(void **state)
{
    (void)state;
    enum { ROWS = 100000 };
    int32_t *time_s = calloc(ROWS, sizeof *time_s);
    Arena *small = arena_new(65536);
    Samples s = { .n = 99 };
    Err err = ERR_NONE;

    assert_non_null(time_s);
    assert_non_null(small);
    clock_from(time_s, ROWS, 0);
    assert_false(samples_build(&(Streams){ .n = ROWS, .time_s = time_s }, SPORT_RUN, small, &s, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
    assert_int_equal(s.n, 99);
    arena_free(small);
    free(time_s);
}

static void
a_missing_word_on_moving_is_decided_by_speed(void **state)
{
    (void)state;
    int32_t time_s[] = { 0, 1, 2, 3 };
    float speed_mps[] = { 0, 5, 5, 0 };
    int32_t moving[] = { NO, NO, 0, 1 };
    Samples s = build(&(Streams){ .n = 4, .time_s = time_s, .speed_mps = speed_mps, .moving = moving });
    const bool moves[] = { false, true, false, true };

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s.is_moving[i], moves[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_and_one_sample_are_no_error),
        cmocka_unit_test(only_time_has_no_channel_and_every_second_moves),
        cmocka_unit_test(floats_and_doubles_fall_on_the_same_grid),
        cmocka_unit_test(a_short_gap_is_filled_linearly_and_heart_rate_held),
        cmocka_unit_test(rows_and_seconds_know_each_other),
        cmocka_unit_test(thirty_seconds_are_a_gap_and_thirty_one_a_pause),
        cmocka_unit_test(smart_recording_gives_the_same_as_every_second),
        cmocka_unit_test(null_power_is_zero_but_no_power_is_no_channel),
        cmocka_unit_test(missing_heart_rate_and_cadence_are_not_invented),
        cmocka_unit_test(altitude_holds_the_last_and_drops_leading_nulls),
        cmocka_unit_test(missing_distance_is_integrated_from_speed),
        cmocka_unit_test(falling_distance_is_integrated_and_carried_on),
        cmocka_unit_test(speed_is_not_integrated_over_more_than_a_minute),
        cmocka_unit_test(rows_without_distance_and_speed_lie_on_the_line),
        cmocka_unit_test(missing_speed_is_distance_over_time),
        cmocka_unit_test(without_distance_the_path_by_gps_counts),
        cmocka_unit_test(values_beyond_a_sensor_are_missing),
        cmocka_unit_test(a_jump_of_the_position_is_no_speed),
        cmocka_unit_test(absurd_distances_end_at_the_limit),
        cmocka_unit_test(time_that_does_not_ascend_is_refused),
        cmocka_unit_test(more_seconds_than_a_job_can_hold_are_refused),
        cmocka_unit_test(an_exhausted_arena_is_told_apart),
        cmocka_unit_test(a_missing_word_on_moving_is_decided_by_speed),
    };
    return cmocka_run_group_tests_name("samples", tests, make_arena, drop_arena);
}
