/* paceline-athletes - simulated athletes, or recorded activities, as bodies of POST /workouts. Not installed.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/err.h"
#include "tests/standin/athletes/folder.h"
#include "tests/standin/athletes/world.h"

#define BODIES_MAX 99999 /* five digits name a body */

typedef struct Options {
    int64_t seed, athletes, activities;
    const char *out, *sql, *from;
    BodyFormat format;
} Options;

/* The formats by their names, and how the files end. */
static const struct {
    const char *name, *ending;
} formats[BODY_FORMAT_COUNT] = {
    [BODY_SOURCE] = { "source", "json" }, [BODY_STREAMS] = { "streams", "json" },
    [BODY_FIT] = { "fit", "fit" },        [BODY_TCX] = { "tcx", "tcx" },
    [BODY_GPX] = { "gpx", "gpx" },
};

static int
usage(void)
{
    (void)fputs(
        "usage: paceline-athletes [--seed N] [--athletes A] [--activities K] --out DIR [--sql FILE]\n"
        "                         [--format source|streams|fit|tcx|gpx]\n"
        "       paceline-athletes --from DATA --out DIR [--sql FILE]\n"
        "\n"
        "Writes DIR/athletes.json, DIR/planned.json and DIR/bodies/00001.json ..., one body of\n"
        "POST /workouts each, and with --sql the same athletes and plans for psql. The same seed\n"
        "gives the same bytes. --format streams writes the arrays by name whatever the activity's source,\n"
        "fit, tcx and gpx the device's file of it, where there is one (DIR/bodies/00001.fit ...).\n"
        "--from takes Strava's streams from DATA/NAME/streams.json instead.\n",
        stderr);
    return 2;
}

/* file_write replaces the file <folder>/<name>, or <name> alone if folder is NULL. */
static bool
file_write(const char *folder, const char *name, const Str *text, Err *err)
{
    char path[PATH_MAX];
    const int length = folder == NULL ? snprintf(path, sizeof path, "%s", name)
                                      : snprintf(path, sizeof path, "%s/%s", folder, name);

    if (length < 0 || length >= PATH_MAX) {
        return err_set(err, ERR_INVALID_DATA, "path", "%.200s: the path is too long", name);
    }
    if (!str_ok(text)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "%.300s: no memory", path);
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return err_set(err, ERR_UNKNOWN, "write", "%.300s: %s", path, strerrordesc_np(errno));
    }
    const bool is_written = fwrite(str_text(text), 1, text->length, file) == text->length;
    return (fclose(file) == 0 && is_written) ||
           err_set(err, ERR_UNKNOWN, "write", "%.300s: cannot be written", path);
}

static bool
folder_make(const char *path, Err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           err_set(err, ERR_UNKNOWN, "write", "%.300s: %s", path, strerrordesc_np(errno));
}

static bool
body_write(const Options *options, size_t number, const Str *text, Err *err)
{
    char name[40];

    if (text->length == 0) {
        return true;
    }
    (void)snprintf(name, sizeof name, "bodies/%05zu.%s", number, formats[options->format].ending);
    return file_write(options->out, name, text, err);
}

/* world_write writes everything but the bodies. */
static bool
world_write(const Options *options, const World *world, Err *err)
{
    _cleanup_(str_done) Str athletes = STR_EMPTY;
    _cleanup_(str_done) Str plans = STR_EMPTY;
    _cleanup_(str_done) Str sql = STR_EMPTY;

    world_athletes_json(world, &athletes);
    world_plans_json(world, &plans);
    world_sql(world, &sql);
    return file_write(options->out, "athletes.json", &athletes, err) &&
           file_write(options->out, "planned.json", &plans, err) &&
           (options->sql == NULL || file_write(NULL, options->sql, &sql, err));
}

static bool
simulate(const Options *options, Err *err)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    _cleanup_(world_done) World world = { .seed = 0 };

    if (!world_make(&world, (uint64_t)options->seed, (size_t)options->athletes,
                    (size_t)options->activities)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for the athletes");
    }
    if (!world_write(options, &world, err)) {
        return false;
    }
    for (size_t i = 0; i < world.sessions_n; i++) {
        str_clear(&text);
        if (!world_body(&world, i, options->format, &text)) {
            return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for activity %zu", i + 1);
        }
        if (!body_write(options, i + 1, &text, err)) {
            return false;
        }
    }
    return true;
}

static bool
convert(const Options *options, Err *err)
{
    _cleanup_(folder_done) Folder folder = { .n = 0 };
    _cleanup_(world_done) World world = { .seed = 0 };
    _cleanup_(str_done) Str text = STR_EMPTY;

    if (!folder_open(&folder, options->from, err)) {
        return false;
    }
    if (folder.n == 0 || folder.n > BODIES_MAX) {
        return err_set(err, ERR_INVALID_DATA, "path", "%.300s: %zu folders with streams.json, not 1 to %d",
                       options->from, folder.n, BODIES_MAX);
    }
    if (!folder_world(&world)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for the athlete");
    }
    if (!world_write(options, &world, err)) {
        return false;
    }
    for (size_t i = 0; i < folder.n; i++) {
        str_clear(&text);
        if (!folder_body(&folder, options->from, i, &text, err) || !body_write(options, i + 1, &text, err)) {
            return false;
        }
    }
    return true;
}

static bool
format_read(const char *name, BodyFormat *ret_format)
{
    for (int i = 0; i < BODY_FORMAT_COUNT; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *ret_format = (BodyFormat)i;
            return true;
        }
    }
    return false;
}

static bool
options_read(int argc, char **argv, Options *options)
{
    static const struct option known[] = {
        { "seed", required_argument, NULL, 's' },       { "athletes", required_argument, NULL, 'a' },
        { "activities", required_argument, NULL, 'k' }, { "out", required_argument, NULL, 'o' },
        { "sql", required_argument, NULL, 'q' },        { "from", required_argument, NULL, 'f' },
        { "format", required_argument, NULL, 'm' },     { NULL, 0, NULL, 0 },
    };
    int option = 0;
    bool ok = true;

    while (ok && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 's':
            ok = str_to_int64(optarg, &options->seed) && options->seed >= 0;
            break;
        case 'a':
            ok = str_to_int64(optarg, &options->athletes) && options->athletes > 0 &&
                 options->athletes <= 10000;
            break;
        case 'k':
            ok = str_to_int64(optarg, &options->activities) && options->activities > 0 &&
                 options->activities <= BODIES_MAX;
            break;
        case 'o':
            options->out = optarg;
            break;
        case 'q':
            options->sql = optarg;
            break;
        case 'f':
            options->from = optarg;
            break;
        case 'm':
            ok = format_read(optarg, &options->format);
            break;
        default:
            ok = false;
        }
    }
    return ok && optind == argc && options->out != NULL &&
           (options->from == NULL || options->format == BODY_SOURCE);
}

int
main(int argc, char **argv)
{
    Options options = { .seed = 1, .athletes = 6, .activities = 500 };
    char bodies[PATH_MAX];
    Err err = ERR_NONE;

    if (!options_read(argc, argv, &options) ||
        snprintf(bodies, sizeof bodies, "%s/bodies", options.out) >= PATH_MAX) {
        return usage();
    }
    if (!folder_make(options.out, &err) || !folder_make(bodies, &err) ||
        !(options.from != NULL ? convert(&options, &err) : simulate(&options, &err))) {
        (void)fprintf(stderr, "paceline-athletes: %s\n", err.message);
        return 1;
    }
    return 0;
}
