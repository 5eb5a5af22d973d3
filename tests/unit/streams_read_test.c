#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/activity/streams_read.h"
#include "common/cleanup.h"
#include "common/json_read.h"
#include "common/str.h"

#define START_US 1591016625000000 /* 2020-06-01T13:03:45Z */

static Arena *arena;

static int
arena_set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    return arena == NULL;
}

static int
arena_tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static bool
try_read(const char *text, ActivitySource source, Sport sport, Streams *ret_streams, Err *err)
{
    _cleanup_(json_delete) cJSON *value = json_parse(text, strlen(text), err);

    assert_non_null(value);
    return streams_read(value, source, sport, START_US, arena, ret_streams, err);
}

static Streams
read_as(const char *text, ActivitySource source, Sport sport)
{
    Streams streams = { .n = 0 };
    Err err = ERR_NONE;

    if (!try_read(text, source, sport, &streams, &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    return streams;
}

static void
assert_refused(const char *text, const char *message)
{
    Streams streams = { .n = 77 };
    Err err = ERR_NONE;

    if (try_read(text, SOURCE_MANUAL, SPORT_RIDE, &streams, &err)) {
        fail_msg("taken: %s", text);
    }
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_string_equal(err.code, "invalid_field");
    if (strncmp(err.message, message, strlen(message)) != 0) {
        fail_msg("got \"%s\", wanted \"%s\"", err.message, message);
    }
    assert_int_equal(streams.n, 77); /* untouched */
}

static void
a_stream_set_fills_every_channel(void **state)
{
    (void)state;
    const Streams s = read_as("{\"time\":{\"data\":[0,1,3],\"series_type\":\"time\",\"original_size\":3},"
                              "\"distance\":{\"data\":[0.0,5.5,16.1]},"
                              "\"latlng\":{\"data\":[[52.161162,-27.233072],null,[0,0]]},"
                              "\"altitude\":{\"data\":[-24.8,-24.8,null]},"
                              "\"velocity_smooth\":{\"data\":[0.0,5.5,5.3]},"
                              "\"heartrate\":{\"data\":[99,null,111]},"
                              "\"cadence\":{\"data\":[0,88,90]},"
                              "\"watts\":{\"data\":[null,210,205]},"
                              "\"temp\":{\"data\":[31,31,30]},"
                              "\"grade_smooth\":{\"data\":[0.0,-40.0,34.3]},"
                              "\"moving\":{\"data\":[false,true,true]},"
                              "\"kudos\":{\"data\":[1]}}",
                              SOURCE_STRAVA, SPORT_RIDE);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.time_s[2], 3);
    assert_float_equal(s.distance_m[2], 16.1F, 0);
    assert_int_equal(s.lat_e7[0], 521611620);
    assert_int_equal(s.lng_e7[0], -272330720);
    assert_int_equal(s.lat_e7[1], STREAM_NO_INT);
    assert_int_equal(s.lng_e7[1], STREAM_NO_INT);
    assert_int_equal(s.lat_e7[2], 0); /* 0 is a coordinate */
    assert_int_equal(s.lng_e7[2], 0);
    assert_true(isnan(s.altitude_m[2]));
    assert_float_equal(s.speed_mps[1], 5.5F, 0);
    assert_int_equal(s.hr_bpm[1], STREAM_NO_INT);
    assert_int_equal(s.cadence_per_min[2], 90);
    assert_int_equal(s.power_w[0], STREAM_NO_INT);
    assert_int_equal(s.power_w[1], 210);
    assert_int_equal(s.temperature_c[2], 30);
    assert_float_equal(s.grade_pct[1], -40.0F, 0);
    assert_int_equal(s.moving[0], 0);
    assert_int_equal(s.moving[1], 1);
}

static void
the_older_array_means_the_same(void **state)
{
    (void)state;
    const Streams s =
        read_as("[{\"type\":\"time\",\"data\":[0,1]},{\"type\":\"heartrate\",\"data\":[120,121]},"
                "{\"type\":\"latlng\",\"data\":[[1,2],[]]}]",
                SOURCE_STRAVA, SPORT_RIDE);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.hr_bpm[1], 121);
    assert_int_equal(s.lng_e7[0], 20000000);
    assert_int_equal(s.lng_e7[1], STREAM_NO_INT);
    assert_null(s.power_w);
}

