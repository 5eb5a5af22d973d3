#include "deploy/local/broker/cluster.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "deploy/local/broker/ports.h"

enum { TOPIC_NAME_MAX = 249, RTT_MS_MAX = 600000, API_KEY_MAX = 100 };
enum { PARTITIONS_AUTO = 4 }; /* what the mock cluster gives a topic that a client asks about first */

typedef struct Topic {
    char name[TOPIC_NAME_MAX + 1];
    int64_t partitions;
} Topic;

struct Cluster {
    rd_kafka_t *handle; /* the mock cluster's book-keeping; it connects to nothing */
    rd_kafka_mock_cluster_t *mock;
    int64_t broker_count;
    Topic topics[CLUSTER_TOPICS_MAX];
    size_t topic_count;
};

static bool
handle_new(Cluster *cluster, Err *err)
{
    char message[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    /* The library says at level 6 that it has no servers to connect to, which is meant so. */
    if (rd_kafka_conf_set(conf, "log_level", "4", message, sizeof message) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ERR_UNKNOWN, "conf", "broker: %s", message);
    }
    cluster->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, message, sizeof message);
    if (cluster->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ERR_UNKNOWN, "handle", "broker: %s", message);
    }
    return true;
}

/* ports_are_as_wanted finds out whether our bind() was in the library's way. */
static bool
ports_are_as_wanted(const char *bootstraps, const uint16_t *ports, size_t count)
{
    const char *at = bootstraps;
    size_t i = 0;

    for (i = 0; i < count; i++) {
        const char *colon = strchr(at, ':');
        char *end = NULL;
        unsigned long port = 0;

        if (colon == NULL) {
            return false;
        }
        port = strtoul(colon + 1, &end, 10);
        if (ports[i] != 0 && port != ports[i]) {
            return false;
        }
        at = end;
    }
    return *at == '\0';
}

static bool
mock_new(Cluster *cluster, const uint16_t *ports, size_t count, Err *err)
{
    const char *bootstraps = NULL;

    if (!ports_are_free(ports, count, err)) {
        return false;
    }
    ports_want(ports, count);
    cluster->mock = rd_kafka_mock_cluster_new(cluster->handle, (int)count);
    if (cluster->mock == NULL) {
        return err_set(err, ERR_UNKNOWN, "listen", "broker: the mock cluster did not start");
    }
    bootstraps = rd_kafka_mock_cluster_bootstraps(cluster->mock);
    if (!ports_are_as_wanted(bootstraps, ports, count)) {
        return err_set(err, ERR_UNKNOWN, "ports",
                       "broker: librdkafka listens on %s instead of the given ports; "
                       "is it linked statically?",
                       bootstraps);
    }
    return true;
}

Cluster *
cluster_new(const uint16_t *ports, size_t count, Err *err)
{
    Cluster *cluster = calloc(1, sizeof *cluster);

    if (cluster == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "broker: out of memory");
        return NULL;
    }
    cluster->broker_count = (int64_t)count;
    if (!handle_new(cluster, err) || !mock_new(cluster, ports, count, err)) {
        cluster_free(cluster);
        return NULL;
    }
    return cluster;
}

void
cluster_free(Cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    if (cluster->mock != NULL) {
        rd_kafka_mock_cluster_destroy(cluster->mock);
    }
    if (cluster->handle != NULL) {
        rd_kafka_destroy(cluster->handle);
    }
    free(cluster);
}

const char *
cluster_bootstraps(const Cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

static bool
is_topic_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strlen(name);

    return length > 0 && length <= TOPIC_NAME_MAX && strspn(name, allowed) == length &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static const Topic *
topic_find(const Cluster *cluster, const char *name)
{
    size_t i = 0;

    for (i = 0; i < cluster->topic_count; i++) {
        if (strcmp(cluster->topics[i].name, name) == 0) {
            return &cluster->topics[i];
        }
    }
    return NULL;
}

static bool
topic_is_allowed(const Cluster *cluster, const char *name, int64_t partitions, Err *err)
{
    if (!is_topic_name(name)) {
        return err_set(err, ERR_INVALID_DATA, "topic", "not a topic name: %.300s", name);
    }
    if (partitions < 1 || partitions > CLUSTER_PARTITIONS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "partitions", "partitions of %s: %" PRId64 " is not in 1 to %d",
                       name, partitions, CLUSTER_PARTITIONS_MAX);
    }
    if (cluster->topic_count == CLUSTER_TOPICS_MAX && topic_find(cluster, name) == NULL) {
        return err_set(err, ERR_INVALID_DATA, "topics", "no more than %d topics", CLUSTER_TOPICS_MAX);
    }
    return true;
}

