#include <math.h>
#include <stdlib.h>

#include "tests/standin/athletes/outing.h"

#define GPS_NOISE_DEGREES 0.000018 /* 2 m */
#define STOP_MIN_S 16              /* shorter stops count as moving; metrics.md, section 3 */
#define PAUSE_STEP_S 30            /* longer steps are pauses; metrics.md, section 2 */
#define AUTO_LAP_RUN_M 1000.0
#define AUTO_LAP_RIDE_M 5000.0
#define CLIMB_STEP_DM 20

/* Device is what a sensor of this recording does wrong. */
typedef struct Device {
    Wander north, east, baro;
    double smooth_mps; /* shown speed lags behind */
    double shown_grade;
    int hr_gap_s, power_gap_s, gps_gap_s; /* seconds until the sensor is back */
    double hr_gaps_per_s, power_gaps_per_s;
    int32_t temperature_c;
} Device;

static void
sensors_init(Sensors *sensors, Rng *rng, Sport sport)
{
    *sensors = (Sensors){
        .position = rng_chance(rng, 0.94),
        .altitude = rng_chance(rng, 0.94),
        .hr = rng_chance(rng, 0.9),
        .cadence = rng_chance(rng, 0.88),
        .power = sport == SPORT_RIDE && rng_chance(rng, 0.75),
        .temperature = rng_chance(rng, 0.4),
        .moving = rng_chance(rng, 0.9),
        .grade = rng_chance(rng, 0.5),
    };
}

static void
device_init(Device *device, Rng *rng)
{
    *device = (Device){
        .north = { .keep = 0.97, .spread = GPS_NOISE_DEGREES },
        .east = { .keep = 0.97, .spread = GPS_NOISE_DEGREES },
        .baro = { .keep = 0.995, .spread = 0.8 },
        .hr_gaps_per_s = rng_chance(rng, 0.15) ? 1.0 / 1200 : 0,
        .power_gaps_per_s = rng_chance(rng, 0.3) ? 1.0 / 400 : 0,
        .gps_gap_s = rng_chance(rng, 0.2) ? rng_int(rng, 5, 60) : 0, /* no fix yet */
        .temperature_c = rng_int(rng, 8, 31),
    };
}

/* gap_second tells whether a sensor is silent this second. */
static bool
gap_second(int *gap_s, Rng *rng, double per_s, int longest_s)
{
    if (*gap_s > 0) {
        (*gap_s)--;
        return true;
    }
    if (per_s > 0 && rng_chance(rng, per_s)) {
        *gap_s = rng_int(rng, 1, longest_s);
    }
    return false;
}

/* sample_take reads all sensors; it runs every second, also when the device keeps nothing of it. */
static Sample
sample_take(Device *device, Rng *rng, const Moment *moment, size_t second)
{
    const double north = wander_next(&device->north, rng);
    const double east = wander_next(&device->east, rng);
    const double baro_m = wander_next(&device->baro, rng);
    const bool no_hr = gap_second(&device->hr_gap_s, rng, device->hr_gaps_per_s, 90);
    const bool no_power = gap_second(&device->power_gap_s, rng, device->power_gaps_per_s, 6);
    const bool no_fix = gap_second(&device->gps_gap_s, rng, 0, 1);

    device->smooth_mps += (moment->speed_mps - device->smooth_mps) * 0.5;
    device->shown_grade += (moment->grade - device->shown_grade) * 0.2;
    if (rng_chance(rng, 1.0 / 1200)) {
        device->temperature_c += rng_int(rng, -1, 1);
    }
    return (Sample){
        .time_s = (int32_t)second,
        .distance_dm = (int32_t)lround(moment->distance_m * 10),
        .lat_e6 = no_fix ? SAMPLE_NONE : (int32_t)lround((moment->lat + north) * 1e6),
        .lng_e6 = no_fix ? SAMPLE_NONE : (int32_t)lround((moment->lng + east) * 1e6),
        .altitude_dm = 2 * (int32_t)lround((moment->altitude_m + baro_m) * 5), /* barometers step by 0.2 m */
        .speed_cmps = moment->is_stopped ? 0 : (int32_t)lround(device->smooth_mps * 100),
        .hr_bpm = no_hr ? SAMPLE_NONE : (int32_t)lround(moment->hr_bpm),
        .cadence_per_min = (int32_t)lround(moment->cadence_per_min),
        .power_w = no_power ? SAMPLE_NONE : (int32_t)lround(moment->power_w),
        .temperature_c = device->temperature_c,
        .grade_dpct = (int32_t)lround(device->shown_grade * 1000),
        .moving = !moment->is_stopped,
        .step = moment->step,
    };
}

/* is_kept decides for smart recording: something changed, or some seconds went by. */
static bool
is_kept(const Sample *sample, const Sample *last, int longest_s)
{
    return last == NULL || sample->step != last->step || sample->moving != last->moving ||
           sample->time_s - last->time_s >= longest_s ||
           (sample->hr_bpm != SAMPLE_NONE && last->hr_bpm != SAMPLE_NONE &&
            abs(sample->hr_bpm - last->hr_bpm) >= 2);
}

