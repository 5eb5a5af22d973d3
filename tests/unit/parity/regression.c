/* regression.c - our own definitions, which nobody else computes, against the values of metrics.md
 * section 10. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/w_balance_differential.h"
#include "tests/unit/parity/subject.h"
#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/best_times.h"
#include "worker/kinds/workouts/critical_power.h"
#include "worker/kinds/workouts/moving_time.h"
#include "worker/kinds/workouts/zones.h"

typedef struct Expected {
    const char *folder;
    double hr_tss, edwards;
    double power_zones[7];
    double cp_w, w_prime_j;
    double best_mile_s;
    double differential_min_j, differential_tolerance;
    double path_m, path_tolerance;
} Expected;

#define NO_POWER_ZONES                                                                                       \
    {                                                                                                        \
        NAN, NAN, NAN, NAN, NAN, NAN, NAN                                                                    \
    }

static const Expected table[] = {
    { "strava-ride-52km",
      165.75285,
      463.65,
      { 2492, 1183, 1090, 1015, 644, 528, 354 },
      227.64086,
      10569.43,
      149,
      4160.23081,
      PRINTED_DIGITS,
      52306.13,
      0.005 },
    { "power-ride-58km",
      223.59909,
      588.83333,
      { 2050, 539, 632, 1055, 1750, 1887, 444 },
      303.52679,
      12110.49,
      100,
      -70505.58084,
      PRINTED_DIGITS,
      57569.8,
      0.05 },
    { "laps-ride-36km", 61.51568, 206.71667, NO_POWER_ZONES, NAN, NAN, 199, NAN, 0, 36270.57, 0.005 },
    { "short-ride-pauses",
      1.88909,
      5.7,
      { 46, 27, 15, 4, 0, 2, 2 },
      NAN,
      NAN,
      NAN,
      19472.0,
      0.05,
      653.28,
      0.005 },
};

static void
compare_load(const Samples *s, const Expected *expected, Report *report)
{
    const TrimpAthlete athlete = ATHLETE;
    double mean = 0;
    double value = 0;
    bool known = mean_positive(s->hr_bpm, s->n, &mean) &&
                 trimp(mean, moving_time_gc_s(s->speed_mmps, s->cadence_per_min, s->n), &athlete, &value) &&
                 hr_tss(value, &athlete, &value);

    report_compare(report, "regression hr_tss", OR_NAN(known, value), expected->hr_tss, PRINTED_DIGITS, NULL);
    report_compare(report, "regression edwards",
                   OR_NAN(edwards(s->hr_bpm, s->n, athlete.max_hr_bpm, &value), value), expected->edwards,
                   PRINTED_DIGITS, NULL);
}

static void
compare_power(const Samples *s, const Expected *expected, Report *report)
{
    Zones zones = { 0 };
    double cp_w = 0;
    double w_prime_j = 0;
    bool zoned = zones_power(s->power_w, s->n, FTP_W, &zones);

    for (int i = 0; i < 7; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "regression power zone %d", i + 1);
        report_compare(report, key, OR_NAN(zoned, zones.seconds[i]), expected->power_zones[i], 0, NULL);
    }
    bool fitted = critical_power_estimate(s->time_s, s->power_w, s->n, &cp_w, &w_prime_j);
    report_compare(report, "regression cp_w", OR_NAN(fitted, cp_w), expected->cp_w, PRINTED_DIGITS, NULL);
    report_compare(report, "regression w_prime_j", OR_NAN(fitted, w_prime_j), expected->w_prime_j, 0.005,
                   NULL);
    double min_j = NAN;
    if (s->power_w != NULL) {
        min_j = w_balance_differential(s->time_s, s->power_w, s->n, FTP_W, W_PRIME_J).min_j;
    }
    report_compare(report, "regression W'bal differential min", min_j, expected->differential_min_j,
                   expected->differential_tolerance, NULL);
}

static void
compare_track(const Samples *s, const Expected *expected, Report *report)
{
    int32_t mile_s = 0;

    report_compare(report, "regression best mile",
                   OR_NAN(best_time_s(s->time_s, s->distance_cm, s->n, 1609.344, 0, &mile_s), mile_s),
                   expected->best_mile_s, 0, NULL);
    report_compare(report, "regression haversine sum", s->path_m, expected->path_m, expected->path_tolerance,
                   NULL);
}

void
regression_compare(const Subject *subject, Report *report)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].folder, subject->folder) == 0) {
            compare_load(&subject->samples, &table[i], report);
            compare_power(&subject->samples, &table[i], report);
            compare_track(&subject->samples, &table[i], report);
        }
    }
}
