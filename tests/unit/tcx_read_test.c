#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/file_fixture.h"

#define HEAD                                                                                                 \
    "<?xml version=\"1.0\"?><TrainingCenterDatabase "                                                        \
    "xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\" "                                  \
    "xmlns:ns3=\"http://www.garmin.com/xmlschemas/ActivityExtension/v2\"><Activities>"
#define TAIL "</Activities></TrainingCenterDatabase>"
#define ACTIVITY(sport, laps)                                                                                \
    "<Activity Sport=\"" sport "\"><Id>2020-06-01T13:03:45.000Z</Id>" laps "</Activity>"
#define LAP(start, content) "<Lap StartTime=\"2020-06-01T13:" start "Z\">" content "</Lap>"
#define POINT(time, content) "<Trackpoint><Time>2020-06-01T13:" time "Z</Time>" content "</Trackpoint>"

static IngestRequest
read_whole(const char *text)
{
    return file_fixture_read(FILE_TCX, text, strlen(text));
}

static void
assert_refused(const char *text, const char *message)
{
    file_fixture_refused(FILE_TCX, text, strlen(text), message);
}

static void
an_activity_reads_whole(void **state)
{
    (void)state;
    const IngestRequest request = read_whole(HEAD ACTIVITY(
        "Biking",
        LAP("03:45",
            "<TotalTimeSeconds>60.4</TotalTimeSeconds><DistanceMeters>301.5</DistanceMeters>"
            "<MaximumSpeed>6</MaximumSpeed><Calories>10</Calories>"
            "<AverageHeartRateBpm><Value>150</Value></AverageHeartRateBpm><Cadence>90</Cadence><Track>" POINT(
                "03:45", "<Position><LatitudeDegrees>52.5</LatitudeDegrees><LongitudeDegrees>5.25"
                         "</LongitudeDegrees></Position><AltitudeMeters>100.4</AltitudeMeters>"
                         "<DistanceMeters>0</DistanceMeters><HeartRateBpm><Value>141</Value></HeartRateBpm>"
                         "<Cadence>85</Cadence><Extensions><ns3:TPX><ns3:Speed>5.012</ns3:Speed>"
                         "<ns3:Watts>210</ns3:Watts></ns3:TPX></Extensions>")
                POINT("04:44", "<DistanceMeters>299.5</DistanceMeters>") "</Track><Extensions><ns3:LX>"
                                                                         "<ns3:AvgSpeed>5</ns3:AvgSpeed></"
                                                                         "ns3:LX></Extensions>")
            LAP("04:45",
                "<TotalTimeSeconds>5</TotalTimeSeconds><DistanceMeters>20</DistanceMeters><Track>" POINT(
                    "04:45", "")
                    POINT("04:50",
                          "") "</Track>") "<Notes>easy</Notes><Creator><Name>Edge 530</Name></Creator>")
                                                 TAIL);
    const Activity *activity = &request.activity;
    const Streams *streams = &request.streams;

    assert_int_equal(activity->sport, SPORT_RIDE);
    assert_string_equal(activity->provider_sport, "Biking");
    assert_string_equal(activity->provider_data, "{\"format\":\"tcx\",\"creator\":\"Edge 530\"}");
    assert_int_equal(activity->start_at_us, 1591016625000000);
    assert_true(activity->distance_m == 321.5 && activity->energy_j == 41840);
    assert_int_equal(activity->moving_time_s, ACTIVITY_NO_INT); /* the timer's is not it */
    assert_int_equal(activity->utc_offset_s, ACTIVITY_NO_INT);
    assert_int_equal(streams->n, 4);
    assert_int_equal(streams->time_s[3], 65);
    assert_int_equal(streams->lat_e7[0], 525000000);
    assert_int_equal(streams->lng_e7[0], 52500000);
    assert_true(streams->altitude_m[0] == 100.4F && streams->distance_m[1] == 299.5F);
    assert_true(streams->speed_mps[0] == 5.012F && isnan(streams->speed_mps[1]));
    assert_int_equal(streams->hr_bpm[0], 141);
    assert_int_equal(streams->cadence_per_min[0], 85);
    assert_int_equal(streams->power_w[0], 210);
    assert_int_equal(request.laps_n, 2);
    assert_int_equal(request.laps[0].moving_s, STREAM_NO_INT);
    assert_int_equal(request.laps[0].end_index, 1);
    assert_int_equal(request.laps[1].start_index, 2);
    assert_int_equal(request.laps[1].end_index, 3);
    assert_true(request.laps[0].distance_m == 301.5);
}

