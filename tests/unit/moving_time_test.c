#include "tests/lib/near.h"

#include <string.h>

#include "worker/kinds/workouts/moving_time.h"

static bool is_moving[200];
static int32_t moving_s[200];

/* whole is the moving time of n seconds. */
static int32_t
whole(size_t n)
{
    moving_time_cumulate(is_moving, n, moving_s);
    return moving_s[n - 1];
}

static void
stand(size_t from, size_t count)
{
    memset(is_moving + from, 0, count * sizeof *is_moving);
}

static void
all_move(void)
{
    memset(is_moving, 1, sizeof is_moving);
}

static void
without_stops_it_is_the_elapsed_time(void **state)
{
    (void)state;
    all_move();
    assert_int_equal(whole(200), 199);
    assert_int_equal(whole(1), 0);
}

static void
a_stop_of_16_s_is_taken_off_and_one_of_15_s_is_not(void **state)
{
    (void)state;
    all_move();
    stand(50, 15);
    assert_int_equal(whole(200), 199);
    stand(50, 16);
    assert_int_equal(whole(200), 199 - 16);
    assert_int_equal(moving_s[49], 49);
    assert_int_equal(moving_s[65], 49);
    assert_int_equal(moving_s[66], 50);
}

static void
stops_at_the_ends_are_taken_off_whole(void **state)
{
    (void)state;
    all_move();
    stand(0, 30);
    assert_int_equal(whole(100), 99 - 30);
    all_move();
    stand(70, 30);
    assert_int_equal(whole(100), 99 - 30);
}

static void
standing_all_the_time_is_zero(void **state)
{
    (void)state;
    stand(0, 200);
    assert_int_equal(whole(200), 0);
    assert_int_equal(whole(17), 0);
}

static void
speed_decides_by_sport_where_the_device_does_not(void **state)
{
    (void)state;
    const int32_t mmps[] = { 300, 301, 420, 421, 1110, 1111 };
    bool run[6];
    bool walk[6];
    bool ride[6];
    bool swim[6];
    bool none[6];
    int moving[5] = { 0 };

    moving_by_speed(mmps, 6, SPORT_RUN, run);
    moving_by_speed(mmps, 6, SPORT_WALK, walk);
    moving_by_speed(mmps, 6, SPORT_RIDE, ride);
    moving_by_speed(mmps, 6, SPORT_SWIM, swim);
    moving_by_speed(NULL, 6, SPORT_OTHER, none);
    for (size_t i = 0; i < 6; i++) {
        moving[0] += run[i];
        moving[1] += walk[i];
        moving[2] += ride[i];
        moving[3] += swim[i];
        moving[4] += none[i];
    }
    assert_int_equal(moving[0], 3);
    assert_int_equal(moving[1], 3);
    assert_int_equal(moving[2], 1);
    assert_int_equal(moving[3], 5);
    assert_int_equal(moving[4], 6);
}

static void
gc_counts_seconds_that_roll_or_turn(void **state)
{
    (void)state;
    const int32_t mmps[] = { 0, 0, 10, 10 };
    const int32_t rpm[] = { 0, 90, 0, 90 };

    assert_int_equal(moving_time_gc_s(mmps, rpm, 4), 3);
    assert_int_equal(moving_time_gc_s(NULL, rpm, 4), 2);
    assert_int_equal(moving_time_gc_s(mmps, NULL, 4), 2);
    assert_int_equal(moving_time_gc_s(NULL, NULL, 4), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_stops_it_is_the_elapsed_time),
        cmocka_unit_test(a_stop_of_16_s_is_taken_off_and_one_of_15_s_is_not),
        cmocka_unit_test(stops_at_the_ends_are_taken_off_whole),
        cmocka_unit_test(standing_all_the_time_is_zero),
        cmocka_unit_test(speed_decides_by_sport_where_the_device_does_not),
        cmocka_unit_test(gc_counts_seconds_that_roll_or_turn),
    };
    return cmocka_run_group_tests_name("moving_time", tests, NULL, NULL);
}
