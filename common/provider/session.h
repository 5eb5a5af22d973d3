/* session.h - what a caller of providers brings along: a job's worker, with its database connection and its
 * way to wait.
 */
#ifndef PACELINE_PROVIDER_SESSION_H
#define PACELINE_PROVIDER_SESSION_H

#include <stdint.h>

#include "common/config.h"
#include "common/db.h"
#include "common/provider/http_client.h"

/* ProviderReport is one request that was made, or was not admitted, for the log and the metrics. */
typedef struct ProviderReport {
    const char *endpoint; /* "strava.activities": few values */
    int status;           /* 0: no answer */
    int64_t took_us;
    int tries;        /* 1; 2 after a 401 and a refresh */
    int budget_left;  /* what this priority may still use of the tightest window; -1: not known */
    const Err *err;   /* NULL: it went well */
    bool is_admitted; /* false: not called */
} ProviderReport;

typedef struct ProviderSession {
    const Config *config;
    HttpClient *http;
    Db *db;         /* no transaction open */
    int64_t worker; /* workers.id: who probes for an open breaker */
    HttpWait wait;  /* go_on must leave a transaction that is open on db alone */
    void (*report)(void *user, const ProviderReport *report);
    void *user; /* for report */
} ProviderSession;

#endif
