/* What a client describes itself: SI names, arrays by name; strength without samples. */
#include <stddef.h>

#include "common/activity/timestamp.h"
#include "tests/standin/athletes/print.h"

#define COLUMN(name, member, sensor, scale, decimals)                                                        \
    {                                                                                                        \
        name, offsetof(Sample, member), offsetof(Sensors, sensor), scale, decimals                           \
    }

static const Column columns[] = {
    { "time_s", offsetof(Sample, time_s), SENSOR_ALWAYS, 1, 0 },
    { "distance_m", offsetof(Sample, distance_dm), SENSOR_ALWAYS, 1, 1 },
    { "speed_mps", offsetof(Sample, speed_cmps), SENSOR_ALWAYS, 1, 2 },
    COLUMN("lat_e7", lat_e6, position, 10, 0),
    COLUMN("lng_e7", lng_e6, position, 10, 0),
    COLUMN("altitude_m", altitude_dm, altitude, 1, 1),
    COLUMN("hr_bpm", hr_bpm, hr, 1, 0),
    COLUMN("power_w", power_w, power, 1, 0),
    COLUMN("temperature_c", temperature_c, temperature, 1, 0),
    COLUMN("grade_pct", grade_dpct, grade, 1, 1),
};

static const Column steps = COLUMN("cadence_per_min", cadence_per_min, cadence, 2, 0); /* both feet */
static const Column turns = COLUMN("cadence_per_min", cadence_per_min, cadence, 1, 0);

static void
print_column(Str *text, const Column *column, const Recording *recording, bool is_first)
{
    if (!column_is_there(column, recording)) {
        return;
    }
    str_append_format(text, "%s\"%s\":[", is_first ? "" : ",", column->name);
    for (size_t i = 0; i < recording->n; i++) {
        if (i > 0) {
            str_append_char(text, ',');
        }
        print_fixed(text, column_value(column, &recording->samples[i]), column->decimals);
    }
    str_append_char(text, ']');
}

static void
print_streams(Str *text, const Recording *recording, Sport sport)
{
    str_append_char(text, '{');
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        print_column(text, &columns[c], recording, c == 0);
    }
    print_column(text, sport == SPORT_RUN ? &steps : &turns, recording, false);
    if (recording->sensors.moving) {
        str_append(text, ",\"moving\":[");
        for (size_t i = 0; i < recording->n; i++) {
            str_append(text, i > 0 ? "," : "");
            str_append_char(text, recording->samples[i].moving ? '1' : '0');
        }
        str_append_char(text, ']');
    }
    str_append_char(text, '}');
}

/* print_exercises: three lifts, the loads by the athlete's mass and the session's number. */
static void
print_exercises(Str *text, const Athlete *athlete, size_t index)
{
    static const char *const names[] = { "Squat", "Deadlift", "Bench press" };

    str_append(text, ",\"moving_time_s\":2700,\"elapsed_time_s\":3000,\"session_rpe\":");
    print_fixed(text, 5 + (int64_t)(index % 5), 0);
    str_append(text, ",\"exercises\":[");
    for (size_t i = 0; i < 3; i++) {
        const int kg = (int)(athlete->mass_kg * (0.5 + 0.2 * (double)i)) / 5 * 5;
        str_append_format(text, "%s{\"name\":\"%s\",\"sets\":[", i > 0 ? "," : "", names[i]);
        for (int set = 0; set < 3; set++) {
            str_append_format(text, "%s{\"reps\":%d,\"weight_kg\":%d,\"rir\":%d}", set > 0 ? "," : "",
                              10 - 2 * set, kg + 5 * set, 3 - set);
        }
        str_append(text, "]}");
    }
    str_append_char(text, ']');
}

static void
print_figures(Str *text, const Recording *recording, Sport sport)
{
    Figures f;

    figures_of(recording, 0, recording->n - 1, &f);
    print_member(text, "distance_m", f.distance_m, 1);
    print_member(text, "moving_time_s", f.moving_s, 0);
    print_member(text, "elapsed_time_s", f.elapsed_s, 0);
    print_member(text, "speed_avg_mps", f.moving_s > 0 ? f.distance_m / f.moving_s : 0, 3);
    if (recording->sensors.hr && f.hr_avg_bpm > 0) {
        print_member(text, "hr_avg_bpm", f.hr_avg_bpm, 1);
        print_member(text, "hr_max_bpm", f.hr_max_bpm, 0);
    }
    if (recording->sensors.cadence && sport == SPORT_RUN) {
        print_member_known(text, "cadence_avg_spm", 2 * f.cadence_avg_per_min, 1);
    } else if (recording->sensors.cadence) {
        print_member_known(text, "cadence_avg_rpm", f.cadence_avg_per_min, 1);
    }
    if (recording->sensors.power) {
        print_member(text, "power_avg_w", f.power_avg_w, 1);
    }
}

void
print_manual(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Session *session = &world->sessions[index];
    const Athlete *athlete = &world->athletes[session->athlete];
    char at[21];

    timestamp_print(session->start_at_s * 1000000, at);
    str_append_format(text, "{\"user_id\":\"%s\",\"provider\":\"manual\",\"external_id\":\"sim-%lld\"",
                      athlete->user_id, (long long)session_id(world, index));
    str_append_format(text, ",\"activity\":{\"sport\":\"%s\",\"start_at\":\"%s\",\"utc_offset_s\":%d",
                      sport_name(session->sport), at, athlete->utc_offset_s);
    str_append_format(text, ",\"timezone\":\"%s\",\"name\":", athlete->timezone);
    str_append_json(text, session_name(world, session));
    if (session->sport == SPORT_STRENGTH) {
        print_exercises(text, athlete, index);
        str_append(text, "}}");
        return;
    }
    print_figures(text, recording, session->sport);
    str_append(text, "},\"streams\":");
    print_streams(text, recording, session->sport);
    str_append(text, ",\"laps\":[");
    for (size_t i = 0; i < recording->laps_n; i++) {
        Figures f;
        figures_of(recording, recording->laps[i].start, recording->laps[i].end, &f);
        str_append_format(text, "%s{\"start_index\":%zu,\"end_index\":%zu", i > 0 ? "," : "",
                          recording->laps[i].start, recording->laps[i].end);
        print_member(text, "distance_m", f.distance_m, 1);
        print_member(text, "elapsed_time_s", f.elapsed_s, 0);
        print_member(text, "moving_time_s", f.moving_s, 0);
        str_append_char(text, '}');
    }
    str_append(text, "]}");
}
