#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "tests/unit/file_fixture.h"

#define HEAD                                                                                                 \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                           \
    "<gpx version=\"1.1\" creator=\"StravaGPX\" xmlns=\"http://www.topografix.com/GPX/1/1\" "                \
    "xmlns:gpxtpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\">\n"
#define TRACK(points) HEAD "<trk><trkseg>" points "</trkseg></trk></gpx>"
#define AT(second) "<trkpt lat=\"52\" lon=\"5\"><time>2020-06-01T13:03:" second "Z</time></trkpt>"

static IngestRequest
read_whole(const char *text)
{
    return file_fixture_read(FILE_GPX, text, strlen(text));
}

static void
assert_refused(const char *text, const char *message)
{
    file_fixture_refused(FILE_GPX, text, strlen(text), message);
}

static void
a_track_reads_whole(void **state)
{
    (void)state;
    const IngestRequest request = read_whole(
        HEAD
        "<metadata><time>2020-06-01T13:00:00Z</time><name>not this</name></metadata>"
        "<wpt lat=\"1\" lon=\"1\"><time>1990-01-01T00:00:00Z</time><name>a caf&#233;</name></wpt>"
        "<trk><name> Over the hill &amp; back\n</name><type>trail_running</type><trkseg>"
        "<trkpt lat=\"52.1234567\" lon=\"-5.5\"><ele>100.4</ele><time>2020-06-01T13:03:45.000Z</time>"
        "<extensions><power>210</power><gpxtpx:TrackPointExtension><gpxtpx:atemp>-2</gpxtpx:atemp>"
        "<gpxtpx:hr>141</gpxtpx:hr><gpxtpx:cad>85</gpxtpx:cad></gpxtpx:TrackPointExtension></extensions>"
        "</trkpt></trkseg><trkseg><trkpt lon=\"-5.6\" lat=\"52.2\"><time>2020-06-01T15:03:55+02:00</time>"
        "<ele></ele></trkpt><trkpt lat=\"53\" lon=\"6\"/></trkseg></trk></gpx>");
    const Activity *activity = &request.activity;
    const Streams *streams = &request.streams;

    assert_int_equal(activity->source, SOURCE_FILE);
    assert_int_equal(activity->sport, SPORT_RUN);
    assert_string_equal(activity->name, "Over the hill & back");
    assert_string_equal(activity->provider_data, "{\"format\":\"gpx\",\"creator\":\"StravaGPX\"}");
    assert_int_equal(activity->start_at_us, 1591016625000000);
    assert_string_equal(activity->local_date, "2020-06-01");
    assert_true(isnan(activity->distance_m) && activity->start_lat == 52.1234567 &&
                activity->end_lng == -5.6);
    assert_int_equal(streams->n, 2); /* a point without a time is none */
    assert_int_equal(streams->time_s[1], 10);
    assert_int_equal(streams->lat_e7[0], 521234567);
    assert_int_equal(streams->lng_e7[1], -56000000);
    assert_true(streams->altitude_m[0] == 100.4F && isnan(streams->altitude_m[1]));
    assert_int_equal(streams->hr_bpm[0], 141);
    assert_int_equal(streams->hr_bpm[1], STREAM_NO_INT);
    assert_int_equal(streams->cadence_per_min[0], 170);
    assert_int_equal(streams->power_w[0], 210);
    assert_int_equal(streams->temperature_c[0], -2);
    assert_null(streams->distance_m);
    assert_null(streams->speed_mps);
    assert_int_equal(request.laps_n, 0);
}

static void
other_words_for_power_and_no_sport(void **state)
{
    (void)state;
    const IngestRequest request =
        read_whole(TRACK("<trkpt lat=\"52\" lon=\"5\"><time>2020-06-01T13:03:45Z</time><extensions>"
                         "<pwr:PowerInWatts "
                         "xmlns:pwr=\"x\">199</pwr:PowerInWatts><cadence>88</cadence></extensions></trkpt>"));
    assert_int_equal(request.activity.sport, SPORT_OTHER);
    assert_null(request.activity.name);
    assert_int_equal(request.streams.power_w[0], 199);
    assert_int_equal(request.streams.cadence_per_min[0], 88);
}

static void
points_of_one_second_are_one(void **state)
{
    (void)state;
    const IngestRequest request = read_whole(TRACK(AT("45.9") AT("46.1") AT("46.2") AT("46.9")));
    assert_int_equal(request.streams.n, 2);
    assert_int_equal(request.activity.start_at_us, 1591016625900000);
    assert_int_equal(request.streams.time_s[1], 1);
}

