/* inbox_test.c - which offsets may be stored while messages of several partitions wait for their owners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "worker/inbox.h"

/* Stored is what inbox_settle told last, one line a partition. */
typedef struct Stored {
    int n;
    struct {
        const WorkKind *kind;
        int32_t partition;
        int64_t next_offset;
    } items[64];
} Stored;

static void
stored_add(void *user, const WorkKind *kind, int32_t partition, int64_t next_offset)
{
    Stored *stored = user;
    assert_in_range(stored->n, 0, 63);
    stored->items[stored->n].kind = kind;
    stored->items[stored->n].partition = partition;
    stored->items[stored->n].next_offset = next_offset;
    stored->n++;
}

static int64_t
stored_of(const Stored *stored, const WorkKind *kind, int32_t partition)
{
    for (int i = 0; i < stored->n; i++) {
        if (stored->items[i].kind == kind && stored->items[i].partition == partition) {
            return stored->items[i].next_offset;
        }
    }
    return -1;
}

static Entry *
add(Inbox *inbox, WorkKind *kind, int32_t partition, int64_t offset, EntryState state)
{
    Entry *entry = inbox_add(inbox);
    assert_non_null(entry);
    entry->kind = kind;
    entry->partition = partition;
    entry->offset = offset;
    entry->state = state;
    return entry;
}

static int
inbox_new(void **state)
{
    *state = calloc(1, sizeof(Inbox));
    return *state == NULL;
}

static int
inbox_end(void **state)
{
    free(*state);
    return 0;
}

static void
test_an_entry_begins_new_without_a_partition(void **state)
{
    Inbox *inbox = *state;
    Entry *entry = inbox_add(inbox);
    entry->state = ENTRY_SETTLED;
    entry->epoch = 7;
    entry->key[0] = 'x';
    inbox->n = 0;
    entry = inbox_add(inbox); /* the same place again: nothing is left of the former entry */
    assert_int_equal(entry->state, ENTRY_NEW);
    assert_int_equal(entry->epoch, -1);
    assert_int_equal(entry->partition, INBOX_NO_PARTITION);
    assert_string_equal(entry->key, "");
    assert_null(entry->kind);
}

static void
test_a_full_inbox_takes_nothing(void **state)
{
    Inbox *inbox = *state;
    for (int i = 0; i < INBOX_MAX; i++) {
        assert_non_null(inbox_add(inbox));
    }
    assert_null(inbox_add(inbox));
    assert_int_equal(inbox->n, INBOX_MAX);
    assert_int_equal(inbox_count(inbox, NULL, ENTRY_NEW), INBOX_MAX);
}

static void
test_the_offset_stands_before_the_first_that_is_not_settled(void **state)
{
    Inbox *inbox = *state;
    WorkKind kind = { .job_us = 0 };
    Stored stored = { .n = 0 };
    add(inbox, &kind, 0, 10, ENTRY_SETTLED);
    add(inbox, &kind, 1, 5, ENTRY_LOOK);
    add(inbox, &kind, 0, 11, ENTRY_SETTLED);
    add(inbox, &kind, 0, 13, ENTRY_NEW); /* 12 is a hole: offsets are remembered, never counted */
    add(inbox, &kind, 0, 14, ENTRY_SETTLED);
    add(inbox, &kind, 1, 6, ENTRY_SETTLED);
    inbox_settle(inbox, stored_add, &stored);
    assert_int_equal(stored.n, 1);
    assert_int_equal(stored_of(&stored, &kind, 0), 12);
    assert_int_equal(inbox->n, 4); /* settled entries behind one that is not stay */
    inbox->items[0].state = ENTRY_SETTLED;
    assert_int_equal(inbox->items[1].offset, 13);
    inbox->items[1].state = ENTRY_SETTLED;
    stored.n = 0;
    inbox_settle(inbox, stored_add, &stored);
    assert_int_equal(stored_of(&stored, &kind, 0), 15);
    assert_int_equal(stored_of(&stored, &kind, 1), 7);
    assert_int_equal(inbox->n, 0);
    stored.n = 0;
    inbox_settle(inbox, stored_add, &stored);
    assert_int_equal(stored.n, 0); /* told once */
}

