/* Any bytes are a frame or an error; what a frame holds lies inside it, and an announcement in it has keys
 * and epochs that a job can have. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "producer/announcement.h"
#include "producer/wal_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
announcement_check(const char *content, size_t n)
{
    Announcement announcement;
    Err err = ERR_NONE;

    if (!announcement_parse(content, n, &announcement, &err)) {
        if (err.class != ERR_INVALID_DATA && err.class != ERR_MEMORY_LIMIT) {
            abort();
        }
        return;
    }
    for (size_t i = 0; i < announcement.n; i++) {
        const JobMessage *job = &announcement.jobs[i];
        if (job->key[0] == '\0' || job->epoch < 0 || strcmp(job->kind, announcement.kind) != 0) {
            abort();
        }
    }
    if (announcement.traceparent[0] != '\0' && !traceparent_valid(announcement.traceparent)) {
        abort();
    }
    announcement_done(&announcement);
}

static void
record_check(const uint8_t *payload, size_t n)
{
    WalRecord record;
    Err err = ERR_NONE;

    if (!wal_record_decode(payload, n, &record, &err) || record.type != WAL_RECORD_MESSAGE) {
        return;
    }
    const char *end = (const char *)payload + n;
    if (record.prefix + strlen(record.prefix) >= end || record.content > end ||
        record.content_n > (size_t)(end - record.content)) {
        abort();
    }
    announcement_check(record.content, record.content_n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a block of exactly this size: one byte too far is seen */
    _cleanup_(free_pointer) uint8_t *bytes = malloc(size + (size == 0));
    WalFrame frame;
    Err err = ERR_NONE;

    if (bytes == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    if (wal_frame_decode(bytes, size, &frame, &err)) {
        if (frame.type == WAL_FRAME_DATA) {
            record_check(frame.payload, frame.payload_n);
        }
    } else if (err.class != ERR_INVALID_DATA) {
        abort();
    }
    announcement_check((const char *)bytes, size);
    return 0;
}
