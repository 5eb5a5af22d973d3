/* strava.c - Strava's own figures of the first ride against ours: scalars, splits, laps (metrics.md,
 * section 10). */
#include <math.h>
#include <stdio.h>

#include "tests/unit/parity/subject.h"
#include "worker/kinds/workouts/averages.h"
#include "worker/kinds/workouts/segments.h"

#define EXACT 1e-9
#define TO_TENTH (0.05 + 1e-9) /* theirs is printed with one decimal */

/* Worst keeps the largest difference in one field over many splits or laps. */
typedef struct Worst {
    const char *field;
    double tolerance;
    double ours, theirs;
} Worst;

static void
worst_add(Worst *worst, double ours, const cJSON *theirs)
{
    double value = member_number(theirs, worst->field);
    double difference = fabs(ours - value);

    /* Written so that a NaN on either side wins and stays: it must fail. */
    if (isnan(worst->ours) ||
        (!isnan(worst->ours - worst->theirs) && !(difference <= fabs(worst->ours - worst->theirs)))) {
        worst->ours = ours;
        worst->theirs = value;
    }
}

static void
worst_report(Report *report, const char *what, const Worst *worst, int count)
{
    char key[64];

    (void)snprintf(key, sizeof key, "%s.%s (%d)", what, worst->field, count);
    report_row(report, key, worst->ours, worst->theirs, worst->tolerance,
               fabs(worst->ours - worst->theirs) <= worst->tolerance, "the worst of all");
}

static void
compare_splits(const Subject *subject, Report *report, const char *what, int64_t unit_mm)
{
    const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(subject->reference, "strava"), what);
    Segment *splits = NULL;
    size_t count = 0;
    Err err = ERR_NONE;
    Worst worst[] = {
        { "distance", 0.05, NAN, NAN },          { "elapsed_time", EXACT, NAN, NAN },
        { "moving_time", EXACT, NAN, NAN },      { "average_speed", 0.01, NAN, NAN },
        { "average_heartrate", 1e-9, NAN, NAN }, { "elevation_difference", 0.05, NAN, NAN },
    };

    if (!splits_make(&subject->samples, unit_mm, subject->arena, &splits, &count, &err)) {
        report_fail(report, what, err.message);
        return;
    }
    report_compare(report, what, (double)count, cJSON_GetArraySize(theirs), 0, "number of splits");
    if (count != (size_t)cJSON_GetArraySize(theirs)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const cJSON *split = cJSON_GetArrayItem(theirs, (int)i);
        worst_add(&worst[0], splits[i].distance_m, split);
        worst_add(&worst[1], splits[i].elapsed_s, split);
        worst_add(&worst[2], splits[i].moving_s, split);
        worst_add(&worst[3], splits[i].speed_mps, split);
        worst_add(&worst[4], splits[i].hr_bpm, split);
        worst_add(&worst[5], splits[i].elevation_diff_m, split);
    }
    for (size_t i = 0; i < sizeof worst / sizeof *worst; i++) {
        worst_report(report, what, &worst[i], (int)count);
    }
}

static void
compare_laps(const Subject *subject, Report *report)
{
    const cJSON *laps = cJSON_GetObjectItemCaseSensitive(subject->activity, "laps");
    int count = cJSON_GetArraySize(laps);
    Worst worst[] = {
        { "average_watts", TO_TENTH, NAN, NAN },
        { "average_heartrate", TO_TENTH, NAN, NAN },
        { "average_cadence", TO_TENTH, NAN, NAN },
    };

    report_compare(report, "activity.laps", count, 11, 0, "number of laps");
    for (int i = 0; i < count; i++) {
        const cJSON *lap = cJSON_GetArrayItem(laps, i);
        Segment ours = { .power_w = NAN, .hr_bpm = NAN, .cadence_per_min = NAN };
        double start = member_number(lap, "start_index");
        double end = member_number(lap, "end_index");
        if (!(start >= 0) || !(end >= 0) ||
            !lap_measure(&subject->samples, (size_t)start, (size_t)end, &ours)) {
            report_fail(report, "activity.laps", "its indices are outside the samples");
        }
        worst_add(&worst[0], ours.power_w, lap);
        worst_add(&worst[1], ours.hr_bpm, lap);
        worst_add(&worst[2], ours.cadence_per_min, lap);
    }
    for (size_t i = 0; count > 0 && i < sizeof worst / sizeof *worst; i++) {
        worst_report(report, "laps", &worst[i], count);
    }
}

