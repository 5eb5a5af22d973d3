#include "worker/kinds/workouts/series.h"

#include <math.h>

#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/elevation.h"
#include "worker/kinds/workouts/json_write.h"
#include "worker/kinds/workouts/lttb.h"

#define SPEED_STEP_CM 250 /* shorter ways are below what GPS resolves */
#define SPEED_SMOOTHING 0.18

void
series_speed_mps(const Samples *samples, double *ret_mps)
{
    double smooth = NAN;
    double raw = 0;
    size_t from = 0;

    for (size_t row = 0; row < samples->rows; row++) {
        size_t i = samples->at_row[row];
        if (samples->speed_mmps == NULL || samples->distance_cm == NULL) {
            ret_mps[row] = NAN;
            continue;
        }
        int32_t way_cm = samples->distance_cm[i] - samples->distance_cm[from];
        if (way_cm > SPEED_STEP_CM) {
            raw = (double)way_cm / 100 / (samples->time_s[i] - samples->time_s[from]);
            from = i;
        }
        smooth = isnan(smooth) ? raw : smooth + SPEED_SMOOTHING * (raw - smooth);
        ret_mps[row] = smooth;
    }
}

/* grades takes the device's, else the slope of the recorded seconds. */
static bool
grades(const Workout *workout, Chart *chart, Err *err)
{
    const Samples *samples = &workout->samples;

    if (workout->streams.grade_pct != NULL) {
        chart->grade_pct = workout->streams.grade_pct;
        return true;
    }
    if (samples->distance_cm == NULL || samples->altitude_cm == NULL) {
        return true;
    }
    float *of_seconds = arena_alloc(workout->arena, samples->n, sizeof *of_seconds);
    chart->grade_pct = arena_alloc(workout->arena, samples->rows, sizeof *chart->grade_pct);
    if (of_seconds == NULL || chart->grade_pct == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "series", "series: the job's memory is used up");
    }
    grade_chart_pct(samples->time_s, samples->distance_cm, samples->altitude_cm, samples->n, of_seconds);
    for (size_t row = 0; row < samples->rows; row++) {
        chart->grade_pct[row] = of_seconds[samples->at_row[row]];
    }
    return true;
}

/* choose thins by what the eye follows: power of a ride, else speed. */
static bool
choose(const Workout *workout, Chart *chart, Err *err)
{
    const Samples *samples = &workout->samples;
    bool by_power = workout->scalars.sport == SPORT_RIDE && samples->power_w != NULL;
    double *y = arena_alloc(workout->arena, samples->rows, sizeof *y);

    chart->index = arena_alloc(workout->arena, SERIES_MAX, sizeof *chart->index);
    if (y == NULL || chart->index == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "series", "series: the job's memory is used up");
    }
    for (size_t row = 0; row < samples->rows; row++) {
        y[row] = by_power ? samples->power_w[samples->at_row[row]] : chart->speed_mps[row];
    }
    chart->n = lttb_choose(workout->streams.time_s, y, samples->rows, SERIES_MAX, chart->index);
    return true;
}

/* write_ints writes one int stream at the kept rows; elements below `least` are missing and null, as is a
 * missing stream. */
static void
write_ints(Str *json, const char *name, const Chart *chart, const int32_t *stream, int32_t least)
{
    if (stream == NULL) {
        json_put_null(json, name);
        return;
    }
    json_open(json, name, '[');
    for (size_t i = 0; i < chart->n; i++) {
        int32_t value = stream[chart->index[i]];
        json_put_int(json, NULL, value < least ? JSON_NO_INT : value); /* STREAM_NO_INT is the least of all */
    }
    json_close(json, ']');
}

static void
write_doubles(Str *json, const char *name, const Chart *chart, const double *values, int digits)
{
    json_open(json, name, '[');
    for (size_t i = 0; i < chart->n; i++) {
        json_put_number(json, NULL, values[chart->index[i]], digits);
    }
    json_close(json, ']');
}

/* write_cm writes a channel of the recorded seconds in metres. */
static void
write_cm(Str *json, const char *name, const Samples *samples, const Chart *chart, const int32_t *cm)
{
    if (cm == NULL) {
        json_put_null(json, name);
        return;
    }
    json_open(json, name, '[');
    for (size_t i = 0; i < chart->n; i++) {
        int32_t value = cm[samples->at_row[chart->index[i]]];
        json_put_number(json, NULL, value == SAMPLES_NO_ALTITUDE ? NAN : (double)value / 100, 1);
    }
    json_close(json, ']');
}

static void
write_grades(Str *json, const Chart *chart)
{
    if (chart->grade_pct == NULL) {
        json_put_null(json, "grade_pct");
        return;
    }
    json_open(json, "grade_pct", '[');
    for (size_t i = 0; i < chart->n; i++) {
        json_put_number(json, NULL, (double)chart->grade_pct[chart->index[i]], 1);
    }
    json_close(json, ']');
}

bool
chart_make(const Workout *workout, Chart *ret_chart, Err *err)
{
    Chart chart = { .n = 0 };

    chart.speed_mps = arena_alloc(workout->arena, workout->samples.rows, sizeof *chart.speed_mps);
    if (chart.speed_mps == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "series", "series: the job's memory is used up");
    }
    series_speed_mps(&workout->samples, chart.speed_mps);
    if (!grades(workout, &chart, err) || !choose(workout, &chart, err)) {
        return false;
    }
    *ret_chart = chart;
    return true;
}

void
chart_write(Str *json, const Workout *workout, const Chart *chart)
{
    const Samples *samples = &workout->samples;
    const Streams *streams = &workout->streams;
    bool on_foot = sport_on_foot(workout->scalars.sport);

    json_open(json, "series", '{');
    json_open(json, "index", '[');
    for (size_t i = 0; i < chart->n; i++) {
        json_put_int(json, NULL, (int64_t)chart->index[i]);
    }
    json_close(json, ']');
    write_ints(json, "time_s", chart, streams->time_s, 0);
    write_cm(json, "distance_m", samples, chart, samples->distance_cm);
    write_cm(json, "elevation_m", samples, chart, samples->altitude_cm);
    if (samples->speed_mmps == NULL) {
        json_put_null(json, "speed_mps");
    } else {
        write_doubles(json, "speed_mps", chart, chart->speed_mps, 3);
    }
    write_ints(json, "hr_bpm", chart, streams->hr_bpm, 1);
    write_ints(json, on_foot ? "cadence_spm" : "cadence_rpm", chart, streams->cadence_per_min, 0);
    write_ints(json, "power_w", chart, streams->power_w, 0);
    write_grades(json, chart);
    json_close(json, '}');
}
