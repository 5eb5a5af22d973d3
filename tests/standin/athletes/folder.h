/* folder.h - recorded activities of a folder as bodies of POST /workouts.
 *
 * DATA/NAME/streams.json (Strava's streams) becomes one body a folder, in the order of their names: with
 * DATA/NAME/activity.json a Strava one, else a manual one whose sport is found in NAME (a ride unless it says
 * otherwise). All belong to one athlete, who has the settings of metrics.md section 10.
 */
#ifndef PACELINE_ATHLETES_FOLDER_H
#define PACELINE_ATHLETES_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"
#include "tests/standin/athletes/world.h"

#define FOLDER_NAME_MAX 256

typedef struct Folder {
    char (*names)[FOLDER_NAME_MAX]; /* [n] subfolders with streams.json, sorted */
    size_t n;
} Folder;

/* folder_open lists the activities of a folder; folder_done frees the list. */
MUST_CHECK bool folder_open(Folder *folder, const char *path, Err *err);
void folder_done(Folder *folder);

/* folder_world makes a world of the one athlete, without sessions: for athletes.json and SQL. False if memory
 * is out. */
MUST_CHECK bool folder_world(World *world);

/* folder_body prints the body of activity number i. */
MUST_CHECK bool folder_body(const Folder *folder, const char *path, size_t i, Str *text, Err *err);

#endif
