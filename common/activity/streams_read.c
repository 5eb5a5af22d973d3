#include "common/activity/streams_read.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

#define KMH_PER_MPS 3.6
#define CADENCE_BOTH_FEET_FROM 120 /* per minute: fewer on foot are one leg's (workouts.md, section 4.1) */

/* What a stream is about. CHANNEL_CLOCK and CHANNEL_LATLNG fill the arrays of others. */
typedef enum Channel {
    CHANNEL_TIME,
    CHANNEL_DISTANCE,
    CHANNEL_LAT,
    CHANNEL_LNG,
    CHANNEL_ALTITUDE,
    CHANNEL_SPEED,
    CHANNEL_HR,
    CHANNEL_CADENCE,
    CHANNEL_POWER,
    CHANNEL_TEMPERATURE,
    CHANNEL_GRADE,
    CHANNEL_MOVING,
    CHANNEL_STORED, /* those above have an array in Streams */
    CHANNEL_CLOCK = CHANNEL_STORED,
    CHANNEL_LATLNG,
    CHANNEL_COUNT
} Channel;

/* StoredAs says where a channel lies in Streams and which values its sensor can give: what is outside is
 * missing (metrics.md, section 2), but for coordinates, where it means another unit and is refused. */
typedef struct StoredAs {
    size_t offset;
    bool is_float;
    double min, max;
} StoredAs;

static const StoredAs stored[CHANNEL_STORED] = {
    [CHANNEL_TIME] = { offsetof(Streams, time_s), false, 0, ACTIVITY_MAX_DURATION_S },
    [CHANNEL_DISTANCE] = { offsetof(Streams, distance_m), true, 0, 1e8 },
    [CHANNEL_LAT] = { offsetof(Streams, lat_e7), false, -90e7, 90e7 },
    [CHANNEL_LNG] = { offsetof(Streams, lng_e7), false, -180e7, 180e7 },
    [CHANNEL_ALTITUDE] = { offsetof(Streams, altitude_m), true, -1000, 20000 },
    [CHANNEL_SPEED] = { offsetof(Streams, speed_mps), true, 0, 150 },
    [CHANNEL_HR] = { offsetof(Streams, hr_bpm), false, 30, 250 }, /* sync.md section 5; 0 is "no contact" */
    [CHANNEL_CADENCE] = { offsetof(Streams, cadence_per_min), false, 0, 500 },
    [CHANNEL_POWER] = { offsetof(Streams, power_w), false, 0, 5000 },
    [CHANNEL_TEMPERATURE] = { offsetof(Streams, temperature_c), false, -60, 60 }, /* sync.md section 5 */
    [CHANNEL_GRADE] = { offsetof(Streams, grade_pct), true, -100, 100 },
    [CHANNEL_MOVING] = { offsetof(Streams, moving), false, 0, 1 },
};

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
    { "time", CHANNEL_TIME, 1, ANY_SPORT },
    { "time_s", CHANNEL_TIME, 1, ANY_SPORT },
    { "timestamp", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "distance", CHANNEL_DISTANCE, 1, ANY_SPORT },
    { "distance_m", CHANNEL_DISTANCE, 1, ANY_SPORT },
    { "latlng", CHANNEL_LATLNG, 1e7, ANY_SPORT },
    { "lat_e7", CHANNEL_LAT, 1, ANY_SPORT },
    { "lng_e7", CHANNEL_LNG, 1, ANY_SPORT },
    { "altitude", CHANNEL_ALTITUDE, 1, ANY_SPORT },
    { "altitude_m", CHANNEL_ALTITUDE, 1, ANY_SPORT },
    { "velocity_smooth", CHANNEL_SPEED, 1, ANY_SPORT },
    { "speed_mps", CHANNEL_SPEED, 1, ANY_SPORT },
    { "heartrate", CHANNEL_HR, 1, ANY_SPORT },
    { "hr_bpm", CHANNEL_HR, 1, ANY_SPORT },
    { "cadence", CHANNEL_CADENCE, 1, ANY_SPORT },
    { "cadence_per_min", CHANNEL_CADENCE, 1, ANY_SPORT },
    { "watts", CHANNEL_POWER, 1, ANY_SPORT },
    { "power_w", CHANNEL_POWER, 1, ANY_SPORT },
    { "temp", CHANNEL_TEMPERATURE, 1, ANY_SPORT },
    { "temperature_c", CHANNEL_TEMPERATURE, 1, ANY_SPORT },
    { "grade_smooth", CHANNEL_GRADE, 1, ANY_SPORT },
    { "grade_pct", CHANNEL_GRADE, 1, ANY_SPORT },
    { "moving", CHANNEL_MOVING, 1, ANY_SPORT },
    { NULL, CHANNEL_COUNT, 0, ANY_SPORT },
};

