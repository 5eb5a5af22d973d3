#include "tests/standin/athletes/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/activity/timestamp.h"
#include "common/cleanup.h"
#include "common/json_read.h"

#define USER_ID "5eed0000-0000-4000-8000-000000000010"
#define FIRST_START_S 1577872800 /* 2020-01-01T10:00:00Z; the next a day later */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* path_of builds <path>/<name>/<file>. */
static bool
path_of(char ret_path[PATH_MAX], const char *path, const char *name, const char *file, Err *err)
{
    const int length = snprintf(ret_path, PATH_MAX, "%s/%s/%s", path, name, file);

    return (length > 0 && length < PATH_MAX) ||
           err_set(err, ERR_INVALID_DATA, "path", "%.200s: the path is too long", path);
}

static bool
name_add(Folder *folder, const char *name, Err *err)
{
    char(*names)[FOLDER_NAME_MAX] = reallocarray(folder->names, folder->n + 1, sizeof *names);

    if (names == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for the list of activities");
    }
    folder->names = names;
    (void)str_copy(names[folder->n++], sizeof names[0], name); /* NAME_MAX is less */
    return true;
}

bool
folder_open(Folder *folder, const char *path, Err *err)
{
    char file[PATH_MAX];
    const struct dirent *entry = NULL;
    bool ok = true;

    *folder = (Folder){ .n = 0 };
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return err_set(err, ERR_INVALID_DATA, "path", "%.300s: %s", path, strerrordesc_np(errno));
    }
    while (ok && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || !path_of(file, path, entry->d_name, "streams.json", err)) {
            continue;
        }
        ok = access(file, R_OK) != 0 || name_add(folder, entry->d_name, err);
    }
    (void)closedir(directory);
    if (!ok) {
        folder_done(folder);
        return false;
    }
    if (folder->n > 0) {
        qsort(folder->names, folder->n, sizeof folder->names[0], compare_names);
    }
    return true;
}

void
folder_done(Folder *folder)
{
    free(folder->names);
    *folder = (Folder){ .n = 0 };
}

bool
folder_world(World *world)
{
    /* metrics.md, section 10: GoldenCheetah's settings for the reference rides */
    static const Thresholds known = { .valid_from = "2000-01-01",
                                      .rest_hr_bpm = 50,
                                      .max_hr_bpm = 190,
                                      .lthr_bpm = 165,
                                      .ftp_w = 250,
                                      .cp_w = 250,
                                      .w_prime_j = 20000,
                                      .threshold_speed_mps = 4.0 };

    *world = (World){ .athletes = calloc(1, sizeof(Athlete)), .athletes_n = 1 };
    if (world->athletes == NULL) {
        return false;
    }
    world->athletes[0] = (Athlete){ .user_id = USER_ID, .timezone = "UTC", .sex = "male", .mass_kg = 75 };
    world->athletes[0].known[0] = known;
    return true;
}

/* file_read appends a file that must be JSON. A file that is not there appends nothing. */
static bool
file_read(const char *path, Str *text, bool *ret_is_there, Err *err)
{
    const size_t start = text->length;
    char block[65536];
    size_t n = 0;

    _cleanup_(close_file) FILE *file = fopen(path, "r");
    *ret_is_there = file != NULL;
    if (file == NULL) {
        return errno == ENOENT ||
               err_set(err, ERR_INVALID_DATA, "path", "%.300s: %s", path, strerrordesc_np(errno));
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        str_append_bytes(text, block, n);
    }
    if (ferror(file) || !str_ok(text)) {
        return err_set(err, ERR_UNKNOWN, "read", "%.300s: cannot be read", path);
    }
    Err reason = ERR_NONE;
    _cleanup_(json_delete) cJSON *json = json_parse(text->bytes + start, text->length - start, &reason);
    return json != NULL || err_set(err, reason.class, reason.code, "%.300s: %.150s", path, reason.message);
}

/* print_manual_activity describes an activity of which there are only samples. */
static void
print_manual_activity(Str *text, const char *name, size_t i)
{
    const Sport found = sport_from_provider(name);
    char at[21];

    timestamp_print((FIRST_START_S + (int64_t)i * 86400) * 1000000, at);
    str_append(text, "\"provider\":\"manual\",\"external_id\":");
    str_append_json(text, name);
    str_append(text, ",\"activity\":{\"name\":");
    str_append_json(text, name);
    str_append_format(text, ",\"sport\":\"%s\",\"start_at\":\"%s\",\"utc_offset_s\":0}",
                      sport_name(found == SPORT_OTHER ? SPORT_RIDE : found), at);
}

bool
folder_body(const Folder *folder, const char *path, size_t i, Str *text, Err *err)
{
    const char *name = folder->names[i];
    _cleanup_(str_done) Str activity = STR_EMPTY;
    char file[PATH_MAX];
    bool has_activity = false;
    bool has_streams = false;

    if (!path_of(file, path, name, "activity.json", err) || !file_read(file, &activity, &has_activity, err)) {
        return false;
    }
    str_append(text, "{\"user_id\":\"" USER_ID "\",");
    if (has_activity) {
        str_append(text, "\"provider\":\"strava\",\"activity\":");
        str_append_bytes(text, activity.bytes, activity.length);
    } else {
        print_manual_activity(text, name, i);
    }
    str_append(text, ",\"streams\":");
    if (!path_of(file, path, name, "streams.json", err) || !file_read(file, text, &has_streams, err)) {
        return false;
    }
    str_append_char(text, '}');
    return has_streams || err_set(err, ERR_INVALID_DATA, "path", "%.300s: gone", file);
}
