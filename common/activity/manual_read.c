/* An activity that a client describes itself, with the names and units of workouts.md section 2.1. */
#include <math.h>
#include <string.h>

#include "common/activity/provider_read.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

#define REAL(member) offsetof(Activity, member), false
#define WHOLE(member) offsetof(Activity, member), true

/* Every unit is in the name; km/h and kcal are accepted under names that say so. */
static const NumberField numbers[] = {
    { "utc_offset_s", WHOLE(utc_offset_s), 1, -UTC_OFFSET_MAX_S, UTC_OFFSET_MAX_S },
    { "distance_m", REAL(distance_m), 1, 0, DISTANCE_MAX_M },
    { "speed_avg_mps", REAL(speed_avg_mps), 1, 0, SPEED_MAX_MPS },
    { "speed_avg_kmh", REAL(speed_avg_mps), 1 / KMH_PER_MPS, 0, SPEED_MAX_MPS },
    { "speed_max_mps", REAL(speed_max_mps), 1, 0, SPEED_MAX_MPS },
    { "speed_max_kmh", REAL(speed_max_mps), 1 / KMH_PER_MPS, 0, SPEED_MAX_MPS },
    { "hr_avg_bpm", REAL(hr_avg_bpm), 1, 30, 250 },
    { "hr_max_bpm", REAL(hr_max_bpm), 1, 30, 250 },
    { "cadence_avg_spm", REAL(cadence_avg_spm), 1, 0, CADENCE_MAX },
    { "cadence_avg_rpm", REAL(cadence_avg_rpm), 1, 0, CADENCE_MAX },
    { "power_avg_w", REAL(power_avg_w), 1, 0, POWER_MAX_W },
    { "power_max_w", REAL(power_max_w), 1, 0, POWER_MAX_W },
    { "power_weighted_w", REAL(power_weighted_w), 1, 0, POWER_MAX_W },
    { "work_j", REAL(work_j), 1, 0, ENERGY_MAX_J },
    { "energy_j", REAL(energy_j), 1, 0, ENERGY_MAX_J },
    { "energy_kcal", REAL(energy_j), KCAL_J, 0, ENERGY_MAX_J },
    { "elevation_gain_m", REAL(elevation_gain_m), 1, 0, CLIMB_MAX_M },
    { "elevation_loss_m", REAL(elevation_loss_m), 1, 0, CLIMB_MAX_M },
    { "pool_length_m", REAL(pool_length_m), 1, 0, POOL_MAX_M },
    { "moving_time_s", WHOLE(moving_time_s), 1, 0, INT32_MAX },
    { "elapsed_time_s", WHOLE(elapsed_time_s), 1, 0, INT32_MAX },
    { "steps_count", WHOLE(steps_count), 1, 0, INT32_MAX },
    { "start_lat", REAL(start_lat), 1, -90, 90 },
    { "start_lng", REAL(start_lng), 1, -180, 180 },
    { "end_lat", REAL(end_lat), 1, -90, 90 },
    { "end_lng", REAL(end_lng), 1, -180, 180 },
    { "session_rpe", WHOLE(session_rpe), 1, 1, 10 },
    { NULL, 0, false, 0, 0, 0 },
};

/* Names whose unit nobody can know (WK17: moving_time was minutes here, seconds there): refused, so that such
 * a value is not lost unseen. */
static const char *const unitless[] = { "moving_time", "elapsed_time", "duration", "distance",
                                        "speed",       "pace",         NULL };

/* day_read takes local_date if the client gives one, else the day of the start at its offset. */
static bool
day_read(const ProviderRead *read)
{
    Activity *activity = read->activity;
    const char *day = NULL;

    if (!words_read(read, "local_date", 10, false, &day)) {
        return false;
    }
    if (day == NULL) {
        timestamp_date(activity->start_at_us,
                       activity->utc_offset_s == ACTIVITY_NO_INT ? 0 : activity->utc_offset_s,
                       activity->local_date);
        return true;
    }
    if (!date_valid(day)) {
        return read_refuse(read, "local_date", "not a day as 2020-06-01");
    }
    memcpy(activity->local_date, day, sizeof activity->local_date);
    return true;
}

bool
manual_read(const ProviderRead *read)
{
    Activity *activity = read->activity;
    int32_t offset_s = 0;

    for (const char *const *name = unitless; *name != NULL; name++) {
        if (json_member(read->object, *name) != NULL) {
            return read_refuse(read, *name,
                               "the unit is not in the name, as in moving_time_s and distance_m");
        }
    }
    if (!words_read(read, "sport", ACTIVITY_SPORT_MAX, true, &activity->provider_sport) ||
        !words_read(read, "name", ACTIVITY_NAME_MAX, false, &activity->name) ||
        !instant_read(read, "start_at", true, &activity->start_at_us, &offset_s) ||
        !numbers_read(read, numbers) || !words_read(read, "timezone", 100, false, &activity->timezone) ||
        !words_read(read, "gear_id", 100, false, &activity->gear_id) ||
        !flag_read(read, "is_private", &activity->is_private) ||
        !flag_read(read, "is_trainer", &activity->is_trainer)) {
        return false;
    }
    activity->sport = sport_from_provider(activity->provider_sport);
    if (activity->utc_offset_s == ACTIVITY_NO_INT && offset_s != INT32_MIN && offset_s != 0) {
        activity->utc_offset_s = offset_s; /* "+02:00" in start_at; a Z says nothing about the athlete */
    }
    if (isnan(activity->start_lat) != isnan(activity->start_lng)) {
        return read_refuse(read, "start_lat", "one coordinate without the other");
    }
    if (isnan(activity->end_lat) != isnan(activity->end_lng)) {
        return read_refuse(read, "end_lat", "one coordinate without the other");
    }
    return day_read(read);
}
