#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/ingest.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"

#define USER "6f1d2c3b-4a59-4687-9788-a9bacbdcedfe"
#define NOW_US 1600000000000000 /* 2020-09-13T12:26:40Z */

static Arena *arena;

static int64_t
fixed_us(void)
{
    return NOW_US;
}

static int
set_up(void **state)
{
    static const Clock fixed = { .monotonic_us = fixed_us, .wall_us = fixed_us };

    (void)state;
    clock_replace(&fixed);
    arena = arena_new(256 << 20);
    return arena == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    clock_replace(NULL);
    return 0;
}

static IngestRequest
parse(const char *body)
{
    IngestRequest request = { .laps_n = 0 };
    Err err = ERR_NONE;

    if (!ingest_parse(body, strlen(body), arena, &request, &err)) {
        fail_msg("%s: %s", body, err.message);
    }
    return request;
}

static void
assert_refused(const char *body, const char *field, const char *part)
{
    IngestRequest request = { .laps_n = 77 };
    Err err = ERR_NONE;
    char buffer[100];

    if (ingest_parse(body, strlen(body), arena, &request, &err)) {
        fail_msg("taken: %s", body);
    }
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_int_equal(request.laps_n, 77); /* untouched */
    assert_true(ingest_field(&err, buffer, sizeof buffer));
    if (strcmp(buffer, field) != 0 || strstr(err.message, part) == NULL) {
        fail_msg("got \"%s\" for %s, wanted %s with \"%s\"", err.message, buffer, field, part);
    }
}

/* STRAVA makes a Strava body from members of the activity that follow the required ones. */
#define STRAVA_ID "\"id\":9000000001,\"name\":\"Lunch\",\"type\":\"Ride\","
#define STRAVA_TIME "\"start_date\":\"2020-06-01T13:03:45Z\",\"start_date_local\":\"2020-06-01T15:03:45Z\""
#define STRAVA(more) "{\"provider\":\"strava\",\"activity\":{" STRAVA_ID STRAVA_TIME more "}}"
#define MANUAL(more)                                                                                         \
    "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":\"2020-06-01T13:03:45Z\"" more "}}"
#define GARMIN(more)                                                                                         \
    "{\"provider\":\"garmin\",\"activity\":{\"activityId\":1,\"activityType\":\"RUNNING\","                  \
    "\"startTimeInSeconds\":1591016625" more "}}"

static void
a_strava_activity_becomes_si(void **state)
{
    (void)state;
    const IngestRequest request = parse(
        "{\"user_id\":\"6F1D2C3B-4A59-4687-9788-A9BACBDCEDFE\",\"provider\":\"strava\",\"activity\":{"
        "\"id\":9007199254740993,\"name\":\"Lunch Ride\",\"type\":\"Ride\",\"sport_type\":\"GravelRide\","
        "\"distance\":52260.1,\"moving_time\":7209,\"elapsed_time\":7305,\"total_elevation_gain\":117.0,"
        "\"start_date\":\"2020-06-01T22:03:45Z\",\"start_date_local\":\"2020-06-02T00:03:45Z\","
        "\"timezone\":\"(GMT+01:00) Europe/Amsterdam\",\"utc_offset\":7200.0,\"start_latlng\":[52.16,0],"
        "\"end_latlng\":[],\"average_speed\":7.249,\"max_speed\":11.5,\"average_cadence\":90.3,"
        "\"average_watts\":184.7,\"weighted_average_watts\":206,\"kilojoules\":1331.4,\"max_watts\":1052,"
        "\"average_heartrate\":158.0,\"max_heartrate\":null,\"calories\":1284.0,\"gear_id\":null,"
        "\"private\":false,\"trainer\":true,\"external_id\":\"garmin_push_1\",\"perceived_exertion\":6.0}}");
    const Activity *a = &request.activity;

    assert_string_equal(request.user_id, USER);
    assert_int_equal(a->source, SOURCE_STRAVA);
    assert_int_equal(a->sport, SPORT_RIDE);
    assert_string_equal(a->provider_sport, "GravelRide");
    assert_true(a->strava_activity_id == 9007199254740993); /* above 2^53, exactly */
    assert_int_equal(a->start_at_us, 1591049025000000);
    assert_string_equal(a->local_date, "2020-06-02"); /* the athlete's day, not UTC's */
    assert_int_equal(a->utc_offset_s, 7200);
    assert_string_equal(a->timezone, "Europe/Amsterdam");
    assert_float_equal(a->distance_m, 52260.1, 1e-9);
    assert_float_equal(a->speed_avg_mps, 7.249, 1e-9);
    assert_float_equal(a->work_j, 1331400, 1e-6);
    assert_float_equal(a->energy_j, 1284.0 * 4184, 1e-6);
    assert_float_equal(a->cadence_avg_rpm, 90.3, 1e-9);
    assert_true(isnan(a->cadence_avg_spm));
    assert_float_equal(a->start_lng, 0, 0); /* 0 is a coordinate */
    assert_true(isnan(a->end_lat));
    assert_true(isnan(a->hr_max_bpm));
    assert_int_equal(a->moving_time_s, 7209);
    assert_int_equal(a->is_private, 0);
    assert_int_equal(a->is_trainer, 1);
    assert_int_equal(a->session_rpe, 6);
    assert_null(a->gear_id);
    assert_null(a->external_id); /* Strava's is a file's name */
    assert_non_null(strstr(a->provider_data, "\"id\":9007199254740993,"));
    assert_int_equal(request.streams.n, 0);
}

