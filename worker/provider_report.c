#include "worker/provider_report.h"

#include <string.h>

#include "common/log.h"
#include "common/metrics.h"

static const char *
outcome_of(const ProviderReport *report)
{
    static const char *const classes[] = { "silence", "1xx", "2xx", "3xx", "4xx", "5xx" };
    if (!report->is_admitted) {
        return report->err != NULL && strcmp(report->err->code, "breaker_open") == 0 ? "breaker" : "budget";
    }
    if (report->status == 401) {
        return "401";
    }
    if (report->status == 429) {
        return "429";
    }
    return report->status >= 0 && report->status < 600 ? classes[report->status / 100] : "other";
}

void
provider_report(void *user, const ProviderReport *report)
{
    LogLevel level = report->err != NULL && report->is_admitted ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
    (void)user;
    metric_add(METRIC_PROVIDER_CALL_TOTAL, report->endpoint, outcome_of(report), 1);
    if (report->is_admitted) {
        metric_observe(METRIC_PROVIDER_CALL_SECONDS, report->endpoint, NULL, (double)report->took_us / 1e6);
    }
    if (report->err != NULL) {
        LOG_AT(level, "provider.call", LOG_TEXT("endpoint", report->endpoint),
               LOG_TEXT("outcome", outcome_of(report)), LOG_INT("status", report->status),
               LOG_INT("ms", report->took_us / 1000), LOG_INT("try", report->tries),
               LOG_INT("budget_left", report->budget_left), LOG_FAILURE(report->err), LOG_END);
    } else {
        LOG_AT(level, "provider.call", LOG_TEXT("endpoint", report->endpoint),
               LOG_TEXT("outcome", outcome_of(report)), LOG_INT("status", report->status),
               LOG_INT("ms", report->took_us / 1000), LOG_INT("try", report->tries),
               LOG_INT("budget_left", report->budget_left), LOG_END);
    }
}
