#include "worker/kinds/workouts/track.h"

#include <math.h>

#include "worker/kinds/workouts/haversine.h"
#include "worker/kinds/workouts/samples.h"

#define DISTANCE_MAX_CM                                                                                      \
    2000000000                  /* 20,000 km: more is no distance of one activity, and int32_t ends there */
#define INTEGRATE_FROM_MMPS 500 /* slower is standing with a noisy sensor */
#define INTEGRATE_MAX_S 60      /* over a longer step the speed says nothing */

static bool
has_position(const Streams *streams, size_t i)
{
    return streams->lat_e7[i] != STREAM_NO_INT && streams->lng_e7[i] != STREAM_NO_INT;
}

/* leg_m is the way by GPS from row i - 1 to row i; 0 where the path is broken. */
static double
leg_m(const Streams *streams, size_t i)
{
    if (streams->time_s[i] - streams->time_s[i - 1] > SAMPLES_GAP_MAX_S || !has_position(streams, i - 1) ||
        !has_position(streams, i)) {
        return 0;
    }
    return haversine_m(streams->lat_e7[i - 1], streams->lng_e7[i - 1], streams->lat_e7[i],
                       streams->lng_e7[i]);
}

static bool
has_path(const Streams *streams)
{
    if (streams->lat_e7 == NULL || streams->lng_e7 == NULL) {
        return false;
    }
    for (size_t i = 1; i < streams->n; i++) {
        if (has_position(streams, i - 1) && has_position(streams, i) &&
            streams->time_s[i] - streams->time_s[i - 1] <= SAMPLES_GAP_MAX_S) {
            return true;
        }
    }
    return false;
}

bool
track_path_m(const Streams *streams, double *ret_m)
{
    if (!has_path(streams)) {
        return false;
    }
    double path_m = 0;
    for (size_t i = 1; i < streams->n; i++) {
        path_m += leg_m(streams, i);
    }
    *ret_m = path_m;
    return true;
}

bool
track_speed_recorded_mmps(const Streams *streams, int32_t *ret_mmps)
{
    bool any = false;

    for (size_t i = 0; i < streams->n; i++) {
        double mmps = streams->speed_mps == NULL ? (double)NAN : (double)streams->speed_mps[i] * 1000;
        bool known = mmps >= 0 && mmps <= TRACK_SPEED_MAX_MMPS; /* false for NaN */
        ret_mmps[i] = known ? (int32_t)lround(mmps) : TRACK_MISSING;
        any = any || known;
    }
    return any;
}

/* raw_cm is the device's distance at row i, TRACK_MISSING if absent or impossible. */
static int64_t
raw_cm(const Streams *streams, size_t i)
{
    double cm = streams->distance_m == NULL ? (double)NAN : (double)streams->distance_m[i] * 100;

    return cm >= 0 && cm <= DISTANCE_MAX_CM ? llround(cm) : TRACK_MISSING;
}

/* integrated_cm is the way from row i - 1 to row i at the speed of row i. */
static int64_t
integrated_cm(const Streams *streams, const int32_t *speed_mmps, size_t i)
{
    int32_t step_s = streams->time_s[i] - streams->time_s[i - 1];

    if (speed_mmps[i] < INTEGRATE_FROM_MMPS || step_s > INTEGRATE_MAX_S) {
        return 0;
    }
    return ((int64_t)speed_mmps[i] * step_s + 5) / 10;
}

/* interpolate_cm sets the rows between a and b, which are known, on the line between them; further
 * apart than a gap they stay at a's distance. */
static void
interpolate_cm(const int32_t *time_s, size_t a, size_t b, int32_t *cm)
{
    double span_s = (double)time_s[b] - time_s[a];
    bool join = span_s <= SAMPLES_GAP_MAX_S;

    for (size_t i = a + 1; i < b; i++) {
        double share = join ? ((double)time_s[i] - time_s[a]) / span_s : 0;
        cm[i] = cm[a] + (int32_t)lround(share * ((double)cm[b] - cm[a]));
    }
}

/* distance_recorded takes the device's distance. `offset` carries what a fall (a reset counter) would
 * lose; `known` is the last row with a value, behind which rows without distance and speed wait for
 * interpolate_cm. */
static void
distance_recorded(const Streams *streams, const int32_t *speed_mmps, int32_t *ret_cm)
{
    int64_t offset = 0;
    int64_t last_raw = TRACK_MISSING;
    size_t known = 0;

    for (size_t i = 0; i < streams->n; i++) {
        int64_t raw = raw_cm(streams, i);
        int64_t before = i == 0 ? 0 : ret_cm[known];
        int64_t now = before;

        if (raw != TRACK_MISSING && raw >= last_raw) {
            now = raw + offset > before ? raw + offset : before;
        } else if (raw != TRACK_MISSING) {
            now = before + integrated_cm(streams, speed_mmps, i);
            offset = now - raw;
        } else if (i > 0 && speed_mmps[i] != TRACK_MISSING) {
            now = before + integrated_cm(streams, speed_mmps, i);
        } else if (i > 0) {
            ret_cm[i] = (int32_t)before;
            continue; /* neither: placed when the next known row is met, else it stays here */
        }
        ret_cm[i] = (int32_t)(now < DISTANCE_MAX_CM ? now : DISTANCE_MAX_CM);
        if (i > known + 1) {
            interpolate_cm(streams->time_s, known, i, ret_cm);
        }
        last_raw = raw != TRACK_MISSING ? raw : last_raw;
        known = i;
    }
}

bool
track_distance_cm(const Streams *streams, const int32_t *speed_mmps, int32_t *ret_cm)
{
    bool recorded = false;
    bool has_speed = false;
    double cm = 0;

    for (size_t i = 0; i < streams->n; i++) {
        recorded = recorded || raw_cm(streams, i) != TRACK_MISSING;
        has_speed = has_speed || speed_mmps[i] != TRACK_MISSING;
    }
    if (recorded) {
        distance_recorded(streams, speed_mmps, ret_cm);
        return true;
    }
    bool by_gps = has_path(streams);
    if (!by_gps && !has_speed) {
        return false;
    }
    for (size_t i = 0; i < streams->n; i++) {
        if (i > 0) {
            cm += by_gps ? leg_m(streams, i) * 100 : (double)integrated_cm(streams, speed_mmps, i);
        }
        ret_cm[i] = (int32_t)lround(fmin(cm, DISTANCE_MAX_CM));
    }
    return true;
}

void
track_speed_complete(const Streams *streams, const int32_t *distance_cm, int32_t *speed_mmps)
{
    for (size_t i = 0; i < streams->n; i++) {
        size_t from = i == 0 ? 0 : i - 1;
        size_t to = i == 0 && streams->n > 1 ? 1 : i;

        if (speed_mmps[i] != TRACK_MISSING) {
            continue;
        }
        int64_t mm = 10 * ((int64_t)distance_cm[to] - distance_cm[from]);
        int64_t step_s = from == to ? 1 : (int64_t)streams->time_s[to] - streams->time_s[from];
        int64_t mmps = (mm + step_s / 2) / step_s;
        int32_t before = i == 0 ? 0 : speed_mmps[i - 1];
        speed_mmps[i] = mmps <= TRACK_SPEED_MAX_MMPS ? (int32_t)mmps : before;
    }
}
