#include "tests/standin/athletes/print.h"

#include <string.h>

void
print_fixed(Str *text, int64_t value, int decimals)
{
    char digits[24];
    size_t at = sizeof digits;
    const bool is_negative = value < 0;
    uint64_t rest = is_negative ? -(uint64_t)value : (uint64_t)value;

    if (value == SAMPLE_NONE) {
        str_append_bytes(text, "null", 4);
        return;
    }
    for (int place = 0; rest > 0 || place <= decimals; place++) {
        if (place == decimals && decimals > 0) {
            digits[--at] = '.';
        }
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (is_negative) {
        digits[--at] = '-';
    }
    str_append_bytes(text, digits + at, sizeof digits - at);
}

void
print_member(Str *text, const char *name, double value, int decimals)
{
    str_append_format(text, ",\"%s\":", name);
    str_append_double(text, value, decimals);
}

void
print_member_known(Str *text, const char *name, double value, int decimals)
{
    if (value > 0) {
        print_member(text, name, value, decimals);
    }
}

bool
column_is_there(const Column *column, const Recording *recording)
{
    return column->sensor == SENSOR_ALWAYS ||
           *(const bool *)((const char *)&recording->sensors + column->sensor);
}

int64_t
column_value(const Column *column, const Sample *sample)
{
    int32_t value = 0;

    memcpy(&value, (const char *)sample + column->offset, sizeof value);
    return value == SAMPLE_NONE ? value : (int64_t)value * column->scale;
}

const char *
session_name(const World *world, const Session *session)
{
    if (session->plan != WORLD_NO_PLAN) {
        return world->plans[session->plan].name;
    }
    return session->sport == SPORT_RIDE ? "Ride" : session->sport == SPORT_RUN ? "Run" : "Strength";
}

int64_t
session_id(const World *world, size_t session)
{
    return 10000000000 + (int64_t)(world->seed % 1000000) * 1000000 + (int64_t)session;
}

/* print_source prints what the session's provider sends. */
static void
print_source(Str *text, const World *world, size_t session, const Recording *recording)
{
    switch (world->sessions[session].source) {
    case SOURCE_STRAVA:
        print_strava(text, world, session, recording);
        break;
    case SOURCE_GARMIN:
        print_garmin(text, world, session, recording);
        break;
    default:
        print_manual(text, world, session, recording);
    }
}

bool
world_body(const World *world, size_t session, BodyFormat format, Str *text)
{
    static void (*const prints[BODY_FORMAT_COUNT])(Str *, const World *, size_t, const Recording *) = {
        [BODY_SOURCE] = print_source, [BODY_STREAMS] = print_manual, [BODY_FIT] = print_fit,
        [BODY_TCX] = print_tcx,       [BODY_GPX] = print_gpx,
    };
    Outing outing = { .n = 0 };
    Recording recording = { .n = 0 };
    const bool ok = world_live(world, session, &outing, &recording);
    const bool fits = format <= BODY_STREAMS || recording.n > 0;

    if (ok && fits && (format != BODY_GPX || recording.sensors.position)) {
        prints[format](text, world, session, &recording);
    }
    recording_done(&recording);
    outing_done(&outing);
    return ok && str_ok(text);
}
