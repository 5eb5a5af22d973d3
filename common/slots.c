#include "common/slots.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics_store.h"
#include "common/str.h"

#define BOARD_MAGIC UINT64_C(0x5041434542524431) /* "PACEBRD1" */

/* A reader gives up after so many tries: then the writer is stopped or dead, not just busy. */
#define READ_TRIES 1000

#define WORDS(bytes) ((bytes) / sizeof(uint64_t))

typedef _Atomic uint64_t Word;

typedef struct JobWords {
    Word sequence; /* odd while the others change */
    Word has_job, epoch, attempt, since_us;
    Word kind[WORDS(SLOT_KIND_SIZE)];
    Word key[WORDS(SLOT_KEY_SIZE)];
} JobWords;

typedef struct ReadyWords {
    Word sequence; /* odd while the others change */
    Word is_ready;
    Word reason[WORDS(SLOT_REASON_SIZE)];
} ReadyWords;

struct Slot {
    /* the supervisor's, before the first fork */
    char role[SLOT_NAME_SIZE];
    int64_t index, hang_timeout_us, is_auxiliary;
    /* the supervisor's, all the time */
    Word state, pid, started_at_us, restarts, is_over_limit;
    /* the process's own */
    Word heartbeat_at_us, ticks, worker;
    ReadyWords ready;
    JobWords job;
    MetricStore metrics;
};

typedef struct BoardMemory {
    uint64_t magic, slot_size, count;
    Word tick_at_us, is_draining;
    Slot slots[];
} BoardMemory;

struct Board {
    BoardMemory *memory;
    size_t size;
    int fd;
};

static uint64_t
word_load(const Word *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void
word_store(Word *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* text_store writes text, cut to size - 1 bytes and filled with NUL, as words. size is at most SLOT_KEY_SIZE.
 */
static void
text_store(Word *words, size_t size, const char *text)
{
    uint64_t buffer[WORDS(SLOT_KEY_SIZE)] = { 0 };

    (void)str_copy((char *)buffer, size, text == NULL ? "" : text);
    for (size_t i = 0; i < WORDS(size); i++) {
        word_store(&words[i], buffer[i]);
    }
}

static void
text_load(const Word *words, size_t size, char *ret_text)
{
    uint64_t buffer[WORDS(SLOT_KEY_SIZE)] = { 0 };

    for (size_t i = 0; i < WORDS(size); i++) {
        buffer[i] = word_load(&words[i]);
    }
    memcpy(ret_text, buffer, size);
    ret_text[size - 1] = '\0';
}

/* change_begin and change_end enclose writes that readers must see together. A predecessor that died between
 * them left the number odd; it stays odd until this change ends. */
static uint64_t
change_begin(Word *sequence)
{
    uint64_t odd = word_load(sequence) | 1;
    word_store(sequence, odd);
    atomic_thread_fence(memory_order_release);
    return odd;
}

static void
change_end(Word *sequence, uint64_t odd)
{
    atomic_store_explicit(sequence, odd + 1, memory_order_release);
}

static bool
read_begin(const Word *sequence, uint64_t *ret_before)
{
    *ret_before = atomic_load_explicit(sequence, memory_order_acquire);
    return (*ret_before & 1) == 0;
}

static bool
read_is_whole(const Word *sequence, uint64_t before)
{
    atomic_thread_fence(memory_order_acquire);
    return word_load(sequence) == before;
}

static size_t
board_size(size_t count)
{
    return sizeof(BoardMemory) + count * sizeof(Slot);
}

/* board_map takes over fd when it succeeds. */
static Board *
board_map(int fd, size_t size, Err *err)
{
    Board *board = calloc(1, sizeof *board);
    void *memory = board == NULL ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "board", "board: cannot map %zu bytes: %s", size,
                      strerrordesc_np(errno));
        free(board);
        return NULL;
    }
    *board = (Board){ .memory = memory, .size = size, .fd = fd };
    return board;
}