static void
arrays_by_name_are_the_columns(void **state)
{
    (void)state;
    const Streams s =
        read_as("{\"time_s\":[5,6],\"distance_m\":[1.25,2.5],\"lat_e7\":[521611620,521611621],"
                "\"lng_e7\":[-1,null],\"altitude_m\":[10.5,11],\"speed_mps\":[1,2],\"hr_bpm\":[99.5,100],"
                "\"cadence_per_min\":[80,81],\"power_w\":[1,2],\"temperature_c\":[-3,4],"
                "\"grade_pct\":[1.5,2],\"moving\":[0,1]}",
                SOURCE_MANUAL, SPORT_RIDE);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.time_s[0], 5);
    assert_int_equal(s.lat_e7[0], 521611620);
    assert_int_equal(s.lat_e7[1], STREAM_NO_INT); /* a position is both */
    assert_int_equal(s.hr_bpm[0], 100);           /* rounded */
    assert_int_equal(s.temperature_c[0], -3);
    assert_int_equal(s.moving[1], 1);
}

/* Garmin: seconds, milliseconds, km/h, and only what the sensors gave just then. */
static void
garmin_samples_become_arrays(void **state)
{
    (void)state;
    const char *text = "[{\"startTimeInSeconds\":1591016625,\"latitudeInDegree\":52.1611621,"
                       "\"longitudeInDegree\":4.5,\"elevationInMeters\":3.2,\"airTemperatureCelcius\":21.4,"
                       "\"heartRate\":101,\"speedMetersPerSecond\":2.5,\"stepsPerMinute\":168,"
                       "\"bikeCadenceInRPM\":77,\"totalDistanceInMeters\":0,\"powerInWatts\":250},"
                       "{\"startTimeInSeconds\":1591016630,\"heartRate\":null,\"speedKilometersPerHour\":9}]";
    const Streams run = read_as(text, SOURCE_GARMIN, SPORT_RUN);
    assert_int_equal(run.n, 2);
    assert_int_equal(run.time_s[0], 0);
    assert_int_equal(run.time_s[1], 5);
    assert_int_equal(run.lat_e7[0], 521611621);
    assert_int_equal(run.hr_bpm[0], 101);
    assert_int_equal(run.hr_bpm[1], STREAM_NO_INT);
    assert_float_equal(run.speed_mps[1], 2.5F, 1e-6F);
    assert_int_equal(run.cadence_per_min[0], 168);
    assert_int_equal(run.temperature_c[0], 21);
    const Streams ride = read_as(text, SOURCE_GARMIN, SPORT_RIDE);
    assert_int_equal(ride.cadence_per_min[0], 77);
}

/* WK16: milliseconds gave steps of 60,000 s in the old system. */
static void
wk16_milliseconds_are_seconds_inside(void **state)
{
    (void)state;
    const Streams garmin = read_as(
        "{\"samples\":[{\"timestamp\":1591016625000,\"heartRate\":100},"
        "{\"timestamp\":1591016685000,\"heartRate\":110},{\"timestamp\":1591016686400,\"heartRate\":111}]}",
        SOURCE_GARMIN, SPORT_RUN);
    assert_int_equal(garmin.time_s[0], 0);
    assert_int_equal(garmin.time_s[1], 60);
    assert_int_equal(garmin.time_s[2], 61);
    const Streams named =
        read_as("{\"timestamp\":[1591016625,1591016626],\"hr_bpm\":[100,101]}", SOURCE_MANUAL, SPORT_RUN);
    assert_int_equal(named.time_s[1], 1);
}

static void
nothing_means_no_samples(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null", "{}", "[]", "{\"samples\":[]}", "{\"time\":{\"data\":[]}}", "{\"time\":null}"
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_as(texts[i], SOURCE_STRAVA, SPORT_RUN).n, 0);
    }
}

static void
values_no_sensor_gives_are_missing(void **state)
{
    (void)state;
    const Streams s = read_as("{\"time\":[0,1,2],\"heartrate\":[0,255,140],\"watts\":[-5,9999,200],"
                              "\"temp\":[127,-128,20],\"altitude\":[99999,1,1],\"distance\":[-1,1,2],"
                              "\"cadence\":[65535,70,71],\"velocity_smooth\":[1e300,1,1]}",
                              SOURCE_MANUAL, SPORT_RIDE);
    assert_int_equal(s.hr_bpm[0], STREAM_NO_INT);
    assert_int_equal(s.hr_bpm[1], STREAM_NO_INT);
    assert_int_equal(s.hr_bpm[2], 140);
    assert_int_equal(s.power_w[0], STREAM_NO_INT);
    assert_int_equal(s.power_w[1], STREAM_NO_INT);
    assert_int_equal(s.temperature_c[0], STREAM_NO_INT);
    assert_true(isnan(s.altitude_m[0]));
    assert_true(isnan(s.distance_m[0]));
    assert_int_equal(s.cadence_per_min[0], STREAM_NO_INT);
    assert_true(isnan(s.speed_mps[0]));
}

