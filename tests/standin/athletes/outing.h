/* outing.h - one activity as it happened, second by second, and as a device recorded it.
 *
 * An outing is the truth; a recording is what is left of it after pauses, smart recording, GPS noise,
 * rounding and sensors that are missing or fail.
 */
#ifndef PACELINE_ATHLETES_OUTING_H
#define PACELINE_ATHLETES_OUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/standin/athletes/athlete.h"
#include "tests/standin/athletes/plan.h"
#include "tests/standin/athletes/rng.h"

#define OUTING_SECONDS_MAX 14400 /* 3 h of training and its pauses */
#define SAMPLE_NONE INT32_MIN    /* the sensor gave nothing */

/* Moment is one second of the truth. */
typedef struct Moment {
    double distance_m, altitude_m, grade;
    double speed_mps, power_w, cadence_per_min, hr_bpm;
    double lat, lng;
    bool is_stopped; /* stands still, device running */
    bool is_paused;  /* device stopped: not recorded */
    int step;        /* which step of the session */
} Moment;

typedef struct Outing {
    Sport sport;
    Moment *moments; /* [n], from malloc */
    size_t n;
} Outing;

/* outing_make lives through the steps, the last ones left out from cut (a share of all) on. False if memory
 * is out. */
bool outing_make(Outing *outing, Rng *rng, const Athlete *athlete, Sport sport, const Step *steps,
                 size_t steps_n, double cut);
void outing_done(Outing *outing);

/* Sample is one row of a device's file, in the steps in which devices round; SAMPLE_NONE is missing. */
typedef struct Sample {
    int32_t time_s;
    int32_t distance_dm;
    int32_t lat_e6, lng_e6;
    int32_t altitude_dm;
    int32_t speed_cmps;
    int32_t hr_bpm, cadence_per_min, power_w, temperature_c;
    int32_t grade_dpct; /* 0.1 % */
    bool moving;
    int step;
} Sample;

typedef struct Sensors {
    bool position, altitude, hr, cadence, power, temperature, moving, grade;
} Sensors;

typedef struct RecordedLap {
    size_t start, end; /* samples, both included */
} RecordedLap;

#define RECORDED_LAPS_MAX 200

typedef struct Recording {
    Sensors sensors;
    bool is_smart;   /* samples only where something changes */
    Sample *samples; /* [n], from malloc */
    size_t n;
    RecordedLap laps[RECORDED_LAPS_MAX];
    size_t laps_n;
} Recording;

/* recording_make records the outing; is_smart asks for smart recording. False if memory is out. */
bool recording_make(Recording *recording, Rng *rng, const Outing *outing, bool is_smart);
void recording_done(Recording *recording);

/* Figures are what a provider would say about a part of a recording, from..to both included. Missing:
 * SAMPLE_NONE, or 0 for what cannot be 0. */
typedef struct Figures {
    int32_t elapsed_s, moving_s;
    double distance_m, speed_max_mps;
    double hr_avg_bpm, cadence_avg_per_min, power_avg_w; /* over moving samples; 0 without the sensor */
    int32_t hr_max_bpm, power_max_w;
    double climb_m;
} Figures;

void figures_of(const Recording *recording, size_t from, size_t to, Figures *ret_figures);

#endif
