#include "common/kafka.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"

enum { REASON_SIZE = 512 };

bool
kafka_err(Err *err, rd_kafka_resp_err_t code, const char *what)
{
    return err_set(err, ERR_NETWORK, rd_kafka_err2name(code), "kafka: %s: %s", what, rd_kafka_err2str(code));
}

bool
kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, Err *err)
{
    char reason[REASON_SIZE];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        return err_set(err, ERR_INVALID_DATA, "invalid_option", "kafka: option %s: %s", name, reason);
    }
    return true;
}

bool
kafka_conf_pass_through(const Config *config, rd_kafka_conf_t *conf, Err *err)
{
    for (size_t i = 0; i < config->rdkafka.count; i++) {
        const ConfigPair *pair = &config->rdkafka.items[i];
        if (!kafka_conf_set(conf, pair->name, pair->value, err)) {
            return false;
        }
        if (strcmp(pair->name, "debug") == 0) {
            rd_kafka_conf_set_log_cb(conf, rd_kafka_log_print); /* somebody wants to see it */
        }
    }
    return true;
}

rd_kafka_conf_t *
kafka_conf_new(const Config *config, const char *client_id, Err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!kafka_conf_set(conf, "bootstrap.servers", config->bootstrap_servers, err) ||
        !kafka_conf_set(conf, "client.id", client_id, err) ||
        !kafka_conf_set(conf, "socket.keepalive.enable", "true", err) ||
        /* A broker that comes back is found within 2 s; the default waits up to 10. */
        !kafka_conf_set(conf, "reconnect.backoff.max.ms", "2000", err) ||
        !kafka_conf_set(conf, "topic.metadata.refresh.interval.ms", "10000", err) ||
        !kafka_conf_set(conf, "log.connection.close", "false", err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return conf;
}

void
kafka_conf_on_error(rd_kafka_conf_t *conf, KafkaError error)
{
    rd_kafka_conf_set_error_cb(conf, error);
    rd_kafka_conf_set_log_cb(conf, NULL);
}

void
kafka_error_log(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    (void)client;
    (void)opaque;
    metric_add(METRIC_KAFKA_ERROR_TOTAL, NULL, NULL, 1);
    LOG_WARN("kafka.error", LOG_TEXT("code", rd_kafka_err2name((rd_kafka_resp_err_t)code)),
             LOG_TEXT("error", reason));
}

static rd_kafka_t *
client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, Err *err)
{
    char reason[REASON_SIZE];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        err_set(err, ERR_INVALID_DATA, "invalid_option", "kafka: %s", reason);
    }
    return client;
}

rd_kafka_t *
kafka_producer_new(const Config *config, const char *client_id, KafkaReport report, KafkaError error,
                   void *opaque, Err *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(config, client_id, err);
    if (conf == NULL) {
        return NULL;
    }
    if (!kafka_conf_set(conf, "enable.idempotence", "true", err) ||
        !kafka_conf_set(conf, "partitioner", "murmur2_random", err) ||
        !kafka_conf_set(conf, "compression.codec", "lz4", err) ||
        !kafka_conf_set(conf, "linger.ms", "5", err) ||
        /* About 1.2 KiB each with headers: 24 MiB, then whoever sends has to stop reading. */
        !kafka_conf_set(conf, "queue.buffering.max.messages", "20000", err) ||
        !kafka_conf_set(conf, "delivery.timeout.ms", "30000", err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, report);
    rd_kafka_conf_set_opaque(conf, opaque);
    if (error != NULL) {
        kafka_conf_on_error(conf, error);
    }
    if (!kafka_conf_pass_through(config, conf, err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return client_new(RD_KAFKA_PRODUCER, conf, err);
}

rd_kafka_t *
kafka_consumer_new(const Config *config, rd_kafka_conf_t *conf, Err *err)
{
    if (!kafka_conf_pass_through(config, conf, err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return client_new(RD_KAFKA_CONSUMER, conf, err);
}

rd_kafka_t *
kafka_group_client(const Config *config, const char *client_id, const char *group, Err *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(config, client_id, err);
    if (conf == NULL) {
        return NULL;
    }
    if (!kafka_conf_set(conf, "group.id", group, err) ||
        !kafka_conf_set(conf, "allow.auto.create.topics", "false", err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    kafka_conf_on_error(conf, NULL);
    return kafka_consumer_new(config, conf, err);
}

void
kafka_queue_wake(rd_kafka_queue_t *queue, int event_fd)
{
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, event_fd, &one, sizeof one);
}

/* partition_ids reads how many partitions a topic has; they are numbered from 0. */
static bool
partition_count(rd_kafka_t *client, const char *topic, int timeout_ms, size_t *ret_n, Err *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    if (handle == NULL) {
        return kafka_err(err, rd_kafka_last_error(), topic);
    }
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle, &metadata, timeout_ms);
    rd_kafka_topic_destroy(handle);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_err(err, code, topic);
    }
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    size_t n = code == RD_KAFKA_RESP_ERR_NO_ERROR ? (size_t)metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (n == 0) {
        return kafka_err(err, code, topic);
    }
    *ret_n = n;
    return true;
}

static bool
committed_read(rd_kafka_t *client, const char *topic, KafkaPartition *partitions, size_t n, int timeout_ms,
               Err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_topic_partition_list_add(list, topic, partitions[i].partition);
    }
    rd_kafka_resp_err_t code = rd_kafka_committed(client, list, timeout_ms);
    for (size_t i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < n; i++) {
        code = list->elems[i].err;
        partitions[i].committed = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, topic);
}

/* watermarks_read asks again while a topic that was just made has no leader yet. */
static rd_kafka_resp_err_t
watermarks_read(rd_kafka_t *client, const char *topic, KafkaPartition *p, int timeout_ms)
{
    enum { PAUSE_MS = 100 };
    for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
        rd_kafka_resp_err_t code =
            rd_kafka_query_watermark_offsets(client, topic, p->partition, &p->low, &p->high, timeout_ms);
        bool has_no_leader = code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                             code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        if (!has_no_leader || waited_ms >= timeout_ms) {
            return code;
        }
        rd_kafka_poll(client, PAUSE_MS);
    }
}

bool
kafka_partitions(rd_kafka_t *client, const char *topic, int timeout_ms, KafkaPartition **ret_partitions,
                 size_t *ret_n, Err *err)
{
    size_t n = 0;
    if (!partition_count(client, topic, timeout_ms, &n, err)) {
        return false;
    }
    KafkaPartition *partitions = calloc(n > 0 ? n : 1, sizeof *partitions);
    if (partitions == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "kafka: %s: out of memory", topic);
    }
    for (size_t i = 0; i < n; i++) {
        KafkaPartition *p = &partitions[i];
        p->partition = (int32_t)i;
        rd_kafka_resp_err_t code = watermarks_read(client, topic, p, timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            free(partitions);
            return kafka_err(err, code, topic);
        }
    }
    if (!committed_read(client, topic, partitions, n, timeout_ms, err)) {
        free(partitions);
        return false;
    }
    *ret_partitions = partitions;
    *ret_n = n;
    return true;
}