static void
a_channel_without_values_is_left_out(void **state)
{
    (void)state;
    const Streams s =
        read_as("{\"time\":[0,1],\"heartrate\":[0,0],\"watts\":[null,null],\"altitude\":[null,null],"
                "\"latlng\":[null,[]]}",
                SOURCE_MANUAL, SPORT_RIDE);
    assert_null(s.hr_bpm);
    assert_null(s.power_w);
    assert_null(s.altitude_m);
    assert_null(s.lat_e7);
    assert_null(s.lng_e7);
}

/* One of the two rules that look at a value's size; WK18: there is no third. */
static void
cadence_on_foot_is_of_both_feet(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ActivitySource source;
        Sport sport;
        int32_t first;
    } cases[] = {
        { "{\"time\":[0,1],\"cadence\":[85,86]}", SOURCE_STRAVA, SPORT_RUN, 170 },
        { "{\"time\":[0,1],\"cadence\":[130,131]}", SOURCE_STRAVA, SPORT_RUN,
          260 }, /* Strava: always one leg */
        { "{\"time\":[0,1],\"cadence\":[85,86]}", SOURCE_STRAVA, SPORT_WALK, 170 },
        { "{\"time\":[0,1],\"cadence\":[85,86]}", SOURCE_STRAVA, SPORT_RIDE, 85 },
        { "{\"time_s\":[0,1],\"cadence_per_min\":[85,86]}", SOURCE_MANUAL, SPORT_RUN, 170 },
        { "{\"time_s\":[0,1],\"cadence_per_min\":[85,86]}", SOURCE_MANUAL, SPORT_RIDE, 85 },
        { "{\"time_s\":[0,1,2,3],\"cadence_per_min\":[119,120,0,0]}", SOURCE_MANUAL, SPORT_RUN, 238 },
        { "{\"time_s\":[0,1,2],\"cadence_per_min\":[60,120,121]}", SOURCE_MANUAL, SPORT_RUN, 60 },
        { "{\"time_s\":[0,1],\"cadence_per_min\":[119,121]}", SOURCE_MANUAL, SPORT_RUN, 119 },
        { "{\"time_s\":[0,1,2],\"cadence_per_min\":[170,0,null]}", SOURCE_MANUAL, SPORT_RUN, 170 },
        { "[{\"timestamp\":1591016625,\"stepsPerMinute\":82}]", SOURCE_GARMIN, SPORT_RUN, 164 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Streams s = read_as(cases[i].text, cases[i].source, cases[i].sport);
        if (s.cadence_per_min[0] != cases[i].first) {
            fail_msg("%s: %d, wanted %d", cases[i].text, s.cadence_per_min[0], cases[i].first);
        }
    }
}

