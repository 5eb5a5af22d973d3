/* provider_read.h - reading one provider's object into an Activity; shared by the three readers.
 *
 * Each reader fills what its provider says, by tables of names with factor and range. Source: apis.md section
 * 2 (Strava), Garmin's activity summaries, workouts.md section 2.1 (manual), the ranges of sync.md section 5.
 */
#ifndef PACELINE_PROVIDER_READ_H
#define PACELINE_PROVIDER_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/arena.h"
#include "common/err.h"

/* Upper limits are those of the table's CHECKs: "any finite value" of sync.md would be refused there. */
#define DISTANCE_MAX_M 1e9
#define SPEED_MAX_MPS 1e4
#define CADENCE_MAX 1e4
#define POWER_MAX_W 1e5
#define ENERGY_MAX_J 1e12
#define CLIMB_MAX_M 1e6
#define POOL_MAX_M 1000.0
#define UTC_OFFSET_MAX_S 50400         /* 14 h: Line Islands; the west ends at 12 h */
#define START_AHEAD_MAX_US 86400000000 /* sync.md section 5: no start later than tomorrow */
#define KCAL_J 4184.0
#define KMH_PER_MPS 3.6

typedef struct ProviderRead {
    const cJSON *object; /* what the provider calls the activity */
    const char *field;   /* its path, for messages */
    Arena *arena;
    Activity *activity;
    Err *err;
} ProviderRead;

/* NumberField is one scalar: where it goes, and what is valid after the conversion. */
typedef struct NumberField {
    const char *name; /* NULL ends a table */
    size_t offset;    /* in Activity */
    bool is_int;      /* int32_t, rounded; else double */
    double factor;    /* to the stored unit */
    double min, max;  /* in the stored unit */
} NumberField;

/* numbers_read reads every field of the table that is there; null is absent. */
MUST_CHECK bool numbers_read(const ProviderRead *read, const NumberField *fields);

/* flag_read reads true or false as 1 or 0; absent leaves *ret_flag. */
MUST_CHECK bool flag_read(const ProviderRead *read, const char *name, int32_t *ret_flag);

/* words_read copies a text of 1 to max_characters; absent leaves *ret_text, unless it is required. */
MUST_CHECK bool words_read(const ProviderRead *read, const char *name, size_t max_characters,
                           bool is_required, const char **ret_text);

/* instant_read reads a time: ISO 8601 text, or, if numbers are accepted, Unix time in s or ms. Required.
 * ret_offset_s as timestamp_parse, INT32_MIN for a number. Refuses 1969 and what starts after tomorrow. */
MUST_CHECK bool instant_read(const ProviderRead *read, const char *name, bool accepts_number,
                             int64_t *ret_at_us, int32_t *ret_offset_s);

/* pair_read reads [lat, lng]; null and [] leave both outputs. */
MUST_CHECK bool pair_read(const ProviderRead *read, const char *name, double *ret_lat, double *ret_lng);

/* read_refuse is field_err for a member of the object; always false. */
bool read_refuse(const ProviderRead *read, const char *name, const char *text, ...) PRINTF_LIKE(3, 4);

/* The readers. Each sets sport, time and scalars of an activity that activity_init made. */
MUST_CHECK bool strava_read(const ProviderRead *read);
MUST_CHECK bool garmin_read(const ProviderRead *read);
MUST_CHECK bool manual_read(const ProviderRead *read);

#endif
