#include "common/provider/admission.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/str.h"
#include "sql.h"

enum { COLUMN_GRANTED, COLUMN_OPEN, COLUMN_WAIT, COLUMN_LEFT, COLUMN_FULL, COLUMN_AT };
enum { DAY_S = 86400 };

static int64_t
column_int(const PGresult *row, int column)
{
    int64_t value = 0;
    return !PQgetisnull(row, 0, column) && str_to_int64(PQgetvalue(row, 0, column), &value) ? value : 0;
}

static bool
refuse(const PGresult *row, Provider provider, Err *err)
{
    int64_t wait_us = column_int(row, COLUMN_WAIT);
    double wait_s = (double)wait_us / 1e6;
    if (PQgetvalue(row, 0, COLUMN_OPEN)[0] == 't') {
        (void)err_set(err, ERR_TEMPORARY_API, "breaker_open", "%s: is not called for %.1f s, after failures",
                      provider_name(provider), wait_s);
    } else {
        int64_t full_s = column_int(row, COLUMN_FULL);
        (void)err_set(err, full_s == DAY_S ? ERR_QUOTA_EXCEEDED : ERR_RATE_LIMIT, "budget_spent",
                      "%s: the budget of %lld s is spent; again in %.1f s", provider_name(provider),
                      (long long)full_s, wait_s);
    }
    err->retry_at_us = clock_wall_us() + wait_us;
    return false;
}

bool
admission_ask(ProviderSession *session, Provider provider, const char *scope, int cost, CallPriority priority,
              Admission *ret_admission, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, provider_name(provider));
    args_text(&args, scope);
    args_int(&args, cost);
    args_int(&args, priority);
    args_int(&args, session->worker);
    _cleanup_(db_result_clear) PGresult *row = db_query(session->db, &sql_provider_admit, &args, err);
    if (row == NULL) {
        return false;
    }
    if (PQgetvalue(row, 0, COLUMN_GRANTED)[0] != 't') {
        return refuse(row, provider, err);
    }
    ret_admission->budget_left = (int)column_int(row, COLUMN_LEFT);
    (void)str_copy(ret_admission->called_at, sizeof ret_admission->called_at, PQgetvalue(row, 0, COLUMN_AT));
    return true;
}

static bool
pause_set(ProviderSession *session, Provider provider, int seconds, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, provider_name(provider));
    args_int(&args, seconds);
    return db_run(session->db, &sql_provider_pause, &args, NULL, err);
}

/* array_print writes at most two numbers as an int[]. */
static void
array_print(char *buffer, size_t size, const int *values, int n)
{
    (void)snprintf(buffer, size, n == 0 ? "{}" : "{%d,%d}", values[0], values[1]);
}

bool
admission_tell(ProviderSession *session, Provider provider, const char *scope, const Admission *admission,
               const ProviderVerdict *verdict, Err *call_err, Err *err)
{
    char limits[32];
    char used[32];
    DbArgs args = DB_ARGS_EMPTY;
    array_print(limits, sizeof limits, verdict->limits, verdict->limits_n);
    array_print(used, sizeof used, verdict->used, verdict->limits_n);
    args_text(&args, provider_name(provider));
    args_int(&args, session->worker);
    args_bool(&args, verdict->has_failed);
    args_text(&args, admission->called_at);
    args_text(&args, limits);
    args_text(&args, used);
    args_text(&args, verdict->spent_is_users ? scope : "");
    if (verdict->spent_rank >= 0) {
        args_int(&args, verdict->spent_rank);
    } else {
        args_null(&args);
    }
    _cleanup_(db_result_clear) PGresult *row = db_query(session->db, &sql_provider_leave, &args, err);
    if (row == NULL) {
        return false;
    }
    if (call_err != NULL && call_err->retry_at_us == 0 && !PQgetisnull(row, 0, 0)) {
        call_err->retry_at_us = clock_wall_us() + column_int(row, 0);
    }
    return verdict->pause_s == 0 || pause_set(session, provider, verdict->pause_s, err);
}
