#include "common/activity/streams_read.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/streams_build.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

#define KMH_PER_MPS 3.6

/* What a name is about: one of the stored streams, or what fills others. */
enum { CHANNEL_CLOCK = STREAM_COUNT, CHANNEL_LATLNG, CHANNEL_COUNT };
typedef int Channel;

/* ForSport limits a name to sports: Garmin sends steps and pedal turns side by side. */
typedef enum ForSport { ANY_SPORT, ON_FOOT, NOT_ON_FOOT } ForSport;

typedef struct StreamName {
    const char *name;
    Channel channel;
    double factor; /* to the stored unit */
    ForSport sport;
} StreamName;

/* array_names are those of StreamSet (apis.md, section 2) and of workouts.md 2.2. */
static const StreamName array_names[] = {
    { "time", STREAM_TIME, 1, ANY_SPORT },
    { "time_s", STREAM_TIME, 1, ANY_SPORT },
    { "timestamp", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "distance", STREAM_DISTANCE, 1, ANY_SPORT },
    { "distance_m", STREAM_DISTANCE, 1, ANY_SPORT },
    { "latlng", CHANNEL_LATLNG, 1e7, ANY_SPORT },
    { "lat_e7", STREAM_LAT, 1, ANY_SPORT },
    { "lng_e7", STREAM_LNG, 1, ANY_SPORT },
    { "altitude", STREAM_ALTITUDE, 1, ANY_SPORT },
    { "altitude_m", STREAM_ALTITUDE, 1, ANY_SPORT },
    { "velocity_smooth", STREAM_SPEED, 1, ANY_SPORT },
    { "speed_mps", STREAM_SPEED, 1, ANY_SPORT },
    { "heartrate", STREAM_HR, 1, ANY_SPORT },
    { "hr_bpm", STREAM_HR, 1, ANY_SPORT },
    { "cadence", STREAM_CADENCE, 1, ANY_SPORT },
    { "cadence_per_min", STREAM_CADENCE, 1, ANY_SPORT },
    { "watts", STREAM_POWER, 1, ANY_SPORT },
    { "power_w", STREAM_POWER, 1, ANY_SPORT },
    { "temp", STREAM_TEMPERATURE, 1, ANY_SPORT },
    { "temperature_c", STREAM_TEMPERATURE, 1, ANY_SPORT },
    { "grade_smooth", STREAM_GRADE, 1, ANY_SPORT },
    { "grade_pct", STREAM_GRADE, 1, ANY_SPORT },
    { "moving", STREAM_MOVING, 1, ANY_SPORT },
    { NULL, CHANNEL_COUNT, 0, ANY_SPORT },
};

/* sample_names are the members of Garmin's samples; "Celcius" is how Garmin spells it. */
static const StreamName sample_names[] = {
    { "startTimeInSeconds", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "timestamp", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "totalDistanceInMeters", STREAM_DISTANCE, 1, ANY_SPORT },
    { "latitudeInDegree", STREAM_LAT, 1e7, ANY_SPORT },
    { "longitudeInDegree", STREAM_LNG, 1e7, ANY_SPORT },
    { "elevationInMeters", STREAM_ALTITUDE, 1, ANY_SPORT },
    { "speedMetersPerSecond", STREAM_SPEED, 1, ANY_SPORT },
    { "speedKilometersPerHour", STREAM_SPEED, 1 / KMH_PER_MPS, ANY_SPORT },
    { "heartRate", STREAM_HR, 1, ANY_SPORT },
    { "stepsPerMinute", STREAM_CADENCE, 1, ON_FOOT },
    { "bikeCadenceInRPM", STREAM_CADENCE, 1, NOT_ON_FOOT },
    { "powerInWatts", STREAM_POWER, 1, ANY_SPORT },
    { "airTemperatureCelcius", STREAM_TEMPERATURE, 1, ANY_SPORT },
    { "airTemperatureCelsius", STREAM_TEMPERATURE, 1, ANY_SPORT },
    { NULL, CHANNEL_COUNT, 0, ANY_SPORT },
};

