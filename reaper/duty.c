#include "reaper/duty.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/contract.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "sql.h"

enum {
    KINDS_EVERY_US = 5000000,
    STANDBY_EVERY_US = 1000000,
    RECONNECT_BASE_US = 100000,
    RECONNECT_CAP_US = 5000000,
};

/* duty_lock takes the duty's lock. *ret_is_active: false, another reaper has it. */
static bool
duty_lock(Reaper *reaper, DutyLock lock, bool *ret_is_active, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_int(&args, lock);
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, &sql_reaper_lock, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_is_active = PQgetvalue(row, 0, 0)[0] == 't';
    return true;
}

bool
duty_kinds_load(Reaper *reaper, Err *err)
{
    JobKinds kinds = { .items = NULL };
    if (!job_kinds_load(reaper->db, &kinds, err)) {
        return false;
    }
    job_kinds_done(&reaper->kinds);
    reaper->kinds = kinds;
    reaper->kinds_loaded_at_us = clock_monotonic_us();
    return true;
}

bool
duty_row_refused(const Reaper *reaper, const Err *err)
{
    return db_is_connected(reaper->db) && (err->class == ERR_INVALID_DATA || err->class == ERR_UNKNOWN) &&
           strncmp(err->code, "42", 2) != 0;
}

static void
reload(Reaper *reaper)
{
    Err err = ERR_NONE;
    Str ignored = STR_EMPTY;
    if (!config_reload(reaper->config, &ignored, &err)) {
        LOG_ERROR("config.reload", LOG_FAILURE(&err));
    } else {
        log_set_level((LogLevel)reaper->config->log_level);
        LOG_INFO("config.reload", LOG_TEXT("needs_restart", str_text(&ignored)));
    }
    str_done(&ignored);
}

/* duty_wait waits for the time, a signal, or the supervisor's end. */
static void
duty_wait(Role *role, int64_t until_us)
{
    do {
        int64_t left_us = until_us - clock_monotonic_us();
        int timeout_ms = left_us <= 0 ? 0 : left_us > 500000 ? 500 : (int)(left_us / 1000 + 1);
        struct pollfd fds[] = { { .fd = role->signal_fd, .events = POLLIN },
                                { .fd = role->supervisor_fd, .events = POLLIN } };
        (void)poll(fds, 2, timeout_ms);
        role_tick(role);
    } while (!role_draining(role) && clock_monotonic_us() < until_us);
}

/* duty_begin makes the process online: connected, and active or standing by. */
static bool
duty_begin(Reaper *reaper, const Duty *duty, bool *is_active, Err *err)
{
    bool was_connected = db_is_connected(reaper->db);
    bool was_active = *is_active && was_connected;
    if (!contract_connect(reaper->db, err)) {
        return false;
    }
    if (!was_connected) {
        reaper->online_at_us = clock_monotonic_us();
        metric_add(METRIC_DB_RECONNECT_TOTAL, NULL, NULL, db_connections(reaper->db) > 1 ? 1 : 0);
        duty->online(duty->state);
    }
    if (!was_active && !duty_lock(reaper, duty->lock, is_active, err)) {
        return false;
    }
    if (*is_active && !was_active) {
        LOG_INFO("reaper.active", LOG_TEXT("duty", reaper->role->name));
        metric_set(METRIC_REAPER_ACTIVE, NULL, NULL, duty->lock == DUTY_RECLAIM ? 1 : 0);
    }
    bool is_fresh =
        reaper->kinds_loaded_at_us != 0 && clock_monotonic_us() - reaper->kinds_loaded_at_us < KINDS_EVERY_US;
    return is_fresh || duty_kinds_load(reaper, err);
}

int
duty_run(Role *role, Config *config, const Duty *duty)
{
    Reaper reaper = { .config = config, .role = role, .db = db_new(config->database, "paceline-reaper") };
    uint64_t random = random_seed();
    bool is_active = false;
    int failures = 0;
    int exit_code = EXIT_CODE_OK;
    if (reaper.db == NULL) {
        return EXIT_CODE_MEMORY;
    }
    slot_set_ready(role->slot, false, "starting");
    while (exit_code == EXIT_CODE_OK && !role_draining(role)) {
        Err err = ERR_NONE;
        int64_t turn_at_us = clock_monotonic_us();
        role_tick(role);
        if (role_take_reload(role)) {
            reload(&reaper);
        }
        if (duty_begin(&reaper, duty, &is_active, &err) &&
            (!is_active || duty->turn(&reaper, duty->state, &err))) {
            slot_set_ready(role->slot, true, NULL);
            failures = 0;
            duty_wait(role, turn_at_us + (is_active ? duty->interval_us(config) : STANDBY_EVERY_US));
            continue;
        }
        if (contract_is_refused(&err)) {
            LOG_ERROR("reaper.contract", LOG_FAILURE(&err));
            exit_code = EXIT_CODE_CONFIG;
            continue;
        }
        int64_t wait_us =
            RECONNECT_BASE_US / 2 + backoff_us(RECONNECT_BASE_US, RECONNECT_CAP_US, failures++, &random);
        LOG_WARN("reaper.offline", LOG_TEXT("duty", role->name), LOG_FAILURE(&err));
        slot_set_ready(role->slot, false, "no connection to PostgreSQL");
        duty_wait(role, turn_at_us + wait_us);
    }
    job_kinds_done(&reaper.kinds);
    db_free(reaper.db);
    return exit_code != EXIT_CODE_OK ? exit_code : role_exit_code(role);
}
