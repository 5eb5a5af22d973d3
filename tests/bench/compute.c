/* compute - milliseconds of CPU for one workout: stages, then documents.
 *
 *   compute ROUNDS
 *
 * The ride and the run are made by rule: intervals, hills, stops, a drifting heart. Allocations are counted
 * by standing in for malloc, calloc and realloc.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "worker/kinds/workouts/stages.h"

#define ARENA_BYTES ((size_t)256 << 20) /* as a job's */
#define ROUNDS_MAX 100000

/* --- what is allocated --- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

static struct {
    long calls;
    size_t bytes;
} allocated;

static void
count_allocation(size_t bytes)
{
    allocated.calls++;
    allocated.bytes += bytes;
}

__attribute__((visibility("default"))) void *
malloc(size_t size)
{
    count_allocation(size);
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *
calloc(size_t count, size_t size)
{
    count_allocation(count * size);
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *
realloc(void *old, size_t size)
{
    count_allocation(size);
    return __libc_realloc(old, size);
}

/* --- workouts --- */

static void *
take(Arena *arena, size_t n, size_t size)
{
    void *block = arena_alloc(arena, n, size);

    if (block == NULL) {
        (void)fprintf(stderr, "compute: no memory\n");
        exit(1);
    }
    return block;
}

/* streams_make fills eight streams (time, distance, altitude, speed, heart rate, cadence, power, moving) and
 * the position, or all of them but power. */
static void
streams_make(Streams *streams, size_t n, bool has_power, Arena *arena)
{
    double distance_m = 0;

    *streams = (Streams){ .n = n };
    streams->time_s = take(arena, n, sizeof(int32_t));
    streams->distance_m = take(arena, n, sizeof(float));
    streams->altitude_m = take(arena, n, sizeof(float));
    streams->speed_mps = take(arena, n, sizeof(float));
    streams->hr_bpm = take(arena, n, sizeof(int32_t));
    streams->cadence_per_min = take(arena, n, sizeof(int32_t));
    streams->moving = take(arena, n, sizeof(int32_t));
    streams->lat_e7 = take(arena, n, sizeof(int32_t));
    streams->lng_e7 = take(arena, n, sizeof(int32_t));
    streams->power_w = has_power ? take(arena, n, sizeof(int32_t)) : NULL;
    for (size_t i = 0; i < n; i++) {
        bool stops = i % 1800 > 1770;
        bool hard = i % 600 < 240;
        double speed = stops ? 0 : (hard ? 10.5 : 7.5) + sin((double)i / 9) + 0.3 * sin((double)i * 1.7);
        distance_m += speed;
        streams->time_s[i] = (int32_t)i;
        streams->distance_m[i] = (float)(round(distance_m * 10) / 10);
        streams->altitude_m[i] =
            (float)(round((300 + 60 * sin(distance_m / 2500) + 8 * sin(distance_m / 300)) * 10) / 10);
        streams->speed_mps[i] = (float)(round(speed * 1000) / 1000);
        streams->hr_bpm[i] =
            120 + (int32_t)(30 * (hard ? 1 : 0.3) + 5 * sin((double)i / 100) + (double)i / 2000);
        streams->cadence_per_min[i] = stops ? 0 : 88 + (int32_t)(i * 7 % 11);
        streams->moving[i] = stops ? 0 : 1;
        streams->lat_e7[i] = 480000000 + (int32_t)(distance_m * 70);
        streams->lng_e7[i] = 160000000 + (int32_t)(30000 * sin(distance_m / 4000));
        if (has_power) {
            streams->power_w[i] =
                stops ? 0 : (int32_t)((hard ? 270 : 170) + 40 * sin((double)i / 5) + (double)(i * 31 % 23));
        }
    }
}

/* Round is what one run of a workout took. */
typedef struct Round {
    double stages_ms, documents_ms;
    long calls;
    size_t bytes, document_bytes, arena_bytes;
} Round;

static double
cpu_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
must(bool is_done, const Err *err)
{
    if (!is_done) {
        (void)fprintf(stderr, "compute: %s\n", err->message);
        exit(1);
    }
}

static void
stages_compute(Workout *workout)
{
    Err err = ERR_NONE;
    const char *reason = NULL;

    must(stage_streams(workout, &reason, &err), &err);
    must(stage_attach(workout, &reason, &err), &err);
    must(stage_summary(workout, &reason, &err), &err);
    must(stage_analysis(workout, &reason, &err), &err);
    must(stage_metrics(workout, &reason, &err), &err);
    must(stage_execution(workout, &reason, &err), &err);
}

