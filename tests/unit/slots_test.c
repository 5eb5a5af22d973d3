/* slots_test.c - the board: what is written by one process is read whole by another. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/slots.h"

#define ROUNDS 20000

static void
board_opened_by_fd_shows_the_same_slots(void **state)
{
    Err err = ERR_NONE;
    SlotView view;
    (void)state;

    Board *board = board_create(3, &err);
    assert_non_null(board);
    Board *other = board_open(dup(board_fd(board)), &err);
    assert_non_null(other);
    assert_int_equal(board_count(other), 3);

    slot_name(board_slot(board, 2), "slot", 1, 5000000, true);
    slot_reset(board_slot(board, 2));
    slot_set_state(board_slot(board, 2), SLOT_STARTING, 4711);
    slot_set_restarts(board_slot(board, 2), 7, true);
    slot_set_worker(board_slot(board, 2), INT64_C(9007199254740993));
    slot_set_job(board_slot(board, 2), "workouts", "3f1c", 3, 2);
    slot_set_ready(board_slot(board, 2), false, "no connection to PostgreSQL");

    slot_read(board_slot(other, 2), &view);
    assert_string_equal(view.role, "slot");
    assert_int_equal(view.index, 1);
    assert_int_equal(view.hang_timeout_us, 5000000);
    assert_true(view.is_auxiliary);
    assert_int_equal(view.state, SLOT_STARTING);
    assert_int_equal(view.pid, 4711);
    assert_int_equal(view.restarts, 7);
    assert_true(view.is_over_limit);
    assert_true(view.worker == INT64_C(9007199254740993));
    assert_true(view.has_job);
    assert_false(view.job_is_torn);
    assert_string_equal(view.kind, "workouts");
    assert_string_equal(view.key, "3f1c");
    assert_int_equal(view.epoch, 3);
    assert_int_equal(view.attempt, 2);
    assert_false(view.is_ready);
    assert_string_equal(view.reason, "no connection to PostgreSQL");

    slot_clear_job(board_slot(board, 2));
    slot_set_ready(board_slot(board, 2), true, NULL);
    slot_read(board_slot(other, 2), &view);
    assert_false(view.has_job);
    assert_true(view.is_ready);
    assert_string_equal(view.reason, "");

    assert_false(board_is_draining(other));
    board_set_draining(board);
    assert_true(board_is_draining(other));
    board_free(other);
    board_free(board);
}

static void
board_open_refuses_what_is_no_board(void **state)
{
    Err err = ERR_NONE;
    _cleanup_(close_fd) int empty = open("/dev/null", O_RDWR | O_CLOEXEC);
    FILE *file = tmpfile();
    (void)state;

    assert_null(board_open(empty, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), (off_t)64 * 1024 * 1024), 0);
    assert_null(board_open(fileno(file), &err));
    assert_int_equal(fcntl(fileno(file), F_GETFD) >= 0, 1); /* still the caller's */
    assert_int_equal(fclose(file), 0);
    assert_null(board_create(0, &err));
    assert_null(board_create(SLOT_COUNT_MAX + 1, &err));
}

static void
slot_runs_from_its_first_tick(void **state)
{
    SlotView view;
    Slot *slot = slot_new_private("wal", 0);
    (void)state;

    assert_non_null(slot);
    slot_read(slot, &view);
    assert_int_equal(view.state, SLOT_STARTING);
    assert_string_equal(view.reason, "starting");
    slot_tick(slot);
    slot_read(slot, &view);
    assert_int_equal(view.state, SLOT_RUNNING);
    slot_set_state(slot, SLOT_WAITING, 0);
    slot_read(slot, &view);
    assert_int_equal(view.state, SLOT_WAITING);
    slot_free_private(slot);
}

static void
slot_hangs_when_its_process_is_silent_for_too_long(void **state)
{
    SlotView view = { .state = SLOT_RUNNING, .heartbeat_at_us = 1000, .hang_timeout_us = 500 };
    (void)state;

    assert_false(slot_is_hung(&view, 1500));
    assert_true(slot_is_hung(&view, 1501));
    view.state = SLOT_STARTING; /* the time to its first tick counts as well */
    assert_true(slot_is_hung(&view, 1501));
    view.state = SLOT_WAITING; /* there is nobody who could tick */
    assert_false(slot_is_hung(&view, 1501));
    view = (SlotView){ .state = SLOT_RUNNING, .heartbeat_at_us = 1000 }; /* not watched */
    assert_false(slot_is_hung(&view, INT64_MAX));
}

static void
key_longer_than_its_place_is_cut(void **state)
{
    char key[400];
    SlotView view;
    Slot *slot = slot_new_private("slot", 0);
    (void)state;

    assert_non_null(slot);
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    slot_set_job(slot, "http", key, 1, 1);
    slot_read(slot, &view);
    assert_int_equal(strlen(view.key), SLOT_KEY_SIZE - 1);
    slot_set_job(slot, "http", "short", 1, 1);
    slot_read(slot, &view);
    assert_string_equal(view.key, "short");
    slot_free_private(slot);
}

/* jobs_write changes the job for ever; kind, key, epoch and attempt always belong together. */
static _Noreturn void
jobs_write(Slot *slot)
{
    for (int32_t i = 1;; i = i % 1000 + 1) {
        char key[SLOT_KEY_SIZE];
        (void)snprintf(key, sizeof key, "%0150d", i);
        slot_set_job(slot, i % 2 == 0 ? "even" : "odd", key, i, -i);
    }
}

static void
job_is_read_whole_while_another_process_writes(void **state)
{
    Err err = ERR_NONE;
    SlotView view;
    int64_t deadline_us = clock_monotonic_us() + 20000000;
    int seen = 0;
    (void)state;

    Board *board = board_create(1, &err);
    assert_non_null(board);
    Slot *slot = board_slot(board, 0);
    slot_reset(slot);
    pid_t parent = getpid();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            _exit(99); /* a test that fails leaves no writer behind */
        }
        jobs_write(slot);
    }
    while (seen < ROUNDS && clock_monotonic_us() < deadline_us) {
        char key[SLOT_KEY_SIZE];
        slot_read(slot, &view);
        if (!view.has_job || view.job_is_torn) {
            continue;
        }
        seen++;
        (void)snprintf(key, sizeof key, "%0150d", view.epoch);
        assert_string_equal(view.key, key);
        assert_int_equal(view.attempt, -view.epoch);
        assert_string_equal(view.kind, view.epoch % 2 == 0 ? "even" : "odd");
    }
    assert_int_equal(seen, ROUNDS);

    /* Whatever it was doing when it died: reading ends, and the slot is usable again. */
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    slot_read(slot, &view);
    assert_true(view.has_job);
    slot_reset(slot);
    slot_read(slot, &view);
    assert_false(view.has_job);
    assert_false(view.job_is_torn);
    board_free(board);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(board_opened_by_fd_shows_the_same_slots),
        cmocka_unit_test(board_open_refuses_what_is_no_board),
        cmocka_unit_test(slot_runs_from_its_first_tick),
        cmocka_unit_test(slot_hangs_when_its_process_is_silent_for_too_long),
        cmocka_unit_test(key_longer_than_its_place_is_cut),
        cmocka_unit_test(job_is_read_whole_while_another_process_writes),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
