/* The TCX and the GPX file of a device. GPX has a point only where there is a position. */
#include <stddef.h>

#include "common/activity/timestamp.h"
#include "tests/standin/athletes/print.h"

static void
print_time(Str *text, const Session *session, int32_t second)
{
    char at[21];

    timestamp_print((session->start_at_s + second) * 1000000, at);
    str_append(text, at);
}

/* print_element prints <name>value</name> if the sensor is there and gave something. */
static void
print_element(Str *text, const char *name, bool is_there, int32_t value, int decimals)
{
    if (is_there && value != SAMPLE_NONE) {
        str_append_format(text, "<%s>", name);
        print_fixed(text, value, decimals);
        str_append_format(text, "</%s>", name);
    }
}

static void
print_extension(Str *text, const Recording *recording, const Sample *sample, bool is_run)
{
    str_append(text, "<Extensions><ns3:TPX>");
    print_element(text, "ns3:Speed", true, sample->speed_cmps, 2);
    print_element(text, "ns3:RunCadence", is_run && recording->sensors.cadence, sample->cadence_per_min, 0);
    print_element(text, "ns3:Watts", recording->sensors.power, sample->power_w, 0);
    str_append(text, "</ns3:TPX></Extensions>");
}

static void
print_trackpoint(Str *text, const Session *session, const Recording *recording, const Sample *sample)
{
    const Sensors *sensors = &recording->sensors;
    const bool is_run = session->sport == SPORT_RUN;

    str_append(text, "<Trackpoint><Time>");
    print_time(text, session, sample->time_s);
    str_append(text, "</Time>");
    if (sensors->position && sample->lat_e6 != SAMPLE_NONE) {
        str_append(text, "<Position>");
        print_element(text, "LatitudeDegrees", true, sample->lat_e6, 6);
        print_element(text, "LongitudeDegrees", true, sample->lng_e6, 6);
        str_append(text, "</Position>");
    }
    print_element(text, "AltitudeMeters", sensors->altitude, sample->altitude_dm, 1);
    print_element(text, "DistanceMeters", true, sample->distance_dm, 1);
    if (sensors->hr && sample->hr_bpm != SAMPLE_NONE) {
        str_append_format(text, "<HeartRateBpm><Value>%d</Value></HeartRateBpm>", sample->hr_bpm);
    }
    print_element(text, "Cadence", !is_run && sensors->cadence, sample->cadence_per_min, 0);
    print_extension(text, recording, sample, is_run);
    str_append(text, "</Trackpoint>\n");
}

void
print_tcx(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Session *session = &world->sessions[index];

    str_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrainingCenterDatabase "
                     "xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\" "
                     "xmlns:ns3=\"http://www.garmin.com/xmlschemas/ActivityExtension/v2\">\n<Activities>");
    str_append_format(text, "<Activity Sport=\"%s\"><Id>",
                      session->sport == SPORT_RUN ? "Running" : "Biking");
    print_time(text, session, 0);
    str_append(text, "</Id>\n");
    for (size_t i = 0; i < recording->laps_n; i++) {
        const RecordedLap *lap = &recording->laps[i];
        Figures f;
        figures_of(recording, lap->start, lap->end, &f);
        str_append(text, "<Lap StartTime=\"");
        print_time(text, session, recording->samples[lap->start].time_s);
        str_append_format(text, "\"><TotalTimeSeconds>%d.0</TotalTimeSeconds><DistanceMeters>", f.elapsed_s);
        str_append_double(text, f.distance_m, 1);
        str_append(
            text,
            "</DistanceMeters><Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod><Track>\n");
        for (size_t s = lap->start; s <= lap->end; s++) {
            print_trackpoint(text, session, recording, &recording->samples[s]);
        }
        str_append(text, "</Track></Lap>\n");
    }
    str_append(
        text, "<Creator><Name>Simulated</Name></Creator></Activity></Activities></TrainingCenterDatabase>\n");
}

static void
print_trkpt(Str *text, const Session *session, const Recording *recording, const Sample *sample)
{
    const Sensors *sensors = &recording->sensors;

    str_append(text, "<trkpt lat=\"");
    print_fixed(text, sample->lat_e6, 6);
    str_append(text, "\" lon=\"");
    print_fixed(text, sample->lng_e6, 6);
    str_append(text, "\">");
    print_element(text, "ele", sensors->altitude, sample->altitude_dm, 1);
    str_append(text, "<time>");
    print_time(text, session, sample->time_s);
    str_append(text, "</time><extensions>");
    print_element(text, "power", sensors->power, sample->power_w, 0);
    str_append(text, "<gpxtpx:TrackPointExtension>");
    print_element(text, "gpxtpx:atemp", sensors->temperature, sample->temperature_c, 0);
    print_element(text, "gpxtpx:hr", sensors->hr, sample->hr_bpm, 0);
    print_element(text, "gpxtpx:cad", sensors->cadence, sample->cadence_per_min, 0);
    str_append(text, "</gpxtpx:TrackPointExtension></extensions></trkpt>\n");
}

void
print_gpx(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Session *session = &world->sessions[index];

    str_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"Simulated\" "
                     "xmlns=\"http://www.topografix.com/GPX/1/1\" "
                     "xmlns:gpxtpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\">\n<trk>");
    str_append_format(text, "<type>%s</type><trkseg>\n", session->sport == SPORT_RUN ? "running" : "cycling");
    for (size_t i = 0; i < recording->n; i++) {
        if (recording->samples[i].lat_e6 != SAMPLE_NONE) {
            print_trkpt(text, session, recording, &recording->samples[i]);
        }
    }
    str_append(text, "</trkseg></trk></gpx>\n");
}