static void
a_strava_run_counts_both_feet(void **state)
{
    (void)state;
    const IngestRequest run = parse(
        "{\"provider\":\"strava\",\"activity\":{\"id\":1,\"name\":\"R\",\"sport_type\":"
        "\"TrailRun\"," STRAVA_TIME
        ",\"average_cadence\":84.5},\"streams\":{\"time\":{\"data\":[0,1]},\"cadence\":{\"data\":[84,85]}}}");
    assert_float_equal(run.activity.cadence_avg_spm, 169, 1e-9);
    assert_true(isnan(run.activity.cadence_avg_rpm));
    assert_int_equal(run.streams.cadence_per_min[1], 170);
    assert_int_equal(run.activity.utc_offset_s, 7200); /* from the two start dates */
}

static void
a_garmin_activity_becomes_si(void **state)
{
    (void)state;
    const IngestRequest request = parse(
        "{\"userId\":\"" USER "\",\"provider\":\"garmin\",\"activity\":{\"summaryId\":\"5001968355-detail\","
        "\"summary\":{\"activityType\":\"TRAIL_RUNNING\",\"activityName\":\"Hills\",\"startTimeInSeconds\":"
        "1591048925,"
        "\"startTimeOffsetInSeconds\":7200,\"durationInSeconds\":1789,\"elapsedDurationInSeconds\":1900,"
        "\"movingDurationInSeconds\":1700,\"distanceInMeters\":5192.07,"
        "\"averageSpeedInKilometersPerHour\":10.8,\"averageHeartRateInBeatsPerMinute\":144,"
        "\"averageRunCadenceInStepsPerMinute\":84.0,\"activeKilocalories\":367,\"steps\":5022,"
        "\"totalElevationLossInMeters\":22.5,\"startingLatitudeInDegree\":51.05,"
        "\"startingLongitudeInDegree\":-114.07},"
        "\"samples\":[{\"startTimeInSeconds\":1591048925,\"heartRate\":83},"
        "{\"startTimeInSeconds\":1591048930,\"heartRate\":84}],"
        "\"laps\":[{\"startTimeInSeconds\":1591048925}],\"lengths\":[ {\"n\": 1} ]}}");
    const Activity *a = &request.activity;

    assert_string_equal(request.user_id, USER);
    assert_string_equal(a->garmin_activity_id, "5001968355");
    assert_int_equal(a->sport, SPORT_RUN);
    assert_string_equal(a->local_date, "2020-06-02"); /* 22:02 UTC + 2 h */
    assert_int_equal(a->elapsed_time_s, 1900);
    assert_int_equal(a->moving_time_s, 1700);
    assert_float_equal(a->speed_avg_mps, 3, 1e-9);       /* km/h */
    assert_float_equal(a->energy_j, 367.0 * 4184, 1e-6); /* kcal */
    assert_float_equal(a->cadence_avg_spm, 84, 1e-9);    /* the unit is in Garmin's name: not doubled */
    assert_int_equal(a->steps_count, 5022);
    assert_int_equal(request.streams.n, 2);
    assert_int_equal(request.streams.time_s[1], 5);
    assert_int_equal(request.laps_n, 1);
    assert_int_equal(request.laps[0].end_index, 1);
    assert_string_equal(a->laps, "[{\"lap\":1,\"start_index\":0,\"end_index\":1,\"start_s\":0}]");
    assert_string_equal(a->lengths, "[{\"n\":1}]");
    assert_null(strstr(a->provider_data, "samples")); /* they are in the streams */
    assert_non_null(strstr(a->provider_data, "\"summaryId\":\"5001968355-detail\""));
}