static void
a_run_counts_both_feet(void **state)
{
    (void)state;
    const IngestRequest request = read_whole(HEAD ACTIVITY(
        "Running", LAP("03:45", "<Track>" POINT("03:45", "<Extensions><TPX><RunCadence>87</RunCadence></TPX>"
                                                         "</Extensions>") "</Track>")) TAIL);
    assert_int_equal(request.activity.sport, SPORT_RUN);
    assert_int_equal(request.streams.cadence_per_min[0], 174);
}

static void
without_points_the_timer_is_all_there_is(void **state)
{
    (void)state;
    const IngestRequest request =
        read_whole(HEAD ACTIVITY("Other", LAP("03:45", "<TotalTimeSeconds>1800</TotalTimeSeconds>") LAP(
                                              "33:45", "<TotalTimeSeconds>600.4</TotalTimeSeconds>")) TAIL);
    assert_int_equal(request.activity.sport, SPORT_OTHER);
    assert_int_equal(request.activity.moving_time_s, 2400);
    assert_int_equal(request.streams.n, 0);
    assert_int_equal(request.laps_n, 2);
    assert_int_equal(request.laps[1].moving_s, 600);
    assert_true(isnan(request.activity.distance_m));
}

static void
an_absurd_lap_distance_is_missing(void **state)
{
    (void)state;
    const IngestRequest request =
        read_whole(HEAD ACTIVITY("Biking", LAP("03:45", "<DistanceMeters>3e82</DistanceMeters>")) TAIL);
    assert_true(isnan(request.laps[0].distance_m) && isnan(request.activity.distance_m));
}

static void
a_written_offset_is_the_athletes(void **state)
{
    (void)state;
    const IngestRequest request =
        read_whole(HEAD "<Activity Sport=\"Biking\"><Id>2020-06-01T00:30:00+02:00</Id>"
                        "<Lap StartTime=\"2020-06-01T00:30:00+02:00\"/></Activity>" TAIL);
    assert_int_equal(request.activity.utc_offset_s, 7200);
    assert_string_equal(request.activity.local_date, "2020-06-01");
}

static void
what_is_no_activity_is_refused(void **state)
{
    (void)state;
    assert_refused("<gpx/>", "tcx: byte 0: the root is <gpx>");
    assert_refused(HEAD TAIL, "no activity in it");
    assert_refused("<TrainingCenterDatabase><Courses><Course><Lap/><Track><Trackpoint><Time>x</Time>"
                   "</Trackpoint></Track></Course></Courses></TrainingCenterDatabase>",
                   "no activity in it");
    assert_refused(HEAD ACTIVITY("Biking", "") TAIL, "neither a lap nor a track point");
    assert_refused(HEAD ACTIVITY("Biking", LAP("03:45", "")) ACTIVITY("Running", "") TAIL,
                   "a second activity in one file");
    assert_refused(HEAD ACTIVITY("Biking", "<Lap/>") TAIL, "a lap whose StartTime is no time");
    assert_refused(HEAD ACTIVITY("Biking", LAP("99:45", "")) TAIL, "a lap whose StartTime is no time");
    assert_refused(
        HEAD ACTIVITY("Biking", LAP("03:45", POINT("03:45", "<DistanceMeters>far</DistanceMeters>"))) TAIL,
        "DistanceMeters: \"far\" is no number");
    assert_refused(HEAD ACTIVITY("Biking", LAP("03:45", "<Calories>1e999</Calories>")) TAIL, "is no number");
    assert_refused(HEAD "<Activity><Id>now</Id></Activity>" TAIL, "Id: \"now\" is not a time");
    assert_refused("<!DOCTYPE x><TrainingCenterDatabase/>", "a document type declaration is not taken");
    assert_refused(HEAD "<Activity", "not well-formed XML: unclosed token");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(an_activity_reads_whole),
        FILE_TEST(a_run_counts_both_feet),
        FILE_TEST(without_points_the_timer_is_all_there_is),
        FILE_TEST(an_absurd_lap_distance_is_missing),
        FILE_TEST(a_written_offset_is_the_athletes),
        FILE_TEST(what_is_no_activity_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
