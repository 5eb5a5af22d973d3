#include "producer/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/kafka.h"
#include "common/log.h"
#include "common/metrics.h"
#include "producer/trace.h"

#define TOPIC_PREFIX "paceline."
#define HEARD_US INT64_C(5000000) /* a broker that answered within so long is in reach */

struct Publisher {
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue;
    int event_fd;
    const char *source;
    PublishReport report;
    void *user;
    uint64_t random;
    int64_t heard_at_us; /* when a broker answered last; 0: not yet, or it has lost a message since */
};

PublishOutcome
publish_outcome(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return PUBLISH_DONE;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
        return PUBLISH_REFUSED;
    default:
        return PUBLISH_LOST;
    }
}

/* topic_kind returns the kind in a topic's name, for the metrics. */
static const char *
topic_kind(const char *topic)
{
    size_t n = sizeof(TOPIC_PREFIX) - 1;

    return strncmp(topic, TOPIC_PREFIX, n) == 0 ? topic + n : topic;
}

static void
count_refusal(const char *topic, const char *key, size_t key_n, const Err *err)
{
    char key_text[JOB_KEY_MAX + 1];

    (void)snprintf(key_text, sizeof(key_text), "%.*s", (int)key_n, key);
    metric_add(METRIC_ANNOUNCE_REFUSED_TOTAL, NULL, NULL, 1);
    LOG_ERROR("announce.refused", LOG_TEXT("kind", topic_kind(topic)), LOG_TEXT("key", key_text),
              LOG_FAILURE(err));
}

/* on_report is librdkafka's delivery report, inside rd_kafka_poll. */
static void
on_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    Publisher *publisher = opaque;
    const char *topic = rd_kafka_topic_name(message->rkt);
    PublishOutcome outcome = publish_outcome(message->err);
    Err err = ERR_NONE;

    (void)handle;
    if (outcome == PUBLISH_DONE) {
        publisher->heard_at_us = clock_monotonic_us();
        metric_add(METRIC_ANNOUNCE_PUBLISH_TOTAL, topic_kind(topic), NULL, 1);
    } else {
        kafka_err(&err, message->err, topic);
    }
    if (outcome == PUBLISH_LOST) {
        publisher->heard_at_us = 0;
        metric_add(METRIC_KAFKA_ERROR_TOTAL, NULL, NULL, 1);
    }
    if (outcome == PUBLISH_REFUSED) {
        count_refusal(topic, message->key, message->key_len, &err);
    }
    publisher->report(publisher->user, (uint64_t)(uintptr_t)message->_private, outcome, &err);
}

Publisher *
publisher_new(const Config *config, const char *source, PublishReport report, void *user, Err *err)
{
    Publisher *publisher = calloc(1, sizeof(*publisher));

    if (publisher == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "publisher: no memory");
        return NULL;
    }
    publisher->source = source;
    publisher->report = report;
    publisher->user = user;
    publisher->random = random_seed();
    publisher->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (publisher->event_fd < 0) {
        err_set(err, ERR_UNKNOWN, "eventfd", "publisher: eventfd: %s", strerrordesc_np(errno));
        publisher_free(publisher);
        return NULL;
    }
    publisher->handle =
        kafka_producer_new(config, "paceline-producer", on_report, kafka_error_log, publisher, err);
    if (publisher->handle == NULL) {
        publisher_free(publisher);
        return NULL;
    }
    publisher->queue = rd_kafka_queue_get_main(publisher->handle);
    kafka_queue_wake(publisher->queue, publisher->event_fd);
    return publisher;
}

void
publisher_free(Publisher *publisher)
{
    if (publisher == NULL) {
        return;
    }
    if (publisher->queue != NULL) {
        rd_kafka_queue_destroy(publisher->queue);
    }
    if (publisher->handle != NULL) {
        rd_kafka_destroy(publisher->handle); /* drops what is queued */
    }
    if (publisher->event_fd >= 0) {
        close(publisher->event_fd);
    }
    free(publisher);
}

