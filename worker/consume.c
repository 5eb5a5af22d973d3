#include "worker/consume.h"

#include <librdkafka/rdkafka.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/kafka.h"
#include "common/log.h"
#include "common/metrics.h"
#include "worker/claim.h"
#include "worker/dead_letter.h"
#include "worker/inbox.h"

enum {
    MEMBERS_MAX = 4096,         /* partitions one slot can be given */
    CLOSE_TIMEOUT_US = 5000000, /* closing can hang in 2.0.2 (librdkafka #4187, #4528) */
    PROBE_INTERVAL_US = 1000000,
    PROBE_TIMEOUT_MS = 100,
};

/* Member is a partition that is ours now. */
typedef struct Member {
    const WorkKind *kind;
    int32_t partition;
    bool is_paused; /* by us: only what we paused is resumed (librdkafka #4636) */
} Member;

struct Consumer {
    Worker *worker;
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    int event_fd;
    DeadLetters *letters;
    size_t member_count;
    Member members[MEMBERS_MAX];
    bool is_held, is_full, has_left, is_broken, is_down;
    bool has_joined; /* the group has given this member its partitions, perhaps none, once */
    int64_t probed_at_us;
};

static WorkKind *
kind_of_topic(const Worker *worker, const char *topic)
{
    for (size_t i = 0; i < worker->kind_count; i++) {
        if (strcmp(worker->kinds[i]->job.topic, topic) == 0) {
            return worker->kinds[i];
        }
    }
    return NULL;
}

/* --- partitions --- */

static void
member_set_paused(Consumer *consumer, Member *member, bool wants_pause)
{
    if (wants_pause == member->is_paused) {
        return;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, member->kind->job.topic, member->partition);
    rd_kafka_resp_err_t code = wants_pause ? rd_kafka_pause_partitions(consumer->client, list)
                                           : rd_kafka_resume_partitions(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        member->is_paused = wants_pause;
    }
}

static void
member_pause(Consumer *consumer, Member *member)
{
    member_set_paused(consumer, member,
                      consumer->is_held || consumer->is_full || member->kind->job.is_paused ||
                          member->kind->is_crowding);
}

static void
members_pause(Consumer *consumer)
{
    for (size_t i = 0; i < consumer->member_count; i++) {
        member_pause(consumer, &consumer->members[i]);
    }
}

static void
members_add(Consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        const WorkKind *kind = kind_of_topic(consumer->worker, list->elems[i].topic);
        if (kind != NULL && consumer->member_count < MEMBERS_MAX) {
            consumer->members[consumer->member_count++] =
                (Member){ .kind = kind, .partition = list->elems[i].partition };
        }
    }
    members_pause(consumer);
}

static void
members_remove(Consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        const WorkKind *kind = kind_of_topic(consumer->worker, list->elems[i].topic);
        for (size_t j = 0; j < consumer->member_count; j++) {
            if (consumer->members[j].kind == kind &&
                consumer->members[j].partition == list->elems[i].partition) {
                /* The library remembers a pause across the assignment: what comes back would never be read.
                 */
                member_set_paused(consumer, &consumer->members[j], false);
                consumer->members[j] = consumer->members[--consumer->member_count];
                break;
            }
        }
        if (kind != NULL) {
            (void)inbox_forget(consumer->worker->inbox, kind, list->elems[i].partition);
        }
    }
}

/* rebalanced serves the cooperative protocol. What is stored when partitions go is committed by the library.
 * Running jobs go on: they belong to the row, not to the partition. */
static void
rebalanced(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    Consumer *consumer = opaque;
    rd_kafka_error_t *error = NULL;
    consumer->is_down = false;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        error = rd_kafka_incremental_assign(client, list);
        consumer->has_joined = true;
        members_add(consumer, list);
        LOG_DEBUG("consume.assign", LOG_INT("partitions", list->cnt));
    } else {
        if (!rd_kafka_assignment_lost(client)) {
            consumer_store(consumer);
        }
        members_remove(consumer, list);
        metric_add(METRIC_WORKER_REVOKE_TOTAL, NULL, NULL, (uint64_t)list->cnt);
        error = rd_kafka_incremental_unassign(client, list);
        LOG_DEBUG("consume.revoke", LOG_INT("partitions", list->cnt));
    }
    if (error != NULL) {
        LOG_WARN("consume.rebalance", LOG_TEXT("error", rd_kafka_error_string(error)));
        rd_kafka_error_destroy(error);
    }
}

static void
error_came(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    Consumer *consumer = opaque;
    kafka_error_log(client, code, reason, NULL);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        consumer->is_broken = true;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        consumer->is_down = true;
    }
}

/* --- offsets --- */

