/* Strava's activity detail with its streams; the shape is that of apis.md section 2. */
#include <stddef.h>

#include "common/activity/timestamp.h"
#include "tests/standin/athletes/print.h"

#define COLUMN(name, member, sensor, decimals)                                                               \
    {                                                                                                        \
        name, offsetof(Sample, member), offsetof(Sensors, sensor), 1, decimals                               \
    }
#define EVERY_NTH_OLDER 10 /* so many bodies have the older array of streams */

static const Column columns[] = {
    { "time", offsetof(Sample, time_s), SENSOR_ALWAYS, 1, 0 },
    { "distance", offsetof(Sample, distance_dm), SENSOR_ALWAYS, 1, 1 },
    { "velocity_smooth", offsetof(Sample, speed_cmps), SENSOR_ALWAYS, 1, 2 },
    COLUMN("altitude", altitude_dm, altitude, 1),
    COLUMN("heartrate", hr_bpm, hr, 0),
    COLUMN("cadence", cadence_per_min, cadence, 0), /* one leg */
    COLUMN("watts", power_w, power, 0),
    COLUMN("temp", temperature_c, temperature, 0),
    COLUMN("grade_smooth", grade_dpct, grade, 1),
};

/* Form prints what stands around the data of a stream in the newer and the older shape. */
typedef struct Form {
    Str *text;
    bool is_older;
    bool has_one;
    size_t n;
} Form;

static void
stream_open(Form *form, const char *name)
{
    str_append_format(form->text, form->is_older ? "%s{\"type\":\"%s\",\"data\":[" : "%s\"%s\":{\"data\":[",
                      form->has_one ? "," : "", name);
    form->has_one = true;
}

static void
stream_close(Form *form)
{
    str_append_format(
        form->text, "],\"series_type\":\"distance\",\"original_size\":%zu,\"resolution\":\"high\"}", form->n);
}

static void
print_positions(Form *form, const Recording *recording)
{
    stream_open(form, "latlng");
    for (size_t i = 0; i < recording->n; i++) {
        const Sample *sample = &recording->samples[i];
        if (i > 0) {
            str_append_char(form->text, ',');
        }
        if (sample->lat_e6 == SAMPLE_NONE) {
            str_append_bytes(form->text, "null", 4);
            continue;
        }
        str_append_char(form->text, '[');
        print_fixed(form->text, sample->lat_e6, 6);
        str_append_char(form->text, ',');
        print_fixed(form->text, sample->lng_e6, 6);
        str_append_char(form->text, ']');
    }
    stream_close(form);
}

static void
print_moving(Form *form, const Recording *recording)
{
    stream_open(form, "moving");
    for (size_t i = 0; i < recording->n; i++) {
        str_append(form->text, i > 0 ? "," : "");
        str_append(form->text, recording->samples[i].moving ? "true" : "false");
    }
    stream_close(form);
}

void
print_strava_streams(Str *text, const Recording *recording, bool is_older)
{
    Form form = { .text = text, .is_older = is_older, .n = recording->n };

    str_append_char(text, is_older ? '[' : '{');
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        if (!column_is_there(&columns[c], recording)) {
            continue;
        }
        stream_open(&form, columns[c].name);
        for (size_t i = 0; i < recording->n; i++) {
            if (i > 0) {
                str_append_char(text, ',');
            }
            print_fixed(text, column_value(&columns[c], &recording->samples[i]), columns[c].decimals);
        }
        stream_close(&form);
    }
    if (recording->sensors.position) {
        print_positions(&form, recording);
    }
    if (recording->sensors.moving) {
        print_moving(&form, recording);
    }
    str_append_char(text, is_older ? ']' : '}');
}

/* print_figures prints the members that activity and lap have in common. */
static void
print_figures(Str *text, const Recording *recording, const Figures *f)
{
    print_member(text, "distance", f->distance_m, 1);
    print_member(text, "moving_time", f->moving_s, 0);
    print_member(text, "elapsed_time", f->elapsed_s, 0);
    print_member(text, "average_speed", f->moving_s > 0 ? f->distance_m / f->moving_s : 0, 3);
    print_member(text, "max_speed", f->speed_max_mps, 3);
    if (recording->sensors.hr && f->hr_avg_bpm > 0) {
        print_member(text, "average_heartrate", f->hr_avg_bpm, 1);
        print_member(text, "max_heartrate", f->hr_max_bpm, 1);
    }
    if (recording->sensors.cadence) {
        print_member_known(text, "average_cadence", f->cadence_avg_per_min, 1);
    }
    if (recording->sensors.power) {
        print_member(text, "average_watts", f->power_avg_w, 1);
    }
    if (recording->sensors.altitude) {
        print_member(text, "total_elevation_gain", f->climb_m, 1);
    }
}

