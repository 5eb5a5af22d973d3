#include "common/role_exec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/exit_code.h"

/* A process fresh from the fork of a single-threaded one: nobody else reads the environment. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

static void
env_set_number(const char *name, int64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    (void)setenv(name, text, 1);
}

static void
fd_inherit(int fd)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) {
        (void)fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
    }
}

_Noreturn void
role_exec(const RoleExec *role)
{
    char passed[512] = "";
    size_t length = 0;
    sigset_t none;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != role->supervisor) {
        _exit(EXIT_CODE_SUPERVISOR_GONE); /* it ended before the death signal was set */
    }
    for (size_t i = 0; i < role->fd_count; i++) {
        const PassedFd *fd = &role->fds[i];
        int n =
            snprintf(passed + length, sizeof passed - length, "%s%s=%d", i > 0 ? "," : "", fd->name, fd->fd);
        if (n < 0 || (size_t)n >= sizeof passed - length) {
            _exit(EXIT_CODE_EXEC);
        }
        length += (size_t)n;
        fd_inherit(fd->fd);
    }
    fd_inherit(role->board_fd);
    fd_inherit(role->supervisor_fd);
    (void)setenv(ROLE_ENV_NAME, role->name, 1);
    (void)setenv(ROLE_ENV_PASSED_FDS, passed, 1);
    env_set_number(ROLE_ENV_INDEX, role->index);
    env_set_number(ROLE_ENV_BOARD_FD, role->board_fd);
    env_set_number(ROLE_ENV_BOARD_SLOT, (int64_t)role->board_slot);
    env_set_number(ROLE_ENV_SUPERVISOR_FD, role->supervisor_fd);
    (void)unsetenv("NOTIFY_SOCKET"); /* the service manager hears the supervisor only */
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");

    (void)signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    execv("/proc/self/exe", role->argv);
    _exit(EXIT_CODE_EXEC);
}

/* NOLINTEND(concurrency-mt-unsafe) */
