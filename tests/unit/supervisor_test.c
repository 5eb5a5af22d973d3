/* supervisor_test.c - roles that crash, hang and end, and a supervisor that is told to end, with real
 * processes. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/backoff.h"
#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/metrics.h"
#include "common/role.h"
#include "common/role_exec.h"
#include "tests/unit/supervised.h"

static char *no_arguments[] = { (char[]){ "supervisor_test" }, NULL };

#define SPEC(...) (&(SupervisorSpec){ .program = "test", .argv = no_arguments, __VA_ARGS__ })
#define ROLES(...)                                                                                           \
    .roles = (const RoleSpec[]){ __VA_ARGS__ },                                                              \
    .role_count = sizeof((const RoleSpec[]){ __VA_ARGS__ }) / sizeof(RoleSpec)

#define LINE(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- the roles ---- */

static void
tell(const Role *role, const char *words)
{
    (void)dprintf(role_fd(role, "tell"), "%s %d: %s\n", role->name, role->index, words);
}

static void
role_wait(Role *role)
{
    struct pollfd fds[] = { { .fd = role->signal_fd, .events = POLLIN },
                            { .fd = role->supervisor_fd, .events = POLLIN } };
    (void)poll(fds, 2, 200);
    role_tick(role);
}

/* is_alone tells whether every other role has ended, as far as the board knows. */
static bool
is_alone(const Role *role)
{
    for (size_t i = 1; i < board_count(role->board); i++) {
        SlotView view;
        slot_read(board_slot(role->board, i), &view);
        if (board_slot(role->board, i) != role->slot && view.state != SLOT_STOPPED) {
            return false;
        }
    }
    return true;
}

/* role_serve runs until the drain, as a good role does. */
static int
role_serve(Role *role)
{
    tell(role, "serves");
    while (!role_draining(role)) {
        role_wait(role);
        if (role_take_reload(role)) {
            tell(role, "reloads");
        }
    }
    tell(role, is_alone(role) ? "drains alone" : "drains");
    return role_exit_code(role);
}

/* limit_watch waits until some role is marked as restarted too often. */
static void
limit_watch(Role *role)
{
    for (size_t i = 1; !role_draining(role); i = i % (board_count(role->board) - 1) + 1) {
        SlotView view;
        slot_read(board_slot(role->board, i), &view);
        if (view.is_over_limit && view.restarts > 2) {
            tell(role, "sees the limit passed");
            return;
        }
        if (i == 1) {
            role_wait(role);
        }
    }
}

static _Noreturn void
role_stand_still(void)
{
    for (;;) {
        pause();
    }
}

/* role_main does what the role's name says. */
static int
role_main(void)
{
    _cleanup_(role_done) Role role = ROLE_NONE;
    Err err = ERR_NONE;
    char words[96];

    if (!role_begin(&role, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return EXIT_CODE_SYSTEM;
    }
    (void)snprintf(words, sizeof words, "starts at %lld", (long long)clock_monotonic_us());
    tell(&role, words);
    if (strcmp(role.name, "crash") == 0) {
        slot_set_worker(role.slot, 42);
        slot_set_job(role.slot, "workouts", "ride-7", 3, 2);
        metric_add(METRIC_JOB_CLAIM_TOTAL, "workouts", NULL, 1);
        (void)snprintf(words, sizeof words, "counts %.0f",
                       metric_value(METRIC_JOB_CLAIM_TOTAL, "workouts", NULL));
        tell(&role, words);
        (void)raise(SIGKILL);
    } else if (strcmp(role.name, "hang") == 0) {
        slot_set_job(role.slot, "pages", "page-9", 1, 1);
        role_stand_still();
    } else if (strcmp(role.name, "stubborn") == 0) {
        for (;;) {
            bool was_draining = role_draining(&role);
            role_wait(&role);
            if (role_draining(&role) && !was_draining) {
                tell(&role, "will not go");
            }
        }
    } else if (strcmp(role.name, "watcher") == 0) {
        limit_watch(&role);
    } else if (strcmp(role.name, "misconfigured") == 0) {
        return EXIT_CODE_CONFIG;
    } else if (strcmp(role.name, "once") == 0) {
        return EXIT_CODE_KAFKA;
    }
    return role_serve(&role);
}

/* ---- the tests; one thread, so that the environment is ours ---- */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

static void
sigterm_drains_all_roles_and_the_auxiliary_last(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "serve", .count = 3 },
                                             { .name = "ops", .count = 1, .is_auxiliary = true })));
    supervised_hears(&supervised, "serves", 4);
    assert_int_equal(kill(supervised.pid, SIGHUP), 0);
    supervised_hears(&supervised, "reloads", 4);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    supervised_hears(&supervised, "drains", 4);
    supervised_hears(&supervised, "ops 0: drains alone", 1);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_OK);
    (void)log_line(&log, LINE("\"event\":\"supervisor.drain\"", "SIGTERM"));
    (void)log_line(&log, LINE("\"event\":\"role.end\"", "\"role\":\"serve\"", "\"level\":\"info\""));
    assert_null(strstr(str_text(&log), "supervisor.force"));
    assert_null(strstr(str_text(&log), "process.died"));
}

