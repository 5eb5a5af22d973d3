#include "worker/file/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/timestamp.h"
#include "common/json_read.h"
#include "worker/file/chart.h"

#define KMH_PER_MPS 3.6
#define CELL 24
#define RANGE 60        /* two cells and a word between */
#define PACE_FLOOR 0.5  /* of the fastest column: a chart of pace from standstill would show a line */
#define SLOWEST_MPS 0.5 /* below it nobody speaks of pace (workouts.md, section 6) */
#define BAR 24

/* number_at follows a path ("overall.distance_m") to a number; NaN if there is none. */
static double
number_at(const cJSON *object, const char *path)
{
    char name[64];

    while (*path != '\0') {
        const size_t length = strcspn(path, ".");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = json_member(object, name);
        path += length + (path[length] == '.' ? 1 : 0);
    }
    return cJSON_IsNumber(object) ? object->valuedouble : NAN;
}

/* time_text writes 1:02:03 or 2:03. */
static void
time_text(double seconds, char text[CELL])
{
    const long s = lround(seconds);

    if (s >= 3600) {
        (void)snprintf(text, CELL, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    } else {
        (void)snprintf(text, CELL, "%ld:%02ld", s / 60, s % 60);
    }
}

/* speed_text writes a pace on foot, else km/h. */
static void
speed_text(Sport sport, double speed_mps, char text[CELL])
{
    char pace[CELL];

    if (!sport_on_foot(sport)) {
        (void)snprintf(text, CELL, "%.1f km/h", speed_mps * KMH_PER_MPS);
    } else if (speed_mps < SLOWEST_MPS) {
        (void)snprintf(text, CELL, "-");
    } else {
        time_text(1000 / speed_mps, pace);
        (void)snprintf(text, CELL, "%.12s /km", pace);
    }
}

/* Rows places name and value in two columns. */
typedef struct Rows {
    Str *text;
    bool is_second;
} Rows;

static void
row_append(Rows *rows, const char *name, const char *value)
{
    if (rows->is_second) {
        str_append_format(rows->text, "%-18s %12s\n", name, value);
    } else {
        str_append_format(rows->text, "  %-18s %12s    ", name, value);
    }
    rows->is_second = !rows->is_second;
}

static void
rows_end(Rows *rows)
{
    if (rows->is_second) {
        while (rows->text->length > 0 && rows->text->bytes[rows->text->length - 1] == ' ') {
            rows->text->length--;
        }
        str_append_char(rows->text, '\n');
        rows->is_second = false;
    }
}

/* Figure is a line of the summary. */
typedef struct Figure {
    const char *name, *path;
    double factor;
    const char *format; /* of the number; NULL: a time; "": a speed */
} Figure;

static const Figure figures[] = {
    { "Distance", "overall.distance_m", 0.001, "%.2f km" },
    { "Average", "overall.speed_avg_mps", 1, "" },
    { "Moving time", "overall.moving_time_s", 1, NULL },
    { "Fastest", "overall.speed_max_mps", 1, "" },
    { "Elapsed time", "overall.elapsed_time_s", 1, NULL },
    { "Grade adjusted", "overall.speed_gap_mps", 1, "" },
    { "Climbed", "overall.elevation_gain_m", 1, "%.0f m" },
    { "Descended", "overall.elevation_loss_m", 1, "%.0f m" },
    { "Average HR", "overall.hr_avg_bpm", 1, "%.0f bpm" },
    { "Highest HR", "overall.hr_max_bpm", 1, "%.0f bpm" },
    { "Average power", "overall.power_avg_w", 1, "%.0f W" },
    { "Highest power", "overall.power_max_w", 1, "%.0f W" },
    { "Normalized power", "analysis.power.normalized_power_w", 1, "%.0f W" },
    { "Work", "overall.work_j", 0.001, "%.0f kJ" },
    { "Intensity factor", "analysis.power.intensity_factor", 1, "%.2f" },
    { "Variability", "analysis.power.variability_index", 1, "%.2f" },
    { "Cadence", "overall.cadence_avg_rpm", 1, "%.0f rpm" },
    { "Cadence", "overall.cadence_avg_spm", 1, "%.0f spm" },
    { "Load", "metrics.load", 1, "%.0f" },
    { "TRIMP", "metrics.trimp", 1, "%.0f" },
};

static void
summary_append(Str *text, Sport sport, const cJSON *computed)
{
    Rows rows = { .text = text };
    char value[CELL];

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const Figure *figure = &figures[i];
        const double number = number_at(computed, figure->path) * figure->factor;
        if (isnan(number)) {
            continue;
        }
        if (figure->format == NULL) {
            time_text(number, value);
        } else if (figure->format[0] == '\0') {
            speed_text(sport, number, value);
        } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(value, sizeof value, figure->format, number);
#pragma GCC diagnostic pop
        }
        row_append(&rows, figure->name, value);
    }
    rows_end(&rows);
}

static void
label_power(double value, char *label)
{
    (void)snprintf(label, CHART_LABEL_SIZE, "%.0f W", value);
}