/* documents_write makes the patch that goes to the database, as a run of all stages does. */
static void
documents_write(Workout *workout, Str *patch)
{
    Err err = ERR_NONE;

    must(stage_summary_write(workout, &err), &err);
    must(stage_analysis_write(workout, &err), &err);
    must(stage_metrics_write(workout, &err), &err);
    must(stage_execution_write(workout, &err), &err);
    for (int id = 0; id < STAGE_COUNT; id++) {
        workout->stages[id].status = STAGE_COMPLETE;
        workout->stages[id].is_written = true;
    }
    stages_patch(workout, patch);
}

static Round
run_once(const Streams *streams, Sport sport)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(ARENA_BYTES);
    _cleanup_(str_done) Str patch = STR_EMPTY;
    Workout workout;
    Round round;

    workout_init(&workout, arena);
    workout.id = "w";
    workout.scalars.sport = sport;
    workout.scalars_hash = "s";
    workout.streams = *streams;
    workout.streams_version = 1;
    workout.thresholds = (Thresholds){ 50, 190, 165, 250, 250, 20000, 4, false };
    long calls = allocated.calls;
    size_t bytes = allocated.bytes;
    double began_ms = cpu_ms();
    stages_compute(&workout);
    double computed_ms = cpu_ms();
    documents_write(&workout, &patch);
    round = (Round){ .stages_ms = computed_ms - began_ms,
                     .documents_ms = cpu_ms() - computed_ms,
                     .calls = allocated.calls - calls,
                     .bytes = allocated.bytes - bytes,
                     .document_bytes = patch.length,
                     .arena_bytes = arena_used(arena) };
    workout_done(&workout);
    return round;
}

static int
by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

/* fast is the mean of the fastest tenth. */
static double
fast(double *values, size_t n)
{
    size_t tenth = n / 10 > 0 ? n / 10 : 1;
    double sum = 0;

    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < tenth; i++) {
        sum += values[i];
    }
    return sum / (double)tenth;
}

/* measure prints one case and returns the stages' milliseconds. */
static double
measure(Sport sport, int hours, bool has_power, size_t rounds)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(ARENA_BYTES);
    double *stages_ms = take(arena, rounds, sizeof *stages_ms);
    double *documents_ms = take(arena, rounds, sizeof *documents_ms);
    size_t n = (size_t)hours * 3600 + 1;
    Streams streams;
    Round round = { 0 };

    streams_make(&streams, n, has_power, arena);
    for (size_t i = 0; i < rounds; i++) {
        round = run_once(&streams, sport);
        stages_ms[i] = round.stages_ms;
        documents_ms[i] = round.documents_ms;
    }
    double stages = fast(stages_ms, rounds);
    printf("%-5s %2d h  %-8s %8.3f ms  %8.3f ms  %6.1f ns  %6ld  %8.1f  %8.1f  %8.1f\n", sport_name(sport),
           hours, has_power ? "power" : "no power", stages, fast(documents_ms, rounds),
           stages * 1e6 / (double)n, round.calls, (double)round.bytes / 1024,
           (double)round.arena_bytes / 1024, (double)round.document_bytes / 1024);
    return stages;
}

int
main(int argc, char **argv)
{
    int64_t rounds = 0;

    if (argc != 2 || !str_to_int64(argv[1], &rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: compute ROUNDS (1 to %d)\n", ROUNDS_MAX);
        return 2;
    }
    printf("CPU of one workout at 1 Hz, fastest tenth of %d rounds\n", (int)rounds);
    printf("                      stages    documents  a second  malloc   kB asked  kB arena  kB JSON\n");
    double growth[2] = { 0, 0 };
    for (int i = 0; i < 2; i++) {
        bool has_power = i == 0;
        double one = measure(SPORT_RIDE, 1, has_power, (size_t)rounds);
        (void)measure(SPORT_RIDE, 2, has_power, (size_t)rounds);
        growth[i] = measure(SPORT_RIDE, 10, has_power, (size_t)rounds / 5 + 1) / one;
    }
    (void)measure(SPORT_RUN, 1, false, (size_t)rounds);
    (void)measure(SPORT_RUN, 2, false, (size_t)rounds);
    printf("ten times the length takes %.1f times as long with power, %.1f without (10 is linear)\n",
           growth[0], growth[1]);
    return 0;
}