static void
garmin_without_extras_uses_the_timer(void **state)
{
    (void)state;
    const IngestRequest request = parse(GARMIN(",\"durationInSeconds\":100"));
    assert_string_equal(request.activity.garmin_activity_id, "1");
    assert_int_equal(request.activity.moving_time_s, 100);
    assert_int_equal(request.activity.elapsed_time_s, 100);
    assert_int_equal(request.activity.utc_offset_s, ACTIVITY_NO_INT);
    assert_string_equal(request.activity.local_date, "2020-06-01");
    assert_null(request.activity.name);
}

static void
a_manual_activity_names_its_units(void **state)
{
    (void)state;
    const IngestRequest request =
        parse("{\"provider\":\"manual\",\"external_id\":\"gym-1\",\"activity\":{\"sport\":\"strength\","
              "\"start_at\":\"2020-06-01T23:30:00+02:00\",\"name\":\"Gym\",\"moving_time_s\":2700,\"energy_"
              "kcal\":100,"
              "\"speed_avg_kmh\":3.6,\"session_rpe\":8,\"exercises\":[ {\"name\": \"Squat\", \"reps\": 5} ],"
              "\"is_private\":true}}");
    const Activity *a = &request.activity;

    assert_int_equal(a->sport, SPORT_STRENGTH);
    assert_string_equal(a->external_id, "gym-1");
    assert_int_equal(a->utc_offset_s, 7200); /* written in start_at */
    assert_string_equal(a->local_date, "2020-06-01");
    assert_int_equal(a->moving_time_s, 2700);
    assert_float_equal(a->energy_j, 418400, 1e-6);
    assert_float_equal(a->speed_avg_mps, 1, 1e-9);
    assert_int_equal(a->session_rpe, 8);
    assert_string_equal(a->exercises, "[{\"name\":\"Squat\",\"reps\":5}]");
    assert_int_equal(a->is_private, 1);
    assert_string_equal(request.user_id, "");
}

static void
the_local_day_is_the_athletes(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *date;
    } cases[] = {
        { "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":\"2020-06-01T23:30:00Z\"}}",
          "2020-06-01" },
        { "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":\"2020-06-01T23:30:00Z\","
          "\"utc_offset_s\":3600}}",
          "2020-06-02" },
        { "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":\"2020-06-01T03:30:00Z\","
          "\"utc_offset_s\":-18000}}",
          "2020-05-31" },
        { "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":1591054200000,"
          "\"local_date\":\"2020-06-03\"}}",
          "2020-06-03" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(parse(cases[i].body).activity.local_date, cases[i].date);
    }
}

/* WK17: a moving_time was minutes or seconds; now the unit is in the name, or the value is refused. */
static void
wk17_a_time_without_a_unit_is_refused(void **state)
{
    (void)state;
    assert_refused(MANUAL(",\"moving_time\":45"), "activity.moving_time", "unit");
    assert_refused(MANUAL(",\"duration\":45"), "activity.duration", "unit");
    assert_refused(MANUAL(",\"distance\":45"), "activity.distance", "unit");
    assert_int_equal(parse(MANUAL(",\"moving_time_s\":45")).activity.moving_time_s, 45);
    assert_int_equal(parse(STRAVA(",\"moving_time\":45")).activity.moving_time_s, 45); /* Strava's is s */
}