static void
print_laps(Str *text, const Recording *recording)
{
    str_append(text, ",\"laps\":[");
    for (size_t i = 0; i < recording->laps_n; i++) {
        const RecordedLap *lap = &recording->laps[i];
        Figures figures;
        figures_of(recording, lap->start, lap->end, &figures);
        str_append_format(text,
                          "%s{\"name\":\"Lap %zu\",\"lap_index\":%zu,\"start_index\":%zu,\"end_index\":%zu",
                          i > 0 ? "," : "", i + 1, i + 1, lap->start, lap->end);
        print_figures(text, recording, &figures);
        str_append_char(text, '}');
    }
    str_append_char(text, ']');
}

static void
print_latlng(Str *text, const char *name, const Recording *recording, const Sample *sample)
{
    str_append_format(text, ",\"%s\":[", name);
    if (recording->sensors.position && sample->lat_e6 != SAMPLE_NONE) {
        print_fixed(text, sample->lat_e6 / 10000, 2); /* Strava rounds the ends to about 1 km */
        str_append_char(text, ',');
        print_fixed(text, sample->lng_e6 / 10000, 2);
    }
    str_append_char(text, ']');
}

static void
print_times(Str *text, const Session *session, const Athlete *athlete)
{
    char at[21];

    timestamp_print(session->start_at_s * 1000000, at);
    str_append_format(text, ",\"start_date\":\"%s\"", at);
    timestamp_print((session->start_at_s + athlete->utc_offset_s) * 1000000, at);
    const int hours = athlete->utc_offset_s / 3600;
    const int minutes = athlete->utc_offset_s / 60 % 60;
    str_append_format(text,
                      ",\"start_date_local\":\"%s\",\"timezone\":\"(GMT%+03d:%02d) %s\",\"utc_offset\":%d.0",
                      at, hours, minutes, athlete->timezone, athlete->utc_offset_s);
}

void
print_strava_activity(Str *text, const World *world, size_t index, const Recording *recording, bool has_laps)
{
    const Session *session = &world->sessions[index];
    const Athlete *athlete = &world->athletes[session->athlete];
    const char *type = session->sport == SPORT_RIDE ? "Ride" : "Run";
    const int64_t id = session_id(world, index);
    Figures figures;

    figures_of(recording, 0, recording->n - 1, &figures);
    str_append_format(text, "{\"resource_state\":%d,\"athlete\":{\"id\":%zu,\"resource_state\":1},\"name\":",
                      has_laps ? 3 : 2, session->athlete + 1000);
    str_append_json(text, session_name(world, session));
    str_append_format(text, ",\"type\":\"%s\",\"sport_type\":\"%s\",\"id\":%lld,\"external_id\":\"sim_%lld\"",
                      type, type, (long long)id, (long long)id);
    print_times(text, session, athlete);
    print_figures(text, recording, &figures);
    if (recording->sensors.power) {
        print_member(text, "max_watts", figures.power_max_w, 0);
        print_member(text, "kilojoules", figures.power_avg_w * figures.moving_s / 1000, 1);
    }
    print_latlng(text, "start_latlng", recording, &recording->samples[0]);
    print_latlng(text, "end_latlng", recording, &recording->samples[recording->n - 1]);
    str_append_format(text,
                      ",\"trainer\":false,\"commute\":false,\"manual\":false,\"private\":false,"
                      "\"gear_id\":null,\"device_watts\":%s,\"has_heartrate\":%s",
                      recording->sensors.power ? "true" : "false", recording->sensors.hr ? "true" : "false");
    if (has_laps) {
        print_laps(text, recording);
    }
    str_append_char(text, '}');
}

void
print_strava_by_hand(Str *text, const World *world, size_t index)
{
    const Session *session = &world->sessions[index];
    const int64_t id = session_id(world, index);

    str_append_format(text, "{\"resource_state\":2,\"athlete\":{\"id\":%zu,\"resource_state\":1},\"name\":",
                      session->athlete + 1000);
    str_append_json(text, session_name(world, session));
    str_append_format(text, ",\"type\":\"WeightTraining\",\"sport_type\":\"WeightTraining\",\"id\":%lld",
                      (long long)id);
    print_times(text, session, &world->athletes[session->athlete]);
    str_append(text,
               ",\"distance\":0.0,\"moving_time\":2700,\"elapsed_time\":2700,\"total_elevation_gain\":0,"
               "\"start_latlng\":[],\"end_latlng\":[],\"trainer\":false,\"manual\":true,"
               "\"has_heartrate\":false}");
}

void
print_strava(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Athlete *athlete = &world->athletes[world->sessions[index].athlete];

    str_append_format(text, "{\"user_id\":\"%s\",\"provider\":\"strava\",\"activity\":", athlete->user_id);
    print_strava_activity(text, world, index, recording, true);
    str_append(text, ",\"streams\":");
    print_strava_streams(text, recording, index % EVERY_NTH_OLDER == 0);
    str_append_char(text, '}');
}
