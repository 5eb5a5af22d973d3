#include "producer/topic_range.h"

#include <stddef.h>

#include "common/activity/timestamp.h"
#include "common/command.h"
#include "common/str.h"

/* end_parse reads one end: a whole number is an offset, everything else has to be a time. */
static bool
end_parse(const char *option, const char *text, bool *ret_is_time, int64_t *ret_value, Err *err)
{
    int64_t value = 0;
    int32_t zone_s = 0;
    if (str_to_int64(text, &value)) {
        *ret_is_time = false;
        *ret_value = value;
        return value >= 0 || err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "%s: %s is below 0", option, text);
    }
    if (!timestamp_parse(text, &value, &zone_s)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE,
                       "%s: %s is neither a time (2026-03-14T15:09:26Z) nor an offset", option, text);
    }
    if (zone_s == INT32_MIN) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE,
                       "%s: %s has no time zone: end it with Z or an offset such as +02:00", option, text);
    }
    *ret_is_time = true;
    *ret_value = value / 1000;
    return value >= 0 || err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "%s: %s is before 1970", option, text);
}

bool
topic_range_parse(const char *from, const char *to, int64_t partition, TopicRange *ret_range, Err *err)
{
    TopicRange range = { .partition = (int32_t)partition };
    bool is_to_time = false;
    if (from == NULL || to == NULL) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "%s is missing",
                       from == NULL ? "--from" : "--to");
    }
    if (!end_parse("--from", from, &range.is_by_time, &range.from, err) ||
        !end_parse("--to", to, &is_to_time, &range.to, err)) {
        return false;
    }
    if (range.is_by_time != is_to_time) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE,
                       "--from %s and --to %s: give two times, or two offsets", from, to);
    }
    if (range.is_by_time != (partition == TOPIC_RANGE_ALL_PARTITIONS)) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE,
                       range.is_by_time ? "--partition goes with offsets: a time means all partitions"
                                        : "offsets are those of a partition: --partition is missing");
    }
    if (range.from >= range.to) {
        return err_set(err, ERR_INVALID_DATA, COMMAND_USAGE, "--from %s is not before --to %s", from, to);
    }
    *ret_range = range;
    return true;
}

bool
topic_range_has_time(const TopicRange *range, int64_t timestamp_ms)
{
    return !range->is_by_time || (timestamp_ms >= range->from && timestamp_ms < range->to);
}
