#include "common/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/notify.h"
#include "common/role_exec.h"
#include "common/slots.h"

/* How often the supervisor ticks when nothing happens, µs. */
#define TICK_US 1000000

/* How long an auxiliary role may take to end after the others, µs. */
#define AUXILIARY_DRAIN_US 2000000

#define NEVER INT64_MAX

/* Child is one place (role, index) and the process in it. */
typedef struct Child {
    const RoleSpec *role;
    int index;
    size_t place; /* on the board */
    Slot *slot;
    pid_t pid;      /* 0: none */
    bool is_killed; /* for hanging; its end is near */
    int64_t started_at_us;
    int64_t restart_at_us; /* NEVER: running, or not to be started again */
    int64_t restarts;
    int delay_step;                                      /* doublings of the delay so far */
    int64_t recent_us[SUPERVISOR_RESTART_LIMIT_MAX + 1]; /* times of the latest restarts, a ring */
} Child;

/* Phase: next phases in brackets. */
typedef enum Phase {
    PHASE_RUN,             /* [DRAIN, END] */
    PHASE_DRAIN,           /* SIGTERM sent to the roles of duty [DRAIN_AUXILIARY] */
    PHASE_DRAIN_AUXILIARY, /* those have ended; SIGTERM sent to the others [END] */
    PHASE_END,             /* nothing runs */
} Phase;

typedef struct Supervisor {
    SupervisorSpec spec; /* defaults filled in */
    Board *board;
    Child *children;
    size_t child_count;
    int signal_fd;
    int alive_fds[2]; /* the pipe whose end tells the roles that the supervisor is gone */
    pid_t pid;
    uint64_t random;
    Phase phase;
    int64_t kill_at_us; /* the drain's deadline; NEVER outside a drain */
    int exit_code;
    bool is_ready_notified;
    int64_t watchdog_us, watchdog_at_us; /* 0: no watchdog */
} Supervisor;

static SupervisorSpec
spec_with_defaults(const SupervisorSpec *spec)
{
    SupervisorSpec full = *spec;

    full.drain_timeout_us = spec->drain_timeout_us > 0 ? spec->drain_timeout_us : 25000000;
    full.restart_limit = spec->restart_limit > 0 ? spec->restart_limit : 5;
    if (full.restart_limit > SUPERVISOR_RESTART_LIMIT_MAX) {
        full.restart_limit = SUPERVISOR_RESTART_LIMIT_MAX;
    }
    full.restart_window_us = spec->restart_window_us > 0 ? spec->restart_window_us : 60000000;
    full.restart_base_us = spec->restart_base_us > 0 ? spec->restart_base_us : 100000;
    full.restart_cap_us = spec->restart_cap_us > 0 ? spec->restart_cap_us : 30000000;
    full.restart_reset_us = spec->restart_reset_us > 0 ? spec->restart_reset_us : 60000000;
    return full;
}

/* ---- starting a role ---- */

static void child_schedule(Supervisor *supervisor, Child *child, int64_t now_us);

static void
child_start(Supervisor *supervisor, Child *child, int64_t now_us)
{
    slot_reset(child->slot);
    child->started_at_us = now_us;
    child->restart_at_us = NEVER;
    child->is_killed = false;
    pid_t pid = fork();
    if (pid == 0) {
        role_exec(&(RoleExec){ .name = child->role->name,
                               .index = child->index,
                               .board_slot = child->place,
                               .board_fd = board_fd(supervisor->board),
                               .supervisor_fd = supervisor->alive_fds[0],
                               .fds = supervisor->spec.fds,
                               .fd_count = supervisor->spec.fd_count,
                               .supervisor = supervisor->pid,
                               .argv = supervisor->spec.argv });
    }
    if (pid < 0) {
        LOG_ERROR("role.start", LOG_TEXT("role", child->role->name), LOG_INT("index", child->index),
                  LOG_TEXT("error", strerrordesc_np(errno)));
        slot_set_state(child->slot, SLOT_WAITING, 0);
        child_schedule(supervisor, child, now_us);
        return;
    }
    child->pid = pid;
    slot_set_state(child->slot, SLOT_STARTING, pid);
    metric_add(METRIC_PROCESS_START_TOTAL, child->role->name, NULL, 1);
    LOG_INFO("role.start", LOG_TEXT("role", child->role->name), LOG_INT("index", child->index),
             LOG_INT("pid", pid), LOG_INT("restarts", child->restarts));
}

