#include "common/activity/file_read.h"

#include <math.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "common/activity/file_activity.h"
#include "common/activity/fit_read.h"
#include "common/activity/gpx_read.h"
#include "common/activity/tcx_read.h"

#define LOOK_BYTES 1024 /* of XML, before which the root element is expected */

static const struct {
    const char *type;
    FileFormat format;
} types[] = {
    { "application/vnd.ant.fit", FILE_FIT },        { "application/fit", FILE_FIT },
    { "application/octet-stream", FILE_FIT },       { "application/gpx+xml", FILE_GPX },
    { "application/vnd.garmin.tcx+xml", FILE_TCX }, { "application/tcx+xml", FILE_TCX },
};

bool
file_format_of_type(const char *media_type, FileFormat *ret_format)
{
    const size_t length = strcspn(media_type, "; \t");

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i].type) == length && strncasecmp(types[i].type, media_type, length) == 0) {
            *ret_format = types[i].format;
            return true;
        }
    }
    return false;
}

bool
file_format_of_bytes(const char *bytes, size_t length, FileFormat *ret_format)
{
    const size_t look = length < LOOK_BYTES ? length : LOOK_BYTES;

    if (length >= 12 && memcmp(bytes + 8, ".FIT", 4) == 0) {
        *ret_format = FILE_FIT;
        return true;
    }
    if (memmem(bytes, look, "<gpx", 4) != NULL) {
        *ret_format = FILE_GPX;
        return true;
    }
    if (memmem(bytes, look, "<TrainingCenterDatabase", 23) != NULL) {
        *ret_format = FILE_TCX;
        return true;
    }
    return false;
}

/* identify gives the activity its file's hash. */
static bool
identify(Activity *activity, const char *bytes, size_t length, Arena *arena, FileFault *fault)
{
    unsigned char hash[crypto_generichash_BYTES];
    char hex[2 * sizeof hash + 1];

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes, length, NULL, 0);
    (void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    activity->external_id = arena_copy_text(arena, hex, sizeof hex - 1);
    return activity->external_id != NULL || file_no_memory(fault);
}

static bool
gather(FileFormat format, const char *bytes, size_t length, FileActivity *file, FileFault *fault)
{
    switch (format) {
    case FILE_FIT:
        return fit_read((const uint8_t *)bytes, length, file, fault);
    case FILE_GPX:
        return gpx_read(bytes, length, file, fault);
    default:
        return tcx_read(bytes, length, file, fault);
    }
}

bool
file_read(FileFormat format, const char *bytes, size_t length, const char *sport, Arena *arena,
          IngestRequest *ret_request, size_t *ret_offset, Err *err)
{
    FileFault fault = { .format = "", .err = err };
    IngestRequest request;
    FileActivity file;

    file_activity_init(&file, arena);
    if (!gather(format, bytes, length, &file, &fault) ||
        (sport != NULL && !file_sport_set(&file, sport, &fault)) ||
        !file_activity_finish(&file, &request, &fault) ||
        !identify(&request.activity, bytes, length, arena, &fault)) {
        *ret_offset = fault.offset;
        return false;
    }
    activity_content_hash(&request.activity, &request.streams, request.content_hash);
    *ret_request = request;
    return true;
}
