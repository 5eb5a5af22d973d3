#include "common/activity/fit_read.h"

#include <math.h>
#include <stdio.h>

#include "common/activity/fit_decode.h"
#include "common/activity/provider_read.h"
#include "common/str.h"

#define MICROSECONDS INT64_C(1000000)
#define TIME_MIN 0x10000000U /* smaller timestamps count from the device's start: no time of day */
#define QUARTER_HOUR_S 900.0
#define SEMICIRCLES (2147483648.0 / 180e7) /* in 1e-7 degree */
#define FILE_TYPE_ACTIVITY 4
#define LENGTHS_MAX 5000

/* Global message numbers. */
enum {
    MESSAGE_FILE_ID = 0,
    MESSAGE_SESSION = 18,
    MESSAGE_LAP = 19,
    MESSAGE_RECORD = 20,
    MESSAGE_EVENT = 21,
    MESSAGE_ACTIVITY = 34,
    MESSAGE_LENGTH = 101,
};

/* Fields that more than one function reads. */
enum { START_TIME = 2, TOTAL_ELAPSED = 7, TOTAL_TIMER = 8, TOTAL_DISTANCE = 9 };

typedef struct FitReader {
    FileActivity *file;
    FileFault *fault;
    bool has_file_id;
    bool timer_stands;
    uint32_t stopped_at_s; /* while it stands */
    size_t sessions_n;
    int32_t timer_s; /* ACTIVITY_NO_INT if no session tells */
    Str lengths;     /* JSON, open */
    size_t lengths_n;
} FitReader;

/* Scaled is a field, where it goes, and what it is divided by; then the offset is taken off. */
typedef struct Scaled {
    uint8_t field;
    int target;
    double scale, offset;
} Scaled;

/* Later rows win: enhanced fields have the wider range. */
static const Scaled record_fields[] = {
    { 0, STREAM_LAT, SEMICIRCLES, 0 },
    { 1, STREAM_LNG, SEMICIRCLES, 0 },
    { 2, STREAM_ALTITUDE, 5, 500 },
    { 78, STREAM_ALTITUDE, 5, 500 },
    { 3, STREAM_HR, 1, 0 },
    { 4, STREAM_CADENCE, 1, 0 },
    { 5, STREAM_DISTANCE, 100, 0 },
    { 6, STREAM_SPEED, 1000, 0 },
    { 73, STREAM_SPEED, 1000, 0 },
    { 7, STREAM_POWER, 1, 0 },
    { 9, STREAM_GRADE, 100, 0 },
    { 13, STREAM_TEMPERATURE, 1, 0 },
};

/* SessionField is a scalar; out of its range it is missing. */
typedef struct SessionField {
    uint8_t field;
    size_t offset;
    bool is_int;
    double scale, min, max;
} SessionField;

#define REAL(member) offsetof(Activity, member), false
#define WHOLE(member) offsetof(Activity, member), true

static const SessionField session_fields[] = {
    { TOTAL_ELAPSED, WHOLE(elapsed_time_s), 1000, 0, ACTIVITY_MAX_DURATION_S },
    { 59, WHOLE(moving_time_s), 1000, 0, ACTIVITY_MAX_DURATION_S },
    { TOTAL_DISTANCE, REAL(distance_m), 100, 0, DISTANCE_MAX_M },
    { 11, REAL(energy_j), 1 / KCAL_J, 0, ENERGY_MAX_J },
    { 14, REAL(speed_avg_mps), 1000, 0, SPEED_MAX_MPS },
    { 124, REAL(speed_avg_mps), 1000, 0, SPEED_MAX_MPS },
    { 15, REAL(speed_max_mps), 1000, 0, SPEED_MAX_MPS },
    { 125, REAL(speed_max_mps), 1000, 0, SPEED_MAX_MPS },
    { 16, REAL(hr_avg_bpm), 1, 30, 250 },
    { 17, REAL(hr_max_bpm), 1, 30, 250 },
    { 20, REAL(power_avg_w), 1, 0, POWER_MAX_W },
    { 21, REAL(power_max_w), 1, 0, POWER_MAX_W },
    { 34, REAL(power_weighted_w), 1, 0, POWER_MAX_W },
    { 48, REAL(work_j), 1, 0, ENERGY_MAX_J },
    { 22, REAL(elevation_gain_m), 1, 0, CLIMB_MAX_M },
    { 23, REAL(elevation_loss_m), 1, 0, CLIMB_MAX_M },
    { 44, REAL(pool_length_m), 100, 0, POOL_MAX_M },
};

