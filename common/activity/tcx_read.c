#include "common/activity/tcx_read.h"

#include <math.h>
#include <string.h>

#include "common/activity/provider_read.h"
#include "common/activity/timestamp.h"
#include "common/activity/xml_read.h"
#include "common/str.h"

typedef struct TcxReader {
    FileActivity *file;
    size_t activities_n;
    bool in_activity; /* courses have laps and points, too */
    bool in_point;
    bool has_time; /* the point's */
    FilePoint point;
    FileLap lap; /* moving_s is the timer's, until settle */
    double lap_energy_kcal;
    double timer_s, distance_m, energy_kcal; /* sums over the laps that tell; NaN without one */
} TcxReader;

/* Where a channel of a track point stands: its element and the parent that makes it this one. */
static const struct {
    const char *parent, *name;
    StreamId stream;
    double factor;
} channels[] = {
    { "Position", "LatitudeDegrees", STREAM_LAT, 1e7 },
    { "Position", "LongitudeDegrees", STREAM_LNG, 1e7 },
    { "Trackpoint", "AltitudeMeters", STREAM_ALTITUDE, 1 },
    { "Trackpoint", "DistanceMeters", STREAM_DISTANCE, 1 },
    { "Trackpoint", "Cadence", STREAM_CADENCE, 1 },
    { "HeartRateBpm", "Value", STREAM_HR, 1 },
    { "TPX", "Speed", STREAM_SPEED, 1 },
    { "TPX", "RunCadence", STREAM_CADENCE, 1 },
    { "TPX", "Watts", STREAM_POWER, 1 },
};

static bool
is_named(const XmlElement *element, const char *parent, const char *name)
{
    return strcmp(element->name, name) == 0 && strcmp(element->parent, parent) == 0;
}

static bool
lap_opens(TcxReader *reader, const XmlElement *element, FileFault *fault)
{
    const char *start = xml_attribute(element, "StartTime");
    int32_t offset_s = 0;

    reader->lap = (FileLap){ .elapsed_s = NAN, .moving_s = NAN, .distance_m = NAN };
    reader->lap_energy_kcal = NAN;
    return (start != NULL && timestamp_parse(start, &reader->lap.start_us, &offset_s)) ||
           file_refuse(fault, element->offset, "a lap whose StartTime is no time");
}

static bool
activity_opens(TcxReader *reader, const XmlElement *element, FileFault *fault)
{
    const char *sport = xml_attribute(element, "Sport");

    if (++reader->activities_n > 1) {
        return file_refuse(fault, element->offset, "a second activity in one file: send each by itself");
    }
    reader->in_activity = true;
    return sport == NULL || file_sport_set(reader->file, sport, fault);
}

static bool
tcx_opens(void *user, const XmlElement *element, FileFault *fault)
{
    TcxReader *reader = user;

    if (element->depth == 1) {
        return strcmp(element->name, "TrainingCenterDatabase") == 0 ||
               file_refuse(fault, element->offset, "the root is <%s>, not <TrainingCenterDatabase>",
                           element->name);
    }
    if (strcmp(element->name, "Activity") == 0) {
        return activity_opens(reader, element, fault);
    }
    if (!reader->in_activity) {
        return true;
    }
    if (is_named(element, "Activity", "Lap")) {
        return lap_opens(reader, element, fault);
    }
    if (strcmp(element->name, "Trackpoint") == 0) {
        reader->in_point = true;
        reader->has_time = false;
        file_point_init(&reader->point, 0, element->offset);
    }
    return true;
}

/* of_point reads an element below a track point. */
static bool
of_point(TcxReader *reader, const XmlElement *element, FileFault *fault)
{
    int32_t offset_s = 0;

    if (is_named(element, "Trackpoint", "Time")) {
        reader->has_time = true;
        return xml_instant(element, &reader->point.at_us, &offset_s, fault);
    }
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        double value = NAN;
        if (!is_named(element, channels[i].parent, channels[i].name)) {
            continue;
        }
        if (!xml_number(element, &value, fault)) {
            return false;
        }
        if (!isnan(value)) {
            reader->point.value[channels[i].stream] = value * channels[i].factor;
        }
        return true;
    }
    return true;
}