/* A terminal's Ctrl-C, or a service manager that signals everyone. */
static void
signal_to_the_whole_group_is_one_signal(void **state)
{
    static const int signals[] = { SIGINT, SIGTERM };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        Supervised supervised;
        _cleanup_(str_done) Str log = STR_EMPTY;
        supervised_start(&supervised, SPEC(ROLES({ .name = "serve", .count = 2 })));
        supervised_hears(&supervised, "serves", 2);
        assert_int_equal(kill(-supervised.pid, signals[i]), 0);
        supervised_hears(&supervised, "drains", 2);
        assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_OK);
        assert_null(strstr(str_text(&log), "supervisor.force"));
    }
}

/* Each wait is at least half of base * 2^n: the jitter takes no more. */
static void
crashing_role_is_restarted_with_growing_delay(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    int64_t before_us = 0;
    (void)state;

    supervised_start(&supervised,
                     SPEC(ROLES({ .name = "crash", .count = 1 }, { .name = "serve", .count = 1 }),
                          .restart_base_us = 20000));
    supervised_hears(&supervised, "crash 0: starts at ", 6);
    const char *at = str_text(&supervised.told);
    for (int i = 0; i < 6; i++) {
        at = strstr(at, "crash 0: starts at ") + strlen("crash 0: starts at ");
        long long at_us = strtoll(at, NULL, 10);
        assert_true(at_us > 0);
        if (i > 0 && at_us - before_us < (INT64_C(20000) << (i - 1)) / 2) {
            fail_msg("restart %d came after %lld us", i, at_us - (long long)before_us);
        }
        before_us = at_us;
    }
    assert_int_equal(supervised_count(&supervised, "serve 0: starts"), 1); /* its neighbour lives on */
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_true(WIFEXITED(supervised_end(&supervised, &log)));
}

/* Had the delay kept growing from 1 ms, the 25th restart would be hours away. */
static void
delay_begins_anew_after_the_role_was_up(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "crash", .count = 2 }), .restart_base_us = 1000,
                                       .restart_cap_us = INT64_C(100000000000), .restart_reset_us = 1));
    supervised_hears(&supervised, "crash 0: starts at ", 25);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_true(WIFEXITED(supervised_end(&supervised, &log)));
}

static void
death_names_the_job_and_counters_outlive_it(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "crash", .count = 2 }), .restart_base_us = 1000));
    supervised_hears(&supervised, "crash 1: counts 1\n", 1);
    supervised_hears(&supervised, "crash 1: counts 2\n", 1);
    supervised_hears(&supervised, "crash 1: counts 3\n", 1);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_true(WIFEXITED(supervised_end(&supervised, &log)));
    (void)log_line(&log, LINE("\"event\":\"process.died\"", "\"signal\":\"KILL\"", "\"role\":\"crash\"",
                              "\"kind\":\"workouts\"", "\"key\":\"ride-7\"", "\"epoch\":3", "\"attempt\":2",
                              "\"worker\":42", "\"level\":\"warn\""));
}

static void
only_role_that_ends_too_often_ends_the_program(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "crash", .count = 1 },
                                             { .name = "ops", .count = 1, .is_auxiliary = true }),
                                       .restart_base_us = 1000, .restart_limit = 3));
    supervised_hears(&supervised, "crash 0: starts", 4); /* the first and three restarts */
    supervised_hears_end(&supervised);
    assert_int_equal(supervised_count(&supervised, "crash 0: starts"), 4);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_RESTART_LIMIT);
}

/* One of several: the others work on, the program is just not ready (ops_test.c). */
static void
role_among_others_that_ends_too_often_is_marked(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised,
                     SPEC(ROLES({ .name = "crash", .count = 1 }, { .name = "watcher", .count = 1 }),
                          .restart_base_us = 1000, .restart_limit = 2));
    supervised_hears(&supervised, "watcher 0: sees the limit passed", 1);
    supervised_hears(&supervised, "crash 0: starts", 8);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_true(WIFEXITED(supervised_end(&supervised, &log)));
}

