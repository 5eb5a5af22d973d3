/* inbox.h - the messages a slot has in hand, from Kafka's poll until their offset may be stored.
 *
 * An entry is settled when its row has an owner other than this message: claimed, finished, waiting, held
 * elsewhere, or in paceline.dead. The offset stored for a partition stands before its first entry that is not
 * settled. Entries that came by NOTIFY have no offset. Bounded: what does not fit is not polled.
 */
#ifndef PACELINE_INBOX_H
#define PACELINE_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/worker.h"

enum { INBOX_MAX = 1024, TRACEPARENT_SIZE = 56, INBOX_NO_PARTITION = -1 };

/* EntryState, next states in brackets. */
typedef enum EntryState {
    ENTRY_NEW,   /* to be claimed with others [LOOK, ALONE, SETTLED] */
    ENTRY_LOOK,  /* not there yet, behind, or locked: asked for again until look_until_us [ALONE, SETTLED] */
    ENTRY_ALONE, /* has failed before: to be claimed with nothing else in hand [LOOK, SETTLED] */
    ENTRY_DEAD,  /* unreadable: its copy is on the way to paceline.dead [SETTLED] */
    ENTRY_SETTLED, /* its offset may be stored */
} EntryState;

typedef struct Entry {
    EntryState state;
    WorkKind *kind;
    int32_t epoch; /* -1 = the message named none */
    int32_t partition;
    int64_t offset;
    int64_t sent_at_us;                /* wall time at which the message was made; 0 = unknown */
    int64_t look_until_us, look_at_us; /* monotonic */
    char key[JOB_KEY_MAX + 1];
    char traceparent[TRACEPARENT_SIZE];
} Entry;

struct Inbox {
    size_t n;
    Entry items[INBOX_MAX]; /* of each partition in the order of its offsets */
};

/* inbox_add returns a new zeroed entry at the end (state NEW, no partition), or NULL when the inbox is full.
 */
Entry *inbox_add(Inbox *inbox);

/* inbox_count counts the entries of a kind (NULL: of all) in a state. */
size_t inbox_count(const Inbox *inbox, const WorkKind *kind, EntryState state);

/* InboxStore is told, for a partition of a kind's topic, the offset to go on from: one past the last entry
 * that may be stored. */
typedef void (*InboxStore)(void *user, const WorkKind *kind, int32_t partition, int64_t next_offset);

/* inbox_settle removes the settled entries that nothing before them in their partition holds back, and tells
 * their offsets. */
void inbox_settle(Inbox *inbox, InboxStore store, void *user);

/* inbox_forget removes the entries of one partition, which somebody reads again from the offset of the first
 * of them. Returns that offset; -1 if there was none. */
int64_t inbox_forget(Inbox *inbox, const WorkKind *kind, int32_t partition);

#endif
