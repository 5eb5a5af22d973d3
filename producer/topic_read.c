#include "producer/topic_read.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/command.h"
#include "common/kafka.h"

enum {
    ANSWER_TIMEOUT_MS = 10000, /* of one question to the broker */
    POLL_MS = 100,
    SILENCE_US = 30000000, /* a broker that sends nothing for so long is out of reach */
};

/* Its offsets are never committed; a broker that guards its groups must let this one be asked for. */
#define GROUP "paceline-replay"

/* Part is one partition: the offsets to read, and whether all of them have been. */
typedef struct Part {
    int64_t begin, end; /* [begin, end) */
    bool is_over;
} Part;

typedef struct Reader {
    rd_kafka_t *client;
    const char *topic;
    const TopicRange *range;
    Part *parts; /* [n], by number of the partition */
    size_t n, left;
} Reader;

static void
reader_done(Reader *reader)
{
    if (reader->client != NULL) {
        rd_kafka_destroy_flags(reader->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    free(reader->parts);
}

static rd_kafka_t *
client_new(const Config *config, Err *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(config, "paceline-producer read", err);
    if (conf == NULL) {
        return NULL;
    }
    if (!kafka_conf_set(conf, "group.id", GROUP, err) ||
        !kafka_conf_set(conf, "enable.auto.commit", "false", err) ||
        !kafka_conf_set(conf, "enable.partition.eof", "true", err) ||
        !kafka_conf_set(conf, "auto.offset.reset", "earliest", err) ||
        !kafka_conf_set(conf, "allow.auto.create.topics", "false", err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_log_cb(conf, NULL); /* what is wrong comes back as an error */
    return kafka_consumer_new(config, conf, err);
}

/* --- where to begin and to end --- */

/* part_by_offset takes the part of [from, to) that the partition has. */
static bool
part_by_offset(const Reader *reader, const KafkaPartition *partition, Part *part, Err *err)
{
    const TopicRange *range = reader->range;
    if (partition->partition != range->partition) {
        return true;
    }
    if (range->from >= partition->high) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "partition %d of %s ends at offset %lld",
                       range->partition, reader->topic, (long long)partition->high);
    }
    part->begin = range->from > partition->low ? range->from : partition->low;
    part->end = range->to < partition->high ? range->to : partition->high;
    return true;
}

/* times_look moves the parts' beginnings up to the first message of the time, where the broker knows it. */
static bool
times_look(Reader *reader, Err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->n);
    for (size_t i = 0; i < reader->n; i++) {
        rd_kafka_topic_partition_list_add(list, reader->topic, (int32_t)i)->offset = reader->range->from;
    }
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(reader->client, list, ANSWER_TIMEOUT_MS);
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++) {
        Part *part = &reader->parts[i];
        code = list->elems[i].err;
        part->begin = list->elems[i].offset > part->begin ? list->elems[i].offset : part->begin;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, reader->topic);
}

static bool
parts_find(Reader *reader, const KafkaPartition *partitions, Err *err)
{
    const TopicRange *range = reader->range;
    for (size_t i = 0; i < reader->n; i++) {
        if (range->is_by_time) {
            reader->parts[i] = (Part){ .begin = partitions[i].low, .end = partitions[i].high };
        } else if (!part_by_offset(reader, &partitions[i], &reader->parts[i], err)) {
            return false;
        }
    }
    if (!range->is_by_time && (size_t)range->partition >= reader->n) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "%s has no partition %d, but %zu from 0",
                       reader->topic, range->partition, reader->n);
    }
    return !range->is_by_time || range->from == 0 || times_look(reader, err);
}

/* parts_assign asks for everything that has messages in the range. */
static bool
parts_assign(Reader *reader, Err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->n);
    for (size_t i = 0; i < reader->n; i++) {
        Part *part = &reader->parts[i];
        part->is_over = part->begin >= part->end;
        if (!part->is_over) {
            rd_kafka_topic_partition_list_add(list, reader->topic, (int32_t)i)->offset = part->begin;
            reader->left++;
        }
    }
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, reader->topic);
}

static bool
reader_open(Reader *reader, const Config *config, Err *err)
{
    _cleanup_(free_pointer) KafkaPartition *partitions = NULL;
    reader->client = client_new(config, err);
    if (reader->client == NULL) {
        return false;
    }
    rd_kafka_poll_set_consumer(reader->client);
    if (!kafka_partitions(reader->client, reader->topic, ANSWER_TIMEOUT_MS, &partitions, &reader->n, err)) {
        return false;
    }
    reader->parts = calloc(reader->n, sizeof *reader->parts);
    if (reader->parts == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    return parts_find(reader, partitions, err) && parts_assign(reader, err);
}

/* --- reading --- */

/* part_reach notes that everything below offset has been read. Offsets have holes, so the end may be passed
 * without being met. */
static void
part_reach(Reader *reader, Part *part, int64_t offset)
{
    if (!part->is_over && offset >= part->end) {
        part->is_over = true;
        reader->left--;
    }
}

static bool
message_take(Reader *reader, const rd_kafka_message_t *message, TopicVisit visit, void *user, Err *err)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        /* What librdkafka heals by itself ends in silence if it does not. */
        return message->err == RD_KAFKA_RESP_ERR__TRANSPORT ||
               message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
               kafka_err(err, message->err, reader->topic);
    }
    Part *part = &reader->parts[message->partition];
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        part_reach(reader, part, part->end);
        return true;
    }
    if (part->is_over || message->offset >= part->end) {
        part_reach(reader, part, message->offset);
        return true;
    }
    if (topic_range_has_time(reader->range, rd_kafka_message_timestamp(message, NULL)) &&
        !visit(user, message, err)) {
        return false;
    }
    part_reach(reader, part, message->offset + 1);
    return true;
}

bool
topic_read(const Config *config, Role *role, const char *topic, const TopicRange *range, TopicVisit visit,
           void *user, Err *err)
{
    _cleanup_(reader_done) Reader reader = { .topic = topic, .range = range };
    if (!reader_open(&reader, config, err)) {
        return false;
    }
    int64_t heard_at_us = clock_monotonic_us();
    while (reader.left > 0) {
        role_tick(role);
        if (role_draining(role)) {
            return err_set(err, ERR_UNKNOWN, COMMAND_NOT_POSSIBLE, "interrupted while reading %s", topic);
        }
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader.client, POLL_MS);
        if (message == NULL) {
            if (clock_monotonic_us() - heard_at_us > SILENCE_US) {
                return err_set(err, ERR_NETWORK, "silence", "kafka: %s: nothing comes from the broker",
                               topic);
            }
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            heard_at_us = clock_monotonic_us();
        }
        bool is_good = message_take(&reader, message, visit, user, err);
        rd_kafka_message_destroy(message);
        if (!is_good) {
            return false;
        }
    }
    return true;
}