static void
role_that_says_configuration_ends_the_program(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised,
                     SPEC(ROLES({ .name = "serve", .count = 2 }, { .name = "misconfigured", .count = 1 })));
    supervised_hears_end(&supervised);
    assert_int_equal(supervised_count(&supervised, "misconfigured 0: starts"), 1);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_CONFIG);
}

static void
role_never_restarted_gives_the_program_its_exit_code(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "serve", .count = 1 },
                                             { .name = "once", .count = 1, .restart = RESTART_NEVER })));
    supervised_hears_end(&supervised);
    assert_int_equal(supervised_count(&supervised, "once 0: starts"), 1);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_KAFKA);
}

static void
hung_role_is_killed_and_started_again(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "hang", .count = 1, .hang_timeout_us = 1500000 },
                                             { .name = "serve", .count = 1, .hang_timeout_us = 15000000 }),
                                       .restart_base_us = 1000));
    supervised_hears(&supervised, "hang 0: starts", 3);
    assert_int_equal(supervised_count(&supervised, "serve 0: starts"), 1);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    (void)supervised_end(&supervised, &log);
    (void)log_line(&log, LINE("\"event\":\"process.hung\"", "\"role\":\"hang\"", "\"kind\":\"pages\"",
                              "\"key\":\"page-9\"", "\"level\":\"error\""));
    (void)log_line(&log, LINE("\"event\":\"process.died\"", "\"signal\":\"KILL\"", "\"key\":\"page-9\""));
}

static void
drain_kills_what_is_left_at_its_deadline(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised,
                     SPEC(ROLES({ .name = "stubborn", .count = 1 }, { .name = "serve", .count = 1 }),
                          .drain_timeout_us = 200000));
    supervised_hears(&supervised, "starts", 2);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    supervised_hears(&supervised, "serve 0: drains", 1);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_FORCED);
    (void)log_line(&log, LINE("\"event\":\"supervisor.force\"", "drain timeout", "\"role\":\"stubborn\""));
}

static void
second_signal_forces(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised, SPEC(ROLES({ .name = "stubborn", .count = 2 }),
                                       .drain_timeout_us = INT64_C(3600000000)));
    supervised_hears(&supervised, "starts", 2);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    supervised_hears(&supervised, "will not go", 2);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_FORCED);
    (void)log_line(&log, LINE("\"event\":\"supervisor.force\"", "second signal"));
}

