#include "worker/kinds/workouts/segments.h"

#include <math.h>

#include "worker/kinds/workouts/averages.h"

/* speed_of sets speed and grade-adjusted speed of a segment whose distance and moving time are known. */
static void
speed_of(const Samples *samples, Segment *segment)
{
    if (isnan(segment->distance_m) || segment->moving_s <= 0) {
        return;
    }
    segment->speed_mps = segment->distance_m / segment->moving_s;
    segment->speed_gap_mps = segment->speed_mps;
    if (samples->gap_mmps != NULL) {
        int64_t mm = sum_all(samples->gap_mmps + segment->start + 1, segment->end - segment->start);
        segment->speed_gap_mps = (double)mm / 1000 / segment->moving_s;
    }
}

void
segment_measure(const Samples *samples, size_t start, size_t end, Segment *ret_segment)
{
    size_t n = end - start;
    const bool *is_moving = samples->is_moving + start + 1;
    Segment segment = {
        .start = start,
        .end = end,
        .elapsed_s = samples->time_s[end] - samples->time_s[start],
        .moving_s = samples->moving_s[end] - samples->moving_s[start],
        .distance_m = NAN,
        .speed_mps = NAN,
        .speed_gap_mps = NAN,
        .hr_bpm = NAN,
        .power_w = NAN,
        .cadence_per_min = NAN,
        .elevation_diff_m = NAN,
    };

    if (samples->distance_cm != NULL) {
        segment.distance_m = ((double)samples->distance_cm[end] - samples->distance_cm[start]) / 100;
    }
    speed_of(samples, &segment);
    if (samples->hr_bpm != NULL &&
        !mean_positive_moving(samples->hr_bpm + start + 1, is_moving, n, &segment.hr_bpm)) {
        segment.hr_bpm = NAN;
    }
    if (samples->power_w != NULL &&
        !mean_moving(samples->power_w + start + 1, is_moving, n, &segment.power_w)) {
        segment.power_w = NAN;
    }
    if (samples->cadence_per_min != NULL &&
        !mean_positive_moving(samples->cadence_per_min + start + 1, is_moving, n, &segment.cadence_per_min)) {
        segment.cadence_per_min = NAN;
    }
    if (samples->altitude_cm != NULL && samples->altitude_cm[start] != SAMPLES_NO_ALTITUDE) {
        segment.elevation_diff_m = ((double)samples->altitude_cm[end] - samples->altitude_cm[start]) / 100;
    }
    *ret_segment = segment;
}

/* segments_alloc makes room for `most` segments, which the caller fills in order. */
static Segment *
segments_alloc(size_t most, Arena *arena, Err *err)
{
    Segment *segments = arena_alloc(arena, most, sizeof *segments);

    if (segments == NULL) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "segments", "segments: the job's memory is used up");
    }
    return segments;
}

bool
splits_make(const Samples *samples, int64_t unit_mm, Arena *arena, Segment **ret_splits, size_t *ret_count,
            Err *err)
{
    const int32_t *distance_cm = samples->distance_cm;
    size_t n = samples->n;
    size_t count = 0;
    size_t start = 0;

    if (distance_cm == NULL || n < 2) {
        *ret_splits = NULL;
        *ret_count = 0;
        return true;
    }
    size_t most = (size_t)(INT64_C(10) * distance_cm[n - 1] / unit_mm) + 1;
    Segment *splits = segments_alloc(most, arena, err);
    if (splits == NULL) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        int64_t units = INT64_C(10) * distance_cm[i] / unit_mm;
        if (units > INT64_C(10) * distance_cm[i - 1] / unit_mm) {
            segment_measure(samples, start, i, &splits[count++]);
            start = i;
        }
    }
    if (start < n - 1) {
        segment_measure(samples, start, n - 1, &splits[count++]);
    }
    *ret_splits = splits;
    *ret_count = count;
    return true;
}

bool
slices_make(const Samples *samples, int32_t slice_s, size_t max_count, Arena *arena, Segment **ret_slices,
            size_t *ret_count, Err *err)
{
    size_t n = samples->n;
    size_t count = 0;
    size_t start = 0;

    if (n < 2 || slice_s < 1 || max_count < 1) {
        *ret_slices = NULL;
        *ret_count = 0;
        return true;
    }
    int32_t fitting_s = (int32_t)(((size_t)samples->total_s + max_count - 1) / max_count);
    int32_t length_s = slice_s > fitting_s ? slice_s : fitting_s;
    size_t most = (size_t)(samples->total_s / length_s) + 1;
    Segment *slices = segments_alloc(most, arena, err);
    if (slices == NULL) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        int32_t slice = (samples->time_s[i] - samples->time_s[0]) / length_s;
        if (slice > (samples->time_s[i - 1] - samples->time_s[0]) / length_s) {
            segment_measure(samples, start, i, &slices[count++]);
            start = i;
        }
    }
    if (start < n - 1) {
        segment_measure(samples, start, n - 1, &slices[count++]);
    }
    *ret_slices = slices;
    *ret_count = count;
    return true;
}

bool
lap_measure(const Samples *samples, size_t start_row, size_t end_row, Segment *ret_segment)
{
    if (start_row > end_row || end_row >= samples->rows) {
        return false;
    }
    segment_measure(samples, samples->at_row[start_row], samples->at_row[end_row], ret_segment);
    return true;
}