/* The profile's names, as far as a sport of ours or a reader cares; any other number is written as such. */
typedef struct NumberName {
    uint8_t number;
    const char *name;
} NumberName;

static const NumberName sports[] = {
    { 0, "generic" },        { 1, "running" },       { 2, "cycling" },   { 4, "fitness_equipment" },
    { 5, "swimming" },       { 10, "training" },     { 11, "walking" },  { 12, "cross_country_skiing" },
    { 13, "alpine_skiing" }, { 14, "snowboarding" }, { 15, "rowing" },   { 16, "mountaineering" },
    { 17, "hiking" },        { 18, "multisport" },   { 19, "paddling" }, { 21, "e_biking" },
    { 22, "motorcycling" },  { 62, "hiit" },
};

static const NumberName sub_sports[] = {
    { 1, "treadmill" },
    { 2, "street" },
    { 3, "trail" },
    { 4, "track" },
    { 5, "spin" },
    { 6, "indoor_cycling" },
    { 7, "road" },
    { 8, "mountain" },
    { 11, "cyclocross" },
    { 14, "indoor_rowing" },
    { 15, "elliptical" },
    { 16, "stair_climbing" },
    { 17, "lap_swimming" },
    { 18, "open_water" },
    { 19, "flexibility_training" },
    { 20, "strength_training" },
    { 26, "cardio_training" },
    { 27, "indoor_walking" },
    { 43, "yoga" },
    { 44, "pilates" },
    { 45, "indoor_running" },
    { 46, "gravel_cycling" },
    { 58, "virtual_activity" },
};

static const NumberName makers[] = {
    { 1, "garmin" },
    { 23, "suunto" },
    { 32, "wahoo_fitness" },
    { 123, "polar_electro" },
};

static const char *
name_find(const NumberName *names, size_t n, double number)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return NULL;
}

#define NAME_OF(names, number) name_find((names), sizeof(names) / sizeof((names)[0]), (number))

/* scaled_value is fit_value in the stored unit; NaN if it is missing. */
static double
scaled_value(const FitMessage *message, uint8_t field, double scale)
{
    double value = NAN;

    return fit_value(message, field, &value) ? value / scale : NAN;
}

/* instant_of reads a field that is a time; false if it is missing or no time of day. */
static bool
instant_of(const FitMessage *message, uint8_t field, int64_t *ret_at_us)
{
    double time_s = 0;

    if (!fit_value(message, field, &time_s) || time_s < TIME_MIN || time_s > UINT32_MAX) {
        return false;
    }
    *ret_at_us = ((int64_t)time_s + FIT_EPOCH_S) * MICROSECONDS;
    return true;
}

static bool
file_id_read(FitReader *reader, const FitMessage *message)
{
    double type = FILE_TYPE_ACTIVITY;
    double maker = NAN;
    double product = NAN;
    char text[64];

    if (!fit_value(message, 0, &type) || type != FILE_TYPE_ACTIVITY) {
        return file_refuse(reader->fault, message->offset, "a file of type %.0f is no activity", type);
    }
    reader->has_file_id = true;
    if (!fit_value(message, 1, &maker)) {
        return true;
    }
    const char *name = NAME_OF(makers, maker);
    const int length = name != NULL ? snprintf(text, sizeof text, "%s", name)
                                    : snprintf(text, sizeof text, "manufacturer %.0f", maker);
    if (length > 0 && fit_value(message, 2, &product)) {
        (void)snprintf(text + length, sizeof text - (size_t)length, " %.0f", product);
    }
    return file_creator_set(reader->file, text, reader->fault);
}

/* record_read adds a point. One without a time is no point of an activity; one of the second in which the
 * timer stopped still counts. */
static bool
record_read(FitReader *reader, const FitMessage *message)
{
    FilePoint point;
    double fraction = 0;

    if (!message->has_time || message->time_s < TIME_MIN ||
        (reader->timer_stands && message->time_s > reader->stopped_at_s)) {
        return true;
    }
    file_point_init(&point, ((int64_t)message->time_s + FIT_EPOCH_S) * MICROSECONDS, message->offset);
    for (size_t i = 0; i < sizeof record_fields / sizeof record_fields[0]; i++) {
        const Scaled *field = &record_fields[i];
        const double value = scaled_value(message, field->field, field->scale) - field->offset;
        point.value[field->target] = isnan(value) ? point.value[field->target] : value;
    }
    if (fit_value(message, 53, &fraction)) {
        point.value[STREAM_CADENCE] += fraction / 128;
    }
    return file_point_add(reader->file, &point, reader->fault);
}