/* ---- the end of a role ---- */

/* restarts_recent counts the restarts inside the window that ends now. */
static int
restarts_recent(const Supervisor *supervisor, const Child *child, int64_t now_us)
{
    int64_t known = SUPERVISOR_RESTART_LIMIT_MAX + 1;
    int count = 0;

    for (int64_t i = 0; i < known && i < child->restarts; i++) {
        count += child->recent_us[i] > now_us - supervisor->spec.restart_window_us;
    }
    return count;
}

/* child_schedule plans the restart of a child that has ended or could not start. */
static void
child_schedule(Supervisor *supervisor, Child *child, int64_t now_us)
{
    const SupervisorSpec *spec = &supervisor->spec;

    if (now_us - child->started_at_us >= spec->restart_reset_us) {
        child->delay_step = 0;
    }
    int64_t delay_us = spec->restart_cap_us;
    if (child->delay_step < 32 && spec->restart_base_us << child->delay_step < spec->restart_cap_us) {
        delay_us = spec->restart_base_us << child->delay_step;
        child->delay_step++;
    }
    delay_us -= (int64_t)(random_next(&supervisor->random) % (uint64_t)(delay_us / 2 + 1));
    child->recent_us[child->restarts % (SUPERVISOR_RESTART_LIMIT_MAX + 1)] = now_us;
    child->restarts++;
    child->restart_at_us = now_us + delay_us;
    metric_add(METRIC_PROCESS_RESTART_TOTAL, child->role->name, NULL, 1);
}

/* is_only_role tells whether the program's duty is this one process. */
static bool
is_only_role(const Supervisor *supervisor, const Child *child)
{
    size_t duties = 0;

    for (size_t i = 0; i < supervisor->child_count; i++) {
        duties += !supervisor->children[i].role->is_auxiliary;
    }
    return duties == 1 && !child->role->is_auxiliary;
}

/* job_name makes the next log lines name the job that the board says the child holds. */
static void
job_name(const SlotView *view)
{
    if (view->has_job) {
        log_set_job(view->kind, view->key, view->epoch, view->attempt, NULL);
    }
}

/* death_log tells of an expected end in a drain as role.end, of any other as process.died with the job. */
static void
death_log(const Supervisor *supervisor, const Child *child, int status)
{
    SlotView view;
    bool is_signal = WIFSIGNALED(status);
    int code = is_signal ? 0 : WEXITSTATUS(status);

    slot_read(child->slot, &view);
    bool is_expected = supervisor->phase != PHASE_RUN && !view.has_job && (is_signal || code == 0);
    if (is_expected) {
        LOG_INFO("role.end", LOG_TEXT("role", child->role->name), LOG_INT("index", child->index),
                 LOG_INT("pid", child->pid));
        return;
    }
    job_name(&view);
    LOG_WARN("process.died", LOG_TEXT("role", child->role->name), LOG_INT("index", child->index),
             LOG_INT("pid", child->pid), LOG_INT("exit_code", code),
             LOG_TEXT("signal", is_signal ? sigabbrev_np(WTERMSIG(status)) : NULL),
             LOG_BOOL("core", is_signal && WCOREDUMP(status)), LOG_INT("worker", view.worker),
             LOG_BOOL("job_is_torn", view.job_is_torn));
    log_clear_job();
}

static void
drain_begin(Supervisor *supervisor, const char *reason, int exit_code, int64_t now_us)
{
    if (supervisor->phase != PHASE_RUN) {
        return;
    }
    Err err = ERR_NONE;
    LOG_INFO("supervisor.drain", LOG_TEXT("reason", reason),
             LOG_DOUBLE("timeout_s", (double)supervisor->spec.drain_timeout_us / 1e6));
    if (!notify_send("STOPPING=1", &err)) {
        LOG_WARN("supervisor.notify", LOG_FAILURE(&err));
    }
    supervisor->phase = PHASE_DRAIN;
    supervisor->exit_code = exit_code;
    supervisor->kill_at_us = now_us + supervisor->spec.drain_timeout_us;
    board_set_draining(supervisor->board);
    for (size_t i = 0; i < supervisor->child_count; i++) {
        Child *child = &supervisor->children[i];
        if (child->pid == 0) {
            child->restart_at_us = NEVER;
            slot_set_state(child->slot, SLOT_STOPPED, 0);
        } else if (!child->role->is_auxiliary) {
            (void)kill(child->pid, SIGTERM);
        }
    }
}

