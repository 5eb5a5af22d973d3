/* subject.h - one reference activity and what is ours of it.
 *
 * The settings are those with which the references were computed (metrics.md, section 10).
 */
#ifndef PACELINE_PARITY_SUBJECT_H
#define PACELINE_PARITY_SUBJECT_H

#include <cjson/cJSON.h>

#include "tests/unit/parity/report.h"
#include "worker/kinds/workouts/samples.h"
#include "worker/kinds/workouts/trimp.h"

#define FTP_W 250.0
#define W_PRIME_J 20000.0
#define THRESHOLD_MPS 4.0
#define ATHLETE ((TrimpAthlete){ .rest_hr_bpm = 50, .max_hr_bpm = 190, .lthr_bpm = 165 })

typedef struct Subject {
    const char *folder;     /* name below PACELINE_DATA */
    Samples samples;        /* a ride, whatever the folder */
    const cJSON *reference; /* reference.json */
    const cJSON *activity;  /* activity.json; NULL where there is none */
    Arena *arena;
} Subject;

/* or_nan makes a figure of a metric function: its result, NaN where it says NULL. */
#define OR_NAN(call, result) ((call) ? (double)(result) : (double)NAN)

/* member_number is a number of a JSON object; NaN if absent. */
double member_number(const cJSON *object, const char *name);

/* Each compares one family of figures and writes its rows. */
void goldencheetah_compare(const Subject *subject, Report *report);
void strava_compare(const Subject *subject, Report *report);
void regression_compare(const Subject *subject, Report *report);

#endif