static void
test_every_waiting_state_holds_the_offset(void **state)
{
    static const EntryState waiting[] = { ENTRY_NEW, ENTRY_LOOK, ENTRY_ALONE, ENTRY_DEAD };
    Inbox *inbox = *state;
    WorkKind kind = { .job_us = 0 };
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++) {
        Stored stored = { .n = 0 };
        inbox->n = 0;
        add(inbox, &kind, 0, 1, waiting[i]);
        add(inbox, &kind, 0, 2, ENTRY_SETTLED);
        inbox_settle(inbox, stored_add, &stored);
        assert_int_equal(stored.n, 0);
        assert_int_equal(inbox->n, 2);
        assert_int_equal(inbox_count(inbox, &kind, waiting[i]), 1);
    }
}

static void
test_kinds_and_partitions_do_not_wait_for_each_other(void **state)
{
    Inbox *inbox = *state;
    WorkKind a = { .job_us = 0 };
    WorkKind b = { .job_us = 0 };
    Stored stored = { .n = 0 };
    for (int32_t partition = 0; partition < 16; partition++) {
        add(inbox, &a, partition, 100 + partition, partition % 2 == 0 ? ENTRY_SETTLED : ENTRY_NEW);
        add(inbox, &b, partition, 200 + partition, partition % 2 == 0 ? ENTRY_NEW : ENTRY_SETTLED);
    }
    inbox_settle(inbox, stored_add, &stored);
    assert_int_equal(stored.n, 16);
    for (int32_t partition = 0; partition < 16; partition++) {
        bool is_of_a = partition % 2 == 0;
        assert_int_equal(stored_of(&stored, &a, partition), is_of_a ? 101 + partition : -1);
        assert_int_equal(stored_of(&stored, &b, partition), is_of_a ? -1 : 201 + partition);
    }
    assert_int_equal(inbox->n, 16);
    assert_int_equal(inbox_count(inbox, &a, ENTRY_NEW), 8);
    assert_int_equal(inbox_count(inbox, NULL, ENTRY_NEW), 16);
}

static void
test_what_came_by_notify_has_no_offset(void **state)
{
    Inbox *inbox = *state;
    WorkKind kind = { .job_us = 0 };
    Stored stored = { .n = 0 };
    add(inbox, &kind, INBOX_NO_PARTITION, 0, ENTRY_NEW);
    add(inbox, &kind, 3, 9, ENTRY_SETTLED);
    add(inbox, &kind, INBOX_NO_PARTITION, 0, ENTRY_SETTLED);
    inbox_settle(inbox, stored_add, &stored);
    assert_int_equal(stored.n, 1);
    assert_int_equal(stored_of(&stored, &kind, 3), 10);
    assert_int_equal(inbox->n, 1);
}

static void
test_forgetting_a_partition_tells_where_to_read_again(void **state)
{
    Inbox *inbox = *state;
    WorkKind kind = { .job_us = 0 };
    WorkKind other = { .job_us = 0 };
    add(inbox, &kind, 2, 40, ENTRY_LOOK);
    add(inbox, &other, 2, 7, ENTRY_NEW);
    add(inbox, &kind, 2, 41, ENTRY_SETTLED);
    add(inbox, &kind, 3, 50, ENTRY_NEW);
    assert_int_equal(inbox_forget(inbox, &kind, 2), 40);
    assert_int_equal(inbox->n, 2);
    assert_ptr_equal(inbox->items[0].kind, &other);
    assert_int_equal(inbox->items[1].offset, 50);
    assert_int_equal(inbox_forget(inbox, &kind, 2), -1);
    assert_int_equal(inbox->n, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_entry_begins_new_without_a_partition, inbox_new, inbox_end),
        cmocka_unit_test_setup_teardown(test_a_full_inbox_takes_nothing, inbox_new, inbox_end),
        cmocka_unit_test_setup_teardown(test_the_offset_stands_before_the_first_that_is_not_settled,
                                        inbox_new, inbox_end),
        cmocka_unit_test_setup_teardown(test_every_waiting_state_holds_the_offset, inbox_new, inbox_end),
        cmocka_unit_test_setup_teardown(test_kinds_and_partitions_do_not_wait_for_each_other, inbox_new,
                                        inbox_end),
        cmocka_unit_test_setup_teardown(test_what_came_by_notify_has_no_offset, inbox_new, inbox_end),
        cmocka_unit_test_setup_teardown(test_forgetting_a_partition_tells_where_to_read_again, inbox_new,
                                        inbox_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