/* add_known sums up what is known. */
static void
add_known(double *sum, double value)
{
    if (value >= 0) {
        *sum = (isnan(*sum) ? 0 : *sum) + value;
    }
}

static bool
lap_closes(TcxReader *reader, const XmlElement *element, FileFault *fault)
{
    add_known(&reader->timer_s, reader->lap.moving_s);
    add_known(&reader->distance_m, reader->lap.distance_m);
    add_known(&reader->energy_kcal, reader->lap_energy_kcal);
    return file_lap_add(reader->file, &reader->lap, element->offset, fault);
}

/* of_activity reads the elements of activity and lap. */
static bool
of_activity(TcxReader *reader, const XmlElement *element, FileFault *fault)
{
    FileActivity *file = reader->file;
    int32_t offset_s = INT32_MIN;

    if (is_named(element, "Activity", "Id")) {
        if (!xml_instant(element, &file->activity.start_at_us, &offset_s, fault)) {
            return false;
        }
        if (offset_s != INT32_MIN && offset_s != 0) {
            file->activity.utc_offset_s = offset_s; /* a Z says nothing about the athlete */
        }
        return true;
    }
    if (is_named(element, "Creator", "Name")) {
        return file_creator_set(file, element->text, fault);
    }
    if (is_named(element, "Lap", "TotalTimeSeconds")) {
        return xml_number(element, &reader->lap.moving_s, fault);
    }
    if (is_named(element, "Lap", "DistanceMeters")) {
        return xml_number(element, &reader->lap.distance_m, fault);
    }
    if (is_named(element, "Lap", "Calories")) {
        return xml_number(element, &reader->lap_energy_kcal, fault);
    }
    return !is_named(element, "Activity", "Lap") || lap_closes(reader, element, fault);
}

static bool
tcx_closes(void *user, const XmlElement *element, FileFault *fault)
{
    TcxReader *reader = user;

    if (strcmp(element->name, "Activity") == 0) {
        reader->in_activity = false;
    }
    if (!reader->in_activity) {
        return true;
    }
    if (!reader->in_point) {
        return of_activity(reader, element, fault);
    }
    if (strcmp(element->name, "Trackpoint") != 0) {
        return of_point(reader, element, fault);
    }
    reader->in_point = false;
    return !reader->has_time || file_point_add(reader->file, &reader->point, fault);
}

/* settle puts the sums of the laps into the whole. */
static bool
settle(TcxReader *reader, size_t end, FileFault *fault)
{
    FileActivity *file = reader->file;
    Activity *activity = &file->activity;

    if (reader->activities_n == 0) {
        return file_refuse(fault, end, "no activity in it");
    }
    if (file->laps_n == 0 && file->points_n == 0) {
        return file_refuse(fault, end, "neither a lap nor a track point with a time in it");
    }
    if (reader->distance_m <= DISTANCE_MAX_M) {
        activity->distance_m = reader->distance_m;
    }
    if (reader->energy_kcal * KCAL_J <= ENERGY_MAX_J) {
        activity->energy_j = reader->energy_kcal * KCAL_J;
    }
    if (file->points_n == 0 && reader->timer_s <= ACTIVITY_MAX_DURATION_S) {
        activity->moving_time_s = (int32_t)lround(reader->timer_s);
    }
    for (size_t i = 0; file->points_n > 0 && i < file->laps_n; i++) {
        file->laps[i].moving_s = NAN;
    }
    return true;
}

bool
tcx_read(const char *text, size_t length, FileActivity *file, FileFault *fault)
{
    TcxReader reader = { .file = file, .timer_s = NAN, .distance_m = NAN, .energy_kcal = NAN };

    fault->format = "tcx";
    return xml_read(text, length, tcx_opens, tcx_closes, &reader, fault) && settle(&reader, length, fault);
}