/* child_ended decides what follows the end of a child: a restart, the program's end, or nothing. */
static void
child_ended(Supervisor *supervisor, Child *child, int status, int64_t now_us)
{
    bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE_OK;

    death_log(supervisor, child, status);
    child->pid = 0;
    slot_set_state(child->slot, SLOT_STOPPED, 0);
    if (supervisor->phase != PHASE_RUN) {
        /* A role that had no time to take the signal over held nothing. */
        SlotView view;
        slot_read(child->slot, &view);
        bool is_early = WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT) &&
                        !view.has_job;
        if (!is_clean && !is_early && supervisor->exit_code == EXIT_CODE_OK) {
            supervisor->exit_code = EXIT_CODE_FORCED;
        }
        return;
    }
    if (child->role->restart == RESTART_NEVER) {
        drain_begin(supervisor, "a role that is not restarted has ended",
                    WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CODE_FAILED, now_us);
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE_CONFIG) {
        drain_begin(supervisor, "a role says the configuration is wrong", EXIT_CODE_CONFIG, now_us);
        return;
    }
    child_schedule(supervisor, child, now_us);
    slot_set_state(child->slot, SLOT_WAITING, 0);
    if (restarts_recent(supervisor, child, now_us) > supervisor->spec.restart_limit &&
        is_only_role(supervisor, child)) {
        drain_begin(supervisor, "the only role has ended too often", EXIT_CODE_RESTART_LIMIT, now_us);
    }
}

/* children_reap collects every ended process; as PID 1 there may be strangers among them. */
static void
children_reap(Supervisor *supervisor)
{
    int status = 0;
    pid_t pid = 0;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < supervisor->child_count; i++) {
            if (supervisor->children[i].pid == pid) {
                child_ended(supervisor, &supervisor->children[i], status, clock_monotonic_us());
                break;
            }
        }
    }
}

/* ---- what the loop does at each turn ---- */

/* children_kill sends SIGKILL to what still runs. */
static void
children_kill(Supervisor *supervisor, const char *reason)
{
    for (size_t i = 0; i < supervisor->child_count; i++) {
        const Child *child = &supervisor->children[i];
        if (child->pid != 0) {
            LOG_WARN("supervisor.force", LOG_TEXT("reason", reason), LOG_TEXT("role", child->role->name),
                     LOG_INT("index", child->index), LOG_INT("pid", child->pid));
            (void)kill(child->pid, SIGKILL);
            if (supervisor->exit_code == EXIT_CODE_OK) {
                supervisor->exit_code = EXIT_CODE_FORCED;
            }
        }
    }
}

/* children_reload forwards SIGHUP to the roles that have taken it over; the others read the new file anyway.
 */
static void
children_reload(const Supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->child_count; i++) {
        const Child *child = &supervisor->children[i];
        SlotView view;
        slot_read(child->slot, &view);
        if (child->pid != 0 && view.state == SLOT_RUNNING) {
            (void)kill(child->pid, SIGHUP);
        }
    }
}

static void
signals_read(Supervisor *supervisor)
{
    struct signalfd_siginfo info;

    while (read(supervisor->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            children_reload(supervisor);
        } else if (info.ssi_signo != SIGCHLD && supervisor->phase == PHASE_RUN) {
            drain_begin(supervisor, info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM", EXIT_CODE_OK,
                        clock_monotonic_us());
        } else if (info.ssi_signo != SIGCHLD) {
            children_kill(supervisor, "second signal");
        }
    }
}

/* children_watch kills the roles whose loop stands still. */
static void
children_watch(Supervisor *supervisor, int64_t now_us)
{
    for (size_t i = 0; i < supervisor->child_count; i++) {
        Child *child = &supervisor->children[i];
        SlotView view;
        slot_read(child->slot, &view);
        if (child->is_killed || !slot_is_hung(&view, now_us)) {
            continue;
        }
        job_name(&view);
        LOG_ERROR("process.hung", LOG_TEXT("role", view.role), LOG_INT("index", view.index),
                  LOG_INT("pid", child->pid),
                  LOG_DOUBLE("silent_s", (double)(now_us - view.heartbeat_at_us) / 1e6));
        log_clear_job();
        metric_add(METRIC_PROCESS_HANG_TOTAL, view.role, NULL, 1);
        (void)kill(child->pid, SIGKILL);
        child->is_killed = true;
    }
}

