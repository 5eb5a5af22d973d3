#include "worker/kinds/workouts/samples.h"

#include <math.h>

#include "worker/kinds/workouts/moving_time.h"
#include "worker/kinds/workouts/track.h"

#define NO_VALUE (-1) /* a row's heart rate, cadence or power that is not there */

/* Rows hold the stored rows on the fixed grid, nulls settled, before the gaps are filled. A channel
 * without a value is NULL. */
typedef struct Rows {
    const Streams *streams;
    int32_t *speed_mmps, *distance_cm, *altitude_cm;
    int32_t *hr_bpm, *cadence_per_min, *power_w; /* NO_VALUE where missing */
} Rows;

static bool
out_of_memory(Err *err)
{
    return err_set(err, ERR_MEMORY_LIMIT, "samples", "samples: the job's memory is used up");
}

/* step_filled tells whether a step between two rows is a short gap, whose missing seconds are filled. */
static bool
step_filled(int32_t step_s)
{
    return step_s >= 2 && step_s <= SAMPLES_GAP_MAX_S;
}

/* recorded_seconds counts the elements of R and checks that time ascends. */
static bool
recorded_seconds(const Streams *streams, size_t *ret_n, Err *err)
{
    size_t n = streams->n > 0 ? 1 : 0;

    if (streams->n > 0 && (streams->time_s == NULL || streams->time_s[0] < 0)) {
        return err_set(err, ERR_INVALID_DATA, "bad_time", "samples: time is missing or negative");
    }
    for (size_t i = 1; i < streams->n; i++) {
        if (streams->time_s[i] <= streams->time_s[i - 1]) {
            return err_set(err, ERR_INVALID_DATA, "bad_time", "samples: time %d follows %d",
                           streams->time_s[i], streams->time_s[i - 1]);
        }
        int32_t step_s = streams->time_s[i] - streams->time_s[i - 1];
        n += step_filled(step_s) ? (size_t)step_s : 1;
        if (n > SAMPLES_MAX_SECONDS) {
            return err_set(err, ERR_INVALID_DATA, "too_long", "samples: more than %d recorded seconds",
                           SAMPLES_MAX_SECONDS);
        }
    }
    *ret_n = n;
    return true;
}

/* rows_channel copies an int stream, values outside min ... max as NO_VALUE; *ret is NULL without a value. */
static bool
rows_channel(const int32_t *stream, size_t rows, int32_t min, int32_t max, Arena *arena, int32_t **ret,
             Err *err)
{
    bool any = false;

    *ret = NULL;
    for (size_t i = 0; stream != NULL && i < rows && !any; i++) {
        any = stream[i] >= min && stream[i] <= max;
    }
    if (!any) {
        return true;
    }
    int32_t *values = arena_alloc(arena, rows, sizeof *values);
    if (values == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < rows; i++) {
        values[i] = stream[i] >= min && stream[i] <= max ? stream[i] : NO_VALUE;
    }
    *ret = values;
    return true;
}

/* rows_altitude rounds to cm and holds the last value over missing ones. */
static bool
rows_altitude(const Streams *streams, Arena *arena, int32_t **ret, Err *err)
{
    int32_t last = SAMPLES_NO_ALTITUDE;

    *ret = NULL;
    if (streams->altitude_m == NULL) {
        return true;
    }
    int32_t *cm = arena_alloc(arena, streams->n, sizeof *cm);
    if (cm == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < streams->n; i++) {
        double m = (double)streams->altitude_m[i];
        if (m >= -1000 && m <= 20000) { /* false for NaN */
            last = (int32_t)lround(m * 100);
        }
        cm[i] = last;
    }
    *ret = last == SAMPLES_NO_ALTITUDE ? NULL : cm;
    return true;
}

/* rows_track settles speed and distance, each from the other where it is missing. */
static bool
rows_track(const Streams *streams, Arena *arena, Rows *rows, Err *err)
{
    int32_t *speed = arena_alloc(arena, streams->n, sizeof *speed);
    int32_t *distance = arena_alloc(arena, streams->n, sizeof *distance);

    if (speed == NULL || distance == NULL) {
        return out_of_memory(err);
    }
    (void)track_speed_recorded_mmps(streams, speed);
    if (track_distance_cm(streams, speed, distance)) {
        track_speed_complete(streams, distance, speed);
        rows->speed_mmps = speed;
        rows->distance_cm = distance;
    }
    return true;
}

/* rows_settle makes Rows of the streams. The ranges are those a sensor can give, as streams_read has them. */
static bool
rows_settle(const Streams *streams, Arena *arena, Rows *rows, Err *err)
{
    *rows = (Rows){ .streams = streams };
    return rows_channel(streams->hr_bpm, streams->n, 30, 250, arena, &rows->hr_bpm, err) &&
           rows_channel(streams->cadence_per_min, streams->n, 0, 500, arena, &rows->cadence_per_min, err) &&
           rows_channel(streams->power_w, streams->n, 0, 5000, arena, &rows->power_w, err) &&
           rows_altitude(streams, arena, &rows->altitude_cm, err) && rows_track(streams, arena, rows, err);
}

