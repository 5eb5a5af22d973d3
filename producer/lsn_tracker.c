/* The waiting transactions are a ring in commit order. A token is the serial number of its transaction;
 * serials go on over restarts, so that a late report of an older stream finds no transaction. */
#include "producer/lsn_tracker.h"

#include <stdlib.h>

enum { RING_FIRST_SIZE = 64 };

typedef struct Transaction {
    uint64_t outstanding; /* reports that have not come */
    uint64_t end_lsn;     /* 0 while open */
} Transaction;

struct LsnTracker {
    Transaction *ring;     /* [size] */
    size_t size, head, n;  /* head: the oldest; n in use */
    uint64_t first_serial; /* of the oldest; 1 or more */
    uint64_t confirmed;
    bool is_open; /* the newest has no commit yet */
};

LsnTracker *
lsn_tracker_new(void)
{
    LsnTracker *tracker = calloc(1, sizeof(*tracker));

    if (tracker != NULL) {
        tracker->first_serial = 1;
    }
    return tracker;
}

void
lsn_tracker_free(LsnTracker *tracker)
{
    if (tracker != NULL) {
        free(tracker->ring);
        free(tracker);
    }
}

static Transaction *
transaction_at(const LsnTracker *tracker, size_t i)
{
    return &tracker->ring[(tracker->head + i) % tracker->size];
}

static void
raise_to(uint64_t *lsn, uint64_t value)
{
    if (value > *lsn) {
        *lsn = value;
    }
}

/* settle takes from the front what is committed and fully reported. */
static void
settle(LsnTracker *tracker)
{
    while (tracker->n > 0) {
        const Transaction *oldest = transaction_at(tracker, 0);
        if (oldest->outstanding > 0 || oldest->end_lsn == 0) {
            return;
        }
        raise_to(&tracker->confirmed, oldest->end_lsn);
        tracker->head = (tracker->head + 1) % tracker->size;
        tracker->first_serial++;
        tracker->n--;
    }
}

static void
drop_open(LsnTracker *tracker)
{
    if (tracker->is_open) {
        /* The serial of the dropped one must not be given out again: it stays as an entry that adds nothing
         * beyond what is before it. */
        Transaction *newest = transaction_at(tracker, tracker->n - 1);
        newest->outstanding = 0;
        newest->end_lsn = 1;
        tracker->is_open = false;
        settle(tracker);
    }
}

void
lsn_tracker_restart(LsnTracker *tracker, uint64_t confirmed_lsn)
{
    tracker->confirmed = confirmed_lsn;
    tracker->first_serial += tracker->n;
    tracker->n = 0;
    tracker->head = 0;
    tracker->is_open = false;
}

static bool
grow(LsnTracker *tracker, Err *err)
{
    size_t size = tracker->size == 0 ? RING_FIRST_SIZE : tracker->size * 2;
    Transaction *ring = calloc(size, sizeof(*ring));

    if (ring == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for %zu waiting transactions", size);
    }
    for (size_t i = 0; i < tracker->n; i++) {
        ring[i] = *transaction_at(tracker, i);
    }
    free(tracker->ring);
    tracker->ring = ring;
    tracker->size = size;
    tracker->head = 0;
    return true;
}

bool
lsn_tracker_begin(LsnTracker *tracker, Err *err)
{
    if (tracker->n == tracker->size && !grow(tracker, err)) {
        return false;
    }
    drop_open(tracker);
    *transaction_at(tracker, tracker->n) = (Transaction){ .outstanding = 0 };
    tracker->n++;
    tracker->is_open = true;
    return true;
}

uint64_t
lsn_tracker_expect(LsnTracker *tracker)
{
    if (!tracker->is_open) {
        return 0;
    }
    transaction_at(tracker, tracker->n - 1)->outstanding++;
    return tracker->first_serial + tracker->n - 1;
}

bool
lsn_tracker_acknowledge(LsnTracker *tracker, uint64_t token)
{
    if (token < tracker->first_serial || token - tracker->first_serial >= tracker->n) {
        return false;
    }
    Transaction *transaction = transaction_at(tracker, (size_t)(token - tracker->first_serial));
    if (transaction->outstanding == 0) {
        return false;
    }
    transaction->outstanding--;
    settle(tracker);
    return true;
}

void
lsn_tracker_commit(LsnTracker *tracker, uint64_t end_lsn)
{
    if (!tracker->is_open) {
        return;
    }
    Transaction *newest = transaction_at(tracker, tracker->n - 1);
    tracker->is_open = false;
    newest->end_lsn = end_lsn > 0 ? end_lsn : 1;
    if (newest->outstanding == 0 && tracker->n > 1) {
        /* Nothing of its own left to wait for: it is confirmed with the one before it. All reports with its
         * serial have come, so the entry can go. */
        raise_to(&transaction_at(tracker, tracker->n - 2)->end_lsn, newest->end_lsn);
        tracker->n--;
    }
    settle(tracker);
}

void
lsn_tracker_keepalive(LsnTracker *tracker, uint64_t end_lsn)
{
    if (tracker->is_open) {
        return;
    }
    if (tracker->n == 0) {
        raise_to(&tracker->confirmed, end_lsn);
    } else {
        raise_to(&transaction_at(tracker, tracker->n - 1)->end_lsn, end_lsn);
    }
}

uint64_t
lsn_tracker_confirmed(const LsnTracker *tracker)
{
    return tracker->confirmed;
}

size_t
lsn_tracker_outstanding(const LsnTracker *tracker)
{
    return tracker->n;
}
