/* slots.h - the board: what each process of a program is doing, in memory that all of them share.
 *
 * The supervisor creates it (a memfd), the roles inherit it by fd. One slot a role process; slot 0 is the
 * supervisor's own. A slot belongs to the place (role, index), not to the pid: a restarted role finds
 * the counters of the one before it.
 *
 * Invariants. A slot's state is written by the slot's process, read by the supervisor and by ops, one
 * 64-bit word at a time; while no process runs in it, the supervisor writes it (slot_reset). Names,
 * hang timeout and restart state are the supervisor's alone. The job is several words: they stand under a
 * sequence number that is odd while they change, so that a reader never mixes two jobs. A writer that died
 * half-way leaves it odd: then the reader takes the words as they are and says so (job_is_torn).
 *
 * Times: CLOCK_MONOTONIC, µs, the same in all processes of a machine. No locks, nothing blocks.
 */
#ifndef PACELINE_SLOTS_H
#define PACELINE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

#define SLOT_COUNT_MAX 128 /* processes of one program, the supervisor included */
#define SLOT_NAME_SIZE 32
#define SLOT_KIND_SIZE 64
#define SLOT_KEY_SIZE 208 /* a key has 200 bytes at most (DESIGN.md, section 4); a longer one is cut */
#define SLOT_REASON_SIZE 128

typedef struct Board Board;
typedef struct Slot Slot;
struct MetricStore;

/* SlotState: next states in brackets. Written by the supervisor. */
typedef enum SlotState {
    SLOT_STOPPED,  /* not started yet, or ended and not to come back [STARTING] */
    SLOT_STARTING, /* forked, has not ticked yet [RUNNING, WAITING, STOPPED] */
    SLOT_RUNNING,  /* ticks [WAITING, STOPPED] */
    SLOT_WAITING,  /* ended; its restart is due later [STARTING, STOPPED] */
} SlotState;

/* SlotView is one slot as a reader saw it. */
typedef struct SlotView {
    char role[SLOT_NAME_SIZE];
    int index; /* 0, 1, ... within the role */
    SlotState state;
    pid_t pid; /* 0 while no process runs in it */
    int64_t started_at_us, heartbeat_at_us;
    int64_t hang_timeout_us; /* 0 = its heartbeat is not watched */
    int64_t restarts;        /* since the program's start */
    bool is_over_limit;      /* restarted more often than the intensity limit allows */
    bool is_auxiliary;       /* serves the program (ops), not its duty */
    bool is_ready;
    char reason[SLOT_REASON_SIZE]; /* why it is not ready */
    int64_t worker;                /* workers.id, 0 = none */
    bool has_job, job_is_torn;
    char kind[SLOT_KIND_SIZE], key[SLOT_KEY_SIZE];
    int32_t epoch, attempt;
    int64_t since_us;
} SlotView;

/* board_create makes a board of `count` slots (1..SLOT_COUNT_MAX) on a memfd (close-on-exec). */
MUST_CHECK Board *board_create(size_t count, Err *err);
/* board_open maps the board behind an inherited fd, which the board owns from then on (untouched on failure).
 * Fails when the fd holds no board of this build. */
MUST_CHECK Board *board_open(int fd, Err *err);
void board_free(Board *board); /* NULL is fine; unmaps and closes */
int board_fd(const Board *board);
size_t board_count(const Board *board);
Slot *board_slot(const Board *board, size_t i); /* i < board_count */

/* The supervisor's own words: it ticks at least once a second and says when it drains. */
void board_tick(Board *board);
void board_set_draining(Board *board);
int64_t board_tick_at_us(const Board *board);
bool board_is_draining(const Board *board);

/* slot_new_private makes a slot outside any board, for commands and tests. NULL when memory is out. */
MUST_CHECK Slot *slot_new_private(const char *role, int index);
void slot_free_private(Slot *slot);

/* Written by the supervisor. slot_name at the start; slot_reset before each fork: state STARTING, no
 * pid, not ready, no job, no worker, heartbeat = now, gauges withdrawn, counters kept. */
void slot_name(Slot *slot, const char *role, int index, int64_t hang_timeout_us, bool is_auxiliary);
void slot_reset(Slot *slot);
void slot_set_state(Slot *slot, SlotState state, pid_t pid);
void slot_set_restarts(Slot *slot, int64_t restarts, bool is_over_limit);

/* Written by the slot's process. slot_tick stamps the heartbeat. slot_set_ready(slot, true, NULL), or false
 * with a reason in a few words ("no connection to PostgreSQL"). slot_set_job before the work on a job
 * begins; slot_clear_job when its outcome is recorded. kind and key are copied. */
void slot_tick(Slot *slot);
void slot_set_ready(Slot *slot, bool is_ready, const char *reason);
void slot_set_worker(Slot *slot, int64_t worker);
void slot_set_job(Slot *slot, const char *kind, const char *key, int32_t epoch, int32_t attempt);
void slot_clear_job(Slot *slot);

/* slot_read copies what the slot says now; consistent as told above. */
void slot_read(const Slot *slot, SlotView *ret_view);

/* slot_is_hung tells whether the slot has a process that has not ticked for longer than its hang timeout. */
bool slot_is_hung(const SlotView *view, int64_t now_us);

/* slot_metrics returns the slot's counters, for metrics.c. */
struct MetricStore *slot_metrics(Slot *slot);

#endif
