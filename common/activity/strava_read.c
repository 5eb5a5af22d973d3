/* Strava's activity, detail or summary (apis.md, section 2). */
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/provider_read.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

#define REAL(member) offsetof(Activity, member), false
#define WHOLE(member) offsetof(Activity, member), true

static const NumberField numbers[] = {
    { "distance", REAL(distance_m), 1, 0, DISTANCE_MAX_M },
    { "moving_time", WHOLE(moving_time_s), 1, 0, INT32_MAX },
    { "elapsed_time", WHOLE(elapsed_time_s), 1, 0, INT32_MAX },
    { "average_speed", REAL(speed_avg_mps), 1, 0, SPEED_MAX_MPS },
    { "max_speed", REAL(speed_max_mps), 1, 0, SPEED_MAX_MPS },
    { "average_heartrate", REAL(hr_avg_bpm), 1, 30, 250 },
    { "max_heartrate", REAL(hr_max_bpm), 1, 30, 250 },
    { "average_watts", REAL(power_avg_w), 1, 0, POWER_MAX_W },
    { "max_watts", REAL(power_max_w), 1, 0, POWER_MAX_W },
    { "weighted_average_watts", REAL(power_weighted_w), 1, 0, POWER_MAX_W },
    { "kilojoules", REAL(work_j), 1000, 0, ENERGY_MAX_J },
    { "calories", REAL(energy_j), KCAL_J, 0, ENERGY_MAX_J },
    { "total_elevation_gain", REAL(elevation_gain_m), 1, 0, CLIMB_MAX_M },
    { "utc_offset", WHOLE(utc_offset_s), 1, -UTC_OFFSET_MAX_S, UTC_OFFSET_MAX_S },
    { "perceived_exertion", WHOLE(session_rpe), 1, 1, 10 },
    { NULL, 0, false, 0, 0, 0 },
};

static const NumberField steps_of_one_leg[] = {
    { "average_cadence", REAL(cadence_avg_spm), 2, 0, CADENCE_MAX },
    { NULL, 0, false, 0, 0, 0 },
};

static const NumberField turns[] = {
    { "average_cadence", REAL(cadence_avg_rpm), 1, 0, CADENCE_MAX },
    { NULL, 0, false, 0, 0, 0 },
};

/* id_read reads the activity's id: 64 bits, 1 or more. */
static bool
id_read(const ProviderRead *read)
{
    const cJSON *id = json_member(read->object, "id");
    char path[FIELD_PATH_MAX];
    int64_t value = 0;

    if (id == NULL) {
        return read_refuse(read, "id", "missing");
    }
    field_path(path, read->field, "id");
    if (!json_int64(id, path, &value, read->err)) {
        return false;
    }
    if (value < 1) {
        return read_refuse(read, "id", "%lld is not 1 or more", (long long)value);
    }
    read->activity->strava_activity_id = value;
    return true;
}

/* sport_read takes sport_type, or the older type. */
static bool
sport_read(const ProviderRead *read)
{
    const char *name = json_member(read->object, "sport_type") != NULL ? "sport_type" : "type";

    if (!words_read(read, name, ACTIVITY_SPORT_MAX, true, &read->activity->provider_sport)) {
        return false;
    }
    read->activity->sport = sport_from_provider(read->activity->provider_sport);
    return true;
}

/* time_read: the Z of start_date_local is false, the text is the athlete's own clock. So its date part is the
 * local date, and its distance from start_date the offset, should that be missing. */
static bool
time_read(const ProviderRead *read)
{
    Activity *activity = read->activity;
    int64_t local_us = 0;
    int32_t offset_s = 0;

    if (!instant_read(read, "start_date", false, &activity->start_at_us, &offset_s) ||
        !instant_read(read, "start_date_local", false, &local_us, &offset_s)) {
        return false;
    }
    timestamp_date(local_us, offset_s == INT32_MIN ? 0 : offset_s, activity->local_date);
    const int64_t derived_s = (local_us - activity->start_at_us) / 1000000;
    if (activity->utc_offset_s == ACTIVITY_NO_INT && derived_s >= -UTC_OFFSET_MAX_S &&
        derived_s <= UTC_OFFSET_MAX_S) {
        activity->utc_offset_s = (int32_t)derived_s;
    }
    return true;
}

/* timezone_read leaves "(GMT+01:00) " out of "(GMT+01:00) Europe/Amsterdam". */
static bool
timezone_read(const ProviderRead *read)
{
    const char *zone = NULL;

    if (!words_read(read, "timezone", 100, false, &zone)) {
        return false;
    }
    if (zone != NULL && *zone == '(' && strstr(zone, ") ") != NULL) {
        zone = strstr(zone, ") ") + 2;
    }
    read->activity->timezone = zone;
    return true;
}

bool
strava_read(const ProviderRead *read)
{
    Activity *activity = read->activity;

    if (!id_read(read) || !sport_read(read) ||
        !words_read(read, "name", ACTIVITY_NAME_MAX, true, &activity->name) || !numbers_read(read, numbers)) {
        return false;
    }
    if (!numbers_read(read, sport_on_foot(activity->sport) ? steps_of_one_leg : turns)) {
        return false;
    }
    return time_read(read) && timezone_read(read) &&
           pair_read(read, "start_latlng", &activity->start_lat, &activity->start_lng) &&
           pair_read(read, "end_latlng", &activity->end_lat, &activity->end_lng) &&
           words_read(read, "gear_id", 100, false, &activity->gear_id) &&
           flag_read(read, "private", &activity->is_private) &&
           flag_read(read, "trainer", &activity->is_trainer);
}