typedef struct Reader {
    ActivitySource source;
    Sport sport;
    int64_t start_at_us;
    Arena *arena;
    Streams streams;
    Err *err;

    /* where it reads now, for messages */
    bool is_samples;  /* "streams[i].name", else "streams.name[i]" */
    const char *name; /* NULL: the sample itself */
    size_t i;
} Reader;

/* refuse fails with the path of the element that is read now; always false. */
static bool refuse(const Reader *reader, const char *text, ...) PRINTF_LIKE(2, 3);

static bool
refuse(const Reader *reader, const char *text, ...)
{
    char path[FIELD_PATH_MAX];
    char reason[160];
    va_list arguments;

    va_start(arguments, text);
    (void)vsnprintf(reason, sizeof reason, text, arguments);
    va_end(arguments);
    if (!reader->is_samples) {
        (void)snprintf(path, sizeof path, "streams.%s[%zu]", reader->name, reader->i);
    } else if (reader->name != NULL) {
        (void)snprintf(path, sizeof path, "streams[%zu].%s", reader->i, reader->name);
    } else {
        (void)snprintf(path, sizeof path, "streams[%zu]", reader->i);
    }
    return field_err(reader->err, path, "%s", reason);
}

/* array_open makes the array of a stream unless it is there. */
static bool
array_open(Reader *reader, StreamId id)
{
    return streams_open(&reader->streams, id, reader->arena) || memory_err(reader->err);
}

