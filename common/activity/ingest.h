/* ingest.h - the body of POST /workouts, read and checked.
 *
 *   {"user_id","provider":"strava|garmin|manual","activity":{...},"streams":...,"laps":[...],"external_id"}
 *
 * Source: workouts.md section 4.1, the table of sync.md section 5, apis.md section 2. Pure but for the wall
 * clock (no activity starts later than tomorrow). Everything returned lives in the arena.
 */
#ifndef PACELINE_INGEST_H
#define PACELINE_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/activity/laps.h"
#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"

typedef struct IngestRequest {
    char user_id[37]; /* uuid in lower case, or "" if the body names none */
    Activity activity;
    Streams streams; /* n = 0: none came */
    Lap *laps;       /* [laps_n], also as text in activity.laps */
    size_t laps_n;
    uint8_t content_hash[ACTIVITY_HASH_BYTES];
} IngestRequest;

/* ingest_parse reads one body of `length` bytes.
 * ERR_INVALID_DATA: unreadable JSON (code as json_parse sets it); code "invalid_field" and a message that
 * begins with the path of the field for everything else ("provider: ...", "activity.average_heartrate: 20 is
 * not in 30 to 250"). ERR_MEMORY_LIMIT when the arena is full. *ret_request is untouched on failure. */
MUST_CHECK bool ingest_parse(const char *body, size_t length, Arena *arena, IngestRequest *ret_request,
                             Err *err);

/* activity_read reads the provider's object alone, as a sync fetches it: `text` is the JSON object, `field`
 * its path for messages. Laps and samples inside the object are read too. Errors as ingest_parse. */
MUST_CHECK bool activity_read(ActivitySource source, const char *text, size_t length, const char *field,
                              Arena *arena, IngestRequest *ret_request, Err *err);

/* ingest_user_id reads a uuid, in lower case. False, *ret_user_id untouched, if the text is none. */
MUST_CHECK bool ingest_user_id(const char *text, char ret_user_id[37]);

/* ingest_field copies the path at the start of err->message into buffer [size], for the `field` of an HTTP
 * answer;
 * "" and false if the error is not about a field. */
bool ingest_field(const Err *err, char *buffer, size_t size);

#endif