static void
offset_add(void *user, const WorkKind *kind, int32_t partition, int64_t next_offset)
{
    rd_kafka_topic_partition_list_add(user, kind->job.topic, partition)->offset = next_offset;
}

void
consumer_store(Consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    inbox_settle(consumer->worker->inbox, offset_add, list);
    if (list->cnt > 0) {
        /* A partition that is not ours any more is refused, which is right: its new owner reads on from what
         * was stored. */
        (void)rd_kafka_offsets_store(consumer->client, list);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* partition_rewind reads a partition again from an offset that could not be taken over, or from before it if
 * the inbox has messages that are not settled. */
static void
partition_rewind(Consumer *consumer, const WorkKind *kind, int32_t partition, int64_t offset)
{
    int64_t first_offset = inbox_forget(consumer->worker->inbox, kind, partition);
    if (first_offset >= 0 && first_offset < offset) {
        offset = first_offset;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, kind->job.topic, partition)->offset = offset;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer->client, list, 1000);
    if (error != NULL) {
        LOG_WARN("consume.rewind", LOG_TEXT("error", rd_kafka_error_string(error)));
        rd_kafka_error_destroy(error);
        consumer->is_broken = true; /* a fresh start reads from the stored offset */
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- messages --- */

static void
letter_ended(void *user, const char *topic, int32_t partition, int64_t offset, bool is_delivered)
{
    Consumer *consumer = user;
    Inbox *inbox = consumer->worker->inbox;
    const WorkKind *kind = kind_of_topic(consumer->worker, topic);
    for (size_t i = 0; i < inbox->n; i++) {
        Entry *entry = &inbox->items[i];
        if (entry->state == ENTRY_DEAD && entry->kind == kind && entry->partition == partition &&
            entry->offset == offset) {
            if (!is_delivered) {
                partition_rewind(consumer, kind, partition, offset);
                return;
            }
            entry->state = ENTRY_SETTLED;
            metric_add(METRIC_DEAD_LETTER_TOTAL, NULL, NULL, 1);
            return;
        }
    }
}

static void
entry_bury(Consumer *consumer, Entry *entry, const rd_kafka_message_t *message, const char *reason)
{
    Err err = ERR_NONE;
    LOG_WARN("consume.unreadable", LOG_TEXT("topic", entry->kind->job.topic),
             LOG_INT("partition", message->partition), LOG_INT("offset", message->offset),
             LOG_TEXT("reason", reason));
    entry->state = ENTRY_DEAD;
    if (!dead_letter_send(consumer->letters, message, reason, &err)) {
        LOG_WARN("consume.bury", LOG_FAILURE(&err));
        partition_rewind(consumer, entry->kind, message->partition, message->offset);
    }
}

static void
traceparent_read(const rd_kafka_message_t *message, char *buffer)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t length = 0;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, "traceparent", &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        length < TRACEPARENT_SIZE) {
        memcpy(buffer, value, length);
        buffer[length] = '\0';
    }
}

/* message_file puts a message into the inbox; what cannot be read, on its way to paceline.dead. */
static void
message_file(Consumer *consumer, WorkKind *kind, const rd_kafka_message_t *message)
{
    Err err = ERR_NONE;
    JobMessage job = { .epoch = -1 };
    Entry *entry = inbox_add(consumer->worker->inbox);
    if (entry == NULL) { /* polled although there was no room: a rebalance in between */
        partition_rewind(consumer, kind, message->partition, message->offset);
        return;
    }
    entry->kind = kind;
    entry->partition = message->partition;
    entry->offset = message->offset;
    if (message->payload == NULL) {
        entry->state = ENTRY_SETTLED; /* a tombstone says nothing */
    } else if (!job_message_parse(message->payload, message->len, &job, &err)) {
        entry_bury(consumer, entry, message, err.message);
    } else if (strcmp(job.kind, kind->job.name) != 0) {
        entry_bury(consumer, entry, message, "kind: not the topic's");
    } else if (!job_key_valid(&kind->job, job.key)) {
        entry_bury(consumer, entry, message, "key: not of the kind's type");
    } else {
        (void)str_copy(entry->key, sizeof entry->key, job.key);
        job_key_canonical(&kind->job, entry->key);
        entry->epoch = job.epoch;
        int64_t sent_at_ms = rd_kafka_message_timestamp(message, NULL);
        entry->sent_at_us = sent_at_ms > 0 ? sent_at_ms * 1000 : 0;
        traceparent_read(message, entry->traceparent);
    }
}

size_t
inbox_share(size_t kind_count, size_t claim_limit)
{
    if (kind_count <= 1) {
        return INBOX_MAX;
    }
    size_t least = INBOX_MAX / 2 / kind_count;
    size_t share = 2 * claim_limit > least ? 2 * claim_limit : least;
    const size_t most = (size_t)INBOX_MAX / 4 * 3;
    return share < most ? share : most;
}

/* crowding_look pauses a kind that has its share of the inbox, until half of that is free. */
static void
crowding_look(Consumer *consumer, WorkKind *kind)
{
    const Worker *worker = consumer->worker;
    size_t share = inbox_share(worker->kind_count, claim_limit(worker, kind));
    bool is_crowding = kind->waiting >= share || (kind->is_crowding && kind->waiting > share / 2);
    if (is_crowding != kind->is_crowding) {
        kind->is_crowding = is_crowding;
        members_pause(consumer);
    }
}

static void
crowding_count(Consumer *consumer)
{
    const Worker *worker = consumer->worker;
    for (size_t i = 0; i < worker->kind_count; i++) {
        worker->kinds[i]->waiting = 0;
    }
    for (size_t i = 0; i < worker->inbox->n; i++) {
        worker->inbox->items[i].kind->waiting++;
    }
    for (size_t i = 0; i < worker->kind_count; i++) {
        crowding_look(consumer, worker->kinds[i]);
    }
}

static bool
message_take(Consumer *consumer, const rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        LOG_WARN("consume.error", LOG_TEXT("error", rd_kafka_message_errstr(message)));
        return false;
    }
    WorkKind *kind = kind_of_topic(consumer->worker, rd_kafka_topic_name(message->rkt));
    consumer->is_down = false;
    if (kind == NULL) {
        return false;
    }
    metric_add(METRIC_MESSAGE_CONSUME_TOTAL, kind->job.name, NULL, 1);
    message_file(consumer, kind, message);
    kind->waiting++;
    crowding_look(consumer, kind);
    return true;
}