static void
bad_streams_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("7", "streams: ");
    assert_refused("\"x\"", "streams: ");
    assert_refused("{\"heartrate\":{\"data\":[1,2]}}", "streams.time: missing");
    assert_refused("{\"time\":[0,1],\"heartrate\":[100]}", "streams.heartrate: 1 samples, but time has 2");
    assert_refused("{\"time\":[],\"heartrate\":[100]}", "streams.heartrate: 1 samples, but time has 0");
    assert_refused("{\"time\":[0,0]}", "streams.time[1]: time does not increase");
    assert_refused("{\"time\":[0,2,1]}", "streams.time[2]: time does not increase");
    assert_refused("{\"time\":[0,null]}", "streams.time[1]: a sample needs a time");
    assert_refused("{\"time\":[0,1.5]}", "streams.time[1]: 1.5 is not a whole second");
    assert_refused("{\"time\":[-1,0]}", "streams.time[0]: -1 is not a whole second");
    assert_refused("{\"time\":[0,2678401]}", "streams.time[1]: ");
    assert_refused("{\"time\":[0,\"1\"]}", "streams.time[1]: not a number");
    assert_refused("{\"time\":[0],\"heartrate\":[true]}", "streams.heartrate[0]: not a number");
    assert_refused("{\"time\":[0],\"heartrate\":7}", "streams.heartrate: not an array");
    assert_refused("{\"time\":[0],\"heartrate\":{\"data\":7}}", "streams.heartrate: not an array");
    assert_refused("{\"time\":[0],\"heartrate\":[100],\"hr_bpm\":[100]}",
                   "streams.hr_bpm[0]: this stream came");
    assert_refused("{\"time\":[0],\"timestamp\":[1591016625]}", "streams.timestamp[0]: this stream came");
    assert_refused("{\"time\":[0],\"latlng\":[[91,0]]}", "streams.latlng[0]: 91 degrees is beyond 90");
    assert_refused("{\"time\":[0],\"latlng\":[[0,-180.1]]}",
                   "streams.latlng[0]: -180.1 degrees is beyond 180");
    assert_refused("{\"time\":[0],\"latlng\":[[1]]}", "streams.latlng[0]: not a pair");
    assert_refused("{\"time\":[0],\"latlng\":[[1,2,3]]}", "streams.latlng[0]: not a pair");
    assert_refused("{\"time\":[0],\"latlng\":[5]}", "streams.latlng[0]: not a pair");
    assert_refused("{\"time\":[0],\"lat_e7\":[5]}", "streams: longitude is missing");
    assert_refused("{\"timestamp\":[1591016600]}", "streams.timestamp[0]: -25 is not a whole second");
    assert_refused("{\"timestamp\":[-5]}", "streams.timestamp[0]: not a Unix time");
    assert_refused("[{\"heartRate\":1}]", "streams[0]: a sample needs a time");
    assert_refused("[{\"timestamp\":1591016625},{\"timestamp\":1591016625}]",
                   "streams[1].timestamp: time does not");
    assert_refused("[{\"timestamp\":1591016625,\"startTimeInSeconds\":1591016625}]",
                   "streams[0].startTimeInSeconds: this sample has two times");
    assert_refused("[{\"timestamp\":1591016625},7]", "streams[1]: a sample is an object");
    assert_refused("[{\"timestamp\":1591016625,\"heartRate\":\"90\"}]", "streams[0].heartRate: not a number");
    assert_refused("[[1,2]]", "streams[0]: a sample is an object");
}

/* print_times makes {"time":[0,1,...,n-1]}. */
static void
print_times(Str *text, size_t n)
{
    str_append(text, "{\"time\":[");
    for (size_t i = 0; i < n; i++) {
        str_append_format(text, "%s%zu", i == 0 ? "" : ",", i);
    }
    str_append(text, "]}");
}

static void
at_most_200000_samples(void **state)
{
    (void)state;
    _cleanup_(str_done) Str text = STR_EMPTY;
    print_times(&text, STREAMS_MAX_SAMPLES);
    assert_int_equal(read_as(str_text(&text), SOURCE_MANUAL, SPORT_RIDE).n, STREAMS_MAX_SAMPLES);
    str_clear(&text);
    print_times(&text, STREAMS_MAX_SAMPLES + 1);
    assert_refused(str_text(&text), "streams.time: 200001 samples are more than 200000");
}

static void
a_full_arena_is_an_error(void **state)
{
    (void)state;
    _cleanup_(str_done) Str text = STR_EMPTY;
    _cleanup_(arena_free_pointer) Arena *small = arena_new(65536);
    Err err = ERR_NONE;
    Streams streams = { .n = 0 };

    print_times(&text, 100000);
    _cleanup_(json_delete) cJSON *value = json_parse(str_text(&text), text.length, &err);
    assert_non_null(value);
    assert_false(streams_read(value, SOURCE_MANUAL, SPORT_RIDE, START_US, small, &streams, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_set_fills_every_channel),
        cmocka_unit_test(the_older_array_means_the_same),
        cmocka_unit_test(arrays_by_name_are_the_columns),
        cmocka_unit_test(garmin_samples_become_arrays),
        cmocka_unit_test(wk16_milliseconds_are_seconds_inside),
        cmocka_unit_test(nothing_means_no_samples),
        cmocka_unit_test(values_no_sensor_gives_are_missing),
        cmocka_unit_test(a_channel_without_values_is_left_out),
        cmocka_unit_test(cadence_on_foot_is_of_both_feet),
        cmocka_unit_test(bad_streams_are_refused_by_name),
        cmocka_unit_test(at_most_200000_samples),
        cmocka_unit_test(a_full_arena_is_an_error),
    };
    return cmocka_run_group_tests_name("streams_read", tests, arena_set_up, arena_tear_down);
}
