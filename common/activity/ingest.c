#include "common/activity/ingest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/json_members.h"
#include "common/activity/provider_read.h"
#include "common/activity/streams_read.h"
#include "common/json_read.h"

#define ELAPSED_SLACK_S 1 /* moving time may exceed elapsed by this; sync.md, section 5 */

/* Body is one request while it is read: the envelope, the activity in it, and their text. */
typedef struct Body {
    const cJSON *envelope; /* NULL when a sync reads the activity alone */
    const char *envelope_text;
    size_t envelope_length;
    const cJSON *activity;
    const char *activity_text;
    size_t activity_length;
    const char *field; /* path of the activity */
    Arena *arena;
    IngestRequest *request;
    Err *err;
} Body;

/* member_of finds what may stand in the envelope or in the activity; the envelope's wins. */
static const cJSON *
member_of(const Body *body, const char *name, bool *ret_in_envelope)
{
    const cJSON *member = json_member(body->envelope, name);

    *ret_in_envelope = member != NULL;
    return member != NULL ? member : json_member(body->activity, name);
}

/* document_read keeps an array as the text it came in. */
static bool
document_read(const Body *body, const char *name, const char **ret_text)
{
    bool in_envelope = false;
    const cJSON *member = member_of(body, name, &in_envelope);
    char path[FIELD_PATH_MAX];
    const char *text = NULL;
    size_t length = 0;

    if (member == NULL) {
        return true;
    }
    field_path(path, body->field, name);
    const char *where = in_envelope ? name : path;
    if (!cJSON_IsArray(member)) {
        return field_err(body->err, where, "not an array");
    }
    const bool found =
        in_envelope ? json_member_text(body->envelope_text, body->envelope_length, name, &text, &length)
                    : json_member_text(body->activity_text, body->activity_length, name, &text, &length);
    if (!found) {
        return field_err(body->err, where, "the name is written with escapes");
    }
    char *copy = arena_copy_text(body->arena, text, length);
    if (copy == NULL) {
        return memory_err(body->err);
    }
    cJSON_Minify(copy);
    *ret_text = copy;
    return true;
}

/* external_id_read reads the key under which a client sends a manual activity again. */
static bool
external_id_read(const Body *body)
{
    bool in_envelope = false;
    const cJSON *member = member_of(body, "external_id", &in_envelope);
    char path[FIELD_PATH_MAX];
    const char *text = NULL;

    if (member == NULL || body->request->activity.source != SOURCE_MANUAL) {
        return true; /* Strava's own external_id names an uploaded file */
    }
    field_path(path, body->field, "external_id");
    const char *where = in_envelope ? "external_id" : path;
    if (!json_text(member, where, ACTIVITY_EXTERNAL_ID_MAX, &text, body->err)) {
        return false;
    }
    if (*text == '\0') {
        return field_err(body->err, where, "empty");
    }
    body->request->activity.external_id = arena_copy_text(body->arena, text, strlen(text));
    return body->request->activity.external_id != NULL || memory_err(body->err);
}

static bool
samples_read(const Body *body)
{
    const Activity *activity = &body->request->activity;
    const cJSON *streams = json_member(body->envelope, "streams");

    if (streams == NULL && activity->source == SOURCE_GARMIN) {
        streams = json_member(body->activity, "samples"); /* an activity detail brings its own */
    }
    return streams_read(streams, activity->source, activity->sport, activity->start_at_us, body->arena,
                        &body->request->streams, body->err);
}

static bool
laps_from(const Body *body)
{
    IngestRequest *request = body->request;
    bool in_envelope = false;
    const cJSON *laps = member_of(body, "laps", &in_envelope);
    char path[FIELD_PATH_MAX];

    if (laps == NULL) {
        return true;
    }
    field_path(path, body->field, "laps");
    if (!laps_import(laps, in_envelope ? "laps" : path, request->activity.start_at_us, &request->streams,
                     body->arena, &request->laps, &request->laps_n, body->err)) {
        return false;
    }
    if (request->laps_n > 0) {
        request->activity.laps = laps_text(request->laps, request->laps_n, body->arena, body->err);
    }
    return request->laps_n == 0 || request->activity.laps != NULL;
}

static bool
times_check(const Body *body)
{
    const Activity *activity = &body->request->activity;
    const int64_t moving_s = activity->moving_time_s;
    const int64_t elapsed_s = activity->elapsed_time_s;
    char path[FIELD_PATH_MAX];

    if (moving_s == ACTIVITY_NO_INT || elapsed_s == ACTIVITY_NO_INT ||
        moving_s <= elapsed_s + ELAPSED_SLACK_S) {
        return true;
    }
    static const char *const names[SOURCE_COUNT] = {
        [SOURCE_STRAVA] = "moving_time",
        [SOURCE_GARMIN] = "movingDurationInSeconds",
        [SOURCE_MANUAL] = "moving_time_s",
    };
    field_path(path, body->field, names[activity->source]);
    return field_err(body->err, path, "%lld s is more than the %lld s elapsed", (long long)moving_s,
                     (long long)elapsed_s);
}

