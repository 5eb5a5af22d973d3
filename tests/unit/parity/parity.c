/* parity.c - `make parity`: every figure of the reference activities, ours beside theirs.
 *
 * Reads each folder of $PACELINE_DATA (streams.json as Strava sends it, reference.json, for the first
 * ride activity.json), computes with the functions of worker/kinds/workouts/ and prints a table; the
 * last line is "N passed, M failed, K skipped". Exit 1 if a figure is outside its tolerance of
 * metrics.md section 10, or a folder or file is missing. Without PACELINE_DATA it says that it skips,
 * and exits 0: the data are others' and not part of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/streams_read.h"
#include "common/cleanup.h"
#include "common/json_read.h"
#include "common/str.h"
#include "tests/unit/parity/subject.h"

#define ARENA_BYTES ((size_t)256 << 20)

/* The folders that have to be there, in the order of the table. */
static const char *const required[] = { "strava-ride-52km", "power-ride-58km", "laps-ride-36km",
                                        "short-ride-pauses" };
#define REQUIRED_COUNT (sizeof required / sizeof *required)

double
member_number(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
}

/* read_json reads a file of a folder as one JSON value; NULL after a row that says why, or without one
 * if the file may be missing and is. */
static cJSON *
read_json(Report *report, const char *data, const char *name, bool may_be_missing)
{
    _cleanup_(str_done) Str path = STR_EMPTY;
    _cleanup_(str_done) Str text = STR_EMPTY;
    _cleanup_(close_file) FILE *file = NULL;
    char buffer[65536];
    Err err = ERR_NONE;

    str_append_format(&path, "%s/%s/%s", data, report->activity, name);
    file = fopen(str_text(&path), "re");
    if (file == NULL) {
        if (!may_be_missing || errno != ENOENT) {
            report_fail(report, name, strerror(errno));
        }
        return NULL;
    }
    for (size_t n = fread(buffer, 1, sizeof buffer, file); n > 0; n = fread(buffer, 1, sizeof buffer, file)) {
        str_append_bytes(&text, buffer, n);
    }
    if (ferror(file) != 0 || !str_ok(&text)) {
        report_fail(report, name, "not readable");
        return NULL;
    }
    cJSON *json = json_parse(str_text(&text), text.length, &err);
    if (json == NULL) {
        report_fail(report, name, err.message);
    }
    return json;
}

static bool
subject_read(Subject *subject, Report *report, const cJSON *streams_json)
{
    Streams streams = { .n = 0 };
    Err err = ERR_NONE;

    if (!streams_read(streams_json, SOURCE_STRAVA, SPORT_RIDE, 0, subject->arena, &streams, &err) ||
        !samples_build(&streams, SPORT_RIDE, subject->arena, &subject->samples, &err)) {
        report_fail(report, "streams.json", err.message);
        return false;
    }
    return true;
}

static void
compare_folder(Report *report, const char *data, const char *folder)
{
    report->activity = folder;
    _cleanup_(json_delete) cJSON *streams = read_json(report, data, "streams.json", false);
    _cleanup_(json_delete) cJSON *reference = read_json(report, data, "reference.json", false);
    bool is_first = strcmp(folder, required[0]) == 0;
    _cleanup_(json_delete) cJSON *activity = read_json(report, data, "activity.json", !is_first);
    _cleanup_(arena_free_pointer) Arena *arena = arena_new(ARENA_BYTES);
    Subject subject = { .folder = folder, .reference = reference, .activity = activity, .arena = arena };

    if (streams == NULL || reference == NULL || (is_first && activity == NULL)) {
        return;
    }
    if (arena == NULL) {
        report_fail(report, "arena", "memory is out");
        return;
    }
    if (subject_read(&subject, report, streams)) {
        goldencheetah_compare(&subject, report);
        strava_compare(&subject, report);
        regression_compare(&subject, report);
    }
}

/* is_extra tells a folder that the table does not name. */
static bool
is_extra(const struct dirent *entry)
{
    for (size_t i = 0; i < REQUIRED_COUNT; i++) {
        if (strcmp(entry->d_name, required[i]) == 0) {
            return false;
        }
    }
    return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

static int
extra_filter(const struct dirent *entry)
{
    return is_extra(entry) ? 1 : 0;
}

int
main(void)
{
    const char *data = getenv("PACELINE_DATA");
    Report report = { .activity = "" };
    struct dirent **extra = NULL;

    if (data == NULL || data[0] == '\0') {
        printf("skipped: PACELINE_DATA does not name the folder of reference activities\n");
        printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    int extras = scandir(data, &extra, extra_filter, alphasort);
    if (extras < 0) {
        printf("PACELINE_DATA: %s: %s\n0 passed, 1 failed, 0 skipped\n", data, strerror(errno));
        return 1;
    }
    report_head();
    for (size_t i = 0; i < REQUIRED_COUNT; i++) {
        compare_folder(&report, data, required[i]);
    }
    for (int i = 0; i < extras; i++) {
        compare_folder(&report, data, extra[i]->d_name);
        free(extra[i]);
    }
    free(extra);
    printf("%d passed, %d failed, %d skipped\n", report.passed, report.failed, report.skipped);
    return report.failed > 0 || report.passed == 0 ? 1 : 0;
}
