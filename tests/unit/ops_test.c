/* ops_test.c - what the probes are told, from boards in every state and from a running program. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/listen.h"
#include "common/metrics.h"
#include "common/ops.h"
#include "common/role.h"
#include "tests/unit/supervised.h"

static char *no_arguments[] = { (char[]){ "ops_test" }, NULL };

/* ---- boards ---- */

typedef struct Stage {
    Board *board; /* supervisor, wal 0, http 0, ops 0; all run and are ready */
    int64_t now_us;
} Stage;

static int
stage_begin(void **state)
{
    static Stage stage;
    Err err = ERR_NONE;
    static const char *const names[] = { "supervisor", "wal", "http", "ops" };

    stage = (Stage){ .board = board_create(4, &err), .now_us = clock_monotonic_us() };
    for (size_t i = 0; stage.board != NULL && i < 4; i++) {
        Slot *slot = board_slot(stage.board, i);
        slot_name(slot, names[i], 0, i == 1 ? 5000000 : 0, i == 0 || i == 3);
        slot_reset(slot);
        slot_set_state(slot, SLOT_STARTING, 100);
        slot_tick(slot);
        slot_set_ready(slot, i != 3, NULL); /* ops is no duty: its readiness does not matter */
    }
    *state = &stage;
    return stage.board == NULL;
}

static int
stage_end(void **state)
{
    const Stage *stage = *state;
    board_free(stage->board);
    return 0;
}

static void
assert_ready(const Stage *stage, const char *reasons)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    assert_int_equal(ops_is_ready(stage->board, &text), *reasons == '\0');
    assert_string_equal(str_text(&text), reasons);
}

static void
assert_live(const Stage *stage, int64_t later_us, const char *reasons)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    assert_int_equal(ops_is_live(stage->board, stage->now_us + later_us, &text), *reasons == '\0');
    assert_string_equal(str_text(&text), reasons);
}

static void
program_is_ready_when_every_duty_is(void **state)
{
    const Stage *stage = *state;
    Slot *wal = board_slot(stage->board, 1);
    Slot *http = board_slot(stage->board, 2);

    assert_ready(stage, "");
    slot_set_ready(wal, false, "no connection to PostgreSQL");
    slot_set_ready(http, false, NULL);
    assert_ready(stage, "wal 0: no connection to PostgreSQL\nhttp 0: not ready\n");
    slot_set_ready(wal, true, NULL);
    slot_reset(http);
    assert_ready(stage, "http 0: starting\n");
    slot_set_state(http, SLOT_WAITING, 0);
    assert_ready(stage, "http 0: waiting to be restarted\n");
    slot_set_state(http, SLOT_STOPPED, 0);
    assert_ready(stage, "http 0: stopped\n");
}

static void
restart_limit_and_drain_end_readiness(void **state)
{
    const Stage *stage = *state;

    slot_set_restarts(board_slot(stage->board, 2), 9, true);
    assert_ready(stage, "http 0: restarts too often\n");
    slot_set_restarts(board_slot(stage->board, 2), 9, false);
    assert_ready(stage, "");
    board_set_draining(stage->board);
    assert_ready(stage, "supervisor: draining\n");
}

static void
program_lives_while_loops_tick(void **state)
{
    const Stage *stage = *state;

    slot_set_ready(board_slot(stage->board, 1), false, "no connection to PostgreSQL");
    board_set_draining(stage->board);
    assert_live(stage, 4000000, ""); /* neither readiness nor a drain is its business */
    assert_live(stage, 5500000, "wal 0: no tick for 5.5 s\n");
    slot_set_state(board_slot(stage->board, 1), SLOT_WAITING, 0); /* no process, no heartbeat to miss */
    assert_live(stage, 5500000, "");
    assert_live(stage, 10600000, "supervisor: no tick for 10.6 s\n");
}

/* ---- a running program ---- */

/* role_main is the role `ops`, or a duty that becomes ready when SIGHUP comes. */
static int
role_main(void)
{
    _cleanup_(role_done) Role role = ROLE_NONE;
    Err err = ERR_NONE;

    if (!role_begin(&role, &err)) {
        return EXIT_CODE_SYSTEM;
    }
    if (strcmp(role.name, "ops") == 0) {
        return ops_run(&role);
    }
    slot_set_ready(role.slot, false, "waiting for a sign");
    metric_add(METRIC_JOB_FINISH_TOTAL, "null", "done", 7);
    (void)dprintf(role_fd(&role, "tell"), "serves\n");
    while (!role_draining(&role)) {
        struct pollfd fds[] = { { .fd = role.signal_fd, .events = POLLIN },
                                { .fd = role.supervisor_fd, .events = POLLIN } };
        (void)poll(fds, 2, 200);
        role_tick(&role);
        if (role_take_reload(&role)) {
            slot_set_ready(role.slot, true, NULL);
            (void)dprintf(role_fd(&role, "tell"), "is ready\n");
        }
    }
    return role_exit_code(&role);
}

/* http_ask sends one request and appends the whole answer, header and body. */
static void
http_ask(int port, const char *method, const char *path, Str *ret_answer)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = 20 };
    char bytes[4096];
    ssize_t length = 0;
    _cleanup_(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    str_clear(ret_answer);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_true(dprintf(fd, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path) >
                0);
    while ((length = read(fd, bytes, sizeof bytes)) > 0) {
        str_append_bytes(ret_answer, bytes, (size_t)length);
    }
    assert_int_equal(length, 0);
}

