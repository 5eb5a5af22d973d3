#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/activity.h"

static Activity
example(void)
{
    Activity activity;

    activity_init(&activity);
    activity.source = SOURCE_STRAVA;
    activity.sport = SPORT_RUN;
    activity.provider_sport = "Run";
    activity.name = "Morning";
    activity.start_at_us = 1591016625000000;
    memcpy(activity.local_date, "2020-06-01", 11);
    activity.distance_m = 5000.5;
    activity.moving_time_s = 1500;
    activity.start_lat = 52.1;
    activity.start_lng = 4.5;
    return activity;
}

static void
hash_of(const Activity *activity, const Streams *streams, uint8_t ret_hash[ACTIVITY_HASH_BYTES])
{
    memset(ret_hash, 0, ACTIVITY_HASH_BYTES);
    activity_content_hash(activity, streams, ret_hash);
}

static void
a_new_activity_knows_nothing(void **state)
{
    (void)state;
    Activity activity;
    activity_init(&activity);
    assert_true(isnan(activity.distance_m));
    assert_true(isnan(activity.energy_j));
    assert_true(isnan(activity.start_lat) && isnan(activity.end_lng));
    assert_int_equal(activity.moving_time_s, ACTIVITY_NO_INT);
    assert_int_equal(activity.is_private, ACTIVITY_NO_INT);
    assert_int_equal(activity.session_rpe, ACTIVITY_NO_INT);
    assert_int_equal(activity.strava_activity_id, 0);
    assert_null(activity.laps);
    assert_string_equal(activity.local_date, "");
    assert_string_equal(source_name(SOURCE_GARMIN), "garmin");
}

/* WK26: what needs no new computation leaves the hash as it is. */
static void
wk26_cosmetic_changes_keep_the_hash(void **state)
{
    (void)state;
    Activity activity = example();
    uint8_t before[ACTIVITY_HASH_BYTES];
    uint8_t after[ACTIVITY_HASH_BYTES];

    hash_of(&activity, NULL, before);
    activity.name = "Evening";
    activity.gear_id = "b1";
    activity.is_private = 1;
    activity.provider_sport = "VirtualRun";
    activity.provider_data = "{\"kudos_count\":3}";
    activity.timezone = "Europe/Amsterdam";
    activity.distance_m += 1e-6; /* the same `real` */
    hash_of(&activity, NULL, after);
    assert_memory_equal(before, after, sizeof before);
    const Streams none = { .n = 0 };
    hash_of(&activity, &none, after);
    assert_memory_equal(before, after, sizeof before);
}

/* This value is stored in rows: if it changes, every known activity looks changed. */
static void
the_hash_is_stable(void **state)
{
    (void)state;
    const Activity activity = example();
    int32_t time_s[] = { 0, 1 };
    float distance_m[] = { 0, NAN };
    const Streams streams = { .n = 2, .time_s = time_s, .distance_m = distance_m };
    uint8_t hash[ACTIVITY_HASH_BYTES];
    char text[2 * ACTIVITY_HASH_BYTES + 1];

    hash_of(&activity, &streams, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
    }
    assert_string_equal(text, "1bdf6766ce9fac6a5eaca6d9f71d6e3b0dc3b77b381770f54282742fdecf36f3");
}

static void
every_input_changes_the_hash(void **state)
{
    (void)state;
    enum { CHANGES = 26 };
    uint8_t hashes[CHANGES + 1][ACTIVITY_HASH_BYTES];

    for (int change = 0; change <= CHANGES; change++) {
        Activity a = example();
        int32_t time_s[] = { 0, 1 };
        int32_t hr_bpm[] = { 100, 101 };
        float altitude_m[] = { 1, 2 };
        Streams streams = { .n = 2, .time_s = time_s, .hr_bpm = hr_bpm, .altitude_m = altitude_m };

        switch (change) {
        case 0:
            a.sport = SPORT_WALK;
            break;
        case 1:
            a.start_at_us += 1000000;
            break;
        case 2:
            a.local_date[9] = '2';
            break;
        case 3:
            a.utc_offset_s = 3600;
            break;
        case 4:
            a.distance_m += 0.1;
            break;
        case 5:
            a.distance_m = NAN;
            break;
        case 6:
            a.speed_avg_mps = 3;
            break;
        case 7:
            a.speed_max_mps = 3;
            break;
        case 8:
            a.hr_avg_bpm = 3;
            break;
        case 9:
            a.cadence_avg_spm = 3;
            break;
        case 10:
            a.cadence_avg_rpm = 3;
            break;
        case 11:
            a.work_j = 3;
            break;
        case 12:
            a.elevation_loss_m = 3;
            break;
        case 13:
            a.moving_time_s = 1501;
            break;
        case 14:
            a.elapsed_time_s = 1501;
            break;
        case 15:
            a.steps_count = 1501;
            break;
        case 16:
            a.start_lat = 52.1000001;
            break;
        case 17:
            a.session_rpe = 7;
            break;
        case 18:
            a.laps = "[]";
            break;
        case 19:
            a.lengths = "[]";
            break;
        case 20:
            a.exercises = "[]";
            break;
        case 21:
            time_s[1] = 2;
            break;
        case 22:
            hr_bpm[1] = STREAM_NO_INT;
            break;
        case 23:
            altitude_m[0] = NAN;
            break;
        case 24:
            streams.hr_bpm = NULL;
            break;
        case 25:
            streams.n = 1;
            break;
        default:
            break;
        }
        hash_of(&a, &streams, hashes[change]);
        for (int earlier = 0; earlier < change; earlier++) {
            if (memcmp(hashes[earlier], hashes[change], ACTIVITY_HASH_BYTES) == 0) {
                fail_msg("changes %d and %d hash alike", earlier, change);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_activity_knows_nothing),
        cmocka_unit_test(wk26_cosmetic_changes_keep_the_hash),
        cmocka_unit_test(the_hash_is_stable),
        cmocka_unit_test(every_input_changes_the_hash),
    };
    return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}
