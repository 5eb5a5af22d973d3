/* topic_range.h - which messages of a topic a command means: those of a time, or of a partition's offsets.
 *
 * Pure.
 */
#ifndef PACELINE_TOPIC_RANGE_H
#define PACELINE_TOPIC_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define TOPIC_RANGE_ALL_PARTITIONS (-1)

/* TopicRange is everything from `from` up to, and without, `to`: message timestamps in Unix ms over all
 * partitions, or offsets of one partition. */
typedef struct TopicRange {
    bool is_by_time;
    int32_t partition; /* TOPIC_RANGE_ALL_PARTITIONS if by time */
    int64_t from, to;
} TopicRange;

#define TOPIC_RANGE_EVERYTHING                                                                               \
    ((TopicRange){ .is_by_time = true, .partition = TOPIC_RANGE_ALL_PARTITIONS, .to = INT64_MAX })

/* topic_range_parse reads the two ends of a range as a command line has them: both times (ISO 8601 with Z or
 * an offset) and no partition, or both offsets (whole numbers) of a partition. partition is
 * TOPIC_RANGE_ALL_PARTITIONS if none is given. ERR_INVALID_DATA with code COMMAND_USAGE and the argument's
 * name in the message. */
MUST_CHECK bool topic_range_parse(const char *from, const char *to, int64_t partition, TopicRange *ret_range,
                                  Err *err);

/* topic_range_has_time tells whether a message's timestamp lies in a range by time; one by offsets has any.
 */
bool topic_range_has_time(const TopicRange *range, int64_t timestamp_ms);

#endif
