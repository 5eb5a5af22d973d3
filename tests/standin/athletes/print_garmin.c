/* Garmin's activity detail: summary, samples, laps. */
#include <stddef.h>

#include "tests/standin/athletes/print.h"

#define EVERY_NTH_MS 5 /* so many bodies have clocks in ms (workouts.md, WK16) */

static const Column on_foot = { "stepsPerMinute", offsetof(Sample, cadence_per_min),
                                offsetof(Sensors, cadence), 2, 0 };
static const Column on_wheels = { "bikeCadenceInRPM", offsetof(Sample, cadence_per_min),
                                  offsetof(Sensors, cadence), 1, 0 };
static const Column columns[] = {
    { "totalDistanceInMeters", offsetof(Sample, distance_dm), SENSOR_ALWAYS, 1, 1 },
    { "clockDurationInSeconds", offsetof(Sample, time_s), SENSOR_ALWAYS, 1, 0 },
    { "speedMetersPerSecond", offsetof(Sample, speed_cmps), SENSOR_ALWAYS, 1, 2 },
    { "latitudeInDegree", offsetof(Sample, lat_e6), offsetof(Sensors, position), 1, 6 },
    { "longitudeInDegree", offsetof(Sample, lng_e6), offsetof(Sensors, position), 1, 6 },
    { "elevationInMeters", offsetof(Sample, altitude_dm), offsetof(Sensors, altitude), 1, 1 },
    { "airTemperatureCelcius", offsetof(Sample, temperature_c), offsetof(Sensors, temperature), 1, 0 },
    { "heartRate", offsetof(Sample, hr_bpm), offsetof(Sensors, hr), 1, 0 },
    { "powerInWatts", offsetof(Sample, power_w), offsetof(Sensors, power), 1, 0 },
};

/* print_column prints a member of a sample, unless the sensor is silent: Garmin leaves it out then. */
static void
print_column(Str *text, const Column *column, const Recording *recording, const Sample *sample)
{
    const int64_t value = column_value(column, sample);

    if (!column_is_there(column, recording) || value == SAMPLE_NONE) {
        return;
    }
    str_append(text, ",\"");
    str_append(text, column->name);
    str_append(text, "\":");
    print_fixed(text, value, column->decimals);
}

static void
print_samples(Str *text, const Recording *recording, const Session *session, bool is_ms)
{
    const Column *cadence = session->sport == SPORT_RUN ? &on_foot : &on_wheels;

    for (size_t i = 0; i < recording->n; i++) {
        const Sample *sample = &recording->samples[i];
        const int64_t at_s = session->start_at_s + sample->time_s;
        str_append(text, i > 0 ? ",{\"" : "{\"");
        str_append(text, is_ms ? "timestamp\":" : "startTimeInSeconds\":");
        print_fixed(text, is_ms ? at_s * 1000 : at_s, 0);
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            print_column(text, &columns[c], recording, sample);
        }
        print_column(text, cadence, recording, sample);
        str_append_char(text, '}');
    }
}

static void
print_summary(Str *text, const Session *session, const Athlete *athlete, const Recording *recording)
{
    const bool is_run = session->sport == SPORT_RUN;
    Figures f;

    figures_of(recording, 0, recording->n - 1, &f);
    str_append_format(
        text, "\"activityType\":\"%s\",\"startTimeInSeconds\":%lld,\"startTimeOffsetInSeconds\":%d",
        is_run ? "RUNNING" : "ROAD_BIKING", (long long)session->start_at_s, athlete->utc_offset_s);
    print_member(text, "durationInSeconds", f.moving_s, 0);
    print_member(text, "elapsedDurationInSeconds", f.elapsed_s, 0);
    print_member(text, "distanceInMeters", f.distance_m, 2);
    print_member(text, "averageSpeedInMetersPerSecond", f.moving_s > 0 ? f.distance_m / f.moving_s : 0, 3);
    print_member(text, "maxSpeedInMetersPerSecond", f.speed_max_mps, 3);
    if (recording->sensors.hr && f.hr_avg_bpm > 0) {
        print_member(text, "averageHeartRateInBeatsPerMinute", f.hr_avg_bpm, 0);
        print_member(text, "maxHeartRateInBeatsPerMinute", f.hr_max_bpm, 0);
    }
    if (recording->sensors.cadence) {
        print_member_known(
            text, is_run ? "averageRunCadenceInStepsPerMinute" : "averageBikeCadenceInRoundsPerMinute",
            f.cadence_avg_per_min * (is_run ? 2 : 1), 1);
    }
    if (recording->sensors.altitude) {
        print_member(text, "totalElevationGainInMeters", f.climb_m, 1);
    }
    if (is_run && recording->sensors.cadence) {
        print_member(text, "steps", 2 * f.cadence_avg_per_min * f.moving_s / 60, 0);
    }
    print_member(text, "activeKilocalories", (double)f.moving_s * athlete->mass_kg / 400, 0);
    str_append(text, ",\"deviceName\":\"forerunner935\"");
}

void
print_garmin(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Session *session = &world->sessions[index];
    const Athlete *athlete = &world->athletes[session->athlete];
    const long long id = (long long)session_id(world, index);
    const bool is_ms = index % EVERY_NTH_MS == 0;

    str_append_format(
        text, "{\"user_id\":\"%s\",\"provider\":\"garmin\",\"activity\":{\"summaryId\":\"%lld-detail\"",
        athlete->user_id, id);
    str_append_format(text, ",\"activityId\":%lld,\"summary\":{", id);
    str_append(text, "\"activityName\":");
    str_append_json(text, session_name(world, session));
    str_append_char(text, ',');
    print_summary(text, session, athlete, recording);
    str_append(text, "},\"samples\":[");
    print_samples(text, recording, session, is_ms);
    str_append(text, "],\"laps\":[");
    for (size_t i = 0; i < recording->laps_n; i++) {
        const int64_t at_s = session->start_at_s + recording->samples[recording->laps[i].start].time_s;
        str_append_format(text, "%s{\"startTimeInSeconds\":%lld}", i > 0 ? "," : "",
                          (long long)(is_ms ? at_s * 1000 : at_s));
    }
    str_append(text, "]}}");
}