static bool
header_add(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    return rd_kafka_header_add(headers, name, -1, value, -1) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_headers_t *
publish_headers(const char *source, const JobMessage *message, const char *event_id, const char *traceparent,
                int64_t now_us)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    time_t now_s = (time_t)(now_us / 1000000);
    struct tm now = { .tm_year = 0 };
    char date[32];
    char time_text[48];

    if (headers == NULL || gmtime_r(&now_s, &now) == NULL ||
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &now) == 0) {
        goto failed;
    }
    (void)snprintf(time_text, sizeof(time_text), "%s.%03dZ", date, (int)(now_us / 1000 % 1000));
    if (header_add(headers, "ce_specversion", "1.0") && header_add(headers, "ce_id", event_id) &&
        header_add(headers, "ce_source", source) && header_add(headers, "ce_type", "paceline.job.pending") &&
        header_add(headers, "ce_time", time_text) && header_add(headers, "ce_subject", message->key) &&
        header_add(headers, "content-type", "application/json") &&
        header_add(headers, "traceparent", traceparent)) {
        return headers;
    }
failed:
    if (headers != NULL) {
        rd_kafka_headers_destroy(headers);
    }
    return NULL;
}

static PublishResult
queue_message(Publisher *publisher, const char *topic, const JobMessage *message, const char *value,
              size_t value_n, rd_kafka_headers_t *headers, uint64_t token, Err *err)
{
    size_t key_n = strlen(message->key);
    rd_kafka_resp_err_t code = rd_kafka_producev(
        publisher->handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(message->key, key_n),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_n), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)token), RD_KAFKA_V_END);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return PUBLISH_QUEUED;
    }
    rd_kafka_headers_destroy(headers); /* ours again when the message was not taken */
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return PUBLISH_FULL;
    }
    kafka_err(err, code, topic);
    if (publish_outcome(code) == PUBLISH_REFUSED) {
        count_refusal(topic, message->key, key_n, err);
        return PUBLISH_UNFIT;
    }
    return PUBLISH_FAILED;
}

PublishResult
publisher_send(Publisher *publisher, const JobMessage *message, const char *event_id, const char *traceparent,
               uint64_t token, Err *err)
{
    char topic[sizeof(TOPIC_PREFIX) + sizeof(message->kind)];
    char value[JOB_MESSAGE_MAX];
    char made[TRACEPARENT_SIZE];
    size_t value_n = job_message_print(message, value, sizeof(value));

    (void)snprintf(topic, sizeof(topic), TOPIC_PREFIX "%s", message->kind);
    if (!traceparent_valid(traceparent)) {
        traceparent_make(&publisher->random, made);
        traceparent = made;
    }
    rd_kafka_headers_t *headers =
        publish_headers(publisher->source, message, event_id, traceparent, clock_wall_us());
    if (headers == NULL || value_n == 0) {
        if (headers != NULL) {
            rd_kafka_headers_destroy(headers);
        }
        err_set(err, ERR_MEMORY_LIMIT, "memory", "publish: no memory for a message of %s", topic);
        return PUBLISH_FAILED;
    }
    return queue_message(publisher, topic, message, value, value_n, headers, token, err);
}

int
publisher_fd(const Publisher *publisher)
{
    return publisher->event_fd;
}

void
publisher_serve(Publisher *publisher, int timeout_ms)
{
    uint64_t wakes = 0;

    if (read(publisher->event_fd, &wakes, sizeof(wakes)) < 0 && errno != EAGAIN) {
        LOG_WARN("publisher.wake", LOG_TEXT("error", strerrordesc_np(errno)));
    }
    (void)rd_kafka_poll(publisher->handle, timeout_ms);
}

size_t
publisher_queued(const Publisher *publisher)
{
    return (size_t)rd_kafka_outq_len(publisher->handle);
}

bool
publisher_is_broken(const Publisher *publisher, Err *err)
{
    char reason[256];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(publisher->handle, reason, sizeof(reason));

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    err_set(err, ERR_NETWORK, rd_kafka_err2name(code), "kafka: fatal error: %s", reason);
    return true;
}

bool
publisher_is_connected(Publisher *publisher, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int64_t now_us = clock_monotonic_us();

    if (publisher->heard_at_us != 0 && now_us - publisher->heard_at_us < HEARD_US) {
        return true;
    }
    if (rd_kafka_metadata(publisher->handle, 0, NULL, &metadata, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        publisher->heard_at_us = 0;
        return false;
    }
    rd_kafka_metadata_destroy(metadata);
    publisher->heard_at_us = now_us;
    return true;
}