Board *
board_create(size_t count, Err *err)
{
    size_t size = board_size(count);

    if (count < 1 || count > SLOT_COUNT_MAX) {
        (void)err_set(err, ERR_INVALID_DATA, "board", "board: %zu slots, must be 1 to %d", count,
                      SLOT_COUNT_MAX);
        return NULL;
    }
    int fd = memfd_create("paceline-board", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "board", "board: memfd of %zu bytes: %s", size,
                      strerrordesc_np(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    Board *board = board_map(fd, size, err);
    if (board == NULL) {
        close(fd);
        return NULL;
    }
    board->memory->magic = BOARD_MAGIC;
    board->memory->slot_size = sizeof(Slot);
    board->memory->count = count;
    board_tick(board);
    return board;
}

Board *
board_open(int fd, Err *err)
{
    struct stat status;

    if (fstat(fd, &status) != 0 || status.st_size < (off_t)board_size(1)) {
        (void)err_set(err, ERR_INVALID_DATA, "board", "board: fd %d holds no board", fd);
        return NULL;
    }
    Board *board = board_map(fd, (size_t)status.st_size, err);
    if (board == NULL) {
        return NULL;
    }
    const BoardMemory *memory = board->memory;
    if (memory->magic != BOARD_MAGIC || memory->slot_size != sizeof(Slot) || memory->count > SLOT_COUNT_MAX ||
        board_size(memory->count) != board->size) {
        (void)err_set(err, ERR_INVALID_DATA, "board", "board: fd %d holds the board of another build", fd);
        board->fd = -1; /* remains the caller's */
        board_free(board);
        return NULL;
    }
    return board;
}

void
board_free(Board *board)
{
    if (board == NULL) {
        return;
    }
    munmap(board->memory, board->size);
    if (board->fd >= 0) {
        close(board->fd);
    }
    free(board);
}

int
board_fd(const Board *board)
{
    return board->fd;
}

size_t
board_count(const Board *board)
{
    return board->memory->count;
}

Slot *
board_slot(const Board *board, size_t i)
{
    return &board->memory->slots[i];
}

void
board_tick(Board *board)
{
    word_store(&board->memory->tick_at_us, (uint64_t)clock_monotonic_us());
}

void
board_set_draining(Board *board)
{
    word_store(&board->memory->is_draining, 1);
}

int64_t
board_tick_at_us(const Board *board)
{
    return (int64_t)word_load(&board->memory->tick_at_us);
}

bool
board_is_draining(const Board *board)
{
    return word_load(&board->memory->is_draining) != 0;
}

Slot *
slot_new_private(const char *role, int index)
{
    Slot *slot = calloc(1, sizeof *slot);

    if (slot != NULL) {
        slot_name(slot, role, index, 0, false);
        slot_reset(slot);
        slot_set_state(slot, SLOT_STARTING, getpid());
    }
    return slot;
}

void
slot_free_private(Slot *slot)
{
    free(slot);
}

void
slot_name(Slot *slot, const char *role, int index, int64_t hang_timeout_us, bool is_auxiliary)
{
    (void)str_copy(slot->role, sizeof slot->role, role);
    slot->index = index;
    slot->hang_timeout_us = hang_timeout_us;
    slot->is_auxiliary = is_auxiliary;
}

void
slot_reset(Slot *slot)
{
    uint64_t now = (uint64_t)clock_monotonic_us();

    word_store(&slot->state, SLOT_STARTING);
    word_store(&slot->pid, 0);
    word_store(&slot->started_at_us, now);
    word_store(&slot->heartbeat_at_us, now);
    word_store(&slot->ticks, 0);
    word_store(&slot->worker, 0);
    slot_set_ready(slot, false, "starting");
    slot_clear_job(slot);
    metric_store_withdraw_gauges(&slot->metrics);
}

void
slot_set_state(Slot *slot, SlotState state, pid_t pid)
{
    word_store(&slot->pid, (uint64_t)pid);
    word_store(&slot->state, state);
}

void
slot_set_restarts(Slot *slot, int64_t restarts, bool is_over_limit)
{
    word_store(&slot->restarts, (uint64_t)restarts);
    word_store(&slot->is_over_limit, is_over_limit);
}

void
slot_tick(Slot *slot)
{
    word_store(&slot->heartbeat_at_us, (uint64_t)clock_monotonic_us());
    word_store(&slot->ticks, word_load(&slot->ticks) + 1);
}

void
slot_set_ready(Slot *slot, bool is_ready, const char *reason)
{
    uint64_t odd = change_begin(&slot->ready.sequence);

    word_store(&slot->ready.is_ready, is_ready);
    text_store(slot->ready.reason, SLOT_REASON_SIZE, is_ready ? "" : reason);
    change_end(&slot->ready.sequence, odd);
}

void
slot_set_worker(Slot *slot, int64_t worker)
{
    word_store(&slot->worker, (uint64_t)worker);
}

void
slot_set_job(Slot *slot, const char *kind, const char *key, int32_t epoch, int32_t attempt)
{
    JobWords *job = &slot->job;
    uint64_t odd = change_begin(&job->sequence);

    word_store(&job->has_job, 1);
    word_store(&job->epoch, (uint64_t)epoch);
    word_store(&job->attempt, (uint64_t)attempt);
    word_store(&job->since_us, (uint64_t)clock_monotonic_us());
    text_store(job->kind, SLOT_KIND_SIZE, kind);
    text_store(job->key, SLOT_KEY_SIZE, key);
    change_end(&job->sequence, odd);
}

void
slot_clear_job(Slot *slot)
{
    uint64_t odd = change_begin(&slot->job.sequence);

    word_store(&slot->job.has_job, 0);
    change_end(&slot->job.sequence, odd);
}

static void
job_read(const JobWords *job, SlotView *ret_view)
{
    bool is_whole = false;

    for (int i = 0; i < READ_TRIES && !is_whole; i++) {
        uint64_t before = 0;
        bool is_even = read_begin(&job->sequence, &before);
        ret_view->has_job = word_load(&job->has_job) != 0;
        ret_view->epoch = (int32_t)word_load(&job->epoch);
        ret_view->attempt = (int32_t)word_load(&job->attempt);
        ret_view->since_us = (int64_t)word_load(&job->since_us);
        text_load(job->kind, SLOT_KIND_SIZE, ret_view->kind);
        text_load(job->key, SLOT_KEY_SIZE, ret_view->key);
        is_whole = read_is_whole(&job->sequence, before) && is_even;
    }
    ret_view->job_is_torn = !is_whole;
}

static void
ready_read(const ReadyWords *ready, SlotView *ret_view)
{
    bool is_whole = false;

    for (int i = 0; i < READ_TRIES && !is_whole; i++) {
        uint64_t before = 0;
        bool is_even = read_begin(&ready->sequence, &before);
        ret_view->is_ready = word_load(&ready->is_ready) != 0;
        text_load(ready->reason, SLOT_REASON_SIZE, ret_view->reason);
        is_whole = read_is_whole(&ready->sequence, before) && is_even;
    }
}

void
slot_read(const Slot *slot, SlotView *ret_view)
{
    SlotState state = (SlotState)word_load(&slot->state);

    *ret_view = (SlotView){
        .index = (int)slot->index,
        .state = state == SLOT_STARTING && word_load(&slot->ticks) > 0 ? SLOT_RUNNING : state,
        .pid = (pid_t)word_load(&slot->pid),
        .started_at_us = (int64_t)word_load(&slot->started_at_us),
        .heartbeat_at_us = (int64_t)word_load(&slot->heartbeat_at_us),
        .hang_timeout_us = slot->hang_timeout_us,
        .restarts = (int64_t)word_load(&slot->restarts),
        .is_over_limit = word_load(&slot->is_over_limit) != 0,
        .is_auxiliary = slot->is_auxiliary != 0,
        .worker = (int64_t)word_load(&slot->worker),
    };
    (void)str_copy(ret_view->role, sizeof ret_view->role, slot->role);
    job_read(&slot->job, ret_view);
    ready_read(&slot->ready, ret_view);
}

bool
slot_is_hung(const SlotView *view, int64_t now_us)
{
    bool has_process = view->state == SLOT_STARTING || view->state == SLOT_RUNNING;

    return has_process && view->hang_timeout_us > 0 && now_us - view->heartbeat_at_us > view->hang_timeout_us;
}

struct MetricStore *
slot_metrics(Slot *slot)
{
    return &slot->metrics;
}