/* sample_names are the members of Garmin's samples; "Celcius" is how Garmin spells it. */
static const StreamName sample_names[] = {
    { "startTimeInSeconds", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "timestamp", CHANNEL_CLOCK, 1, ANY_SPORT },
    { "totalDistanceInMeters", CHANNEL_DISTANCE, 1, ANY_SPORT },
    { "latitudeInDegree", CHANNEL_LAT, 1e7, ANY_SPORT },
    { "longitudeInDegree", CHANNEL_LNG, 1e7, ANY_SPORT },
    { "elevationInMeters", CHANNEL_ALTITUDE, 1, ANY_SPORT },
    { "speedMetersPerSecond", CHANNEL_SPEED, 1, ANY_SPORT },
    { "speedKilometersPerHour", CHANNEL_SPEED, 1 / KMH_PER_MPS, ANY_SPORT },
    { "heartRate", CHANNEL_HR, 1, ANY_SPORT },
    { "stepsPerMinute", CHANNEL_CADENCE, 1, ON_FOOT },
    { "bikeCadenceInRPM", CHANNEL_CADENCE, 1, NOT_ON_FOOT },
    { "powerInWatts", CHANNEL_POWER, 1, ANY_SPORT },
    { "airTemperatureCelcius", CHANNEL_TEMPERATURE, 1, ANY_SPORT },
    { "airTemperatureCelsius", CHANNEL_TEMPERATURE, 1, ANY_SPORT },
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

static void **
array_of(Reader *reader, Channel channel)
{
    return (void **)((char *)&reader->streams + stored[channel].offset);
}

/* array_open makes the channel's array, every element missing, unless it is there. */
static bool
array_open(Reader *reader, Channel channel)
{
    void **array = array_of(reader, channel);

    if (*array != NULL) {
        return true;
    }
    *array = arena_alloc(reader->arena, reader->streams.n, sizeof(int32_t));
    if (*array == NULL) {
        return memory_err(reader->err);
    }
    for (size_t i = 0; i < reader->streams.n; i++) {
        if (stored[channel].is_float) {
            ((float *)*array)[i] = NAN;
        } else {
            ((int32_t *)*array)[i] = STREAM_NO_INT;
        }
    }
    return true;
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

/* value_put stores a value in the stored unit; NaN leaves the element missing. The array is open. */
static bool
value_put(Reader *reader, Channel channel, double value)
{
    const StoredAs *as = &stored[channel];
    void *array = *array_of(reader, channel);
    const double kept = as->is_float ? value : round(value);

    if (isnan(value)) {
        return true;
    }
    if (kept < as->min || kept > as->max) {
        if (channel != CHANNEL_LAT && channel != CHANNEL_LNG) {
            return true;
        }
        return refuse(reader, "%.10g degrees is beyond %.0f", kept / 1e7, as->max / 1e7);
    }
    if (as->is_float) {
        ((float *)array)[reader->i] = (float)kept;
    } else {
        ((int32_t *)array)[reader->i] = (int32_t)kept;
    }
    return true;
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
    return value_put(reader, CHANNEL_LAT, lat->valuedouble * factor) &&
           value_put(reader, CHANNEL_LNG, lng->valuedouble * factor);
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
    } else if (cJSON_IsBool(item) && channel == CHANNEL_MOVING) {
        value = cJSON_IsTrue(item) ? 1 : 0;
    } else if (!cJSON_IsNull(item)) {
        return refuse(reader, "not a number");
    }
    if (channel == CHANNEL_TIME) {
        return time_put(reader, value);
    }
    return channel == CHANNEL_CLOCK ? clock_put(reader, value) : value_put(reader, channel, value);
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
        return array_open(reader, CHANNEL_TIME);
    case CHANNEL_LATLNG:
        return array_open(reader, CHANNEL_LAT) && array_open(reader, CHANNEL_LNG);
    default:
        return array_open(reader, channel);
    }
}