/* WK18: a slow walk stays slow, a long time stays long: nothing is divided because it looks large. */
static void
wk18_no_unit_is_guessed_from_a_size(void **state)
{
    (void)state;
    const IngestRequest walk = parse(
        "{\"provider\":\"manual\",\"activity\":{\"sport\":\"walk\",\"start_at\":\"2020-06-01T13:03:45Z\","
        "\"speed_avg_mps\":0.4,\"moving_time_s\":36000,\"distance_m\":14400,\"cadence_avg_spm\":60},"
        "\"streams\":{\"time_s\":[0,1,2],\"speed_mps\":[0.4,0.38,0.5]}}");
    assert_float_equal(walk.activity.speed_avg_mps, 0.4, 1e-9);
    assert_int_equal(walk.activity.moving_time_s, 36000);
    assert_float_equal(walk.activity.cadence_avg_spm, 60, 1e-9);
    assert_float_equal(walk.streams.speed_mps[1], 0.38F, 1e-6F);
}

/* WK19: laps that come beside the streams are stored, and an index outside the samples is no index. */
static void
wk19_laps_refer_to_the_streams_of_the_body(void **state)
{
    (void)state;
#define TWO_SAMPLES ",\"streams\":{\"time\":{\"data\":[0,1]}}"
    const IngestRequest request =
        parse("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID STRAVA_TIME ",\"laps\":[{\"start_index\":0,"
              "\"end_index\":1,\"distance\":5.0}]}" TWO_SAMPLES "}");
    assert_string_equal(request.activity.laps,
                        "[{\"lap\":1,\"start_index\":0,\"end_index\":1,\"distance_m\":5}]");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID STRAVA_TIME
                   ",\"laps\":[{\"start_index\":0,\"end_index\":2}]}" TWO_SAMPLES "}",
                   "activity.laps[0].end_index", "beyond");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID STRAVA_TIME
                   "},\"laps\":[{\"start_index\":0,\"end_index\":2}]" TWO_SAMPLES "}",
                   "laps[0].end_index", "beyond");
}

static void
bad_envelopes_are_refused(void **state)
{
    (void)state;
    assert_refused("{}", "provider", "missing");
    assert_refused("{\"provider\":null}", "provider", "missing");
    assert_refused("{\"provider\":7}", "provider", "");
    assert_refused("{\"provider\":\"polar\"}", "provider", "\"polar\" is none");
    assert_refused("{\"provider\":\"strava\"}", "activity", "missing");
    assert_refused("{\"provider\":\"strava\",\"activity\":[]}", "activity", "not an object");
    assert_refused("{\"provider\":\"strava\",\"\\u0061ctivity\":{}}", "activity", "escapes");
    assert_refused("{\"provider\":\"strava\",\"user_id\":\"x\",\"activity\":{}}", "user_id", "not a uuid");
    assert_refused("{\"provider\":\"strava\",\"user_id\":7,\"activity\":{}}", "user_id", "");
    assert_refused(
        "{\"provider\":\"strava\",\"userId\":\"6f1d2c3b-4a59-4687-9788-a9bacbdcedf\",\"activity\":{}}",
        "userId", "not a uuid");
    assert_refused(
        "{\"provider\":\"strava\",\"user_id\":\"6f1d2c3b-4a59-4687-9788-a9bacbdcedfg\",\"activity\":{}}",
        "user_id", "not a uuid");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID STRAVA_TIME
                   "},\"streams\":{\"time\":[0,0]}}",
                   "streams.time[1]", "does not increase");
    assert_refused("{\"provider\":\"manual\",\"external_id\":\"\",\"activity\":{\"sport\":\"run\","
                   "\"start_at\":\"2020-06-01T13:03:45Z\"}}",
                   "external_id", "empty");
    assert_refused("{\"provider\":\"manual\",\"external_id\":8,\"activity\":{\"sport\":\"run\","
                   "\"start_at\":\"2020-06-01T13:03:45Z\"}}",
                   "external_id", "");
}

