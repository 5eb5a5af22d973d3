/* obedient.h - an athlete who does exactly what each step says: for properties that ask "what if it was
 * carried out to the letter, or a given share off it".
 *
 * The body, the land and the heart are those of the other athletes; only the will is iron. Second by second
 * the speed wanders by about 1 %, as legs do, and over a step it averages to what was asked. SI units.
 */
#ifndef PACELINE_ATHLETES_OBEDIENT_H
#define PACELINE_ATHLETES_OBEDIENT_H

#include <stddef.h>
#include <stdint.h>

/* ObedientStep ends after a time, or if that is 0 after a distance. */
typedef struct ObedientStep {
    int duration_s;
    int distance_m;
    double speed_mps;
    double power_w; /* 0 on foot */
} ObedientStep;

typedef struct ObedientSecond {
    double distance_m, altitude_m, speed_mps, power_w, hr_bpm;
} ObedientSecond;

/* obedient_live lives through the steps of a seed's athlete and returns the seconds, the first of them
 * standing at the start: at most `most` are written. */
size_t obedient_live(uint64_t seed, const ObedientStep *steps, size_t steps_n, ObedientSecond *ret_seconds,
                     size_t most);

#endif
