/* publish.h - a job's name on its way to Kafka: key, value, headers, delivery report.
 *
 * Topic paceline.<kind>, key = the job's key, value as in job_message_print, headers in CloudEvents' binary
 * mode (Kafka protocol binding 1.0) and W3C traceparent (DESIGN.md, section 5). A Publisher is made after
 * the fork, belongs to one process, and calls back only inside publisher_serve.
 */
#ifndef PACELINE_PUBLISH_H
#define PACELINE_PUBLISH_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"
#include "common/job.h"

typedef struct Publisher Publisher;

typedef enum PublishOutcome {
    PUBLISH_DONE,    /* acknowledged: it is in Kafka */
    PUBLISH_REFUSED, /* never to be: too large, no such topic, not allowed. Counted; pass it over */
    PUBLISH_LOST,    /* not acknowledged in time: to be sent again, may be there twice then */
} PublishOutcome;

typedef enum PublishResult {
    PUBLISH_QUEUED, /* its report will come; in the other cases none comes */
    PUBLISH_FULL,   /* the queue is full: stop reading, serve, try again */
    PUBLISH_UNFIT,  /* refused at once and for good: counted; pass it over */
    PUBLISH_FAILED, /* err says why: no memory, a fatal error of the handle */
} PublishResult;

/* PublishReport: what became of the message given with this token. err is set unless PUBLISH_DONE. */
typedef void (*PublishReport)(void *user, uint64_t token, PublishOutcome outcome, const Err *err);

/* publisher_new makes a producer handle. source: header ce_source, "wal" or "webhook", a constant.
 * NULL when an option is refused or memory is out. */
MUST_CHECK Publisher *publisher_new(const Config *config, const char *source, PublishReport report,
                                    void *user, Err *err);

/* publisher_free drops what is still queued, without reports, and closes the handle. NULL is fine. */
void publisher_free(Publisher *publisher);

/* publisher_send queues one message.
 *   event_id     header ce_id: the same for the same announcement sent again
 *   traceparent  of the request or transaction; NULL or "" makes a new one
 *   token        given back with the report */
MUST_CHECK PublishResult publisher_send(Publisher *publisher, const JobMessage *message, const char *event_id,
                                        const char *traceparent, uint64_t token, Err *err);

/* publisher_fd is readable when there are reports; publisher_serve hands them out, waiting up to timeout_ms
 * for the first. publisher_queued counts messages without a report. */
int publisher_fd(const Publisher *publisher);
void publisher_serve(Publisher *publisher, int timeout_ms);
size_t publisher_queued(const Publisher *publisher);

/* publisher_is_broken: the handle has had a fatal error, nothing will be sent by it any more: end the
 * process. */
bool publisher_is_broken(const Publisher *publisher, Err *err);

/* publisher_is_connected tells whether a broker is in reach: it was heard in the last 5 s, or else answers a
 * request for metadata within timeout_ms. For readiness. */
bool publisher_is_connected(Publisher *publisher, int timeout_ms);

/* publish_outcome classifies a delivery report's code. Pure. */
PublishOutcome publish_outcome(rd_kafka_resp_err_t code);

/* publish_headers builds the message's headers; NULL when memory is out. */
MUST_CHECK rd_kafka_headers_t *publish_headers(const char *source, const JobMessage *message,
                                               const char *event_id, const char *traceparent, int64_t now_us);

#endif