static void
label_pace(double value, char *label)
{
    char text[CELL];

    speed_text(SPORT_RUN, value, text);
    (void)snprintf(label, CHART_LABEL_SIZE, "%.15s", text);
}

static void
label_speed(double value, char *label)
{
    (void)snprintf(label, CHART_LABEL_SIZE, "%.0f km/h", value * KMH_PER_MPS);
}

/* channel_read copies an array of the chart series; missing is NaN. NULL without memory or array. */
static double *
channel_read(const cJSON *series, const char *name, size_t n)
{
    const cJSON *array = json_member(series, name);
    double *values =
        cJSON_IsArray(array) && (size_t)cJSON_GetArraySize(array) == n ? calloc(n + 1, sizeof *values) : NULL;
    size_t i = 0;

    for (const cJSON *item = values == NULL ? NULL : array->child; item != NULL; item = item->next) {
        values[i++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    }
    return values;
}

static double
highest(const double *values, size_t n)
{
    double top = 0;

    for (size_t i = 0; i < n; i++) {
        top = values[i] > top ? values[i] : top;
    }
    return top;
}

/* chart_of draws power, else pace or speed. */
static void
chart_of(Str *text, Sport sport, const cJSON *computed, bool has_unicode)
{
    const cJSON *series = json_member(json_member(computed, "analysis"), "series");
    const size_t n = (size_t)cJSON_GetArraySize(json_member(series, "time_s"));
    double *time_s = channel_read(series, "time_s", n);
    double *power_w = channel_read(series, "power_w", n);
    double *speed_mps = channel_read(series, "speed_mps", n);

    if (time_s != NULL && power_w != NULL) {
        str_append(text, "\nPower\n");
        chart_append(text, time_s, power_w, n, 0, label_power, has_unicode);
    } else if (time_s != NULL && speed_mps != NULL) {
        const bool is_pace = sport_on_foot(sport);
        str_append(text, is_pace ? "\nPace\n" : "\nSpeed\n");
        chart_append(text, time_s, speed_mps, n, is_pace ? PACE_FLOOR * highest(speed_mps, n) : 0,
                     is_pace ? label_pace : label_speed, has_unicode);
    }
    free(time_s);
    free(power_w);
    free(speed_mps);
}

/* cell_append writes a right-aligned cell of a table, "-" for what is not known. */
static void cell_append(Str *text, int width, double value, const char *format, ...) PRINTF_LIKE(4, 5);

static void
cell_append(Str *text, int width, double value, const char *format, ...)
{
    char cell[CELL] = "-";
    va_list arguments;

    va_start(arguments, format);
    if (!isnan(value)) {
        (void)vsnprintf(cell, sizeof cell, format, arguments);
    }
    va_end(arguments);
    str_append_format(text, "%*s", width, cell);
}

static void
splits_append(Str *text, Sport sport, const cJSON *computed)
{
    const cJSON *splits =
        json_member(json_member(json_member(json_member(computed, "analysis"), "events"), "splits"), "km");
    const cJSON *split = NULL;
    char speed[CELL];
    char time[CELL];

    if (cJSON_GetArraySize(splits) == 0) {
        return;
    }
    str_append_format(text, "\nSplits\n  %4s %9s %9s %11s %7s %8s\n", "km", "distance", "time",
                      sport_on_foot(sport) ? "pace" : "speed", "HR", "climb");
    cJSON_ArrayForEach(split, splits)
    {
        const double speed_mps = number_at(split, "speed_mps");
        const double moving_s = number_at(split, "moving_time_s");
        const double distance_m = number_at(split, "distance_m");
        const double hr_bpm = number_at(split, "hr_bpm");
        const double climb_m = round(number_at(split, "elevation_diff_m")) + 0.0; /* -0 becomes 0 */
        speed_text(sport, isnan(speed_mps) ? 0 : speed_mps, speed);
        time_text(isnan(moving_s) ? 0 : moving_s, time);
        str_append_format(text, "  %4.0f", number_at(split, "n"));
        cell_append(text, 10, distance_m, "%.2f", distance_m / 1000);
        cell_append(text, 10, moving_s, "%s", time);
        cell_append(text, 12, speed_mps, "%s", speed);
        cell_append(text, 8, hr_bpm, "%.0f", hr_bpm);
        cell_append(text, 9, climb_m, "%+.0f m", climb_m);
        str_append_char(text, '\n');
    }
}

/* zone_text names a zone by its upper bound; the last one has none. */
static void
zone_text(Sport sport, const char *name, double from, double to, char text[RANGE])
{
    char low[CELL] = "";
    char high[CELL] = "";

    if (strcmp(name, "speed") == 0) {
        speed_text(sport, from, low);
        speed_text(sport, isnan(to) ? 0 : to, high);
    } else {
        (void)snprintf(low, sizeof low, "%.0f", from);
        (void)snprintf(high, sizeof high, "%.0f", to);
    }
    if (from <= 0) {
        (void)snprintf(text, RANGE, "below %s", high);
    } else if (isnan(to)) {
        (void)snprintf(text, RANGE, "from %s", low);
    } else {
        (void)snprintf(text, RANGE, "%s to %s", low, high);
    }
}

static void
zones_append(Str *text, Sport sport, const cJSON *computed, const char *name, const char *title,
             bool has_unicode)
{
    const cJSON *zones = json_member(json_member(json_member(computed, "analysis"), "zones"), name);
    const cJSON *bounds = json_member(zones, "bounds");
    const cJSON *seconds = json_member(zones, "seconds");
    const int n = cJSON_GetArraySize(seconds);
    double total_s = 0;
    char range[RANGE];
    char time[CELL];

    for (int i = 0; i < n; i++) {
        total_s += cJSON_GetArrayItem(seconds, i)->valuedouble;
    }
    if (!(total_s > 0)) {
        return;
    }
    str_append_format(text, "\n%s\n", title);
    for (int i = 0; i < n; i++) {
        const double zone_s = cJSON_GetArrayItem(seconds, i)->valuedouble;
        const cJSON *low = cJSON_GetArrayItem(bounds, i);
        const cJSON *high = cJSON_GetArrayItem(bounds, i + 1);
        zone_text(sport, name, cJSON_IsNumber(low) ? low->valuedouble : 0,
                  cJSON_IsNumber(high) ? high->valuedouble : NAN, range);
        time_text(zone_s, time);
        str_append_format(text, "  %d  %-24s %9s %4.0f %% ", i + 1, range, time, 100 * zone_s / total_s);
        for (long b = 0; b < lround(BAR * zone_s / total_s); b++) {
            str_append(text, has_unicode ? "█" : "#");
        }
        while (text->length > 0 && text->bytes[text->length - 1] == ' ') {
            text->length--;
        }
        str_append_char(text, '\n');
    }
}

/* length_text names a best by how long (s) or how far (m) it is. */
static void
length_text(double length, bool is_distance, char text[CELL])
{
    if (is_distance) {
        (void)snprintf(text, CELL, length < 1000 ? "%.4g m" : "%.4g km",
                       length < 1000 ? length : length / 1000);
    } else if (length < 60) {
        (void)snprintf(text, CELL, "%.0f s", length);
    } else {
        (void)snprintf(text, CELL, "%.4g min", length / 60);
    }
}

/* bests_append writes the curve: the best power of each duration, or the best time of each distance. */
static void
bests_append(Str *text, const cJSON *computed, const char *name, const char *title)
{
    const cJSON *bests = json_member(json_member(json_member(computed, "analysis"), "bests"), name);
    const bool is_distance = strcmp(name, "time_s") == 0;
    const cJSON *best = NULL;
    bool has_title = false;
    Rows rows = { .text = text };
    char length[CELL];
    char value[CELL];

    cJSON_ArrayForEach(best, bests)
    {
        double key = 0;
        if (!cJSON_IsNumber(best) || !str_to_double(best->string, &key)) {
            continue;
        }
        if (!has_title) {
            str_append_format(text, "\n%s\n", title);
            has_title = true;
        }
        length_text(key, is_distance, length);
        if (is_distance) {
            time_text(best->valuedouble, value);
        } else {
            (void)snprintf(value, sizeof value, "%.0f W", best->valuedouble);
        }
        row_append(&rows, length, value);
    }
    rows_end(&rows);
}

static void
head_append(Str *text, const IngestRequest *request)
{
    const Activity *activity = &request->activity;
    char at[21];

    if (activity->name != NULL) {
        str_append_format(text, "%s\n", activity->name);
    }
    str_append_format(text, "%s", sport_name(activity->sport));
    if (activity->provider_sport != NULL &&
        strcmp(activity->provider_sport, sport_name(activity->sport)) != 0) {
        str_append_format(text, " (%s)", activity->provider_sport);
    }
    if (activity->start_at_us > 0) {
        timestamp_print(activity->start_at_us, at);
        str_append_format(text, ", %s", at);
    }
    str_append_format(text, ", %zu samples, %zu laps\n\n", request->streams.n, request->laps_n);
}

bool
report_append(Str *text, const IngestRequest *request, const cJSON *computed, bool has_unicode, Err *err)
{
    const Sport sport = request->activity.sport;

    head_append(text, request);
    summary_append(text, sport, computed);
    chart_of(text, sport, computed, has_unicode);
    splits_append(text, sport, computed);
    zones_append(text, sport, computed, "hr", "Heart rate zones (bpm)", has_unicode);
    zones_append(text, sport, computed, "power", "Power zones (W)", has_unicode);
    zones_append(text, sport, computed, "speed", sport_on_foot(sport) ? "Pace zones" : "Speed zones",
                 has_unicode);
    bests_append(text, computed, "power_w", "Power curve");
    if (sport_on_foot(sport)) {
        bests_append(text, computed, "time_s", "Best times");
    }
    return str_ok(text) || err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for the report");
}
