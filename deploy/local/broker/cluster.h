/* cluster.h - the mock cluster, its topics and its faults.
 *
 * librdkafka's mock cluster runs in a thread of the library; the functions here wait for it to
 * answer, a few microseconds. It keeps messages in memory only: at most 5 MiB or 100,000 batches a
 * partition, the oldest dropped silently (hence many partitions).
 */
#ifndef PACELINE_BROKER_CLUSTER_H
#define PACELINE_BROKER_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum { CLUSTER_PARTITIONS_MAX = 1024, CLUSTER_TOPICS_MAX = 256, CLUSTER_ERRORS_MAX = 10000 };

typedef struct Cluster Cluster;

/* cluster_new starts `count` brokers, 1 to PORTS_MAX, with ids from 1, that listen on 127.0.0.1 at the given
 * ports (0 = any free one). NULL if a port is taken, or if the library did not listen where it was told to.
 */
MUST_CHECK Cluster *cluster_new(const uint16_t *ports, size_t count, Err *err);
void cluster_free(Cluster *cluster); /* NULL is fine */

/* cluster_bootstraps returns "127.0.0.1:PORT[,...]", owned by the cluster. */
const char *cluster_bootstraps(const Cluster *cluster);

/* cluster_create_topic makes a topic; it is a success if the topic was made here before with as many
 * partitions. It fails if the name is not one of Kafka's, if the topic has another number of
 * partitions, or if a client's request made it first (then it has 4). */
MUST_CHECK bool cluster_create_topic(Cluster *cluster, const char *name, int64_t partitions, Err *err);

/* cluster_set_up lets a broker accept connections, or cuts them all and refuses new ones. */
MUST_CHECK bool cluster_set_up(Cluster *cluster, int64_t broker_id, bool is_up, Err *err);

/* cluster_set_rtt_ms delays every answer of a broker. */
MUST_CHECK bool cluster_set_rtt_ms(Cluster *cluster, int64_t broker_id, int64_t rtt_ms, Err *err);

/* cluster_push_errors makes the next `count` requests of this API key (0 = Produce, 1 = Fetch, ...)
 * fail with Kafka's error code; a request that fails has no effect. -195 cuts the connection. */
MUST_CHECK bool cluster_push_errors(Cluster *cluster, int64_t api_key, int64_t code, int64_t count, Err *err);

#endif