/* event_read follows the timer: event 0; types 0 start, 1 stop, 4 stop all, 8 and 9 stop and disable. */
static void
event_read(FitReader *reader, const FitMessage *message)
{
    double event = NAN;
    double type = NAN;

    if (!message->has_time || !fit_value(message, 0, &event) || event != 0 || !fit_value(message, 1, &type)) {
        return;
    }
    if (type == 0) {
        reader->timer_stands = false;
    } else if (type == 1 || type == 4 || type == 8 || type == 9) {
        reader->stopped_at_s = reader->timer_stands ? reader->stopped_at_s : message->time_s;
        reader->timer_stands = true;
    }
}

static bool
lap_read(FitReader *reader, const FitMessage *message)
{
    FileLap lap = { .elapsed_s = scaled_value(message, TOTAL_ELAPSED, 1000),
                    .moving_s = scaled_value(message, 52, 1000),
                    .distance_m = scaled_value(message, TOTAL_DISTANCE, 100) };

    return !instant_of(message, START_TIME, &lap.start_us) ||
           file_lap_add(reader->file, &lap, message->offset, reader->fault);
}

/* length_read keeps the active lengths of a pool (type 1). */
static bool
length_read(FitReader *reader, const FitMessage *message)
{
    Str *lengths = &reader->lengths;
    const double duration_s = scaled_value(message, 3, 1000);
    const double strokes = scaled_value(message, 5, 1);
    double type = 1;

    if (fit_value(message, 12, &type) && type != 1) {
        return true;
    }
    if (reader->lengths_n == LENGTHS_MAX) {
        return file_refuse(reader->fault, message->offset, "more than %d lengths", LENGTHS_MAX);
    }
    str_append(lengths, reader->lengths_n++ == 0 ? "[{\"duration_s\":" : ",{\"duration_s\":");
    str_append_double(lengths, fabs(duration_s) <= ACTIVITY_MAX_DURATION_S ? duration_s : NAN, 3);
    str_append(lengths, ",\"strokes\":");
    str_append_double(lengths, fabs(strokes) <= UINT16_MAX ? strokes : NAN, 0);
    str_append_char(lengths, '}');
    return true;
}

/* sport_read names the sport by its two numbers. */
static bool
sport_read(FitReader *reader, const FitMessage *message)
{
    double sport = NAN;
    double sub_sport = 0;
    char word[64];

    if (!fit_value(message, 5, &sport)) {
        return true;
    }
    (void)fit_value(message, 6, &sub_sport);
    const char *name = NAME_OF(sports, sport);
    const char *sub_name = NAME_OF(sub_sports, sub_sport);
    const int length = name != NULL ? snprintf(word, sizeof word, "%s", name)
                                    : snprintf(word, sizeof word, "sport %.0f", sport);
    if (length > 0 && sub_name != NULL) {
        (void)snprintf(word + length, sizeof word - (size_t)length, "/%s", sub_name);
    }
    if (sub_sport == 1 || sub_sport == 5 || sub_sport == 6 || sub_sport == 45 || sub_sport == 58) {
        reader->file->activity.is_trainer = 1;
    }
    return file_sport_set(reader->file, word, reader->fault);
}

static bool
session_read(FitReader *reader, const FitMessage *message)
{
    Activity *activity = &reader->file->activity;
    int64_t start_us = 0;
    const double timer_s = scaled_value(message, TOTAL_TIMER, 1000);

    reader->sessions_n++;
    if (instant_of(message, START_TIME, &start_us) &&
        (activity->start_at_us == INT64_MIN || start_us < activity->start_at_us)) {
        activity->start_at_us = start_us;
    }
    for (size_t i = 0; i < sizeof session_fields / sizeof session_fields[0]; i++) {
        const SessionField *field = &session_fields[i];
        char *target = (char *)activity + field->offset;
        const double value = scaled_value(message, field->field, field->scale);
        if (isnan(value) || value < field->min || value > field->max) {
            continue;
        }
        if (field->is_int) {
            *(int32_t *)(void *)target = (int32_t)lround(value);
        } else {
            *(double *)(void *)target = value;
        }
    }
    if (timer_s >= 0 && timer_s <= ACTIVITY_MAX_DURATION_S) {
        reader->timer_s = (int32_t)lround(timer_s);
    }
    return sport_read(reader, message);
}