static void
utf_16_is_xml_too(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    const char *plain = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><gpx><trk>" AT("45") "</trk></gpx>";

    (void)state;
    str_append_bytes(&text, "\xFE\xFF", 2);
    for (const char *c = plain; *c != '\0'; c++) {
        str_append_char(&text, '\0');
        str_append_char(&text, *c);
    }
    assert_int_equal(file_fixture_read(FILE_GPX, text.bytes, text.length).streams.n, 1);
}

static void
what_is_no_track_is_refused(void **state)
{
    (void)state;
    assert_refused("", "not well-formed XML: no element found");
    assert_refused("hello", "not well-formed XML");
    assert_refused("<kml></kml>", "gpx: byte 0: the root is <kml>, not <gpx>");
    assert_refused(HEAD "</gpx>", "no track point with a time");
    assert_refused(HEAD "<rte><rtept lat=\"1\" lon=\"1\"/></rte></gpx>", "no track point with a time");
    assert_refused(TRACK("<trkpt lat=\"52\" lon=\"5\"></trkpt>"), "no track point with a time");
    assert_refused(TRACK("<trkpt lat=\"52\"/>"), "a track point without lon");
    assert_refused(TRACK("<trkpt lat=\"91\" lon=\"5\"/>"), "lat: \"91\" is not within 90 degrees");
    assert_refused(TRACK("<trkpt lat=\"nan\" lon=\"5\"/>"), "is not within");
    assert_refused(TRACK("<trkpt lat=\"1\" lon=\"5\"><time>yesterday</time></trkpt>"),
                   "\"yesterday\" is not a time");
    assert_refused(TRACK("<trkpt lat=\"1\" lon=\"5\"><ele>high</ele></trkpt>"), "ele: \"high\" is no number");
    assert_refused(TRACK(AT("45") "<trkpt lat=\"1\" lon=\"5\"><time>2021-06-01T00:00:00Z</time></trkpt>"),
                   "s after the start");
    assert_refused(TRACK("<trkpt lat=\"1\" lon=\"5\"><time>1960-06-01T00:00:00Z</time></trkpt>"),
                   "before 1970");
}

static void
hostile_xml_is_refused(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    (void)state;
    assert_refused("<!DOCTYPE gpx [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]><gpx>&b;</gpx>",
                   "gpx: byte 14: a document type declaration is not taken");
    assert_refused("<?xml version=\"1.0\"?><!DOCTYPE gpx SYSTEM \"file:///etc/passwd\"><gpx/>",
                   "a document type declaration is not taken");
    assert_refused(HEAD "<trk><name>&evil;</name></trk></gpx>", "not well-formed XML: undefined entity");
    assert_refused(TRACK(AT("45")) "more", "not well-formed XML: junk after document element");
    assert_refused(HEAD "<trk>", "not well-formed XML: no element found");
    assert_refused(HEAD "<trk></gpx>", "not well-formed XML: mismatched tag");
    assert_refused("<?xml version=\"1.0\" encoding=\"KOI-99\"?><gpx/>", "unknown encoding");
    str_append(&text, HEAD);
    for (int i = 0; i < 1000; i++) {
        str_append(&text, "<a>");
    }
    assert_refused(str_text(&text), "elements nest deeper than 32");
}

/* A text longer than what is kept is cut where it only describes, and no number where it is one. */
static void
long_texts_are_bounded(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    (void)state;
    str_append(&text, HEAD "<trk><name>");
    for (int i = 0; i < 5000; i++) {
        str_append(&text, "\xC3\xA9");
    }
    str_append(&text, "</name>" AT("45") "</trk></gpx>");
    assert_int_equal(strlen(read_whole(str_text(&text)).activity.name), 500);
    str_clear(&text);
    str_append(&text, HEAD "<trk><trkpt lat=\"1\" lon=\"2\"><ele>");
    for (int i = 0; i < 5000; i++) {
        str_append(&text, "1");
    }
    str_append(&text, "</ele></trkpt></trk></gpx>");
    assert_refused(str_text(&text), "is no number");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_track_reads_whole),          FILE_TEST(other_words_for_power_and_no_sport),
        FILE_TEST(points_of_one_second_are_one), FILE_TEST(utf_16_is_xml_too),
        FILE_TEST(what_is_no_track_is_refused),  FILE_TEST(hostile_xml_is_refused),
        FILE_TEST(long_texts_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
