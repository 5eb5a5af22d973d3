/* kafka.h - librdkafka handles made our way: options, pass-through, and waiting for them in a poll loop.
 *
 * A handle is made after the fork and belongs to one process. Errors are ERR_NETWORK (retryable) or, for a
 * refused option, ERR_INVALID_DATA. Options and reasons: kafka_postgres.md sections 2 and 3.
 */
#ifndef PACELINE_KAFKA_H
#define PACELINE_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"

/* kafka_conf_new returns a configuration with what every client has: bootstrap servers, client.id, keepalive.
 * NULL on failure. */
MUST_CHECK rd_kafka_conf_t *kafka_conf_new(const Config *config, const char *client_id, Err *err);

/* kafka_conf_set sets one option; a refusal is ERR_INVALID_DATA with librdkafka's reason. */
MUST_CHECK bool kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, Err *err);

/* kafka_conf_pass_through sets the user's `rdkafka` options, last, so that they win. With `debug` among them,
 * librdkafka writes its lines to standard error. */
MUST_CHECK bool kafka_conf_pass_through(const Config *config, rd_kafka_conf_t *conf, Err *err);

/* kafka_conf_on_error sends what goes wrong within the client to `error`, from within rd_kafka_poll, instead
 * of lines of librdkafka's own on standard error. */
typedef void (*KafkaError)(rd_kafka_t *client, int code, const char *reason, void *opaque);
void kafka_conf_on_error(rd_kafka_conf_t *conf, KafkaError error);

/* kafka_error_log is the KafkaError of a role: counted, and logged as kafka.error. A callback has nobody to
 * return an error to. */
void kafka_error_log(rd_kafka_t *client, int code, const char *reason, void *opaque);

/* kafka_producer_new makes an idempotent producer (acks all, murmur2_random, lz4, linger 5 ms); delivery
 * reports go to `report` from within rd_kafka_poll, and errors to `error` (NULL: to standard error as they
 * are, for a person who waits there). Destroy with rd_kafka_destroy after a flush. */
typedef void (*KafkaReport)(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque);
MUST_CHECK rd_kafka_t *kafka_producer_new(const Config *config, const char *client_id, KafkaReport report,
                                          KafkaError error, void *opaque, Err *err);

/* kafka_consumer_new makes a consumer of conf (group.id and callbacks are the caller's), after the
 * pass-through; takes conf, on failure too. */
MUST_CHECK rd_kafka_t *kafka_consumer_new(const Config *config, rd_kafka_conf_t *conf, Err *err);

/* kafka_group_client makes a client that has a group's id and never joins it, to ask how far the group is.
 * Its errors come as answers alone. Destroy with rd_kafka_destroy. */
MUST_CHECK rd_kafka_t *kafka_group_client(const Config *config, const char *client_id, const char *group,
                                          Err *err);

/* kafka_queue_wake makes fd readable whenever the queue turns non-empty (an eventfd). */
void kafka_queue_wake(rd_kafka_queue_t *queue, int event_fd);

/* kafka_err fills err from a librdkafka code; code = its name. Always false. */
bool kafka_err(Err *err, rd_kafka_resp_err_t code, const char *what);

/* KafkaLag is how far a group is in a topic: where each partition ends and what the group has committed. */
typedef struct KafkaPartition {
    int32_t partition;
    int64_t low, high; /* watermarks */
    int64_t committed; /* RD_KAFKA_OFFSET_INVALID if none */
} KafkaPartition;

/* kafka_partitions reads watermarks and committed offsets of all partitions of a topic with a
 * kafka_group_client. ret_partitions is to be freed by the caller; ret_n its length. Blocks
 * up to timeout_ms. */
MUST_CHECK bool kafka_partitions(rd_kafka_t *client, const char *topic, int timeout_ms,
                                 KafkaPartition **ret_partitions, size_t *ret_n, Err *err);

#endif
