/* file_read.h - an activity's file as a device or a site exports it, read into an IngestRequest.
 *
 * external_id is the hexadecimal BLAKE2b-256 of the file's bytes: the same file again is the same workout.
 * The content hash is that of every other source. Everything returned lives in the arena.
 */
#ifndef PACELINE_FILE_READ_H
#define PACELINE_FILE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/ingest.h"
#include "common/arena.h"
#include "common/err.h"

typedef enum FileFormat { FILE_FIT, FILE_GPX, FILE_TCX, FILE_FORMAT_COUNT } FileFormat;

/* file_format_of_type finds the format of a media type, as a Content-Type header has it (parameters and case
 * do not matter): application/vnd.ant.fit, application/fit, application/octet-stream (FIT: what devices'
 * files are sent as), application/gpx+xml, application/vnd.garmin.tcx+xml, application/tcx+xml. False for any
 * other. */
MUST_CHECK bool file_format_of_type(const char *media_type, FileFormat *ret_format);

/* file_format_of_bytes looks at a file's beginning: the mark of FIT, or the first element of XML. False if it
 * is none of the three. */
MUST_CHECK bool file_format_of_bytes(const char *bytes, size_t length, FileFormat *ret_format);

/* file_read reads one file. `sport` is what the client calls it, in place of the file's own word; NULL.
 * ERR_INVALID_DATA, code "invalid_file", with a message that tells the byte, which is in *ret_offset as well:
 * truncated, corrupt, hostile, or no activity (fit_read.h, gpx_read.h, tcx_read.h, file_activity.h).
 * ERR_MEMORY_LIMIT when the arena is full. *ret_request is untouched on failure. */
MUST_CHECK bool file_read(FileFormat format, const char *bytes, size_t length, const char *sport,
                          Arena *arena, IngestRequest *ret_request, size_t *ret_offset, Err *err);

#endif