/* room_keep pauses everything while the inbox is full, until half of it is free; the polls that go on serve
 * rebalances alone. Returns how many messages may come. */
static size_t
room_keep(Consumer *consumer)
{
    size_t room = INBOX_MAX - consumer->worker->inbox->n;
    bool is_full = room == 0 || (consumer->is_full && room < INBOX_MAX / 2);
    if (is_full != consumer->is_full) {
        consumer->is_full = is_full;
        members_pause(consumer);
    }
    return is_full ? 0 : room;
}

size_t
consumer_poll(Consumer *consumer, size_t max, int timeout_ms)
{
    size_t n = 0;
    dead_letters_poll(consumer->letters);
    size_t room = room_keep(consumer);
    crowding_count(consumer);
    max = max < room ? max : room;
    do {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client, n == 0 ? timeout_ms : 0);
        if (message == NULL) {
            break;
        }
        n += message_take(consumer, message) ? 1 : 0;
        rd_kafka_message_destroy(message);
    } while (n < max);
    return n;
}

int
consumer_event_fd(const Consumer *consumer)
{
    return consumer->event_fd;
}

void
consumer_event_clear(Consumer *consumer)
{
    uint64_t count = 0;
    if (read(consumer->event_fd, &count, sizeof count) < 0) {
        return; /* nothing had come */
    }
}

/* --- life --- */

static rd_kafka_conf_t *
consumer_conf(Consumer *consumer, Err *err)
{
    static const char *const options[][2] = {
        { "enable.auto.commit", "true" },
        { "enable.auto.offset.store", "false" },
        { "auto.commit.interval.ms", "5000" },
        { "auto.offset.reset", "earliest" },
        { "partition.assignment.strategy", "cooperative-sticky" },
        /* A full queue stops fetching for a whole second in 2.0.2; smaller ones starve null jobs. */
        { "queued.min.messages", "10000" },
        { "session.timeout.ms", "10000" },
        { "heartbeat.interval.ms", "2000" },
        { "fetch.wait.max.ms", "100" },
        { "allow.auto.create.topics", "false" },
    };
    rd_kafka_conf_t *conf = kafka_conf_new(consumer->worker->config, "paceline-worker", err);
    bool is_good =
        conf != NULL && kafka_conf_set(conf, "group.id", consumer->worker->config->consumer_group, err);
    for (size_t i = 0; is_good && i < sizeof options / sizeof options[0]; i++) {
        is_good = kafka_conf_set(conf, options[i][0], options[i][1], err);
    }
    if (!is_good) {
        if (conf != NULL) {
            rd_kafka_conf_destroy(conf);
        }
        return NULL;
    }
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    kafka_conf_on_error(conf, error_came);
    rd_kafka_conf_set_opaque(conf, consumer);
    return conf;
}

static void
consumer_free(Consumer *consumer)
{
    dead_letters_free(consumer->letters);
    if (consumer->queue != NULL) {
        rd_kafka_queue_destroy(consumer->queue);
    }
    if (consumer->event_fd >= 0) {
        close(consumer->event_fd);
    }
    free(consumer);
}

