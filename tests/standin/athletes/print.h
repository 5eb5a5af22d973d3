/* print.h - numbers as devices write them, and the columns that several bodies share. */
#ifndef PACELINE_ATHLETES_PRINT_H
#define PACELINE_ATHLETES_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"
#include "tests/standin/athletes/outing.h"
#include "tests/standin/athletes/world.h"

/* print_fixed prints value / 10^decimals exactly; "null" for SAMPLE_NONE. */
void print_fixed(Str *text, int64_t value, int decimals);

/* print_member prints ,"name":value with at most `decimals` digits after the point. */
void print_member(Str *text, const char *name, double value, int decimals);

/* print_member_known is print_member for values above 0: 0 is not known and prints nothing. */
void print_member_known(Str *text, const char *name, double value, int decimals);

/* Column is one channel of the samples under the name of some format. */
typedef struct Column {
    const char *name;
    size_t offset; /* of an int32_t in Sample */
    size_t sensor; /* offset of its flag in Sensors; SENSOR_ALWAYS */
    int32_t scale; /* multiplies the sample's value */
    int decimals;
} Column;

#define SENSOR_ALWAYS SIZE_MAX

/* column_is_there tells whether the recording has the sensor, column_value reads one sample. */
bool column_is_there(const Column *column, const Recording *recording);
int64_t column_value(const Column *column, const Sample *sample);

/* The three bodies; recording and its figures are of the session. */
void print_strava(Str *text, const World *world, size_t session, const Recording *recording);
void print_garmin(Str *text, const World *world, size_t session, const Recording *recording);
void print_manual(Str *text, const World *world, size_t session, const Recording *recording);

/* The files; recording->n > 0, and for GPX it has positions. */
void print_fit(Str *text, const World *world, size_t session, const Recording *recording);
void print_tcx(Str *text, const World *world, size_t session, const Recording *recording);
void print_gpx(Str *text, const World *world, size_t session, const Recording *recording);

/* The parts of Strava's body: an activity, as the list (without laps) or the detail has it, and its streams
 * in the newer form, an object by type, or the older, an array. */
void print_strava_activity(Str *text, const World *world, size_t session, const Recording *recording,
                           bool has_laps);
void print_strava_by_hand(Str *text, const World *world, size_t session); /* without a recording */
void print_strava_streams(Str *text, const Recording *recording, bool is_older);

/* session_name is what the athlete calls it. */
const char *session_name(const World *world, const Session *session);

/* session_id is a number of its own for each session of a seed, as providers have them. */
int64_t session_id(const World *world, size_t session);

#endif
