/* goldencheetah.c - every key of GoldenCheetah 3.5's reference against ours (metrics.md, section 10). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/parity/subject.h"
#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/best_times.h"
#include "worker/kinds/workouts/decoupling.h"
#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/mean_max.h"
#include "worker/kinds/workouts/moving_time.h"
#include "worker/kinds/workouts/normalized_power.h"
#include "worker/kinds/workouts/w_balance.h"
#include "worker/kinds/workouts/xpower.h"
#include "worker/kinds/workouts/zones.h"

#define EXACT 1e-9

/* Deviation: where ours differs from theirs on purpose, the value it must have instead. */
typedef struct Deviation {
    const char *folder, *key;
    double ours, tolerance;
    const char *reason;
} Deviation;

static const Deviation deviations[] = {
    { "short-ride-pauses", "1m_critical_power", 124.53333, PRINTED_DIGITS,
      "ours: theirs only tries windows that start and end on a sample" },
    { "short-ride-pauses", "1m_peak_hr", NAN, 0, "ours: no heart rate in a pause, theirs puts zeros there" },
    { "short-ride-pauses", "2m_peak_hr", NAN, 0, "ours: no heart rate in a pause, theirs puts zeros there" },
    { "laps-ride-36km", "elevation_gain", 55.8, 0.005,
      "ours: whole cm; theirs has binary rounding at exactly 3.0 m (within 5 m)" },
    { "laps-ride-36km", "elevation_loss", 51.6, 0.005,
      "ours: whole cm; theirs has binary rounding at exactly 3.0 m (within 5 m)" },
    { "laps-ride-36km", "vam", 38.938, 0.0005, "ours: follows the gain" },
    { "power-ride-58km", "best_half_marathon", 2620, EXACT, "ours: shorter and right, theirs says 2628" },
    { "power-ride-58km", "best_30km", 3989, EXACT, "ours: shorter and right, theirs says 3990" },
    { "laps-ride-36km", "best_10km", 1306, EXACT, "ours: shorter and right, theirs says 1308" },
};

/* Comparison walks the keys; `seen` finds those of theirs that nobody asked for. */
typedef struct Comparison {
    const Subject *subject;
    Report *report;
    const cJSON *theirs;
    int seen;
} Comparison;

static const Deviation *
deviation_of(const char *folder, const char *key)
{
    for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++) {
        if (strcmp(deviations[i].folder, folder) == 0 && strcmp(deviations[i].key, key) == 0) {
            return &deviations[i];
        }
    }
    return NULL;
}

/* compare_to compares ours with a value of theirs, NaN if the key is absent there, which stands for 0
 * or for nothing. */
static void
compare_to(Comparison *c, const char *key, double ours, double theirs, double tolerance)
{
    const Deviation *deviation = deviation_of(c->subject->folder, key);

    c->seen += isnan(theirs) ? 0 : 1;
    if (deviation != NULL) {
        bool pass =
            isnan(deviation->ours) ? isnan(ours) : fabs(ours - deviation->ours) <= deviation->tolerance;
        report_row(c->report, key, ours, theirs, deviation->tolerance, pass && !isnan(theirs),
                   deviation->reason);
    } else if (isnan(theirs) && !isnan(ours)) {
        report_compare(c->report, key, ours, 0, tolerance, "absent there: 0");
    } else {
        report_compare(c->report, key, ours, theirs, tolerance, isnan(theirs) ? "neither has it" : NULL);
    }
}

static void
compare(Comparison *c, const char *key, double ours, double tolerance)
{
    compare_to(c, key, ours, member_number(c->theirs, key), tolerance);
}