static void
killed_supervisor_takes_its_roles_along(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    supervised_start(&supervised,
                     SPEC(ROLES({ .name = "stubborn", .count = 2 }, { .name = "hang", .count = 1 })));
    supervised_hears(&supervised, "starts", 3);
    assert_int_equal(kill(supervised.pid, SIGKILL), 0);
    int status = supervised_end(&supervised, &log); /* waits for the end of every role */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* role_with_board makes this process believe it is role "serve" of a supervisor; ret_alive_fd is the
 * supervisor's end of the pipe. */
static Board *
role_with_board(int *ret_alive_fd, Role *ret_role)
{
    Err err = ERR_NONE;
    int alive[2];
    char number[16];
    Board *board = board_create(2, &err);

    assert_non_null(board);
    assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
    slot_name(board_slot(board, 1), "serve", 0, 0, false);
    slot_reset(board_slot(board, 1));
    assert_int_equal(setenv(ROLE_ENV_NAME, "serve", 1), 0);
    assert_int_equal(setenv(ROLE_ENV_INDEX, "3", 1), 0);
    assert_int_equal(setenv(ROLE_ENV_BOARD_SLOT, "1", 1), 0);
    (void)snprintf(number, sizeof number, "%d", dup(board_fd(board)));
    assert_int_equal(setenv(ROLE_ENV_BOARD_FD, number, 1), 0);
    (void)snprintf(number, sizeof number, "%d", alive[0]);
    assert_int_equal(setenv(ROLE_ENV_SUPERVISOR_FD, number, 1), 0);
    (void)snprintf(number, sizeof number, "tell=%d", dup(STDERR_FILENO));
    assert_int_equal(setenv(ROLE_ENV_PASSED_FDS, number, 1), 0);
    assert_string_equal(role_requested(), "serve");
    assert_true(role_begin(ret_role, &err));
    *ret_alive_fd = alive[1];
    return board;
}

static void
role_takes_over_what_was_handed_down(void **state)
{
    Role role;
    int alive_fd = -1;
    SlotView view;
    (void)state;

    Board *board = role_with_board(&alive_fd, &role);
    assert_null(role_requested()); /* nothing it starts takes itself for the role */
    assert_null(getenv(ROLE_ENV_BOARD_FD));
    assert_int_equal(role.index, 3);
    assert_true(role_fd(&role, "tell") >= 0);
    assert_int_equal(fcntl(role_fd(&role, "tell"), F_GETFD), FD_CLOEXEC);
    assert_int_equal(role_fd(&role, "ops"), -1);
    slot_read(board_slot(board, 1), &view);
    assert_int_equal(view.state, SLOT_RUNNING);
    metric_add(METRIC_KAFKA_ERROR_TOTAL, NULL, NULL, 2);
    _cleanup_(str_done) Str text = STR_EMPTY;
    metrics_print(board, &text);
    assert_non_null(strstr(str_text(&text), "\npaceline_kafka_error_total 2\n"));

    /* Under a supervisor, forcing is not the signal's: only its end forces. */
    assert_int_equal(raise(SIGINT), 0);
    role_tick(&role);
    assert_false(role_draining(&role));
    assert_int_equal(raise(SIGTERM), 0);
    role_tick(&role);
    assert_int_equal(raise(SIGTERM), 0);
    role_tick(&role);
    assert_true(role_draining(&role));
    assert_false(role_forced(&role));
    assert_int_equal(role_exit_code(&role), EXIT_CODE_OK);
    close(alive_fd);
    role_tick(&role);
    assert_true(role_forced(&role));
    assert_int_equal(role_exit_code(&role), EXIT_CODE_SUPERVISOR_GONE);
    close(role_fd(&role, "tell"));
    role_done(&role);
    board_free(board);
}

static void
role_alone_is_forced_by_the_second_signal(void **state)
{
    Role role;
    Err err = ERR_NONE;
    (void)state;

    assert_false(role_begin(&role, &err)); /* nobody asked for a role */
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_true(role_begin_alone(&role, "run-one", &err));
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(raise(SIGINT), 0);
    role_tick(&role);
    assert_true(role_take_reload(&role));
    assert_false(role_take_reload(&role));
    assert_true(role_draining(&role));
    assert_false(role_forced(&role));
    assert_int_equal(raise(SIGTERM), 0);
    role_tick(&role);
    assert_true(role_forced(&role));
    assert_int_equal(role_exit_code(&role), EXIT_CODE_FORCED);
    role_done(&role);
}

/* manager_receives reads one datagram of sd_notify. */
static void
manager_receives(int fd, const char *want)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    char state[64] = "";

    assert_int_equal(poll(&poll_fd, 1, 20000), 1);
    assert_true(recv(fd, state, sizeof state - 1, 0) > 0);
    assert_string_equal(state, want);
}

static void
service_manager_hears_ready_watchdog_and_stopping(void **state)
{
    Supervised supervised;
    _cleanup_(str_done) Str log = STR_EMPTY;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char name[64];
    (void)state;

    int length = snprintf(name, sizeof name, "@paceline-test-%d", getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)length - 1);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "3600000000", 1), 0);
    supervised_start(&supervised, SPEC(ROLES({ .name = "serve", .count = 2 })));
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);

    manager_receives(fd, "WATCHDOG=1");
    manager_receives(fd, "READY=1");
    supervised_hears(&supervised, "serves", 2);
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    manager_receives(fd, "STOPPING=1");
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_OK);
}

int
main(void)
{
    if (role_requested() != NULL) {
        return role_main();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigterm_drains_all_roles_and_the_auxiliary_last),
        cmocka_unit_test(signal_to_the_whole_group_is_one_signal),
        cmocka_unit_test(crashing_role_is_restarted_with_growing_delay),
        cmocka_unit_test(delay_begins_anew_after_the_role_was_up),
        cmocka_unit_test(death_names_the_job_and_counters_outlive_it),
        cmocka_unit_test(only_role_that_ends_too_often_ends_the_program),
        cmocka_unit_test(role_among_others_that_ends_too_often_is_marked),
        cmocka_unit_test(role_that_says_configuration_ends_the_program),
        cmocka_unit_test(role_never_restarted_gives_the_program_its_exit_code),
        cmocka_unit_test(hung_role_is_killed_and_started_again),
        cmocka_unit_test(drain_kills_what_is_left_at_its_deadline),
        cmocka_unit_test(second_signal_forces),
        cmocka_unit_test(killed_supervisor_takes_its_roles_along),
        cmocka_unit_test(role_takes_over_what_was_handed_down),
        cmocka_unit_test(role_alone_is_forced_by_the_second_signal),
        cmocka_unit_test(service_manager_hears_ready_watchdog_and_stopping),
    };
    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
