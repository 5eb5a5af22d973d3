/* The FIT file of a device: file_id, timer events, records, laps, session, activity. A channel without sensor
 * has no field, one second without a value the type's "invalid". */
#include <math.h>
#include <stddef.h>

#include "common/activity/fit_decode.h"
#include "tests/standin/athletes/fit_write.h"
#include "tests/standin/athletes/print.h"

#define PAUSE_STEP_S 30 /* the timer stood: metrics.md, section 2 */
#define SEMICIRCLES (2147483648.0 / 180e6)
#define MAKER_DEVELOPMENT 255

enum { ID, EVENT, RECORD, LAP, SESSION, ACTIVITY };

/* Channel is a field of the record: what the sample's unit is multiplied with. */
typedef struct Channel {
    FitSlot slot;
    size_t offset; /* of an int32_t in Sample */
    size_t sensor; /* offset of its flag in Sensors; SENSOR_ALWAYS */
    double factor, shift;
} Channel;

#define OF(member, sensor) offsetof(Sample, member), offsetof(Sensors, sensor)

static const Channel channels[] = {
    { { 0, FIT_SINT32 }, OF(lat_e6, position), SEMICIRCLES, 0 },
    { { 1, FIT_SINT32 }, OF(lng_e6, position), SEMICIRCLES, 0 },
    { { 5, FIT_UINT32 }, offsetof(Sample, distance_dm), SENSOR_ALWAYS, 10, 0 },
    { { 73, FIT_UINT32 }, offsetof(Sample, speed_cmps), SENSOR_ALWAYS, 10, 0 },
    { { 78, FIT_UINT32 }, OF(altitude_dm, altitude), 0.5, 2500 },
    { { 3, FIT_UINT8 }, OF(hr_bpm, hr), 1, 0 },
    { { 4, FIT_UINT8 }, OF(cadence_per_min, cadence), 1, 0 },
    { { 7, FIT_UINT16 }, OF(power_w, power), 1, 0 },
    { { 13, FIT_SINT8 }, OF(temperature_c, temperature), 1, 0 },
    { { 9, FIT_SINT16 }, OF(grade_dpct, grade), 10, 0 },
};

#define CHANNELS (sizeof channels / sizeof channels[0])

static bool
is_there(const Channel *channel, const Recording *recording)
{
    const Column column = { .sensor = channel->sensor };

    return column_is_there(&column, recording);
}

static double
value_of(const Channel *channel, const Sample *sample)
{
    const Column column = { .offset = channel->offset, .scale = 1 };
    const int64_t value = column_value(&column, sample);

    return value == SAMPLE_NONE ? FIT_NONE : (double)value * channel->factor + channel->shift;
}

static void
define(FitWriter *fit, const Recording *recording)
{
    static const FitSlot id[] = { { 0, FIT_ENUM }, { 1, FIT_UINT16 }, { 2, FIT_UINT16 }, { 4, FIT_UINT32 } };
    static const FitSlot event[] = { { FIT_TIMESTAMP, FIT_UINT32 }, { 0, FIT_ENUM }, { 1, FIT_ENUM } };
    static const FitSlot lap[] = { { FIT_TIMESTAMP, FIT_UINT32 },
                                   { 2, FIT_UINT32 },
                                   { 7, FIT_UINT32 },
                                   { 8, FIT_UINT32 },
                                   { 9, FIT_UINT32 },
                                   { 52, FIT_UINT32 } };
    static const FitSlot session[] = { { FIT_TIMESTAMP, FIT_UINT32 },
                                       { 2, FIT_UINT32 },
                                       { 5, FIT_ENUM },
                                       { 6, FIT_ENUM },
                                       { 7, FIT_UINT32 },
                                       { 8, FIT_UINT32 },
                                       { 9, FIT_UINT32 },
                                       { 59, FIT_UINT32 },
                                       { 16, FIT_UINT8 },
                                       { 17, FIT_UINT8 },
                                       { 125, FIT_UINT32 } };
    static const FitSlot activity[] = { { FIT_TIMESTAMP, FIT_UINT32 }, { 1, FIT_UINT16 }, { 5, FIT_UINT32 } };
    FitSlot record[CHANNELS + 1] = { { FIT_TIMESTAMP, FIT_UINT32 } };
    size_t n = 1;

    for (size_t i = 0; i < CHANNELS; i++) {
        if (is_there(&channels[i], recording)) {
            record[n++] = channels[i].slot;
        }
    }
    fit_define(fit, ID, 0, id, sizeof id / sizeof *id);
    fit_define(fit, EVENT, 21, event, sizeof event / sizeof *event);
    fit_define(fit, RECORD, 20, record, n);
    fit_define(fit, LAP, 19, lap, sizeof lap / sizeof *lap);
    fit_define(fit, SESSION, 18, session, sizeof session / sizeof *session);
    fit_define(fit, ACTIVITY, 34, activity, sizeof activity / sizeof *activity);
}