static void
children_start_due(Supervisor *supervisor, int64_t now_us)
{
    for (size_t i = 0; i < supervisor->child_count; i++) {
        Child *child = &supervisor->children[i];
        bool is_over = restarts_recent(supervisor, child, now_us) > supervisor->spec.restart_limit;
        slot_set_restarts(child->slot, child->restarts, is_over);
        if (supervisor->phase == PHASE_RUN && child->pid == 0 && child->restart_at_us <= now_us) {
            child_start(supervisor, child, now_us);
        }
    }
}

static size_t
children_running(const Supervisor *supervisor, bool with_auxiliary)
{
    size_t count = 0;

    for (size_t i = 0; i < supervisor->child_count; i++) {
        const Child *child = &supervisor->children[i];
        count += child->pid != 0 && (with_auxiliary || !child->role->is_auxiliary);
    }
    return count;
}

/* drain_step moves a drain on: kills at its deadline, ends the auxiliary roles after the others. */
static void
drain_step(Supervisor *supervisor, int64_t now_us)
{
    if (supervisor->phase == PHASE_RUN) {
        return;
    }
    if (now_us >= supervisor->kill_at_us) {
        supervisor->kill_at_us = NEVER;
        children_kill(supervisor, "drain timeout");
    }
    if (supervisor->phase == PHASE_DRAIN && children_running(supervisor, false) == 0) {
        supervisor->phase = PHASE_DRAIN_AUXILIARY;
        supervisor->kill_at_us = now_us + AUXILIARY_DRAIN_US;
        for (size_t i = 0; i < supervisor->child_count; i++) {
            if (supervisor->children[i].pid != 0) {
                (void)kill(supervisor->children[i].pid, SIGTERM);
            }
        }
    }
    if (supervisor->phase == PHASE_DRAIN_AUXILIARY && children_running(supervisor, true) == 0) {
        supervisor->phase = PHASE_END;
    }
}

/* notify_step tells the service manager READY once, when all roles have ticked, and WATCHDOG while none is
 * hung. */
static void
notify_step(Supervisor *supervisor, int64_t now_us)
{
    bool all_run = true;
    bool all_fresh = true;
    Err err = ERR_NONE;

    for (size_t i = 0; i < supervisor->child_count; i++) {
        SlotView view;
        slot_read(supervisor->children[i].slot, &view);
        all_run = all_run && view.state == SLOT_RUNNING;
        all_fresh = all_fresh && !slot_is_hung(&view, now_us);
    }
    if (all_run && !supervisor->is_ready_notified && supervisor->phase == PHASE_RUN) {
        supervisor->is_ready_notified = true;
        LOG_INFO("supervisor.ready", LOG_INT("roles", (int64_t)supervisor->child_count));
        if (!notify_send("READY=1", &err)) {
            LOG_WARN("supervisor.notify", LOG_FAILURE(&err));
        }
    }
    if (supervisor->watchdog_us > 0 && now_us >= supervisor->watchdog_at_us) {
        supervisor->watchdog_at_us = now_us + (all_fresh ? supervisor->watchdog_us : TICK_US);
        if (all_fresh && !notify_send("WATCHDOG=1", &err)) {
            LOG_WARN("supervisor.notify", LOG_FAILURE(&err));
        }
    }
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* wait_ms returns how long the loop may sleep until the next thing is due. */
static int
wait_ms(const Supervisor *supervisor, int64_t now_us)
{
    int64_t wake_us = earlier(now_us + TICK_US, supervisor->kill_at_us);

    if (supervisor->watchdog_us > 0) {
        wake_us = earlier(wake_us, supervisor->watchdog_at_us);
    }
    if (!supervisor->is_ready_notified) {
        wake_us = earlier(wake_us, now_us + 50000); /* first ticks have no event of their own */
    }
    for (size_t i = 0; i < supervisor->child_count; i++) {
        const Child *child = &supervisor->children[i];
        SlotView view;
        slot_read(child->slot, &view);
        if (child->pid != 0 && !child->is_killed && view.hang_timeout_us > 0) {
            wake_us = earlier(wake_us, view.heartbeat_at_us + view.hang_timeout_us + 1);
        }
        wake_us = earlier(wake_us, child->restart_at_us);
    }
    return wake_us <= now_us ? 0 : (int)((wake_us - now_us) / 1000 + 1);
}

static void
loop(Supervisor *supervisor)
{
    while (supervisor->phase != PHASE_END) {
        int64_t now_us = clock_monotonic_us();
        board_tick(supervisor->board);
        slot_tick(board_slot(supervisor->board, 0));
        children_watch(supervisor, now_us);
        children_start_due(supervisor, now_us);
        notify_step(supervisor, now_us);

        struct pollfd fd = { .fd = supervisor->signal_fd, .events = POLLIN };
        (void)poll(&fd, 1, wait_ms(supervisor, clock_monotonic_us()));
        signals_read(supervisor);
        children_reap(supervisor);
        drain_step(supervisor, clock_monotonic_us());
    }
}

/* ---- begin and end ---- */

static size_t
spec_processes(const SupervisorSpec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < spec->role_count; i++) {
        count += spec->roles[i].count > 0 ? (size_t)spec->roles[i].count : 0;
    }
    return count;
}