static void
assert_answer(int port, const char *method, const char *path, const char *status, const char *body)
{
    _cleanup_(str_done) Str answer = STR_EMPTY;

    http_ask(port, method, path, &answer);
    if (strncmp(str_text(&answer), status, strlen(status)) != 0 || strstr(str_text(&answer), body) == NULL) {
        fail_msg("%s %s: want %s ... %s, got:\n%s", method, path, status, body, str_text(&answer));
    }
}

static void
running_program_answers_its_probes(void **state)
{
    Supervised supervised;
    Err err = ERR_NONE;
    int fd = -1;
    int port = 0;
    _cleanup_(str_done) Str log = STR_EMPTY;
    (void)state;

    assert_true(listen_open("localhost", 0, &fd, &port, &err));
    assert_true(port > 0);
    const RoleSpec roles[] = { { .name = "slot", .count = 2, .hang_timeout_us = 15000000 },
                               { .name = "ops", .count = 1, .is_auxiliary = true } };
    const PassedFd fds[] = { { "ops", fd } };
    supervised_start(&supervised, &(SupervisorSpec){ .program = "test",
                                                     .argv = no_arguments,
                                                     .roles = roles,
                                                     .role_count = 2,
                                                     .fds = fds,
                                                     .fd_count = 1 });
    close(fd);
    supervised_hears(&supervised, "serves", 2);
    assert_answer(port, "GET", "/livez", "HTTP/1.1 200 ", "\r\n\r\nok\n");
    assert_answer(port, "GET", "/readyz", "HTTP/1.1 503 ",
                  "\r\n\r\nslot 0: waiting for a sign\nslot 1: waiting for a sign\n");
    assert_answer(port, "GET", "/metrics", "HTTP/1.1 200 ",
                  "\npaceline_job_finish_total{kind=\"null\",outcome=\"done\"} 14\n");
    assert_answer(port, "GET", "/metrics", "HTTP/1.1 200 ", "text/plain; version=0.0.4; charset=utf-8");
    assert_answer(port, "GET", "/metrics", "HTTP/1.1 200 ",
                  "\npaceline_process_start_total{role=\"slot\"} 2\n");
    assert_answer(port, "GET", "/elsewhere", "HTTP/1.1 404 ", "");
    assert_answer(port, "POST", "/livez", "HTTP/1.1 405 ", "Allow: GET, HEAD");
    assert_int_equal(kill(supervised.pid, SIGHUP), 0);
    supervised_hears(&supervised, "is ready", 2);
    assert_answer(port, "GET", "/readyz", "HTTP/1.1 200 ", "\r\n\r\nok\n");
    assert_answer(port, "HEAD", "/readyz", "HTTP/1.1 200 ", "\r\n\r\n");
    assert_int_equal(kill(supervised.pid, SIGTERM), 0);
    assert_exit_code(supervised_end(&supervised, &log), EXIT_CODE_OK);
}

/* ---- listening sockets ---- */

static void
listen_open_names_what_is_wrong(void **state)
{
    Err err = ERR_NONE;
    int fd = -1;
    int port = 0;
    int other = -1;
    int taken = 0;
    (void)state;

    assert_false(listen_open("not-an-address", 0, &fd, &port, &err));
    assert_non_null(strstr(err.message, "not-an-address"));
    assert_false(listen_open("127.0.0.1", 65536, &fd, &port, &err));
    assert_int_equal(fd, -1);
    assert_true(listen_open("127.0.0.1", 0, &fd, &port, &err));
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_false(listen_open("127.0.0.1", port, &other, &taken, &err));
    assert_int_equal(other, -1);
    assert_non_null(strstr(err.message, "Address already in use"));
    close(fd);
}

static void
port_file_collects_lines(void **state)
{
    char path[] = "/tmp/paceline-port-XXXXXX";
    char text[64] = "";
    Err err = ERR_NONE;
    _cleanup_(close_fd) int fd = mkstemp(path);
    (void)state;

    assert_true(fd >= 0);
    assert_true(port_file_append(path, "producer.http", 8080, &err));
    assert_true(port_file_append(path, "producer.ops", 9101, &err));
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_string_equal(text, "producer.http 8080\nproducer.ops 9101\n");
    assert_int_equal(unlink(path), 0);
    assert_true(port_file_append(NULL, "ops", 1, &err));
    assert_true(port_file_append("", "ops", 1, &err));
    assert_false(port_file_append("/nowhere/ports", "ops", 1, &err));
}

int
main(void)
{
    if (role_requested() != NULL) {
        return role_main();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(program_is_ready_when_every_duty_is, stage_begin, stage_end),
        cmocka_unit_test_setup_teardown(restart_limit_and_drain_end_readiness, stage_begin, stage_end),
        cmocka_unit_test_setup_teardown(program_lives_while_loops_tick, stage_begin, stage_end),
        cmocka_unit_test(running_program_answers_its_probes),
        cmocka_unit_test(listen_open_names_what_is_wrong),
        cmocka_unit_test(port_file_collects_lines),
    };
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