/* timer writes that it starts (0) or stops (4). */
static void
timer(FitWriter *fit, double time_s, int type)
{
    fit_message(fit, EVENT, (const double[]){ time_s, 0, type });
}

static void
print_record(FitWriter *fit, const Recording *recording, const Sample *sample, double start_s)
{
    double values[CHANNELS + 1] = { start_s + sample->time_s };
    size_t n = 1;

    for (size_t i = 0; i < CHANNELS; i++) {
        if (is_there(&channels[i], recording)) {
            values[n++] = value_of(&channels[i], sample);
        }
    }
    fit_message(fit, RECORD, values);
}

/* print_records stops and starts the timer around each pause. */
static void
print_records(FitWriter *fit, const Recording *recording, double start_s)
{
    timer(fit, start_s + recording->samples[0].time_s, 0);
    for (size_t i = 0; i < recording->n; i++) {
        const Sample *sample = &recording->samples[i];
        const Sample *last = i > 0 ? &recording->samples[i - 1] : sample;
        if (sample->time_s - last->time_s > PAUSE_STEP_S) {
            timer(fit, start_s + last->time_s, 4);
            timer(fit, start_s + sample->time_s, 0);
        }
        print_record(fit, recording, sample, start_s);
    }
    timer(fit, start_s + recording->samples[recording->n - 1].time_s, 4);
}

/* timer_s is the elapsed time of a part without its pauses. */
static int32_t
timer_s(const Recording *recording, size_t from, size_t to)
{
    int32_t seconds = 0;

    for (size_t i = from + 1; i <= to; i++) {
        const int32_t step = recording->samples[i].time_s - recording->samples[i - 1].time_s;
        seconds += step > PAUSE_STEP_S ? 0 : step;
    }
    return seconds;
}

static void
print_laps(FitWriter *fit, const Recording *recording, double start_s)
{
    for (size_t i = 0; i < recording->laps_n; i++) {
        const RecordedLap *lap = &recording->laps[i];
        Figures f;
        figures_of(recording, lap->start, lap->end, &f);
        fit_message(fit, LAP,
                    (const double[]){ start_s + recording->samples[lap->end].time_s,
                                      start_s + recording->samples[lap->start].time_s, f.elapsed_s * 1000.0,
                                      timer_s(recording, lap->start, lap->end) * 1000.0, f.distance_m * 100,
                                      f.moving_s * 1000.0 });
    }
}

void
print_fit(Str *text, const World *world, size_t index, const Recording *recording)
{
    const Session *session = &world->sessions[index];
    const double start_s = (double)(session->start_at_s - FIT_EPOCH_S);
    const double end_s = start_s + recording->samples[recording->n - 1].time_s;
    FitWriter fit = { .text = text, .is_big_endian = index % 2 == 1 }; /* devices differ */
    Figures f;

    figures_of(recording, 0, recording->n - 1, &f);
    fit_begin(&fit, index % 3 == 0 ? 12 : 14);
    define(&fit, recording);
    fit_message(&fit, ID, (const double[]){ 4, MAKER_DEVELOPMENT, 1, start_s });
    print_records(&fit, recording, start_s);
    print_laps(&fit, recording, start_s);
    fit_message(&fit, SESSION,
                (const double[]){ end_s, start_s, session->sport == SPORT_RUN ? 1 : 2, 0,
                                  f.elapsed_s * 1000.0, timer_s(recording, 0, recording->n - 1) * 1000.0,
                                  f.distance_m * 100, f.moving_s * 1000.0,
                                  f.hr_avg_bpm > 0 && recording->sensors.hr ? f.hr_avg_bpm : FIT_NONE,
                                  f.hr_avg_bpm > 0 && recording->sensors.hr ? f.hr_max_bpm : FIT_NONE,
                                  f.speed_max_mps * 1000 });
    fit_message(&fit, ACTIVITY,
                (const double[]){ end_s, 1, end_s + world->athletes[session->athlete].utc_offset_s });
    fit_end(&fit);
}
