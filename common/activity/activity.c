#include "common/activity/activity.h"

#include <endian.h>
#include <math.h>
#include <sodium.h>
#include <string.h>

#define HASH_BLOCK 256 /* 32-bit words handed to the hash at once */

void
activity_init(Activity *activity)
{
    *activity = (Activity){
        .source = SOURCE_MANUAL,
        .sport = SPORT_OTHER,
        .utc_offset_s = ACTIVITY_NO_INT,
        .distance_m = NAN,
        .speed_avg_mps = NAN,
        .speed_max_mps = NAN,
        .hr_avg_bpm = NAN,
        .hr_max_bpm = NAN,
        .cadence_avg_spm = NAN,
        .cadence_avg_rpm = NAN,
        .power_avg_w = NAN,
        .power_max_w = NAN,
        .power_weighted_w = NAN,
        .work_j = NAN,
        .energy_j = NAN,
        .elevation_gain_m = NAN,
        .elevation_loss_m = NAN,
        .pool_length_m = NAN,
        .moving_time_s = ACTIVITY_NO_INT,
        .elapsed_time_s = ACTIVITY_NO_INT,
        .steps_count = ACTIVITY_NO_INT,
        .start_lat = NAN,
        .start_lng = NAN,
        .end_lat = NAN,
        .end_lng = NAN,
        .is_private = ACTIVITY_NO_INT,
        .is_trainer = ACTIVITY_NO_INT,
        .session_rpe = ACTIVITY_NO_INT,
    };
}

const char *
source_name(ActivitySource source)
{
    static const char *const names[SOURCE_COUNT] = {
        [SOURCE_STRAVA] = "strava",
        [SOURCE_GARMIN] = "garmin",
        [SOURCE_MANUAL] = "manual",
        [SOURCE_FILE] = "file",
    };

    return names[source < SOURCE_COUNT ? source : SOURCE_MANUAL];
}

/* float_word gives the bits of a value as `real` stores it; all NaN are one, and so are both zeros. */
static uint32_t
float_word(double value)
{
    const float kept = isnan(value) ? NAN : (float)value + 0.0F;
    uint32_t word = 0;

    memcpy(&word, &kept, sizeof word);
    return htole32(isnan(value) ? 0x7fc00000U : word);
}

static void
hash_int(crypto_generichash_state *hash, int64_t value)
{
    const uint64_t word = htole64((uint64_t)value);

    (void)crypto_generichash_update(hash, (const unsigned char *)&word, sizeof word);
}

static void
hash_real(crypto_generichash_state *hash, double value)
{
    const uint32_t word = float_word(value);

    (void)crypto_generichash_update(hash, (const unsigned char *)&word, sizeof word);
}

/* hash_text puts the length in front, so that no two lists of texts look alike; NULL is not "". */
static void
hash_text(crypto_generichash_state *hash, const char *text)
{
    hash_int(hash, text == NULL ? -1 : (int64_t)strlen(text));
    if (text != NULL) {
        (void)crypto_generichash_update(hash, (const unsigned char *)text, strlen(text));
    }
}

/* hash_degrees hashes a coordinate on the grid of 1e-7 degree: NaN has a number of its own. */
static void
hash_degrees(crypto_generichash_state *hash, double degrees)
{
    hash_int(hash, isnan(degrees) ? INT64_MIN : llround(degrees * 1e7));
}

static void
hash_int_array(crypto_generichash_state *hash, const int32_t *values, size_t n)
{
    uint32_t block[HASH_BLOCK];

    hash_int(hash, values != NULL);
    for (size_t i = 0; values != NULL && i < n; i += HASH_BLOCK) {
        const size_t count = n - i < HASH_BLOCK ? n - i : HASH_BLOCK;
        for (size_t j = 0; j < count; j++) {
            block[j] = htole32((uint32_t)values[i + j]);
        }
        (void)crypto_generichash_update(hash, (const unsigned char *)block, count * sizeof block[0]);
    }
}

static void
hash_float_array(crypto_generichash_state *hash, const float *values, size_t n)
{
    uint32_t block[HASH_BLOCK];

    hash_int(hash, values != NULL);
    for (size_t i = 0; values != NULL && i < n; i += HASH_BLOCK) {
        const size_t count = n - i < HASH_BLOCK ? n - i : HASH_BLOCK;
        for (size_t j = 0; j < count; j++) {
            block[j] = float_word((double)values[i + j]);
        }
        (void)crypto_generichash_update(hash, (const unsigned char *)block, count * sizeof block[0]);
    }
}

static void
hash_scalars(crypto_generichash_state *hash, const Activity *activity)
{
    const double reals[] = {
        activity->distance_m,       activity->speed_avg_mps,    activity->speed_max_mps,
        activity->hr_avg_bpm,       activity->hr_max_bpm,       activity->cadence_avg_spm,
        activity->cadence_avg_rpm,  activity->power_avg_w,      activity->power_max_w,
        activity->power_weighted_w, activity->work_j,           activity->energy_j,
        activity->elevation_gain_m, activity->elevation_loss_m, activity->pool_length_m,
    };
    const int32_t ints[] = {
        activity->utc_offset_s, activity->moving_time_s, activity->elapsed_time_s,
        activity->steps_count,  activity->is_trainer,    activity->session_rpe,
    };

    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        hash_real(hash, reals[i]);
    }
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        hash_int(hash, ints[i]);
    }
    hash_degrees(hash, activity->start_lat);
    hash_degrees(hash, activity->start_lng);
    hash_degrees(hash, activity->end_lat);
    hash_degrees(hash, activity->end_lng);
}

static void
hash_streams(crypto_generichash_state *hash, const Streams *streams)
{
    const size_t n = streams->n;
    const int32_t *const ints[] = { streams->time_s, streams->lat_e7,          streams->lng_e7,
                                    streams->hr_bpm, streams->cadence_per_min, streams->power_w,
                                    streams->moving, streams->temperature_c };
    const float *const floats[] = { streams->distance_m, streams->altitude_m, streams->speed_mps,
                                    streams->grade_pct };

    hash_int(hash, (int64_t)n);
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        hash_int_array(hash, ints[i], n);
    }
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        hash_float_array(hash, floats[i], n);
    }
}

void
activity_content_hash(const Activity *activity, const Streams *streams, uint8_t ret_hash[ACTIVITY_HASH_BYTES])
{
    static const Streams none = { .n = 0 };
    crypto_generichash_state hash;

    (void)crypto_generichash_init(&hash, NULL, 0, ACTIVITY_HASH_BYTES);
    hash_text(&hash, sport_name(activity->sport));
    hash_int(&hash, activity->start_at_us);
    hash_text(&hash, activity->local_date);
    hash_scalars(&hash, activity);
    hash_text(&hash, activity->laps);
    hash_text(&hash, activity->lengths);
    hash_text(&hash, activity->exercises);
    hash_streams(&hash, streams == NULL ? &none : streams);
    (void)crypto_generichash_final(&hash, ret_hash, ACTIVITY_HASH_BYTES);
}