/* time_put stores the second of a sample and refuses one that does not increase. */
static bool
time_put(Reader *reader, double second)
{
    int32_t *time_s = reader->streams.time_s;
    const size_t i = reader->i;

    if (isnan(second)) {
        return refuse(reader, "a sample needs a time");
    }
    if (second < 0 || second > ACTIVITY_MAX_DURATION_S || second != floor(second)) {
        return refuse(reader, "%.15g is not a whole second in 0 to %d", second, ACTIVITY_MAX_DURATION_S);
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the caller allocates it before the first sample */
    time_s[i] = (int32_t)second;
    if (i > 0 && time_s[i] <= time_s[i - 1]) {
        return refuse(reader, "time does not increase: %d s after %d s", time_s[i], time_s[i - 1]);
    }
    return true;
}

/* clock_put is time_put for a Unix time in s or ms. */
static bool
clock_put(Reader *reader, double value)
{
    int64_t at_us = 0;

    if (!timestamp_from_number(value, &at_us)) {
        return refuse(reader, "not a Unix time in s or ms");
    }
    return time_put(reader, round((double)(at_us - reader->start_at_us) / 1e6));
}

/* value_put stores a value in the stored unit; NaN leaves the element missing, and so does a value that the
 * sensor cannot give. A coordinate beyond the Earth means another unit and is refused. The array is open. */
static bool
value_put(Reader *reader, StreamId id, double value)
{
    if (streams_put(&reader->streams, id, reader->i, value) || (id != STREAM_LAT && id != STREAM_LNG)) {
        return true;
    }
    return refuse(reader, "%.10g degrees is beyond %.0f", round(value) / 1e7, streams_limit(id) / 1e7);
}

/* pair_put stores one [lat, lng]; null and [] are no position. */
static bool
pair_put(Reader *reader, const cJSON *item, double factor)
{
    const cJSON *lat = item->child;
    const cJSON *lng = lat == NULL ? NULL : lat->next;

    if (cJSON_IsNull(item) || (cJSON_IsArray(item) && lat == NULL)) {
        return true;
    }
    if (!cJSON_IsArray(item) || lng == NULL || lng->next != NULL || !cJSON_IsNumber(lat) ||
        !cJSON_IsNumber(lng)) {
        return refuse(reader, "not a pair of latitude and longitude");
    }
    return value_put(reader, STREAM_LAT, lat->valuedouble * factor) &&
           value_put(reader, STREAM_LNG, lng->valuedouble * factor);
}

/* item_put stores one element of the channel; null is missing. */
static bool
item_put(Reader *reader, Channel channel, double factor, const cJSON *item)
{
    double value = NAN;

    if (channel == CHANNEL_LATLNG) {
        return pair_put(reader, item, factor);
    }
    if (cJSON_IsNumber(item)) {
        value = item->valuedouble * factor;
    } else if (cJSON_IsBool(item) && channel == STREAM_MOVING) {
        value = cJSON_IsTrue(item) ? 1 : 0;
    } else if (!cJSON_IsNull(item)) {
        return refuse(reader, "not a number");
    }
    if (channel == STREAM_TIME) {
        return time_put(reader, value);
    }
    return channel == CHANNEL_CLOCK ? clock_put(reader, value) : value_put(reader, (StreamId)channel, value);
}

static const StreamName *
name_find(const Reader *reader, const StreamName *names, const char *text)
{
    for (const StreamName *name = names; text != NULL && name->name != NULL; name++) {
        if (strcmp(name->name, text) == 0) {
            const bool applies =
                name->sport == ANY_SPORT || (name->sport == ON_FOOT) == sport_on_foot(reader->sport);
            return applies ? name : NULL;
        }
    }
    return NULL;
}

/* channel_open makes the arrays that a name fills. */
static bool
channel_open(Reader *reader, Channel channel)
{
    switch (channel) {
    case CHANNEL_CLOCK:
        return array_open(reader, STREAM_TIME);
    case CHANNEL_LATLNG:
        return array_open(reader, STREAM_LAT) && array_open(reader, STREAM_LNG);
    default:
        return array_open(reader, (StreamId)channel);
    }
}

/* array_read reads one whole stream; the first tells how many samples there are. */
static bool
array_read(Reader *reader, const StreamName *name, const cJSON *data)
{
    const bool is_one_leg =
        reader->source == SOURCE_STRAVA && sport_on_foot(reader->sport) && strcmp(name->name, "cadence") == 0;
    const double factor = name->factor * (is_one_leg ? 2 : 1);
    const StreamId first = name->channel == CHANNEL_CLOCK    ? STREAM_TIME
                           : name->channel == CHANNEL_LATLNG ? STREAM_LAT
                                                             : (StreamId)name->channel;

    if (streams_has(&reader->streams, first)) {
        reader->i = 0;
        return refuse(reader, "this stream came already under another name");
    }
    if (!channel_open(reader, name->channel)) {
        return false;
    }
    reader->i = 0;
    for (const cJSON *item = data->child; item != NULL; item = item->next, reader->i++) {
        if (!item_put(reader, name->channel, factor, item)) {
            return false;
        }
    }
    return true;
}

/* length_check takes the length of a stream: all are as long as the first. */
static bool
length_check(Reader *reader, const cJSON *data, const char *name)
{
    char path[FIELD_PATH_MAX];
    size_t n = 0;

    (void)snprintf(path, sizeof path, "streams.%s", name);
    for (const cJSON *item = data->child; item != NULL; item = item->next) {
        n++;
    }
    if (n > STREAMS_MAX_SAMPLES) {
        return field_err(reader->err, path, "%zu samples are more than %d", n, STREAMS_MAX_SAMPLES);
    }
    if (reader->name == NULL) {
        reader->streams.n = n;
    } else if (n != reader->streams.n) {
        return field_err(reader->err, path, "%zu samples, but %s has %zu", n, reader->name,
                         reader->streams.n);
    }
    reader->name = name;
    return true;
}

/* stream_data finds the array of a stream: the member itself, or its `data`. NULL: it is something else. */
static const cJSON *
stream_data(const cJSON *member)
{
    const cJSON *data = cJSON_IsObject(member) ? json_member(member, "data") : member;

    return cJSON_IsArray(data) ? data : NULL;
}

/* member_read reads one stream by its name; unknown names and nulls are passed over. */
static bool
member_read(Reader *reader, const char *text, const cJSON *member)
{
    const StreamName *name = name_find(reader, array_names, text);
    const cJSON *data = stream_data(member);
    char path[FIELD_PATH_MAX];

    if (name == NULL || cJSON_IsNull(member)) {
        return true;
    }
    if (data == NULL) {
        (void)snprintf(path, sizeof path, "streams.%s", name->name);
        return field_err(reader->err, path, "not an array, nor an object with `data`");
    }
    return length_check(reader, data, name->name) &&
           (reader->streams.n == 0 || array_read(reader, name, data));
}

/* set_read reads an object of streams, or the older array of objects with `type`. */
static bool
set_read(Reader *reader, const cJSON *value)
{
    for (const cJSON *member = value->child; member != NULL; member = member->next) {
        const cJSON *type = cJSON_IsArray(value) ? json_member(member, "type") : NULL;
        const char *text = type == NULL ? member->string : cJSON_GetStringValue(type);

        if (!member_read(reader, text, member)) {
            return false;
        }
    }
    return true;
}

/* samples_read reads Garmin's array of samples, each an object of what the sensors gave just then. */
static bool
samples_read(Reader *reader, const cJSON *samples)
{
    const size_t n = (size_t)cJSON_GetArraySize(samples);

    if (n > STREAMS_MAX_SAMPLES) {
        return field_err(reader->err, "streams", "%zu samples are more than %d", n, STREAMS_MAX_SAMPLES);
    }
    reader->streams.n = n;
    reader->is_samples = true;
    for (const cJSON *sample = samples->child; sample != NULL; sample = sample->next, reader->i++) {
        bool has_time = false;

        reader->name = NULL;
        if (!cJSON_IsObject(sample)) {
            return refuse(reader, "a sample is an object");
        }
        for (const cJSON *member = sample->child; member != NULL; member = member->next) {
            const StreamName *name = name_find(reader, sample_names, member->string);
            if (name == NULL || cJSON_IsNull(member)) {
                continue;
            }
            reader->name = name->name;
            if (name->channel == CHANNEL_CLOCK && has_time) {
                return refuse(reader, "this sample has two times");
            }
            has_time = has_time || name->channel == CHANNEL_CLOCK;
            if (!channel_open(reader, name->channel) ||
                !item_put(reader, name->channel, name->factor, member)) {
                return false;
            }
        }
        reader->name = NULL;
        if (!has_time) {
            return refuse(reader, "a sample needs a time");
        }
    }
    return true;
}

/* positions_check wants both coordinates or neither. */
static bool
positions_check(const Reader *reader)
{
    const Streams *streams = &reader->streams;

    return (streams->lat_e7 == NULL) == (streams->lng_e7 == NULL) ||
           field_err(reader->err, "streams", "%s is missing beside the other coordinate",
                     streams->lat_e7 == NULL ? "latitude" : "longitude");
}

/* cadence_to_both_feet doubles a run's cadence that can only be one leg's; Strava's own is doubled already.
 */
static void
cadence_to_both_feet(Reader *reader)
{
    const Streams *streams = &reader->streams;

    if (!sport_on_foot(reader->sport) || reader->source == SOURCE_STRAVA ||
        !cadence_is_one_leg(streams->cadence_per_min, streams->n)) {
        return;
    }
    for (size_t i = 0; i < streams->n; i++) {
        if (streams->cadence_per_min[i] != STREAM_NO_INT) {
            streams->cadence_per_min[i] *= 2;
        }
    }
}

bool
streams_read(const cJSON *value, ActivitySource source, Sport sport, int64_t start_at_us, Arena *arena,
             Streams *ret_streams, Err *err)
{
    Reader reader = {
        .source = source, .sport = sport, .start_at_us = start_at_us, .arena = arena, .err = err
    };
    const cJSON *samples = json_member(value, "samples");
    bool ok = false;

    if (samples == NULL && cJSON_IsArray(value) && json_member(value->child, "data") == NULL) {
        samples = value;
    }
    if (value == NULL || cJSON_IsNull(value)) {
        ok = true;
    } else if (samples != NULL && cJSON_IsArray(samples)) {
        ok = samples_read(&reader, samples);
    } else if (cJSON_IsObject(value) || cJSON_IsArray(value)) {
        ok = set_read(&reader, value);
    } else {
        ok = field_err(err, "streams", "neither an object nor an array");
    }
    if (!ok) {
        return false;
    }
    if (reader.streams.n == 0) {
        *ret_streams = (Streams){ .n = 0 };
        return true;
    }
    if (reader.streams.time_s == NULL) {
        return field_err(err, "streams.time", "missing");
    }
    if (!positions_check(&reader)) {
        return false;
    }
    streams_prune(&reader.streams);
    cadence_to_both_feet(&reader);
    *ret_streams = reader.streams;
    return true;
}
