/* athlete.h - who trains: body, thresholds and home of one simulated athlete. */
#ifndef PACELINE_ATHLETES_ATHLETE_H
#define PACELINE_ATHLETES_ATHLETE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/standin/athletes/rng.h"

#define ATHLETE_THRESHOLD_ROWS 2

/* Thresholds is one row of athlete_thresholds; 0 is not known (NULL). */
typedef struct Thresholds {
    char valid_from[11];
    double rest_hr_bpm, max_hr_bpm, lthr_bpm;
    double ftp_w, cp_w, w_prime_j;
    double threshold_speed_mps, speed_5k_mps, speed_10k_mps, speed_marathon_mps, speed_easy_mps;
} Thresholds;

typedef struct Athlete {
    char user_id[37];
    const char *timezone;
    int32_t utc_offset_s; /* all zones here are without summer time */
    const char *sex;      /* female, male */
    double mass_kg;       /* rider alone */
    double home_lat, home_lng;
    Thresholds known[ATHLETE_THRESHOLD_ROWS]; /* as tested, with what was never tested left out */
    Thresholds body;                          /* what the body really does */
    double share_of_rides;
    double hilliness; /* of the land around home; terrain.h */
} Athlete;

/* athlete_init makes athlete number `index` of a seed; its second row of thresholds is valid from
 * improved_from. */
void athlete_init(Athlete *athlete, uint64_t seed, size_t index, const char *first_day,
                  const char *improved_from);

#endif
