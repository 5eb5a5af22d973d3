#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/failpoint.h"

#ifdef FAILPOINTS

static void
arm(const char *text)
{
    assert_int_equal(setenv("PACELINE_FAILPOINTS", text, 1), 0);
}

/* status_of_child passes the failpoint in a child and returns its wait status. */
static int
status_of_child(const char *name)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO); /* what it says when it aborts is not for the test's reader */
        failpoint(name);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void
test_error_fires_at_its_pass_only(void **state)
{
    (void)state;
    arm("a=error;b=error@2");
    for (int pass = 1; pass <= 3; pass++) {
        assert_true(failpoint_fails("a"));
        assert_int_equal(failpoint_fails("b"), pass == 2);
        assert_false(failpoint_fails("c"));
    }
    arm("");
    assert_false(failpoint_fails("a"));
}

static void
test_crash_and_exit(void **state)
{
    (void)state;
    arm("a=crash;b=exit;c=error");
    assert_true(WIFSIGNALED(status_of_child("a")) && WTERMSIG(status_of_child("a")) == SIGKILL);
    assert_true(WIFEXITED(status_of_child("b")) && WEXITSTATUS(status_of_child("b")) == 86);
    assert_int_equal(status_of_child("c"), 0); /* an error where nobody asks is none */
}

/* wait_for_pid waits, for at most 10 s, until a file says a process's number. */
static void
wait_for_pid(const char *path, pid_t pid)
{
    char line[16] = "";
    long seen = 0;
    for (int waited_ms = 0; seen != (long)pid && waited_ms < 10000; waited_ms += 5) {
        FILE *file = fopen(path, "re");
        if (file != NULL && fgets(line, sizeof line, file) != NULL) {
            seen = strtol(line, NULL, 10);
        } else {
            (void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    assert_int_equal(seen, (long)pid);
}

static void
test_wait_ends_when_the_file_exists(void **state)
{
    char path[] = "/tmp/paceline-failpoint-XXXXXX";
    char text[64];
    char reached[64];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(text, sizeof text, "a=wait:%s", path);
    arm(text);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        failpoint("a");
        _exit(access(path, F_OK) == 0 ? 0 : 1);
    }
    (void)snprintf(reached, sizeof reached, "%s.reached", path);
    wait_for_pid(reached, child);
    fd = open(path, O_CREAT | O_CLOEXEC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(unlink(reached), 0);
    assert_int_equal(unlink(path), 0);
}

static void
test_nonsense_aborts(void **state)
{
    static const char *const nonsense[] = { "a", "a=error@x", "a=error@0", "a=explode" };

    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        arm(nonsense[i]);
        int status = status_of_child("a");
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

#else

static void
test_nothing_is_compiled_in(void **state)
{
    (void)state;
    assert_int_equal(setenv("PACELINE_FAILPOINTS", "a=error;b=crash", 1), 0);
    assert_false(failpoint_fails("a"));
    failpoint("b");
}

#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef FAILPOINTS
        cmocka_unit_test(test_error_fires_at_its_pass_only),
        cmocka_unit_test(test_crash_and_exit),
        cmocka_unit_test(test_wait_ends_when_the_file_exists),
        cmocka_unit_test(test_nonsense_aborts),
#else
        cmocka_unit_test(test_nothing_is_compiled_in),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