/* The table of sync.md section 5, both sides of each bound. */
static void
bad_strava_values_are_refused(void **state)
{
    (void)state;
    assert_refused("{\"provider\":\"strava\",\"activity\":{\"name\":\"x\",\"type\":\"Run\"," STRAVA_TIME "}}",
                   "activity.id", "missing");
    assert_refused(
        "{\"provider\":\"strava\",\"activity\":{\"id\":0,\"name\":\"x\",\"type\":\"Run\"," STRAVA_TIME "}}",
        "activity.id", "1 or more");
    assert_refused(
        "{\"provider\":\"strava\",\"activity\":{\"id\":1.5,\"name\":\"x\",\"type\":\"Run\"," STRAVA_TIME "}}",
        "activity.id", "");
    assert_refused("{\"provider\":\"strava\",\"activity\":{\"id\":1,\"type\":\"Run\"," STRAVA_TIME "}}",
                   "activity.name", "missing");
    assert_refused(
        "{\"provider\":\"strava\",\"activity\":{\"id\":1,\"name\":\"\",\"type\":\"Run\"," STRAVA_TIME "}}",
        "activity.name", "0 characters");
    assert_refused("{\"provider\":\"strava\",\"activity\":{\"id\":1,\"name\":\"x\"," STRAVA_TIME "}}",
                   "activity.type", "missing");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID
                   "\"start_date\":\"2020-06-01T13:03:45Z\"}}",
                   "activity.start_date_local", "missing");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID
                   "\"start_date\":\"yesterday\",\"start_date_local\":\"2020-06-01T13:03:45Z\"}}",
                   "activity.start_date", "not a time");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID
                   "\"start_date\":\"2020-09-15T12:26:41Z\",\"start_date_local\":\"2020-06-01T13:03:45Z\"}}",
                   "activity.start_date", "tomorrow");
    assert_refused("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID
                   "\"start_date\":\"1969-12-31T12:26:41Z\",\"start_date_local\":\"2020-06-01T13:03:45Z\"}}",
                   "activity.start_date", "1970");
    assert_refused(STRAVA(",\"distance\":-0.1"), "activity.distance", "-0.1 is not in 0");
    assert_refused(STRAVA(",\"distance\":1.1e9"), "activity.distance", "not in 0 to 1000000000");
    assert_refused(STRAVA(",\"distance\":\"far\""), "activity.distance", "");
    assert_refused(STRAVA(",\"average_speed\":-1"), "activity.average_speed", "");
    assert_refused(STRAVA(",\"max_speed\":-1"), "activity.max_speed", "");
    assert_refused(STRAVA(",\"total_elevation_gain\":-1"), "activity.total_elevation_gain", "");
    assert_refused(STRAVA(",\"moving_time\":-1"), "activity.moving_time", "");
    assert_refused(STRAVA(",\"moving_time\":102,\"elapsed_time\":100"), "activity.moving_time",
                   "more than the 100 s");
    assert_refused(STRAVA(",\"average_heartrate\":29.9"), "activity.average_heartrate",
                   "29.9 is not in 30 to 250");
    assert_refused(STRAVA(",\"max_heartrate\":250.1"), "activity.max_heartrate", "");
    assert_refused(STRAVA(",\"utc_offset\":50401"), "activity.utc_offset", "");
    assert_refused(STRAVA(",\"start_latlng\":[90.1,0]"), "activity.start_latlng", "not on Earth");
    assert_refused(STRAVA(",\"end_latlng\":[0,-180.1]"), "activity.end_latlng", "not on Earth");
    assert_refused(STRAVA(",\"start_latlng\":[1]"), "activity.start_latlng", "not a pair");
    assert_refused(STRAVA(",\"private\":\"no\""), "activity.private", "");
    assert_refused(STRAVA(",\"laps\":{}"), "activity.laps", "not an array");
    (void)parse("{\"provider\":\"strava\",\"activity\":{" STRAVA_ID
                "\"start_date\":\"2020-09-14T12:26:40Z\",\"start_date_local\":\"2020-09-14T12:26:40Z\"}}");
    const Activity edge = parse(STRAVA(",\"moving_time\":101,\"elapsed_time\":100,\"average_heartrate\":30,"
                                       "\"max_heartrate\":250,\"start_latlng\":[90,-180],\"distance\":0"))
                              .activity;
    assert_int_equal(edge.moving_time_s, 101);
    assert_float_equal(edge.start_lng, -180, 0);
    assert_float_equal(edge.distance_m, 0, 0); /* known to be 0 */
}