bool
cluster_create_topic(Cluster *cluster, const char *name, int64_t partitions, Err *err)
{
    const Topic *known = NULL;
    Topic *topic = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (!topic_is_allowed(cluster, name, partitions, err)) {
        return false;
    }
    known = topic_find(cluster, name);
    if (known != NULL && known->partitions != partitions) {
        return err_set(err, ERR_INVALID_DATA, "exists", "topic %s has %" PRId64 " partitions", name,
                       known->partitions);
    }
    if (known != NULL) {
        return true;
    }
    error = rd_kafka_mock_topic_create(cluster->mock, name, (int)partitions, 1);
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return err_set(err, ERR_INVALID_DATA, "exists",
                       "topic %s has %d partitions: a client's request made it", name, PARTITIONS_AUTO);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_set(err, ERR_UNKNOWN, "create", "topic %s: %s", name, rd_kafka_err2str(error));
    }
    topic = &cluster->topics[cluster->topic_count++];
    topic->partitions = partitions;
    return str_copy(topic->name, sizeof topic->name, name);
}

static bool
broker_is_known(const Cluster *cluster, int64_t broker_id, Err *err)
{
    if (broker_id < 1 || broker_id > cluster->broker_count) {
        return err_set(err, ERR_INVALID_DATA, "broker", "no broker %" PRId64 ", they are 1 to %" PRId64,
                       broker_id, cluster->broker_count);
    }
    return true;
}

static bool
answer(rd_kafka_resp_err_t error, const char *what, Err *err)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_set(err, ERR_UNKNOWN, "mock", "%s: %s", what, rd_kafka_err2str(error));
    }
    return true;
}

bool
cluster_set_up(Cluster *cluster, int64_t broker_id, bool is_up, Err *err)
{
    if (!broker_is_known(cluster, broker_id, err)) {
        return false;
    }
    return is_up ? answer(rd_kafka_mock_broker_set_up(cluster->mock, (int32_t)broker_id), "up", err)
                 : answer(rd_kafka_mock_broker_set_down(cluster->mock, (int32_t)broker_id), "down", err);
}

bool
cluster_set_rtt_ms(Cluster *cluster, int64_t broker_id, int64_t rtt_ms, Err *err)
{
    if (!broker_is_known(cluster, broker_id, err)) {
        return false;
    }
    if (rtt_ms < 0 || rtt_ms > RTT_MS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "rtt", "round trip of %" PRId64 " ms is not in 0 to %d", rtt_ms,
                       RTT_MS_MAX);
    }
    return answer(rd_kafka_mock_broker_set_rtt(cluster->mock, (int32_t)broker_id, (int)rtt_ms), "rtt", err);
}

bool
cluster_push_errors(Cluster *cluster, int64_t api_key, int64_t code, int64_t count, Err *err)
{
    _cleanup_(free_pointer) rd_kafka_resp_err_t *errors = NULL;
    int64_t i = 0;

    if (api_key < 0 || api_key > API_KEY_MAX) {
        return err_set(err, ERR_INVALID_DATA, "api_key", "API key %" PRId64 " is not in 0 to %d", api_key,
                       API_KEY_MAX);
    }
    if (code < INT16_MIN || code > INT16_MAX) {
        return err_set(err, ERR_INVALID_DATA, "code", "no error has code %" PRId64, code);
    }
    if (count < 1 || count > CLUSTER_ERRORS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "count", "count %" PRId64 " is not in 1 to %d", count,
                       CLUSTER_ERRORS_MAX);
    }
    errors = calloc((size_t)count, sizeof *errors);
    if (errors == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    for (i = 0; i < count; i++) {
        errors[i] = (rd_kafka_resp_err_t)code;
    }
    rd_kafka_mock_push_request_errors_array(cluster->mock, (int16_t)api_key, (size_t)count, errors);
    return true;
}