/* laps_find presses the lap button at every step, or every so many metres if there is only one. */
static void
laps_find(Recording *recording, Sport sport)
{
    const Sample *samples = recording->samples;
    const double auto_dm = 10 * (sport == SPORT_RIDE ? AUTO_LAP_RIDE_M : AUTO_LAP_RUN_M);
    const bool by_step = recording->n > 0 && samples[recording->n - 1].step > 0;
    size_t start = 0;

    for (size_t i = 1; i < recording->n && recording->laps_n < RECORDED_LAPS_MAX - 1; i++) {
        const bool is_new = by_step ? samples[i].step != samples[i - 1].step
                                    : samples[i].distance_dm - samples[start].distance_dm >= auto_dm;
        if (is_new && i - start > 1) {
            recording->laps[recording->laps_n++] = (RecordedLap){ .start = start, .end = i - 1 };
            start = i;
        }
    }
    if (recording->n > 0) {
        recording->laps[recording->laps_n++] = (RecordedLap){ .start = start, .end = recording->n - 1 };
    }
}

bool
recording_make(Recording *recording, Rng *rng, const Outing *outing, bool is_smart)
{
    const int longest_s = rng_int(rng, 3, 7);
    Device device;

    *recording = (Recording){ .is_smart = is_smart, .samples = calloc(outing->n + 1, sizeof(Sample)) };
    if (recording->samples == NULL) {
        return false;
    }
    sensors_init(&recording->sensors, rng, outing->sport);
    device_init(&device, rng);
    for (size_t i = 0; i < outing->n; i++) {
        const Sample sample = sample_take(&device, rng, &outing->moments[i], i);
        const Sample *last = recording->n == 0 ? NULL : &recording->samples[recording->n - 1];
        if (!outing->moments[i].is_paused &&
            (!is_smart || i + 1 == outing->n || is_kept(&sample, last, longest_s))) {
            recording->samples[recording->n++] = sample;
        }
    }
    laps_find(recording, outing->sport);
    return true;
}

void
recording_done(Recording *recording)
{
    free(recording->samples);
    recording->samples = NULL;
    recording->n = 0;
}

/* standing_s adds up the stops and pauses between two samples, by the rule of metrics.md section 3. */
static int32_t
standing_s(const Recording *recording, size_t from, size_t to)
{
    const Sample *samples = recording->samples;
    int32_t standing = 0;
    int32_t stop = 0;

    for (size_t i = from + 1; i <= to; i++) {
        const int32_t step = samples[i].time_s - samples[i - 1].time_s;
        const bool is_pause = step > PAUSE_STEP_S;
        if (is_pause) {
            standing += step - 1;
        }
        if (!samples[i].moving) {
            stop += is_pause ? 1 : step;
        }
        if (samples[i].moving || i == to) {
            standing += stop >= STOP_MIN_S ? stop : 0;
            stop = 0;
        }
    }
    return standing;
}

/* mean_of averages one channel over moving samples; 0 without any. */
static double
mean_of(const Recording *recording, size_t from, size_t to, size_t offset, bool zero_counts)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = from; i <= to; i++) {
        const Sample *sample = &recording->samples[i];
        const int32_t value = *(const int32_t *)(const void *)((const char *)sample + offset);
        if (sample->moving && value != SAMPLE_NONE && (zero_counts || value > 0)) {
            sum += value;
            n++;
        }
    }
    return n == 0 ? 0 : sum / (double)n;
}

void
figures_of(const Recording *recording, size_t from, size_t to, Figures *ret_figures)
{
    const Sample *samples = recording->samples;
    int32_t low_dm = samples[from].altitude_dm;
    Figures f = {
        .elapsed_s = samples[to].time_s - samples[from].time_s,
        .distance_m = (samples[to].distance_dm - samples[from].distance_dm) / 10.0,
        .hr_avg_bpm = mean_of(recording, from, to, offsetof(Sample, hr_bpm), false),
        .cadence_avg_per_min = mean_of(recording, from, to, offsetof(Sample, cadence_per_min), false),
        .power_avg_w = mean_of(recording, from, to, offsetof(Sample, power_w), true),
    };

    f.moving_s = f.elapsed_s - standing_s(recording, from, to);
    for (size_t i = from; i <= to; i++) {
        f.speed_max_mps = fmax(f.speed_max_mps, samples[i].speed_cmps / 100.0);
        f.hr_max_bpm = samples[i].hr_bpm > f.hr_max_bpm ? samples[i].hr_bpm : f.hr_max_bpm;
        f.power_max_w = samples[i].power_w > f.power_max_w ? samples[i].power_w : f.power_max_w;
        if (samples[i].altitude_dm < low_dm) {
            low_dm = samples[i].altitude_dm;
        } else if (samples[i].altitude_dm - low_dm > CLIMB_STEP_DM) {
            f.climb_m += (samples[i].altitude_dm - low_dm) / 10.0;
            low_dm = samples[i].altitude_dm;
        }
    }
    *ret_figures = f;
}