/* scalars_read lets the provider's own reader fill the activity. */
static bool
scalars_read(const Body *body)
{
    const ProviderRead read = { .object = body->activity,
                                .field = body->field,
                                .arena = body->arena,
                                .activity = &body->request->activity,
                                .err = body->err };

    switch (body->request->activity.source) {
    case SOURCE_STRAVA:
        return strava_read(&read);
    case SOURCE_GARMIN:
        return garmin_read(&read);
    default:
        return manual_read(&read);
    }
}

/* body_read reads everything but the envelope's own members. */
static bool
body_read(const Body *body, ActivitySource source)
{
    IngestRequest *request = body->request;
    Activity *activity = &request->activity;

    activity_init(activity);
    activity->source = source;
    if (!cJSON_IsObject(body->activity)) {
        return field_err(body->err, body->field, body->activity == NULL ? "missing" : "not an object");
    }
    if (!scalars_read(body) || !times_check(body) || !external_id_read(body) || !samples_read(body) ||
        !laps_from(body) || !document_read(body, "lengths", &activity->lengths) ||
        !document_read(body, "exercises", &activity->exercises)) {
        return false;
    }
    activity->provider_data =
        json_copy_without(body->activity_text, body->activity_length, "samples", body->arena);
    if (activity->provider_data == NULL) {
        return memory_err(body->err);
    }
    activity_content_hash(activity, &request->streams, request->content_hash);
    return true;
}

bool
ingest_user_id(const char *text, char ret_user_id[37])
{
    char id[37];
    size_t i = 0;

    for (i = 0; i < 36 && text[i] != '\0'; i++) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
        id[i] = (char)tolower((unsigned char)text[i]);
    }
    if (i != 36 || text[i] != '\0') {
        return false;
    }
    id[36] = '\0';
    memcpy(ret_user_id, id, sizeof id);
    return true;
}

/* user_id_read reads user_id, or the older userId. */
static bool
user_id_read(const Body *body)
{
    const cJSON *old = json_member(body->envelope, "userId");
    const cJSON *member = json_member(body->envelope, "user_id");
    const char *name = member != NULL ? "user_id" : "userId";
    const char *text = NULL;

    member = member != NULL ? member : old;
    if (member == NULL) {
        return true;
    }
    if (!json_text(member, name, 36, &text, body->err)) {
        return false;
    }
    return ingest_user_id(text, body->request->user_id) || field_err(body->err, name, "not a uuid");
}

static bool
provider_read(const Body *body, ActivitySource *ret_source)
{
    const cJSON *member = json_member(body->envelope, "provider");
    const char *text = NULL;

    if (member == NULL) {
        return field_err(body->err, "provider", "missing; one of strava, garmin, manual");
    }
    if (!json_text(member, "provider", 50, &text, body->err)) {
        return false;
    }
    for (int source = 0; source < SOURCE_FILE; source++) { /* files come as they are, not in JSON */
        if (strcmp(text, source_name((ActivitySource)source)) == 0) {
            *ret_source = (ActivitySource)source;
            return true;
        }
    }
    return field_err(body->err, "provider", "\"%s\" is none of strava, garmin, manual", text);
}

bool
ingest_parse(const char *text, size_t length, Arena *arena, IngestRequest *ret_request, Err *err)
{
    _cleanup_(json_delete) cJSON *envelope = json_parse(text, length, err);
    IngestRequest request = { .user_id = "" };
    ActivitySource source = SOURCE_MANUAL;
    Body body = { .envelope = envelope,
                  .envelope_text = text,
                  .envelope_length = length,
                  .activity = json_member(envelope, "activity"),
                  .field = "activity",
                  .arena = arena,
                  .request = &request,
                  .err = err };

    if (envelope == NULL) {
        return false;
    }
    if (!cJSON_IsObject(envelope)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_json", "the body is not an object");
    }
    if (!provider_read(&body, &source) || !user_id_read(&body)) {
        return false;
    }
    if (body.activity != NULL &&
        !json_member_text(text, length, "activity", &body.activity_text, &body.activity_length)) {
        return field_err(err, "activity", "the name is written with escapes");
    }
    if (!body_read(&body, source)) {
        return false;
    }
    *ret_request = request;
    return true;
}

bool
activity_read(ActivitySource source, const char *text, size_t length, const char *field, Arena *arena,
              IngestRequest *ret_request, Err *err)
{
    _cleanup_(json_delete) cJSON *activity = json_parse(text, length, err);
    IngestRequest request = { .user_id = "" };
    const Body body = { .activity = activity,
                        .activity_text = text,
                        .activity_length = length,
                        .field = field,
                        .arena = arena,
                        .request = &request,
                        .err = err };

    if (activity == NULL || !body_read(&body, source)) {
        return false;
    }
    *ret_request = request;
    return true;
}

bool
ingest_field(const Err *err, char *buffer, size_t size)
{
    size_t length = 0;

    buffer[0] = '\0';
    if (strcmp(err->code, "invalid_field") != 0) {
        return false;
    }
    while (isalnum((unsigned char)err->message[length]) ||
           (err->message[length] != '\0' && strchr("_.[]", err->message[length]) != NULL)) {
        length++;
    }
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(buffer, err->message, length);
    buffer[length] = '\0';
    return true;
}
