/* announcement.h - what a job trigger or the reaper writes into the WAL
 * (sql/migrations/0003_job_triggers.sql).
 *
 *   {"kind":"workouts","jobs":[["<key>",<epoch>],...],"trace":null|"<traceparent>"}
 *   {"marker":<n>}        the reaper's barrier: nothing to publish, only its LSN counts
 *
 * Any role of the database may write such a message, so nothing in it is believed: what is not a kind's
 * name, a key or an epoch is refused. Pure.
 */
#ifndef PACELINE_ANNOUNCEMENT_H
#define PACELINE_ANNOUNCEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/job.h"
#include "producer/trace.h"

typedef struct Announcement {
    char kind[64];
    JobMessage *jobs; /* [n]; n = 0: a marker */
    size_t n;
    char traceparent[TRACEPARENT_SIZE]; /* "" if the transaction had none */
} Announcement;

/* announcement_parse reads one message's content. Free with announcement_done. ERR_INVALID_DATA for anything
 * else than the forms above, *ret_announcement untouched. */
MUST_CHECK bool announcement_parse(const char *content, size_t n, Announcement *ret_announcement, Err *err);
void announcement_done(Announcement *announcement);

#endif