/* offset_read takes the athlete's clock from the message at the end of the file. */
static void
offset_read(FitReader *reader, const FitMessage *message)
{
    double local_s = 0;

    if (message->has_time && fit_value(message, 5, &local_s)) {
        const double offset_s = round((local_s - message->time_s) / QUARTER_HOUR_S) * QUARTER_HOUR_S;
        if (fabs(offset_s) <= UTC_OFFSET_MAX_S) {
            reader->file->activity.utc_offset_s = (int32_t)offset_s;
        }
    }
}

static bool
message_read(FitReader *reader, const FitMessage *message)
{
    switch (message->definition->message) {
    case MESSAGE_FILE_ID:
        return file_id_read(reader, message);
    case MESSAGE_RECORD:
        return record_read(reader, message);
    case MESSAGE_LAP:
        return lap_read(reader, message);
    case MESSAGE_LENGTH:
        return length_read(reader, message);
    case MESSAGE_SESSION:
        return session_read(reader, message);
    case MESSAGE_EVENT:
        event_read(reader, message);
        return true;
    case MESSAGE_ACTIVITY:
        offset_read(reader, message);
        return true;
    default:
        return true;
    }
}

/* multisport_settle: figures of the last session are not those of the whole. */
static bool
multisport_settle(FitReader *reader)
{
    Activity whole;

    activity_init(&whole);
    whole.source = reader->file->activity.source;
    whole.start_at_us = reader->file->activity.start_at_us;
    whole.utc_offset_s = reader->file->activity.utc_offset_s;
    reader->file->activity = whole;
    reader->timer_s = ACTIVITY_NO_INT;
    return file_sport_set(reader->file, "multisport", reader->fault);
}

static bool
lengths_settle(FitReader *reader)
{
    Activity *activity = &reader->file->activity;

    if (reader->lengths_n == 0) {
        return true;
    }
    str_append_char(&reader->lengths, ']');
    activity->lengths =
        str_ok(&reader->lengths)
            ? arena_copy_text(reader->file->arena, str_text(&reader->lengths), reader->lengths.length)
            : NULL;
    return activity->lengths != NULL || file_no_memory(reader->fault);
}

/* settle looks at the whole after the last message. */
static bool
settle(FitReader *reader, size_t end)
{
    Activity *activity = &reader->file->activity;

    if (!reader->has_file_id) {
        return file_refuse(reader->fault, end, "it does not say what kind of file it is");
    }
    if (reader->sessions_n == 0 && reader->file->points_n == 0) {
        return file_refuse(reader->fault, end, "neither a session nor a record with a time in it");
    }
    if (reader->sessions_n > 1 && !multisport_settle(reader)) {
        return false;
    }
    if (reader->file->points_n == 0 && activity->moving_time_s == ACTIVITY_NO_INT) {
        activity->moving_time_s = reader->timer_s;
    }
    if (activity->moving_time_s != ACTIVITY_NO_INT && activity->elapsed_time_s != ACTIVITY_NO_INT &&
        activity->moving_time_s > activity->elapsed_time_s) {
        activity->moving_time_s = activity->elapsed_time_s; /* by a rounding, or a clock that was set */
    }
    return lengths_settle(reader);
}

static bool
messages_read(FitReader *reader, FitDecoder *decoder)
{
    FitMessage message;

    for (;;) {
        switch (fit_next(decoder, &message, reader->fault)) {
        case FIT_MESSAGE:
            if (!message_read(reader, &message)) {
                return false;
            }
            break;
        case FIT_END:
            return settle(reader, decoder->end);
        default:
            return false;
        }
    }
}

bool
fit_read(const uint8_t *bytes, size_t length, FileActivity *file, FileFault *fault)
{
    FitDecoder decoder;
    FitReader reader = { .file = file, .fault = fault, .timer_s = ACTIVITY_NO_INT, .lengths = STR_EMPTY };

    fault->format = "fit";
    if (!fit_open(&decoder, bytes, length, fault)) {
        return false;
    }
    const bool is_read = messages_read(&reader, &decoder);
    str_done(&reader.lengths);
    return is_read;
}
