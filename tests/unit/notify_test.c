/* notify_test.c - one datagram to whoever NOTIFY_SOCKET names. (Abstract names: supervisor_test.c.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/notify.h"

/* One thread: the environment is ours. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

static int
environment_clear(void **state)
{
    (void)state;
    return unsetenv("NOTIFY_SOCKET") + unsetenv("WATCHDOG_USEC") + unsetenv("WATCHDOG_PID");
}

static void
without_a_manager_there_is_nothing_to_do(void **state)
{
    Err err = ERR_NONE;
    (void)state;

    assert_true(notify_send("READY=1", &err));
    assert_int_equal(notify_watchdog_us(), 0);
}

static void
state_reaches_the_socket_at_a_path(void **state)
{
    char folder[] = "/tmp/paceline-notify-XXXXXX";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char text[32] = "";
    Err err = ERR_NONE;
    (void)state;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    assert_true(notify_send("READY=1", &err));
    assert_int_equal(recv(fd, text, sizeof text, 0), strlen("READY=1"));
    assert_string_equal(text, "READY=1");

    assert_int_equal(unlink(address.sun_path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_false(notify_send("READY=1", &err));
    assert_int_equal(err.class, ERR_NETWORK);
}

static void
address_that_is_none_is_refused(void **state)
{
    char longest[256];
    Err err = ERR_NONE;
    (void)state;

    assert_int_equal(setenv("NOTIFY_SOCKET", "relative/path", 1), 0);
    assert_false(notify_send("READY=1", &err));
    memset(longest, 'a', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    assert_false(notify_send("READY=1", &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
}

static void
watchdog_is_due_at_half_its_interval_for_its_owner(void **state)
{
    char pid[16];
    (void)state;

    assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
    assert_int_equal(notify_watchdog_us(), 15000000);
    (void)snprintf(pid, sizeof pid, "%d", getpid());
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
    assert_int_equal(notify_watchdog_us(), 15000000);
    assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
    assert_int_equal(notify_watchdog_us(), 0);
    assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "soon", 1), 0);
    assert_int_equal(notify_watchdog_us(), 0);
}

/* NOLINTEND(concurrency-mt-unsafe) */

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_manager_there_is_nothing_to_do, environment_clear),
        cmocka_unit_test_setup(state_reaches_the_socket_at_a_path, environment_clear),
        cmocka_unit_test_setup(address_that_is_none_is_refused, environment_clear),
        cmocka_unit_test_setup(watchdog_is_due_at_half_its_interval_for_its_owner, environment_clear),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