/* samples_alloc makes the arrays of R that the rows have a channel for. */
static bool
samples_alloc(const Rows *rows, size_t n, Arena *arena, Samples *samples)
{
    bool ok = true;
    struct {
        const void *source;
        int32_t **array;
    } wanted[] = {
        { samples, &samples->time_s },
        { samples, &samples->moving_s },
        { rows->distance_cm, &samples->distance_cm },
        { rows->speed_mmps, &samples->speed_mmps },
        { rows->altitude_cm, &samples->altitude_cm },
        { rows->hr_bpm, &samples->hr_bpm },
        { rows->cadence_per_min, &samples->cadence_per_min },
        { rows->power_w, &samples->power_w },
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (wanted[i].source != NULL) {
            *wanted[i].array = arena_alloc(arena, n, sizeof(int32_t));
            ok = ok && *wanted[i].array != NULL;
        }
    }
    samples->is_moving = arena_alloc(arena, n, sizeof(bool));
    samples->row = arena_alloc(arena, n, sizeof *samples->row);
    samples->at_row = arena_alloc(arena, rows->streams->n, sizeof *samples->at_row);
    return ok && samples->is_moving != NULL && samples->row != NULL && samples->at_row != NULL;
}

/* between is the value at `share` of the way from a to b, in whole units. */
static int32_t
between(int32_t a, int32_t b, double share)
{
    return a + (int32_t)lround(share * ((double)b - a));
}

/* put writes element i of R: at row `to` if share is 1, else that share of the way there from row to - 1. */
static void
put(const Rows *rows, size_t to, double share, Samples *samples, size_t i)
{
    bool filled = share < 1;
    size_t from = filled ? to - 1 : to;

    samples->row[i] = (uint32_t)from;
    samples->time_s[i] = between(rows->streams->time_s[from], rows->streams->time_s[to], share);
    if (rows->distance_cm != NULL) {
        samples->distance_cm[i] = between(rows->distance_cm[from], rows->distance_cm[to], share);
        samples->speed_mmps[i] = between(rows->speed_mmps[from], rows->speed_mmps[to], share);
    }
    if (rows->altitude_cm != NULL) {
        bool joined = rows->altitude_cm[from] != SAMPLES_NO_ALTITUDE;
        samples->altitude_cm[i] =
            joined ? between(rows->altitude_cm[from], rows->altitude_cm[to], share) : SAMPLES_NO_ALTITUDE;
    }
    if (rows->hr_bpm != NULL) { /* held, never invented between two rows */
        samples->hr_bpm[i] = rows->hr_bpm[from] == NO_VALUE ? 0 : rows->hr_bpm[from];
    }
    if (rows->cadence_per_min != NULL) {
        bool known = rows->cadence_per_min[from] != NO_VALUE && rows->cadence_per_min[to] != NO_VALUE;
        samples->cadence_per_min[i] =
            known ? between(rows->cadence_per_min[from], rows->cadence_per_min[to], share) : 0;
    }
    if (rows->power_w != NULL) {
        int32_t a = rows->power_w[from] == NO_VALUE ? 0 : rows->power_w[from];
        int32_t b = rows->power_w[to] == NO_VALUE ? 0 : rows->power_w[to];
        samples->power_w[i] = between(a, b, share);
    }
}

/* fill writes R row by row, the seconds of a short gap before the row that ends it. */
static void
fill(const Rows *rows, Samples *samples)
{
    const int32_t *time_s = rows->streams->time_s;
    size_t i = 0;

    for (size_t row = 0; row < rows->streams->n; row++) {
        int32_t step_s = row == 0 ? 1 : time_s[row] - time_s[row - 1];
        for (int32_t s = 1; step_filled(step_s) && s < step_s; s++) {
            put(rows, row, (double)s / step_s, samples, i++);
        }
        samples->at_row[row] = (uint32_t)i;
        put(rows, row, 1, samples, i++);
    }
}

/* mark_moving takes the device's word for each row and the seconds of the gap before it; where it has
 * none, speed decides. */
static void
mark_moving(const Streams *streams, Samples *samples)
{
    moving_by_speed(samples->speed_mmps, samples->n, samples->sport, samples->is_moving);
    for (size_t i = 0; streams->moving != NULL && i < samples->n; i++) {
        bool filled = samples->at_row[samples->row[i]] != i;
        int32_t word = streams->moving[samples->row[i] + (filled ? 1 : 0)];
        if (word == 0 || word == 1) {
            samples->is_moving[i] = word == 1;
        }
    }
    moving_time_cumulate(samples->is_moving, samples->n, samples->moving_s);
}

bool
samples_build(const Streams *streams, Sport sport, Arena *arena, Samples *ret_samples, Err *err)
{
    Samples samples = { .sport = sport, .rows = streams->n, .path_m = NAN };
    Rows rows;

    if (!recorded_seconds(streams, &samples.n, err) || !rows_settle(streams, arena, &rows, err)) {
        return false;
    }
    if (!samples_alloc(&rows, samples.n, arena, &samples)) {
        return out_of_memory(err);
    }
    fill(&rows, &samples);
    mark_moving(streams, &samples);
    samples.total_s = samples.n < 2 ? 0 : samples.time_s[samples.n - 1] - samples.time_s[0];
    if (!track_path_m(streams, &samples.path_m)) {
        samples.path_m = NAN;
    }
    *ret_samples = samples;
    return true;
}

bool
samples_distance_m(const Samples *samples, double *ret_m)
{
    if (samples->distance_cm == NULL || samples->n == 0) {
        return false;
    }
    *ret_m = samples->distance_cm[samples->n - 1] / 100.0;
    return true;
}