Consumer *
consumer_new(Worker *worker, Err *err)
{
    Consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "consumer: out of memory");
        return NULL;
    }
    consumer->worker = worker;
    consumer->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    consumer->letters = dead_letters_new(worker->config, letter_ended, consumer);
    rd_kafka_conf_t *conf = consumer_conf(consumer, err);
    consumer->client = conf != NULL ? kafka_consumer_new(worker->config, conf, err) : NULL;
    if (consumer->client == NULL || consumer->event_fd < 0 || consumer->letters == NULL) {
        if (consumer->client != NULL) {
            err_set(err, ERR_MEMORY_LIMIT, "memory", "consumer: out of memory or descriptors");
            rd_kafka_destroy(consumer->client);
        }
        consumer_free(consumer);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
    kafka_queue_wake(consumer->queue, consumer->event_fd);
    worker->consumer = consumer;
    if (!consumer_subscribe(consumer, err)) {
        worker->consumer = NULL;
        rd_kafka_destroy(consumer->client);
        consumer_free(consumer);
        return NULL;
    }
    return consumer;
}

bool
consumer_subscribe(Consumer *consumer, Err *err)
{
    const Worker *worker = consumer->worker;
    if (worker->kind_count == 0) {
        return true; /* nothing adopted yet */
    }
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)worker->kind_count);
    for (size_t i = 0; i < worker->kind_count; i++) {
        rd_kafka_topic_partition_list_add(topics, worker->kinds[i]->job.topic, RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    members_pause(consumer);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, "subscribe");
}

void
consumer_hold(Consumer *consumer)
{
    if (!consumer->is_held) {
        consumer->is_held = true;
        members_pause(consumer);
    }
}

void
consumer_release(Consumer *consumer)
{
    Err err = ERR_NONE;
    if (!consumer->is_held) {
        return;
    }
    consumer->is_held = false;
    members_pause(consumer);
    if (consumer->has_left) {
        consumer->has_left = false;
        if (!consumer_subscribe(consumer, &err)) {
            LOG_ERROR("consume.subscribe", LOG_FAILURE(&err));
            consumer->is_broken = true;
        }
    }
}

void
consumer_leave(Consumer *consumer)
{
    if (!consumer->has_left) {
        consumer_store(consumer);
        rd_kafka_unsubscribe(consumer->client);
        consumer->has_left = true;
        metric_add(METRIC_WORKER_LEAVE_TOTAL, NULL, NULL, 1);
        LOG_INFO("consume.leave");
    }
}

/* probe asks the brokers whether they are back: librdkafka tells only when they go. */
static void
probe(Consumer *consumer)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (clock_monotonic_us() - consumer->probed_at_us < PROBE_INTERVAL_US) {
        return;
    }
    consumer->probed_at_us = clock_monotonic_us();
    if (rd_kafka_metadata(consumer->client, 0, NULL, &metadata, PROBE_TIMEOUT_MS) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
        consumer->is_down = false;
    }
}

bool
consumer_is_ready(Consumer *consumer, const char **ret_reason)
{
    if (consumer->is_down) {
        probe(consumer);
    }
    *ret_reason = consumer->is_down      ? "no connection to Kafka"
                  : consumer->has_joined ? NULL
                                         : "joining the group";
    return !consumer->is_down && consumer->has_joined;
}

bool
consumer_is_broken(const Consumer *consumer)
{
    return consumer->is_broken;
}

void
consumer_close(Consumer *consumer)
{
    if (consumer == NULL) {
        return;
    }
    consumer_store(consumer);
    int64_t until_us = clock_monotonic_us() + CLOSE_TIMEOUT_US;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(consumer->client, queue);
    while (error == NULL && rd_kafka_consumer_closed(consumer->client) == 0 &&
           clock_monotonic_us() < until_us) {
        /* rd_kafka_queue_poll_callback would abort the process at a message that is still queued (2.0.2). */
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, 50);
        if (message != NULL) {
            rd_kafka_message_destroy(message); /* not stored: its partition's next owner reads it */
        }
        role_tick(consumer->worker->role);
    }
    bool is_closed = error == NULL && rd_kafka_consumer_closed(consumer->client) != 0;
    if (error != NULL) {
        rd_kafka_error_destroy(error);
    }
    rd_kafka_queue_destroy(queue);
    consumer->worker->consumer = NULL;
    if (is_closed) {
        rd_kafka_t *client = consumer->client;
        consumer_free(consumer);
        rd_kafka_destroy(client);
    } else {
        LOG_WARN("consume.close", LOG_TEXT("error", "the client did not close in time"));
    }
}
