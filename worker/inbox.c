#include "worker/inbox.h"

Entry *
inbox_add(Inbox *inbox)
{
    if (inbox->n == INBOX_MAX) {
        return NULL;
    }
    Entry *entry = &inbox->items[inbox->n++];
    *entry = (Entry){ .state = ENTRY_NEW, .epoch = -1, .partition = INBOX_NO_PARTITION };
    return entry;
}

size_t
inbox_count(const Inbox *inbox, const WorkKind *kind, EntryState state)
{
    size_t n = 0;
    for (size_t i = 0; i < inbox->n; i++) {
        n += inbox->items[i].state == state && (kind == NULL || inbox->items[i].kind == kind);
    }
    return n;
}

/* Position is how far a partition may be stored. */
typedef struct Position {
    const WorkKind *kind;
    int32_t partition;
    int64_t next_offset; /* -1 = nothing to store */
    bool is_blocked;     /* an entry before is not settled */
} Position;

typedef struct Positions {
    size_t n;
    Position items[INBOX_MAX];
} Positions;

static Position *
position_of(Positions *positions, const Entry *entry)
{
    for (size_t i = 0; i < positions->n; i++) {
        if (positions->items[i].kind == entry->kind && positions->items[i].partition == entry->partition) {
            return &positions->items[i];
        }
    }
    Position *position = &positions->items[positions->n++];
    *position = (Position){ .kind = entry->kind, .partition = entry->partition, .next_offset = -1 };
    return position;
}

/* entry_is_done notes what an entry means for its partition, and tells whether the entry can go. */
static bool
entry_is_done(Positions *positions, const Entry *entry)
{
    if (entry->partition == INBOX_NO_PARTITION) {
        return entry->state == ENTRY_SETTLED;
    }
    Position *position = position_of(positions, entry);
    if (entry->state != ENTRY_SETTLED || position->is_blocked) {
        position->is_blocked = true;
        return false;
    }
    position->next_offset = entry->offset + 1;
    return true;
}

void
inbox_settle(Inbox *inbox, InboxStore store, void *user)
{
    static Positions positions; /* 40 KB: kept off the stack; used only within this call */
    size_t kept = 0;
    positions.n = 0;
    for (size_t i = 0; i < inbox->n; i++) {
        if (entry_is_done(&positions, &inbox->items[i])) {
            continue;
        }
        if (kept != i) {
            inbox->items[kept] = inbox->items[i];
        }
        kept++;
    }
    inbox->n = kept;
    for (size_t i = 0; i < positions.n; i++) {
        const Position *position = &positions.items[i];
        if (position->next_offset >= 0) {
            store(user, position->kind, position->partition, position->next_offset);
        }
    }
}

int64_t
inbox_forget(Inbox *inbox, const WorkKind *kind, int32_t partition)
{
    size_t kept = 0;
    int64_t first_offset = -1;
    for (size_t i = 0; i < inbox->n; i++) {
        const Entry *entry = &inbox->items[i];
        if (entry->kind == kind && entry->partition == partition) {
            first_offset = first_offset < 0 ? entry->offset : first_offset;
            continue;
        }
        if (kept != i) {
            inbox->items[kept] = *entry;
        }
        kept++;
    }
    inbox->n = kept;
    return first_offset;
}
