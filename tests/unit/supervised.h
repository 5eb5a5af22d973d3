/* supervised.h - for tests: a supervisor in a process of its own, what its roles tell, and what it logs.
 *
 * The roles are this same test program executed anew: its main asks role_requested() first. They tell by
 * writing lines to the pipe handed down as "tell", which ends when the last of them has ended.
 */
#ifndef PACELINE_TEST_SUPERVISED_H
#define PACELINE_TEST_SUPERVISED_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#include "common/clock.h"
#include "common/str.h"
#include "common/supervisor.h"

#define SUPERVISED_DEADLINE_US 20000000
#define SUPERVISED_FDS_MAX 4

typedef struct Supervised {
    pid_t pid;
    int tell_fd;
    bool has_ended; /* the pipe's end was read */
    Str told;
    FILE *log;
} Supervised;

/* supervised_start runs the spec, to whose fds "tell" is added. */
__attribute__((unused)) static void
supervised_start(Supervised *supervised, const SupervisorSpec *spec)
{
    int tell[2];
    PassedFd fds[SUPERVISED_FDS_MAX];
    SupervisorSpec full = *spec;

    assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
    *supervised = (Supervised){ .tell_fd = tell[0], .log = tmpfile() };
    assert_non_null(supervised->log);
    assert_true(spec->fd_count < SUPERVISED_FDS_MAX);
    for (size_t i = 0; i < spec->fd_count; i++) {
        fds[i] = spec->fds[i];
    }
    fds[spec->fd_count] = (PassedFd){ "tell", tell[1] };
    full.fds = fds;
    full.fd_count = spec->fd_count + 1;

    pid_t parent = getpid();
    supervised->pid = fork();
    assert_true(supervised->pid >= 0);
    if (supervised->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        if (getppid() != parent || setpgid(0, 0) != 0 || dup2(fileno(supervised->log), STDERR_FILENO) < 0) {
            _exit(99);
        }
        close(tell[0]);
        _exit(supervisor_run(&full));
    }
    close(tell[1]);
}

/* supervised_listen reads what comes until deadline_us; false at the deadline, true after each piece or the
 * end. */
static bool
supervised_listen(Supervised *supervised, int64_t deadline_us)
{
    char bytes[4096];
    struct pollfd fd = { .fd = supervised->tell_fd, .events = POLLIN };
    int64_t left_us = deadline_us - clock_monotonic_us();

    if (left_us <= 0 || poll(&fd, 1, (int)(left_us / 1000 + 1)) <= 0) {
        return false;
    }
    ssize_t length = read(supervised->tell_fd, bytes, sizeof bytes);
    supervised->has_ended = length == 0;
    if (length > 0) {
        str_append_bytes(&supervised->told, bytes, (size_t)length);
    }
    return true;
}

__attribute__((unused)) static int
supervised_count(const Supervised *supervised, const char *words)
{
    int count = 0;

    for (const char *at = str_text(&supervised->told); (at = strstr(at, words)) != NULL;
         at += strlen(words)) {
        count++;
    }
    return count;
}

/* supervised_hears waits until the roles have told `words` so many times. */
__attribute__((unused)) static void
supervised_hears(Supervised *supervised, const char *words, int times)
{
    int64_t deadline_us = clock_monotonic_us() + SUPERVISED_DEADLINE_US;

    while (supervised_count(supervised, words) < times) {
        if (supervised->has_ended || !supervised_listen(supervised, deadline_us)) {
            fail_msg("want \"%s\" %d times, heard:\n%s", words, times, str_text(&supervised->told));
        }
    }
}

/* supervised_hears_end waits until no role is left that could tell anything. */
__attribute__((unused)) static void
supervised_hears_end(Supervised *supervised)
{
    int64_t deadline_us = clock_monotonic_us() + SUPERVISED_DEADLINE_US;

    while (!supervised->has_ended) {
        if (!supervised_listen(supervised, deadline_us)) {
            fail_msg("some role is still alive; heard:\n%s", str_text(&supervised->told));
        }
    }
}

/* supervised_end waits for the supervisor's own end and returns its wait status; ret_log gets its log. */
__attribute__((unused)) static int
supervised_end(Supervised *supervised, Str *ret_log)
{
    int status = -1;
    char bytes[4096];
    size_t length = 0;

    supervised_hears_end(supervised);
    assert_int_equal(waitpid(supervised->pid, &status, 0), supervised->pid);
    rewind(supervised->log);
    while ((length = fread(bytes, 1, sizeof bytes, supervised->log)) > 0) {
        str_append_bytes(ret_log, bytes, length);
    }
    assert_int_equal(fclose(supervised->log), 0);
    close(supervised->tell_fd);
    str_done(&supervised->told);
    return status;
}

__attribute__((unused)) static void
assert_exit_code(int status, int code)
{
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

/* log_line finds the first line of the log that holds all the words (NULL ends them) and returns where it
 * begins, or fails the test. */
__attribute__((unused)) static const char *
log_line(const Str *log, const char *const *words)
{
    const char *line = str_text(log);

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        bool has_all = true;
        for (size_t i = 0; words[i] != NULL; i++) {
            has_all = has_all && memmem(line, length, words[i], strlen(words[i])) != NULL;
        }
        if (has_all) {
            return line;
        }
        line += length + (line[length] == '\n');
    }
    fail_msg("no line with %s ... in the log:\n%s", words[0], str_text(log));
    return NULL;
}

#endif
