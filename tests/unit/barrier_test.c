/* barrier_is_behind: when is a group past the ends that a barrier has read? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reaper/barrier.h"

static bool
is_behind(int64_t low, int64_t high, int64_t low_now, int64_t committed)
{
    const KafkaPartition end = { .partition = 3, .low = low, .high = high };
    const KafkaPartition now = { .partition = 3, .low = low_now, .high = high + 100, .committed = committed };
    return barrier_is_behind(&end, &now);
}

static void
test_an_empty_partition_counts_as_passed(void **state)
{
    (void)state;
    assert_false(is_behind(0, 0, 0, RD_KAFKA_OFFSET_INVALID));
    assert_false(is_behind(70, 70, 70, RD_KAFKA_OFFSET_INVALID)); /* retention has taken all */
    assert_false(is_behind(70, 70, 70, 12));
}

static void
test_a_group_is_behind_until_it_has_committed_the_end(void **state)
{
    (void)state;
    assert_true(is_behind(0, 5, 0, RD_KAFKA_OFFSET_INVALID));
    assert_true(is_behind(0, 5, 0, 0));
    assert_true(is_behind(0, 5, 0, 4));
    assert_false(is_behind(0, 5, 0, 5));
    assert_false(is_behind(0, 5, 0, 50)); /* and on, or the topic is another */
}

static void
test_what_retention_takes_meanwhile_is_waited_for_no_more(void **state)
{
    (void)state;
    assert_true(is_behind(0, 5, 4, 2));
    assert_false(is_behind(0, 5, 5, 2));
    assert_false(is_behind(0, 5, 9, RD_KAFKA_OFFSET_INVALID));
}

static void
test_a_log_that_is_shorter_than_it_was_is_another(void **state)
{
    const KafkaPartition end = { .low = 0, .high = 5 };
    const KafkaPartition same = { .low = 5, .high = 5 };
    const KafkaPartition longer = { .low = 0, .high = 6 };
    const KafkaPartition shorter = { .low = 0, .high = 4 };
    const KafkaPartition empty = { .low = 0, .high = 0 };
    (void)state;
    assert_false(barrier_is_void(&end, &same));
    assert_false(barrier_is_void(&end, &longer));
    assert_true(barrier_is_void(&end, &shorter));
    assert_true(barrier_is_void(&end, &empty));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_partition_counts_as_passed),
        cmocka_unit_test(test_a_group_is_behind_until_it_has_committed_the_end),
        cmocka_unit_test(test_a_log_that_is_shorter_than_it_was_is_another),
        cmocka_unit_test(test_what_retention_takes_meanwhile_is_waited_for_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
