#include "worker/file/run_file.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/activity/file_read.h"
#include "common/activity/streams_read.h"
#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/json_read.h"
#include "worker/file/report.h"
#include "worker/kinds/workouts/stages.h"

#define FILE_MAX_BYTES ((size_t)64 << 20) /* a body of POST /workouts has 16 MiB at most by default */
#define ARENA_BYTES ((size_t)256 << 20)   /* one job's memory (workouts.md, section 8) */

typedef struct Options {
    const char *file;
    const char *sport;
    bool wants_json;
    GapModel gap_model;
    Thresholds thresholds;
} Options;

/* The athlete's settings: their options, and what a person can have. */
static const struct {
    const char *name;
    size_t offset; /* in Thresholds */
    double min, max;
} settings[] = {
    { "ftp", offsetof(Thresholds, ftp_w), 1, 1000 },
    { "cp", offsetof(Thresholds, cp_w), 1, 1000 },
    { "w-prime", offsetof(Thresholds, w_prime_j), 1, 100000 },
    { "lthr", offsetof(Thresholds, lthr_bpm), 30, 250 },
    { "max-hr", offsetof(Thresholds, max_hr_bpm), 30, 250 },
    { "rest-hr", offsetof(Thresholds, rest_hr_bpm), 20, 150 },
    { "threshold-speed", offsetof(Thresholds, threshold_speed_mps), 0.1, 30 },
};

#define SETTINGS (sizeof settings / sizeof settings[0])
enum { OPTION_FILE = SETTINGS, OPTION_SPORT, OPTION_JSON, OPTION_FEMALE, OPTION_COUNT };

/* complain says what is wrong with the command line; false. */
static bool complain(const char *format, ...) PRINTF_LIKE(1, 2);

static bool
complain(const char *format, ...)
{
    va_list arguments;

    (void)fputs("paceline-worker: run-one: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputs("; see paceline-worker(1)\n", stderr);
    return false;
}

static bool
setting_read(Options *options, size_t i, const char *text)
{
    double value = NAN;

    if (!str_to_double(text, &value) || value < settings[i].min || value > settings[i].max) {
        return complain("--%s: \"%s\" is no number from %g to %g", settings[i].name, text, settings[i].min,
                        settings[i].max);
    }
    *(double *)(void *)((char *)&options->thresholds + settings[i].offset) = value;
    return true;
}

static bool
option_take(Options *options, int option, const char *text)
{
    Sport sport = SPORT_OTHER;

    switch (option) {
    case OPTION_FILE:
        options->file = text;
        return true;
    case OPTION_SPORT:
        options->sport = text;
        return sport_from_name(text, &sport) || complain("--sport: \"%s\" is none of run, ride, swim, walk, "
                                                         "strength, mobility, pilates_yoga, other",
                                                         text);
    case OPTION_JSON:
        options->wants_json = true;
        return true;
    case OPTION_FEMALE:
        options->thresholds.is_female = true;
        return true;
    default:
        return setting_read(options, (size_t)option, text);
    }
}

static bool
options_read(int argc, char **argv, Options *options)
{
    struct option known[OPTION_COUNT + 1] = {
        [OPTION_FILE] = { "file", required_argument, NULL, OPTION_FILE },
        [OPTION_SPORT] = { "sport", required_argument, NULL, OPTION_SPORT },
        [OPTION_JSON] = { "json", no_argument, NULL, OPTION_JSON },
        [OPTION_FEMALE] = { "female", no_argument, NULL, OPTION_FEMALE },
    };
    int option = 0;

    for (size_t i = 0; i < SETTINGS; i++) {
        known[i] = (struct option){ settings[i].name, required_argument, NULL, (int)i };
    }
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (option == ':' || option == '?') {
            return complain(option == ':' ? "%s: no value" : "%s: no such option", argv[optind - 1]);
        }
        if (!option_take(options, option, optarg)) {
            return false;
        }
    }
    if (optind < argc) {
        return complain("%s: one file, named by --file", argv[optind]);
    }
    return options->file != NULL || complain("no --file");
}

static bool
bytes_read(const char *path, Str *bytes, Err *err)
{
    _cleanup_(close_file) FILE *file = fopen(strcmp(path, "-") == 0 ? "/dev/stdin" : path, "rb");
    char block[65536];
    size_t n = 0;

    if (file == NULL) {
        return err_set(err, ERR_INVALID_DATA, "file", "%.300s: %s", path, strerrordesc_np(errno));
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0 && bytes->length <= FILE_MAX_BYTES) {
        str_append_bytes(bytes, block, n);
    }
    if (ferror(file) != 0) {
        return err_set(err, ERR_INVALID_DATA, "file", "%.300s: cannot be read", path);
    }
    if (bytes->length > FILE_MAX_BYTES) {
        return err_set(err, ERR_INVALID_DATA, "file", "%.300s: more than %zu MiB", path,
                       FILE_MAX_BYTES >> 20);
    }
    return str_ok(bytes) || err_set(err, ERR_MEMORY_LIMIT, "memory", "%.300s: no memory", path);
}

