/* topic_read.h - the messages of a range of a topic, each once, read beside all consumer groups.
 *
 * Nothing is committed, and no group is joined. The topic's ends are taken when reading begins: what is
 * written meanwhile is not met. The order is that of offsets within a partition, and none between partitions.
 */
#ifndef PACELINE_TOPIC_READ_H
#define PACELINE_TOPIC_READ_H

#include <librdkafka/rdkafka.h>

#include "common/config.h"
#include "common/err.h"
#include "common/role.h"
#include "producer/topic_range.h"

/* TopicVisit gets a message, borrowed for the call. False ends the reading with its error. */
typedef bool (*TopicVisit)(void *user, const rd_kafka_message_t *message, Err *err);

/* topic_read calls visit for each message of the range. An offset that retention has removed is passed over;
 * a partition that the topic does not have, or that ends before the range begins, is an error with code
 * COMMAND_USAGE. A broker that does not know offsets of times (the embedded one) is read from the beginning.
 * False with code COMMAND_NOT_POSSIBLE if the role drains meanwhile; ERR_NETWORK if nothing comes for 30 s.
 */
MUST_CHECK bool topic_read(const Config *config, Role *role, const char *topic, const TopicRange *range,
                           TopicVisit visit, void *user, Err *err);

#endif