static void
compare_extremes(const Samples *s, const cJSON *theirs, Report *report)
{
    int32_t value = 0;

    report_compare(report, "strava.elev_high", OR_NAN(highest(s->altitude_cm, s->n, &value), value / 100.0),
                   member_number(theirs, "elev_high"), EXACT, NULL);
    report_compare(report, "strava.elev_low", OR_NAN(lowest(s->altitude_cm, s->n, &value), value / 100.0),
                   member_number(theirs, "elev_low"), EXACT, NULL);
    report_compare(report, "strava.max_speed", OR_NAN(highest(s->speed_mmps, s->n, &value), value / 1000.0),
                   member_number(theirs, "max_speed"), EXACT, NULL);
    report_compare(report, "strava.max_watts", OR_NAN(highest(s->power_w, s->n, &value), value),
                   member_number(theirs, "max_watts"), EXACT, NULL);
    report_compare(report, "strava.max_heartrate", OR_NAN(highest(s->hr_bpm, s->n, &value), value),
                   member_number(theirs, "max_heartrate"), EXACT, NULL);
}

static void
compare_scalars(const Samples *s, const cJSON *theirs, Report *report)
{
    double distance_m = 0;
    double power_w = 0;
    double value = 0;
    int32_t moving_s = s->moving_s[s->n - 1];
    bool has_distance = samples_distance_m(s, &distance_m);

    report_compare(report, "strava.distance", OR_NAN(has_distance, distance_m),
                   member_number(theirs, "distance"), EXACT, NULL);
    report_compare(report, "strava.elapsed_time", s->total_s, member_number(theirs, "elapsed_time"), EXACT,
                   NULL);
    report_compare(report, "strava.moving_time", moving_s, member_number(theirs, "moving_time"), EXACT, NULL);
    report_compare(report, "strava.average_speed", OR_NAN(speed_avg_mps(distance_m, moving_s, &value), value),
                   member_number(theirs, "average_speed"), 0.001, NULL);
    bool has_power = mean_moving(s->power_w, s->is_moving, s->n, &power_w);
    report_compare(report, "strava.average_watts", OR_NAN(has_power, power_w),
                   member_number(theirs, "average_watts"), TO_TENTH, "184.684");
    report_compare(report, "strava.kilojoules", OR_NAN(has_power, power_w * moving_s / 1000),
                   member_number(theirs, "kilojoules"), TO_TENTH, "1331.384");
    report_compare(report, "strava.average_heartrate",
                   OR_NAN(mean_positive_moving(s->hr_bpm, s->is_moving, s->n, &value), value),
                   member_number(theirs, "average_heartrate"), TO_TENTH, "157.995");
    report_compare(report, "strava.average_cadence",
                   OR_NAN(mean_positive(s->cadence_per_min, s->n, &value), value),
                   member_number(theirs, "average_cadence"), TO_TENTH, "90.274");
}

void
strava_compare(const Subject *subject, Report *report)
{
    const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(subject->reference, "strava");

    if (theirs == NULL) {
        return;
    }
    compare_scalars(&subject->samples, theirs, report);
    compare_extremes(&subject->samples, theirs, report);
    compare_splits(subject, report, "splits_metric", SPLIT_KM_MM);
    compare_splits(subject, report, "splits_standard", SPLIT_MILE_MM);
    compare_laps(subject, report);
    report_skip(report, "strava.total_elevation_gain",
                member_number(subject->activity, "total_elevation_gain"),
                "no simple rule gives it (2 m: 110.0, 3 m: 60.8)");
    report_skip(report, "strava.weighted_average_watts",
                member_number(subject->activity, "weighted_average_watts"),
                "xPower rounds to the same, on one ride: no rule");
}