static void
compare_power(Comparison *c)
{
    const Samples *s = &c->subject->samples;
    double np = NAN;
    double mean = NAN;
    double value = 0;
    int32_t highest_w = 0;

    np = OR_NAN(normalized_power_w(s->power_w, s->n, &value), value);
    mean = OR_NAN(mean_all(s->power_w, s->n, &value), value);
    compare(c, "coggan_np", np, PRINTED_DIGITS);
    compare(c, "coggan_if", OR_NAN(!isnan(np) && intensity_factor(np, FTP_W, &value), value), PRINTED_DIGITS);
    compare(c, "coggan_tss", OR_NAN(!isnan(np) && tss(s->n, np, FTP_W, &value), value), PRINTED_DIGITS);
    compare(c, "coggam_variability_index", OR_NAN(variability_index(np, mean, &value), value),
            PRINTED_DIGITS);
    compare(c, "skiba_xpower", OR_NAN(xpower_w(s->time_s, s->power_w, s->n, &value), value), PRINTED_DIGITS);
    compare(c, "average_power", mean, PRINTED_DIGITS);
    compare(c, "nonzero_power", OR_NAN(mean_positive(s->power_w, s->n, &value), value), PRINTED_DIGITS);
    compare(c, "total_work", OR_NAN(s->power_w != NULL, (double)sum_all(s->power_w, s->n) / 1000),
            PRINTED_DIGITS);
    compare(c, "max_power", OR_NAN(highest(s->power_w, s->n, &highest_w), highest_w), PRINTED_DIGITS);
    compare(c, "aerobic_decoupling", OR_NAN(decoupling_pct(s->power_w, s->hr_bpm, s->n, &value), value),
            PRINTED_DIGITS);
    bool has_hr = mean_positive(s->hr_bpm, s->n, &value);
    compare(c, "friel_efficiency_factor",
            OR_NAN(!isnan(np) && has_hr && efficiency_factor_ride(np, value, &value), value), PRINTED_DIGITS);
}

static void
compare_w_balance(Comparison *c)
{
    const Samples *s = &c->subject->samples;
    WBalance balance = { .tau_s = NAN };
    bool known = w_balance(s->time_s, s->power_w, s->n, FTP_W, W_PRIME_J, &balance);

    compare(c, "skiba_wprime_low", OR_NAN(known, balance.min_j / 1000), PRINTED_DIGITS);
    compare(c, "skiba_wprime_max", OR_NAN(known, balance.used_pct), PRINTED_DIGITS);
    compare(c, "skiba_wprime_tau", OR_NAN(known, balance.tau_s), PRINTED_DIGITS);
}

/* Named: a duration or distance as GoldenCheetah spells it. */
typedef struct Named {
    const char *name;
    double value;
} Named;

static void
compare_curves(Comparison *c)
{
    static const Named durations[] = {
        { "1s", 1 },     { "5s", 5 },     { "10s", 10 },   { "15s", 15 },   { "20s", 20 }, { "30s", 30 },
        { "1m", 60 },    { "2m", 120 },   { "3m", 180 },   { "5m", 300 },   { "8m", 480 }, { "10m", 600 },
        { "20m", 1200 }, { "30m", 1800 }, { "60m", 3600 }, { "90m", 5400 },
    };
    const Samples *s = &c->subject->samples;
    char key[40];
    double value = 0;

    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        int32_t duration_s = (int32_t)durations[i].value;
        (void)snprintf(key, sizeof key, "%s_critical_power", durations[i].name);
        compare(c, key, OR_NAN(best_power_w(s->time_s, s->power_w, s->n, duration_s, &value), value),
                PRINTED_DIGITS);
        if (duration_s >= 60) {
            (void)snprintf(key, sizeof key, "%s_peak_hr", durations[i].name);
            compare(c, key, OR_NAN(best_hr_bpm(s->time_s, s->hr_bpm, s->n, duration_s, &value), value),
                    PRINTED_DIGITS);
        }
    }
}

static void
compare_best_times(Comparison *c)
{
    static const Named distances[] = {
        { "400m", 400 },   { "800m", 800 },
        { "1000m", 1000 }, { "1500m", 1500 },
        { "2000m", 2000 }, { "3000m", 3000 },
        { "5000m", 5000 }, { "10km", 10000 },
        { "15km", 15000 }, { "half_marathon", 21097.5 },
        { "30km", 30000 }, { "40km", 40000 },
    };
    const Samples *s = &c->subject->samples;

    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        char key[40];
        int32_t best_s = 0;
        (void)snprintf(key, sizeof key, "best_%s", distances[i].name);
        double ours =
            OR_NAN(best_time_s(s->time_s, s->distance_cm, s->n, distances[i].value, 0, &best_s), best_s);
        compare_to(c, key, ours, round(60 * member_number(c->theirs, key)), EXACT); /* theirs is in minutes */
    }
}