static void
bad_garmin_and_manual_values_are_refused(void **state)
{
    (void)state;
    assert_refused(
        "{\"provider\":\"garmin\",\"activity\":{\"activityType\":\"RUNNING\",\"startTimeInSeconds\":1}}",
        "activity.activityId", "missing");
    assert_refused("{\"provider\":\"garmin\",\"activity\":{\"summaryId\":\"\",\"activityType\":\"RUNNING\"}}",
                   "activity.summaryId", "empty");
    assert_refused("{\"provider\":\"garmin\",\"activity\":{\"activityId\":1,\"activityType\":\"RUNNING\"}}",
                   "activity.startTimeInSeconds", "missing");
    assert_refused("{\"provider\":\"garmin\",\"activity\":{\"activityId\":1,\"summary\":7}}",
                   "activity.summary", "");
    assert_refused("{\"provider\":\"garmin\",\"activity\":{\"activityId\":1,\"summary\":{}}}",
                   "activity.summary.activityType", "missing");
    assert_refused(GARMIN(",\"startingLatitudeInDegree\":5"), "activity.startingLatitudeInDegree", "without");
    assert_refused(GARMIN(",\"durationInSeconds\":10,\"movingDurationInSeconds\":12"),
                   "activity.movingDurationInSeconds", "more than");
    assert_refused(GARMIN(",\"samples\":[{}]"), "streams[0]", "needs a time");
    assert_refused("{\"provider\":\"manual\",\"activity\":{\"start_at\":\"2020-06-01T13:03:45Z\"}}",
                   "activity.sport", "missing");
    assert_refused("{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\"}}", "activity.start_at",
                   "missing");
    assert_refused(MANUAL(",\"session_rpe\":11"), "activity.session_rpe", "not in 1 to 10");
    assert_refused(MANUAL(",\"session_rpe\":0"), "activity.session_rpe", "");
    assert_refused(MANUAL(",\"start_lat\":1"), "activity.start_lat", "without");
    assert_refused(MANUAL(",\"end_lng\":1"), "activity.end_lat", "without");
    assert_refused(MANUAL(",\"local_date\":\"2020-02-30\""), "activity.local_date", "not a day");
    assert_refused(MANUAL(",\"exercises\":{}"), "activity.exercises", "not an array");
    assert_refused(MANUAL(",\"speed_avg_kmh\":-1"), "activity.speed_avg_kmh", "-1 is not in");
}

static void
long_texts_are_counted_in_characters(void **state)
{
    (void)state;
    _cleanup_(str_done) Str body = STR_EMPTY;
    for (int n = 500; n <= 501; n++) {
        str_clear(&body);
        str_append(&body, "{\"provider\":\"manual\",\"activity\":{\"sport\":\"run\",\"start_at\":\"2020-06-"
                          "01T13:03:45Z\",\"name\":\"");
        for (int i = 0; i < n; i++) {
            str_append(&body, "ü");
        }
        str_append(&body, "\"}}");
        if (n == 500) {
            assert_int_equal(strlen(parse(str_text(&body)).activity.name), 1000);
        } else {
            assert_refused(str_text(&body), "activity.name", "501 characters");
        }
    }
    str_clear(&body);
    str_append_format(&body, MANUAL(",\"external_id\":\"%0200d\""), 1);
    assert_int_equal(strlen(parse(str_text(&body)).activity.external_id), 200);
    str_clear(&body);
    str_append_format(&body, MANUAL(",\"external_id\":\"%0201d\""), 1);
    assert_refused(str_text(&body), "activity.external_id", "longer than 200");
}