/* array_read reads one whole stream; the first tells how many samples there are. */
static bool
array_read(Reader *reader, const StreamName *name, const cJSON *data)
{
    const bool is_one_leg =
        reader->source == SOURCE_STRAVA && sport_on_foot(reader->sport) && strcmp(name->name, "cadence") == 0;
    const double factor = name->factor * (is_one_leg ? 2 : 1);
    const Channel first = name->channel == CHANNEL_CLOCK    ? CHANNEL_TIME
                          : name->channel == CHANNEL_LATLNG ? CHANNEL_LAT
                                                            : name->channel;

    if (*array_of(reader, first) != NULL) {
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

/* positions_pair leaves a position only where both coordinates are. */
static bool
positions_pair(Reader *reader)
{
    Streams *streams = &reader->streams;

    if ((streams->lat_e7 == NULL) != (streams->lng_e7 == NULL)) {
        return field_err(reader->err, "streams", "%s is missing beside the other coordinate",
                         streams->lat_e7 == NULL ? "latitude" : "longitude");
    }
    for (size_t i = 0; streams->lat_e7 != NULL && i < streams->n; i++) {
        if (streams->lat_e7[i] == STREAM_NO_INT || streams->lng_e7[i] == STREAM_NO_INT) {
            streams->lat_e7[i] = STREAM_NO_INT;
            streams->lng_e7[i] = STREAM_NO_INT;
        }
    }
    return true;
}

/* channels_prune leaves out the channels without any value. */
static void
channels_prune(Reader *reader)
{
    for (int c = 0; c < CHANNEL_STORED; c++) {
        void **array = array_of(reader, (Channel)c);
        bool has_value = false;

        for (size_t i = 0; *array != NULL && !has_value && i < reader->streams.n; i++) {
            has_value =
                stored[c].is_float ? !isnan(((float *)*array)[i]) : ((int32_t *)*array)[i] != STREAM_NO_INT;
        }
        if (!has_value) {
            *array = NULL;
        }
    }
}

/* cadence_median_x2 is twice the median of the non-zero values, so that it stays whole; 0 without any. */
static int64_t
cadence_median_x2(const Streams *streams)
{
    size_t counts[1001] = { 0 }; /* values are within the sensor's range */
    size_t n = 0;
    size_t seen = 0;
    int32_t lower = 0;

    for (size_t i = 0; i < streams->n; i++) {
        const int32_t value = streams->cadence_per_min[i];
        if (value > 0 && value <= 1000) {
            counts[value]++;
            n++;
        }
    }
    for (int32_t value = 1; n > 0 && value <= 1000; value++) {
        seen += counts[value];
        if (lower == 0 && 2 * seen >= n) {
            lower = value;
        }
        if (2 * seen > n) {
            return lower + value;
        }
    }
    return 0;
}

/* cadence_to_both_feet doubles a run's cadence that can only be one leg's; Strava's own is doubled already.
 */
static void
cadence_to_both_feet(Reader *reader)
{
    const Streams *streams = &reader->streams;

    if (streams->cadence_per_min == NULL || !sport_on_foot(reader->sport)) {
        return;
    }
    if (reader->source == SOURCE_STRAVA ||
        cadence_median_x2(streams) >= INT64_C(2) * CADENCE_BOTH_FEET_FROM) {
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
    if (!positions_pair(&reader)) {
        return false;
    }
    channels_prune(&reader);
    cadence_to_both_feet(&reader);
    *ret_streams = reader.streams;
    return true;
}
