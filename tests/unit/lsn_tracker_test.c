/* lsn_tracker_test.c - nothing is confirmed before everything in front of it has been acknowledged. */
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/backoff.h"
#include "producer/lsn_tracker.h"

static uint64_t
transaction(LsnTracker *tracker, int messages, uint64_t end_lsn)
{
    Err err = ERR_NONE;
    uint64_t token = 0;

    assert_true(lsn_tracker_begin(tracker, &err));
    for (int i = 0; i < messages; i++) {
        token = lsn_tracker_expect(tracker);
        assert_true(token != 0);
    }
    if (end_lsn != 0) {
        lsn_tracker_commit(tracker, end_lsn);
    }
    return token;
}

static int
setup(void **state)
{
    *state = lsn_tracker_new();
    return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    lsn_tracker_free(*state);
    return 0;
}

static void
confirmed_when_all_reports_have_come(void **state)
{
    LsnTracker *tracker = *state;
    uint64_t token = transaction(tracker, 2, 100);

    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    assert_true(lsn_tracker_acknowledge(tracker, token));
    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    assert_true(lsn_tracker_acknowledge(tracker, token));
    assert_int_equal(lsn_tracker_confirmed(tracker), 100);
    assert_int_equal(lsn_tracker_outstanding(tracker), 0);
}

static void
later_transaction_waits_for_the_earlier(void **state)
{
    LsnTracker *tracker = *state;
    uint64_t first = transaction(tracker, 1, 100);
    uint64_t second = transaction(tracker, 1, 200);

    assert_true(lsn_tracker_acknowledge(tracker, second));
    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    assert_true(lsn_tracker_acknowledge(tracker, first));
    assert_int_equal(lsn_tracker_confirmed(tracker), 200);
}

static void
not_confirmed_before_the_commit(void **state)
{
    LsnTracker *tracker = *state;
    uint64_t token = transaction(tracker, 1, 0);

    assert_true(lsn_tracker_acknowledge(tracker, token));
    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    lsn_tracker_commit(tracker, 100);
    assert_int_equal(lsn_tracker_confirmed(tracker), 100);
}

static void
empty_transaction_goes_with_the_one_before(void **state)
{
    LsnTracker *tracker = *state;

    (void)transaction(tracker, 0, 50); /* the reaper's marker */
    assert_int_equal(lsn_tracker_confirmed(tracker), 50);
    uint64_t token = transaction(tracker, 1, 100);
    for (uint64_t lsn = 101; lsn < 1000; lsn++) {
        (void)transaction(tracker, 0, lsn);
    }
    assert_int_equal(lsn_tracker_outstanding(tracker), 1);
    assert_int_equal(lsn_tracker_confirmed(tracker), 50);
    assert_true(lsn_tracker_acknowledge(tracker, token));
    assert_int_equal(lsn_tracker_confirmed(tracker), 999);
}

static void
keepalive_counts_only_when_nothing_is_outstanding(void **state)
{
    LsnTracker *tracker = *state;

    lsn_tracker_keepalive(tracker, 80);
    assert_int_equal(lsn_tracker_confirmed(tracker), 80);
    uint64_t token = transaction(tracker, 1, 100);
    lsn_tracker_keepalive(tracker, 150);
    assert_int_equal(lsn_tracker_confirmed(tracker), 80);
    assert_true(lsn_tracker_acknowledge(tracker, token));
    assert_int_equal(lsn_tracker_confirmed(tracker), 150);
}

static void
keepalive_inside_a_transaction_is_ignored(void **state)
{
    LsnTracker *tracker = *state;

    (void)transaction(tracker, 0, 0);
    lsn_tracker_keepalive(tracker, 500);
    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    lsn_tracker_commit(tracker, 400);
    assert_int_equal(lsn_tracker_confirmed(tracker), 400);
}

static void
reports_of_an_earlier_stream_are_ignored(void **state)
{
    LsnTracker *tracker = *state;
    uint64_t old = transaction(tracker, 3, 100);

    lsn_tracker_restart(tracker, 0);
    uint64_t again = transaction(tracker, 3, 100);
    assert_true(old != again);
    for (int i = 0; i < 3; i++) {
        assert_false(lsn_tracker_acknowledge(tracker, old));
    }
    assert_int_equal(lsn_tracker_confirmed(tracker), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(lsn_tracker_acknowledge(tracker, again));
    }
    assert_false(lsn_tracker_acknowledge(tracker, again));
    assert_int_equal(lsn_tracker_confirmed(tracker), 100);
}

static void
restart_begins_where_the_slot_was_confirmed(void **state)
{
    LsnTracker *tracker = *state;

    (void)transaction(tracker, 0, 300);
    lsn_tracker_restart(tracker, 300);
    assert_int_equal(lsn_tracker_confirmed(tracker), 300);
    (void)transaction(tracker, 0, 200); /* comes again: confirmed never falls within a stream */
    assert_int_equal(lsn_tracker_confirmed(tracker), 300);
    lsn_tracker_restart(tracker, 100); /* another server: what the former one had is nothing here */
    assert_int_equal(lsn_tracker_confirmed(tracker), 100);
    (void)transaction(tracker, 0, 200);
    assert_int_equal(lsn_tracker_confirmed(tracker), 200);
}

static void
no_token_without_a_transaction(void **state)
{
    assert_int_equal(lsn_tracker_expect(*state), 0);
    assert_false(lsn_tracker_acknowledge(*state, 0));
    assert_false(lsn_tracker_acknowledge(*state, 1));
    assert_false(lsn_tracker_acknowledge(*state, UINT64_MAX));
    lsn_tracker_commit(*state, 100);
    assert_int_equal(lsn_tracker_confirmed(*state), 0);
}

/* Thousands of transactions, acknowledged in random order, against the plain definition. */
static void
random_order_agrees_with_the_definition(void **state)
{
    enum { COUNT = 3000 };
    LsnTracker *tracker = *state;
    uint64_t random = 42;
    uint64_t *tokens = calloc(COUNT, sizeof(*tokens));
    int *order = calloc(COUNT, sizeof(*order));
    bool *is_done = calloc(COUNT, sizeof(*is_done));
    int front = 0;

    assert_true(tokens != NULL && order != NULL && is_done != NULL);
    for (int i = 0; i < COUNT; i++) {
        tokens[i] = transaction(tracker, 1, (uint64_t)(i + 1) * 10);
        order[i] = i;
    }
    for (int i = COUNT - 1; i > 0; i--) {
        int j = (int)(random_next(&random) % (uint64_t)(i + 1));
        int other = order[i];
        order[i] = order[j];
        order[j] = other;
    }
    for (int i = 0; i < COUNT; i++) {
        assert_true(lsn_tracker_acknowledge(tracker, tokens[order[i]]));
        is_done[order[i]] = true;
        while (front < COUNT && is_done[front]) {
            front++;
        }
        assert_int_equal(lsn_tracker_confirmed(tracker), front * 10);
    }
    free(tokens);
    free(order);
    free(is_done);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(confirmed_when_all_reports_have_come),
        TEST(later_transaction_waits_for_the_earlier),
        TEST(not_confirmed_before_the_commit),
        TEST(empty_transaction_goes_with_the_one_before),
        TEST(keepalive_counts_only_when_nothing_is_outstanding),
        TEST(keepalive_inside_a_transaction_is_ignored),
        TEST(reports_of_an_earlier_stream_are_ignored),
        TEST(restart_begins_where_the_slot_was_confirmed),
        TEST(no_token_without_a_transaction),
        TEST(random_order_agrees_with_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