/* json_take reads a body of POST /workouts, else the streams of Strava. */
static bool
json_take(const Str *bytes, const char *sport, Arena *arena, IngestRequest *request, Err *err)
{
    _cleanup_(json_delete) cJSON *json = json_parse(str_text(bytes), bytes->length, err);

    if (json == NULL) {
        return false;
    }
    if (json_member(json, "provider") != NULL || json_member(json, "activity") != NULL) {
        return ingest_parse(str_text(bytes), bytes->length, arena, request, err);
    }
    activity_init(&request->activity);
    request->activity.sport = sport_from_provider(sport);
    return streams_read(json, SOURCE_STRAVA, request->activity.sport, 0, arena, &request->streams, err);
}

static bool
activity_take(const Options *options, const Str *bytes, Arena *arena, IngestRequest *request, Err *err)
{
    FileFormat format = FILE_FIT;
    size_t offset = 0;

    if (file_format_of_bytes(str_text(bytes), bytes->length, &format)) {
        return file_read(format, str_text(bytes), bytes->length, options->sport, arena, request, &offset,
                         err);
    }
    if (!json_take(bytes, options->sport, arena, request, err)) {
        return false;
    }
    if (options->sport != NULL) {
        request->activity.sport = sport_from_provider(options->sport);
    }
    return true;
}

/* compute runs every stage; the document is whole, or *err says which stage failed. */
static bool
compute(const Options *options, const IngestRequest *request, Arena *arena, Str *ret_json, Err *err)
{
    _cleanup_(workout_done) Workout workout;

    workout_init(&workout, arena);
    workout.id = "file";
    workout.scalars = request->activity;
    workout.scalars_hash = "file";
    workout.streams = request->streams;
    workout.streams_version = request->streams.n > 0 ? 1 : 0;
    workout.laps = request->laps;
    workout.laps_n = request->laps_n;
    workout.thresholds = options->thresholds;
    workout.gap_model = options->gap_model;
    if (!stages_run(&workout, NULL, NULL) || !stages_outcome(&workout, false, err)) {
        return false;
    }
    stages_patch(&workout, ret_json);
    return str_ok(ret_json) || err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for the document");
}

/* shows_unicode: only a terminal that says so gets block characters. */
static bool
shows_unicode(void)
{
    if (isatty(STDOUT_FILENO) == 0) {
        return false;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool
show(const Options *options, const IngestRequest *request, const Str *json, Err *err)
{
    _cleanup_(json_delete) cJSON *computed = json_parse(str_text(json), json->length, err);
    _cleanup_(str_done) Str text = STR_EMPTY;

    if (computed == NULL) {
        return false;
    }
    if (options->wants_json) {
        str_append_bytes(&text, str_text(json), json->length);
        str_append_char(&text, '\n');
    } else if (!report_append(&text, request, computed, shows_unicode(), err)) {
        return false;
    }
    return (fwrite(str_text(&text), 1, text.length, stdout) == text.length && fflush(stdout) == 0) ||
           err_set(err, ERR_UNKNOWN, "write", "standard output: %s", strerrordesc_np(errno));
}

static bool
run(const Options *options, Err *err)
{
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(ARENA_BYTES);
    _cleanup_(str_done) Str bytes = STR_EMPTY;
    _cleanup_(str_done) Str json = STR_EMPTY;
    IngestRequest request = { .laps_n = 0 };

    if (arena == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory");
    }
    return bytes_read(options->file, &bytes, err) && activity_take(options, &bytes, arena, &request, err) &&
           compute(options, &request, arena, &json, err) && show(options, &request, &json, err);
}

int
run_file(const Config *config, int argc, char **argv)
{
    Options options = { .gap_model = (GapModel)config->gap_model,
                        .thresholds = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, false } };
    Err err = ERR_NONE;

    if (!options_read(argc, argv, &options)) {
        return EXIT_CODE_USAGE;
    }
    if (!run(&options, &err)) {
        (void)fprintf(stderr, "paceline-worker: %s\n", err.message);
        return err.class == ERR_MEMORY_LIMIT ? EXIT_CODE_MEMORY : EXIT_CODE_FAILED;
    }
    return EXIT_CODE_OK;
}