static bool
children_prepare(Supervisor *supervisor, Err *err)
{
    const SupervisorSpec *spec = &supervisor->spec;
    size_t count = spec_processes(spec);
    size_t n = 0;

    supervisor->board = board_create(count + 1, err);
    supervisor->children = calloc(count + 1, sizeof *supervisor->children);
    if (supervisor->board == NULL) {
        return false;
    }
    if (supervisor->children == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "supervisor", "supervisor: no memory for %zu roles", count);
    }
    slot_name(board_slot(supervisor->board, 0), "supervisor", 0, 0, true);
    slot_reset(board_slot(supervisor->board, 0));
    slot_set_state(board_slot(supervisor->board, 0), SLOT_STARTING, supervisor->pid);
    for (size_t i = 0; i < spec->role_count; i++) {
        for (int k = 0; k < spec->roles[i].count; k++, n++) {
            Slot *slot = board_slot(supervisor->board, n + 1);
            slot_name(slot, spec->roles[i].name, k, spec->roles[i].hang_timeout_us,
                      spec->roles[i].is_auxiliary);
            supervisor->children[n] =
                (Child){ .role = &spec->roles[i], .index = k, .place = n + 1, .slot = slot };
        }
    }
    supervisor->child_count = n;
    metrics_use(board_slot(supervisor->board, 0));
    return true;
}

static void
supervisor_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGCHLD);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGHUP);
}

static bool
supervisor_begin(Supervisor *supervisor, Err *err)
{
    sigset_t signals;

    if (!children_prepare(supervisor, err)) {
        return false;
    }
    supervisor_signals(&signals);
    if (pipe2(supervisor->alive_fds, O_CLOEXEC) != 0 || pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0 ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return err_set(err, ERR_UNKNOWN, "supervisor", "supervisor: pipe: %s", strerrordesc_np(errno));
    }
    supervisor->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (supervisor->signal_fd < 0) {
        return err_set(err, ERR_UNKNOWN, "supervisor", "supervisor: signalfd: %s", strerrordesc_np(errno));
    }
    return true;
}

/* The signals stay blocked: the process is about to end, with an exit code, whatever comes now. */
static void
supervisor_done(Supervisor *supervisor)
{
    metrics_use(NULL);
    board_free(supervisor->board);
    free(supervisor->children);
    for (size_t i = 0; i < 2; i++) {
        if (supervisor->alive_fds[i] >= 0) {
            close(supervisor->alive_fds[i]);
        }
    }
    if (supervisor->signal_fd >= 0) {
        close(supervisor->signal_fd);
    }
}

int
supervisor_run(const SupervisorSpec *spec)
{
    Supervisor supervisor = {
        .spec = spec_with_defaults(spec),
        .signal_fd = -1,
        .alive_fds = { -1, -1 },
        .pid = getpid(),
        .random = random_seed(),
        .kill_at_us = NEVER,
        .watchdog_us = notify_watchdog_us(),
    };
    Err err = ERR_NONE;

    if (supervisor_begin(&supervisor, &err)) {
        LOG_INFO("supervisor.start", LOG_INT("roles", (int64_t)supervisor.child_count),
                 LOG_TEXT("version", PACELINE_VERSION));
        loop(&supervisor);
        LOG_INFO("supervisor.end", LOG_INT("exit_code", supervisor.exit_code));
    } else {
        supervisor.exit_code = err.class == ERR_MEMORY_LIMIT ? EXIT_CODE_MEMORY : EXIT_CODE_SYSTEM;
        LOG_ERROR("supervisor.end", LOG_INT("exit_code", supervisor.exit_code), LOG_FAILURE(&err));
    }
    supervisor_done(&supervisor);
    return supervisor.exit_code;
}
