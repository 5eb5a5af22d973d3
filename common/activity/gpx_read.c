#include "common/activity/gpx_read.h"

#include <math.h>
#include <string.h>

#include "common/activity/xml_read.h"
#include "common/str.h"

typedef struct GpxReader {
    FileActivity *file;
    bool in_point;
    bool has_time; /* the point's */
    FilePoint point;
} GpxReader;

/* What an element below a track point tells, wherever an extension puts it. */
static const struct {
    const char *name;
    StreamId stream;
} channels[] = {
    { "ele", STREAM_ALTITUDE },      { "hr", STREAM_HR },
    { "cad", STREAM_CADENCE },       { "cadence", STREAM_CADENCE },
    { "atemp", STREAM_TEMPERATURE }, { "temp", STREAM_TEMPERATURE },
    { "speed", STREAM_SPEED },       { "power", STREAM_POWER },
    { "watts", STREAM_POWER },       { "PowerInWatts", STREAM_POWER },
};

/* coordinate_read reads lat or lon of a point, in degrees * 10^7. */
static bool
coordinate_read(const XmlElement *element, const char *name, double limit, double *ret_e7, FileFault *fault)
{
    const char *text = xml_attribute(element, name);
    double degrees = 0;

    if (text == NULL) {
        return file_refuse(fault, element->offset, "a track point without %s", name);
    }
    if (!str_to_double(text, &degrees) || fabs(degrees) > limit) {
        return file_refuse(fault, element->offset, "%s: \"%.40s\" is not within %.0f degrees", name, text,
                           limit);
    }
    *ret_e7 = degrees * 1e7;
    return true;
}

static bool
gpx_opens(void *user, const XmlElement *element, FileFault *fault)
{
    GpxReader *reader = user;
    FileActivity *file = reader->file;

    if (element->depth == 1) {
        const char *creator = xml_attribute(element, "creator");
        if (strcmp(element->name, "gpx") != 0) {
            return file_refuse(fault, element->offset, "the root is <%s>, not <gpx>", element->name);
        }
        return creator == NULL || file_creator_set(file, creator, fault);
    }
    if (strcmp(element->name, "trkpt") != 0) {
        return true;
    }
    reader->in_point = true;
    reader->has_time = false;
    file_point_init(&reader->point, 0, element->offset);
    return coordinate_read(element, "lat", 90, &reader->point.value[STREAM_LAT], fault) &&
           coordinate_read(element, "lon", 180, &reader->point.value[STREAM_LNG], fault);
}

/* of_point reads an element below a track point. */
static bool
of_point(GpxReader *reader, const XmlElement *element, FileFault *fault)
{
    int32_t offset_s = 0;

    if (strcmp(element->name, "time") == 0 && strcmp(element->parent, "trkpt") == 0) {
        reader->has_time = true;
        return xml_instant(element, &reader->point.at_us, &offset_s, fault);
    }
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (strcmp(element->name, channels[i].name) == 0) {
            return xml_number(element, &reader->point.value[channels[i].stream], fault);
        }
    }
    return true;
}

/* of_track reads what the first track says of itself. */
static bool
of_track(GpxReader *reader, const XmlElement *element, FileFault *fault)
{
    FileActivity *file = reader->file;

    if (element->text[0] == '\0' || strcmp(element->parent, "trk") != 0) {
        return true;
    }
    if (strcmp(element->name, "type") == 0 && file->activity.provider_sport == NULL) {
        return file_sport_set(file, element->text, fault);
    }
    return strcmp(element->name, "name") != 0 || file_name_set(file, element->text, fault);
}

static bool
gpx_closes(void *user, const XmlElement *element, FileFault *fault)
{
    GpxReader *reader = user;

    if (!reader->in_point) {
        return of_track(reader, element, fault);
    }
    if (strcmp(element->name, "trkpt") != 0) {
        return of_point(reader, element, fault);
    }
    reader->in_point = false;
    return !reader->has_time || file_point_add(reader->file, &reader->point, fault);
}

bool
gpx_read(const char *text, size_t length, FileActivity *file, FileFault *fault)
{
    GpxReader reader = { .file = file };

    fault->format = "gpx";
    if (!xml_read(text, length, gpx_opens, gpx_closes, &reader, fault)) {
        return false;
    }
    return file->points_n > 0 || file_refuse(fault, length, "no track point with a time in it");
}
