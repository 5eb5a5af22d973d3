/* file_activity.h - what the reader of a file gathers, and how it becomes an IngestRequest.
 *
 * The readers of FIT, GPX and TCX add points and laps as they meet them and set what the file tells of the
 * whole; file_activity_finish makes of it what a provider's JSON would give:
 *
 *   samples   one for each second that has a point, counted from the start; of several points in a second the
 *             first value of each channel counts. Points are put in the order of their time
 *   channels  only what the file holds: distance and speed that it lacks are the worker's to derive, from the
 *             positions (worker/kinds/workouts/track.h)
 *   cadence   steps of both feet on foot: doubled if it can only be one leg's (streams_build.h)
 *   time      the start that the file names, else its first point's
 *   day       by the file's offset from UTC. Where it names none: by the nautical time zone of the first
 * position (15 degrees an hour), a guess good enough for a date, while the stored offset stays unknown;
 *             without a position by UTC
 *
 * Everything lives in the arena. Single-threaded, pure but for the wall clock (no activity starts later than
 * tomorrow).
 */
#ifndef PACELINE_FILE_ACTIVITY_H
#define PACELINE_FILE_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/ingest.h"
#include "common/activity/streams_build.h"
#include "common/arena.h"
#include "common/err.h"

/* FileFault says where a file is wrong: the byte at which its reader stood, and why in *err. */
typedef struct FileFault {
    const char *format; /* "fit", "gpx", "tcx" */
    size_t offset;
    Err *err;
} FileFault;

/* file_refuse sets ERR_INVALID_DATA, code "invalid_file", message "<format>: byte <offset>: <text>"; false.
 */
bool file_refuse(FileFault *fault, size_t offset, const char *text, ...) PRINTF_LIKE(3, 4);

/* file_no_memory sets ERR_MEMORY_LIMIT; false. */
bool file_no_memory(FileFault *fault);

typedef struct FilePoint {
    int64_t at_us;              /* Unix time */
    size_t offset;              /* of its bytes in the file */
    double value[STREAM_COUNT]; /* in the stored unit, NaN if missing; [STREAM_TIME] is not used */
} FilePoint;

typedef struct FileLap {
    int64_t start_us;                       /* Unix time */
    double elapsed_s, moving_s, distance_m; /* NaN if missing */
} FileLap;

typedef struct FileActivity {
    Arena *arena;
    Activity activity;   /* start_at_us INT64_MIN: the first point's */
    const char *creator; /* what wrote the file, as it names itself; NULL */
    FilePoint *points;   /* [points_n] */
    size_t points_n, points_capacity;
    FileLap *laps; /* [laps_n] */
    size_t laps_n, laps_capacity;
} FileActivity;

void file_activity_init(FileActivity *file, Arena *arena);

/* file_point_init makes a point without any value. */
void file_point_init(FilePoint *point, int64_t at_us, size_t offset);

/* file_point_add and file_lap_add copy what they get. False: more than STREAMS_MAX_SAMPLES points or LAPS_MAX
 * laps (refused at `offset`), or no memory. */
MUST_CHECK bool file_point_add(FileActivity *file, const FilePoint *point, FileFault *fault);
MUST_CHECK bool file_lap_add(FileActivity *file, const FileLap *lap, size_t offset, FileFault *fault);

/* file_creator_set keeps what wrote the file, up to 200 bytes. False without memory. */
MUST_CHECK bool file_creator_set(FileActivity *file, const char *name, FileFault *fault);

/* file_name_set keeps the activity's name, up to 500 bytes, unless it has one. False without memory. */
MUST_CHECK bool file_name_set(FileActivity *file, const char *name, FileFault *fault);

/* file_sport_set maps the file's own word for the sport. False without memory. */
MUST_CHECK bool file_sport_set(FileActivity *file, const char *word, FileFault *fault);

/* file_activity_finish makes the request, but for its external_id and content hash.
 * Refused: no start, a start before 1970 or after tomorrow, points more than ACTIVITY_MAX_DURATION_S after
 * it. *ret_request is untouched on failure. O(n log n). */
MUST_CHECK bool file_activity_finish(FileActivity *file, IngestRequest *ret_request, FileFault *fault);

#endif