static void
compare_heart_rate(Comparison *c)
{
    const Samples *s = &c->subject->samples;
    const TrimpAthlete athlete = ATHLETE;
    int32_t riding_s = moving_time_gc_s(s->speed_mmps, s->cadence_per_min, s->n);
    double mean = 0;
    double value = 0;
    int32_t extreme = 0;
    Zones zones = { 0 };
    bool has_hr = mean_positive(s->hr_bpm, s->n, &mean);

    compare(c, "average_hr", OR_NAN(has_hr, mean), PRINTED_DIGITS);
    compare(c, "min_heartrate", OR_NAN(lowest_positive(s->hr_bpm, s->n, &extreme), extreme), PRINTED_DIGITS);
    compare(c, "max_heartrate", OR_NAN(highest(s->hr_bpm, s->n, &extreme), extreme), PRINTED_DIGITS);
    compare(c, "heartbeats", OR_NAN(heartbeats(s->hr_bpm, s->n, &value), value), PRINTED_DIGITS);
    compare(c, "trimp_points", OR_NAN(has_hr && trimp(mean, riding_s, &athlete, &value), value),
            PRINTED_DIGITS);
    bool zoned = zones_hr(s->hr_bpm, s->n, athlete.lthr_bpm, &zones);
    for (int i = 0; i < 5; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "time_in_zone_H%d", i + 1);
        compare(c, key, OR_NAN(zoned, zones.seconds[i]), EXACT);
    }
}

static void
compare_speed(Comparison *c)
{
    const Samples *s = &c->subject->samples;
    double distance_m = 0;
    double power_w = 0;
    double value = 0;
    int32_t top = 0;
    int32_t rolling_s = moving_time_gc_s(s->speed_mmps, NULL, s->n);
    Zones zones = { 0 };
    bool has_distance = samples_distance_m(s, &distance_m);
    /* What GoldenCheetah counts: from the first sample's distance, with one second at its speed. */
    double gc_m = (s->distance_cm[s->n - 1] - s->distance_cm[0]) / 100.0 + s->speed_mmps[0] / 1000.0;

    compare(c, "total_distance", OR_NAN(has_distance, distance_m / 1000), 0.0002);
    compare(c, "average_speed", gc_m / rolling_s * 3.6, 0.01);
    bool has_power = mean_all(s->power_w, s->n, &power_w);
    compare(c, "efficiency_index", OR_NAN(has_power, gc_m / ((s->total_s + 1) / 60.0) / power_w), 1e-3);
    compare(c, "max_speed", OR_NAN(highest(s->speed_mmps, s->n, &top), top * 3.6 / 1000), PRINTED_DIGITS);
    compare(c, "average_cad", OR_NAN(mean_positive(s->cadence_per_min, s->n, &value), value), PRINTED_DIGITS);
    compare(c, "max_cadence", OR_NAN(highest(s->cadence_per_min, s->n, &top), top), PRINTED_DIGITS);
    compare(c, "workout_time", s->total_s + 1, EXACT);
    compare(c, "time_riding", moving_time_gc_s(s->speed_mmps, s->cadence_per_min, s->n), EXACT);
    bool zoned = zones_speed(s->speed_mmps, s->n, THRESHOLD_MPS, &zones);
    for (int i = 0; i < 6; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "time_in_zone_P%d", i + 1);
        compare(c, key, OR_NAN(zoned, zones.seconds[i]), EXACT);
    }
}

static void
compare_elevation(Comparison *c)
{
    const Samples *s = &c->subject->samples;
    double gain_m = 0;
    double loss_m = 0;
    bool known = elevation_change_m(s->altitude_cm, s->n, &gain_m, &loss_m);

    compare(c, "elevation_gain", OR_NAN(known, gain_m), 0.05);
    compare(c, "elevation_loss", OR_NAN(known, loss_m), 0.05);
    compare(c, "vam", OR_NAN(known, vam_m_per_h(gain_m, s->total_s)), PRINTED_DIGITS);
}

void
goldencheetah_compare(const Subject *subject, Report *report)
{
    Comparison c = { .subject = subject, .report = report };

    c.theirs = cJSON_GetObjectItemCaseSensitive(subject->reference, "goldencheetah_3.5");
    if (c.theirs == NULL || subject->samples.n < 2 || subject->samples.distance_cm == NULL) {
        report_fail(report, "goldencheetah_3.5", "no reference or no samples");
        return;
    }
    compare_power(&c);
    compare_w_balance(&c);
    compare_curves(&c);
    compare_best_times(&c);
    compare_heart_rate(&c);
    compare_speed(&c);
    compare_elevation(&c);
    report_compare(report, "keys of the reference compared", c.seen, cJSON_GetArraySize(c.theirs), 0, NULL);
}
