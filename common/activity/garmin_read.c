/* Garmin's activity summary, alone or inside an activity detail {summary, samples, laps, lengths}. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/provider_read.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

#define REAL(member) offsetof(Activity, member), false
#define WHOLE(member) offsetof(Activity, member), true
#define DETAIL_SUFFIX "-detail" /* the summaryId of a detail is the activity's with this */

/* Later rows win: durationInSeconds is the timer's time, which is all that older devices give. */
static const NumberField numbers[] = {
    { "startTimeOffsetInSeconds", WHOLE(utc_offset_s), 1, -UTC_OFFSET_MAX_S, UTC_OFFSET_MAX_S },
    { "durationInSeconds", WHOLE(elapsed_time_s), 1, 0, INT32_MAX },
    { "elapsedDurationInSeconds", WHOLE(elapsed_time_s), 1, 0, INT32_MAX },
    { "durationInSeconds", WHOLE(moving_time_s), 1, 0, INT32_MAX },
    { "movingDurationInSeconds", WHOLE(moving_time_s), 1, 0, INT32_MAX },
    { "distanceInMeters", REAL(distance_m), 1, 0, DISTANCE_MAX_M },
    { "averageSpeedInMetersPerSecond", REAL(speed_avg_mps), 1, 0, SPEED_MAX_MPS },
    { "averageSpeedInKilometersPerHour", REAL(speed_avg_mps), 1 / KMH_PER_MPS, 0, SPEED_MAX_MPS },
    { "maxSpeedInMetersPerSecond", REAL(speed_max_mps), 1, 0, SPEED_MAX_MPS },
    { "maxSpeedInKilometersPerHour", REAL(speed_max_mps), 1 / KMH_PER_MPS, 0, SPEED_MAX_MPS },
    { "averageHeartRateInBeatsPerMinute", REAL(hr_avg_bpm), 1, 30, 250 },
    { "maxHeartRateInBeatsPerMinute", REAL(hr_max_bpm), 1, 30, 250 },
    { "averageRunCadenceInStepsPerMinute", REAL(cadence_avg_spm), 1, 0, CADENCE_MAX },
    { "averageBikeCadenceInRoundsPerMinute", REAL(cadence_avg_rpm), 1, 0, CADENCE_MAX },
    { "averageSwimCadenceInStrokesPerMinute", REAL(cadence_avg_rpm), 1, 0, CADENCE_MAX },
    { "averagePowerInWatts", REAL(power_avg_w), 1, 0, POWER_MAX_W },
    { "maxPowerInWatts", REAL(power_max_w), 1, 0, POWER_MAX_W },
    { "normalizedPowerInWatts", REAL(power_weighted_w), 1, 0, POWER_MAX_W },
    { "activeKilocalories", REAL(energy_j), KCAL_J, 0, ENERGY_MAX_J },
    { "totalElevationGainInMeters", REAL(elevation_gain_m), 1, 0, CLIMB_MAX_M },
    { "totalElevationLossInMeters", REAL(elevation_loss_m), 1, 0, CLIMB_MAX_M },
    { "poolLengthInMeters", REAL(pool_length_m), 1, 0, POOL_MAX_M },
    { "steps", WHOLE(steps_count), 1, 0, INT32_MAX },
    { "startingLatitudeInDegree", REAL(start_lat), 1, -90, 90 },
    { "startingLongitudeInDegree", REAL(start_lng), 1, -180, 180 },
    { NULL, 0, false, 0, 0, 0 },
};

/* id_read takes activityId, a number or a text, else the summaryId without "-detail". */
static bool
id_read(const ProviderRead *outer, const ProviderRead *summary)
{
    const ProviderRead *read = json_member(summary->object, "activityId") != NULL ? summary : outer;
    const cJSON *id = json_member(read->object, "activityId");
    const char *text = NULL;
    char path[FIELD_PATH_MAX];
    char digits[24];
    int64_t number = 0;

    if (id == NULL) {
        read = json_member(summary->object, "summaryId") != NULL ? summary : outer;
        id = json_member(read->object, "summaryId");
    }
    if (id == NULL) {
        return read_refuse(outer, "activityId", "missing, and so is summaryId");
    }
    field_path(path, read->field, id->string);
    if (cJSON_IsNumber(id)) {
        if (!json_int64(id, path, &number, outer->err)) {
            return false;
        }
        (void)snprintf(digits, sizeof digits, "%lld", (long long)number);
        text = digits;
    } else if (!json_text(id, path, ACTIVITY_EXTERNAL_ID_MAX, &text, outer->err)) {
        return false;
    }
    size_t length = strlen(text);
    const size_t suffix = strlen(DETAIL_SUFFIX);
    if (length > suffix && strcmp(text + length - suffix, DETAIL_SUFFIX) == 0) {
        length -= suffix;
    }
    if (length == 0) {
        return field_err(outer->err, path, "empty");
    }
    outer->activity->garmin_activity_id = arena_copy_text(outer->arena, text, length);
    return outer->activity->garmin_activity_id != NULL || memory_err(outer->err);
}

bool
garmin_read(const ProviderRead *outer)
{
    const cJSON *summary = json_member(outer->object, "summary");
    ProviderRead read = *outer;
    Activity *activity = read.activity;
    char path[FIELD_PATH_MAX];
    int32_t unused_s = 0;

    if (summary != NULL && !cJSON_IsObject(summary)) {
        return read_refuse(outer, "summary", "not an object");
    }
    if (summary != NULL) {
        field_path(path, outer->field, "summary");
        read.object = summary;
        read.field = path;
    }
    if (!id_read(outer, &read) ||
        !words_read(&read, "activityType", ACTIVITY_SPORT_MAX, true, &activity->provider_sport) ||
        !words_read(&read, "activityName", ACTIVITY_NAME_MAX, false, &activity->name) ||
        !instant_read(&read, "startTimeInSeconds", true, &activity->start_at_us, &unused_s) ||
        !numbers_read(&read, numbers)) {
        return false;
    }
    activity->sport = sport_from_provider(activity->provider_sport);
    timestamp_date(activity->start_at_us,
                   activity->utc_offset_s == ACTIVITY_NO_INT ? 0 : activity->utc_offset_s,
                   activity->local_date);
    if (isnan(activity->start_lat) != isnan(activity->start_lng)) {
        return read_refuse(&read, "startingLatitudeInDegree", "one coordinate without the other");
    }
    return true;
}
