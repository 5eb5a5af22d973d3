/* activity.h - one activity as it is stored: the columns of `workouts` that a provider fills.
 *
 * Units are SI and end each name (workouts.md, section 2.1). What is not known is missing, never 0:
 *   double      NaN            (isnan tells)
 *   int32_t     ACTIVITY_NO_INT
 *   text        NULL, or "" in the fixed buffers
 *   flags       ACTIVITY_NO_INT, else 0 or 1
 *   int64 ids   0
 * Text and documents belong to the arena the activity was read into. Documents are JSON text that
 * PostgreSQL takes as jsonb.
 */
#ifndef PACELINE_ACTIVITY_H
#define PACELINE_ACTIVITY_H

#include <stddef.h>
#include <stdint.h>

#include "common/activity/sport.h"
#include "common/activity/streams.h"

#define ACTIVITY_NO_INT STREAM_NO_INT
#define ACTIVITY_HASH_BYTES 32
#define ACTIVITY_NAME_MAX 500        /* characters; sync.md, section 5 */
#define ACTIVITY_SPORT_MAX 50        /* characters; sync.md, section 5 */
#define ACTIVITY_EXTERNAL_ID_MAX 200 /* bytes, as any job key */

/* ACTIVITY_MAX_DURATION_S bounds the time of the last sample: 31 days. The wall-clock series of
 * metrics.md section 2 has one element a second, and a job has 256 MiB. */
#define ACTIVITY_MAX_DURATION_S 2678400

typedef enum ActivitySource {
    SOURCE_STRAVA,
    SOURCE_GARMIN,
    SOURCE_MANUAL,
    SOURCE_FILE,
    SOURCE_COUNT
} ActivitySource;

typedef struct Activity {
    /* identity */
    ActivitySource source;
    Sport sport;
    const char *provider_sport; /* the provider's own word */
    const char *name;           /* 1 to 500 characters, or NULL */
    int64_t strava_activity_id; /* 1 or more; 0 = not from Strava */
    const char *garmin_activity_id;
    const char *external_id; /* the client's idempotency key of a manual activity; a file's hash */

    /* time; start_at_us and local_date are always there */
    int64_t start_at_us; /* Unix time, µs */
    char local_date[11]; /* YYYY-MM-DD, the athlete's own calendar day */
    int32_t utc_offset_s;
    const char *timezone; /* IANA name */

    /* the provider's scalars */
    double distance_m;
    double speed_avg_mps, speed_max_mps;
    double hr_avg_bpm, hr_max_bpm;
    double cadence_avg_spm; /* run, walk: both feet */
    double cadence_avg_rpm; /* others */
    double power_avg_w, power_max_w, power_weighted_w;
    double work_j, energy_j; /* at the pedals; burnt by the body */
    double elevation_gain_m, elevation_loss_m;
    double pool_length_m;
    int32_t moving_time_s, elapsed_time_s, steps_count;
    double start_lat, start_lng, end_lat, end_lng; /* degrees; both of a pair or neither; 0 is a coordinate */
    const char *gear_id;
    int32_t is_private, is_trainer; /* flags */
    int32_t session_rpe;            /* 1 to 10 */

    /* documents: JSON text or NULL */
    const char *laps;          /* array, in the form of laps.h */
    const char *lengths;       /* array, as given (swim) */
    const char *exercises;     /* array, as given (strength) */
    const char *provider_data; /* object: the provider's payload without its samples */
} Activity;

/* activity_init makes everything missing: NaN, ACTIVITY_NO_INT, NULL, sport other, source manual. */
void activity_init(Activity *activity);

/* source_name returns the stored word: "strava", "garmin", "manual", "file". */
const char *source_name(ActivitySource source);

/* activity_content_hash writes the hash that decides "same content again" (workouts.md, section 3):
 * BLAKE2b-256 over sport, start, local date, offset, scalars as `real`, is_trainer, RPE, laps,
 * lengths, exercises and all stream arrays. Not in it: name, provider_sport, gear, privacy,
 * provider_data (they change without a new computation), source, ids, time zone name.
 *   streams   NULL or n = 0: without samples */
void activity_content_hash(const Activity *activity, const Streams *streams,
                           uint8_t ret_hash[ACTIVITY_HASH_BYTES]);

#endif