static void
unreadable_json_names_no_field(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", "{", "[]", "7", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}"
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        IngestRequest request = { .laps_n = 0 };
        Err err = ERR_NONE;
        char buffer[50] = "x";
        assert_false(ingest_parse(bodies[i], strlen(bodies[i]), arena, &request, &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_string_equal(err.code, "invalid_json");
        assert_false(ingest_field(&err, buffer, sizeof buffer));
        assert_string_equal(buffer, "");
    }
}

/* A sync reads the provider's object alone, and must come to the same hash as a POST of it. */
static void
an_activity_alone_reads_as_in_a_body(void **state)
{
    (void)state;
    const char *object = "{" STRAVA_ID STRAVA_TIME ",\"distance\":10}";
    IngestRequest alone = { .laps_n = 0 };
    Err err = ERR_NONE;
    assert_true(activity_read(SOURCE_STRAVA, object, strlen(object), "activity", arena, &alone, &err));
    const IngestRequest body = parse(STRAVA(",\"distance\":10"));
    assert_memory_equal(alone.content_hash, body.content_hash, ACTIVITY_HASH_BYTES);
    assert_float_equal(alone.activity.distance_m, 10, 0);
    assert_false(activity_read(SOURCE_STRAVA, "{}", 2, "activities[3]", arena, &alone, &err));
    assert_int_equal(strncmp(err.message, "activities[3].id: missing", 25), 0);
}

static void
append_file(Str *text, const char *folder, const char *name)
{
    char path[4096];
    char block[65536];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    _cleanup_(close_file) FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("cannot read %s", path);
    }
    for (size_t n = 0; file != NULL && (n = fread(block, 1, sizeof block, file)) > 0;) {
        str_append_bytes(text, block, n);
    }
}

/* The real ride: PACELINE_DATA names the folder of reference rides. */
static void
the_reference_ride_reads_whole(void **state)
{
    (void)state;
    const char *data = getenv("PACELINE_DATA");
    _cleanup_(str_done) Str body = STR_EMPTY;
    char folder[3000];

    if (data == NULL) {
        print_message("skipped: PACELINE_DATA is not set\n");
        skip();
        return;
    }
    (void)snprintf(folder, sizeof folder, "%s/strava-ride-52km", data);
    str_append(&body, "{\"provider\":\"strava\",\"activity\":");
    append_file(&body, folder, "activity.json");
    str_append(&body, ",\"streams\":");
    append_file(&body, folder, "streams.json");
    str_append(&body, "}");
    clock_replace(NULL);
    const int64_t start_us = clock_monotonic_us();
    const IngestRequest request = parse(str_text(&body));
    print_message("%zu bytes in %.1f ms\n", body.length, (double)(clock_monotonic_us() - start_us) / 1e3);

    int missing = 0;
    for (size_t i = 0; i < request.streams.n; i++) {
        missing += request.streams.power_w[i] == STREAM_NO_INT;
    }
    assert_int_equal(request.streams.n, 7306);
    assert_int_equal(missing, 265);
    assert_float_equal(request.streams.distance_m[7305], 52260.1F, 0);
    assert_int_equal(request.laps_n, 11);
    assert_int_equal(request.laps[10].end_index, 7305);
    assert_int_equal(request.activity.moving_time_s, 7209);
    assert_string_equal(request.activity.local_date, "2020-06-01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strava_activity_becomes_si),
        cmocka_unit_test(a_strava_run_counts_both_feet),
        cmocka_unit_test(a_garmin_activity_becomes_si),
        cmocka_unit_test(garmin_without_extras_uses_the_timer),
        cmocka_unit_test(a_manual_activity_names_its_units),
        cmocka_unit_test(the_local_day_is_the_athletes),
        cmocka_unit_test(wk17_a_time_without_a_unit_is_refused),
        cmocka_unit_test(wk18_no_unit_is_guessed_from_a_size),
        cmocka_unit_test(wk19_laps_refer_to_the_streams_of_the_body),
        cmocka_unit_test(bad_envelopes_are_refused),
        cmocka_unit_test(bad_strava_values_are_refused),
        cmocka_unit_test(bad_garmin_and_manual_values_are_refused),
        cmocka_unit_test(long_texts_are_counted_in_characters),
        cmocka_unit_test(unreadable_json_names_no_field),
        cmocka_unit_test(an_activity_alone_reads_as_in_a_body),
        cmocka_unit_test(the_reference_ride_reads_whole),
    };
    return cmocka_run_group_tests_name("ingest", tests, set_up, tear_down);
}
