/* provider.h - whom we call: their hosts, and what their answers mean (apis.md). Pure, but for the
 * configuration read.
 */
#ifndef PACELINE_PROVIDER_H
#define PACELINE_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"
#include "common/provider/http_client.h"

typedef enum Provider {
    PROVIDER_STRAVA,
    PROVIDER_GMAIL,
    PROVIDER_OPEN_METEO,
    PROVIDER_OPENWEATHER,
    PROVIDER_NOMINATIM,
    PROVIDER_COUNT
} Provider;

/* ProviderHost is where a provider is called; its base URL is an option. */
typedef enum ProviderHost {
    HOST_STRAVA,
    HOST_GMAIL,
    HOST_OPEN_METEO_ARCHIVE,
    HOST_OPEN_METEO_FORECAST,
    HOST_OPENWEATHER,
    HOST_NOMINATIM,
    HOST_COUNT
} ProviderHost;

/* provider_name returns the name in the database: "strava", "open_meteo", ... */
const char *provider_name(Provider provider);

Provider host_provider(ProviderHost host);
const char *host_url(const Config *config, ProviderHost host); /* without '/' at the end */

/* host_find finds a host by name: "strava", "gmail", "open_meteo_archive", ...; false if there is none. */
MUST_CHECK bool host_find(const char *name, ProviderHost *ret_host);

/* ProviderVerdict is what an answer, or its absence, means to the fleet. Windows are named by their rank
 * among the provider's, the shortest being 0. */
typedef struct ProviderVerdict {
    bool has_failed;     /* for the breaker: 5xx, no answer, no JSON */
    int limits_n;        /* windows whose limit and usage the answer names */
    int limits[2];       /* [limits_n] calls a window */
    int used[2];         /* [limits_n] calls in it so far */
    int spent_rank;      /* the window that it calls used up; -1: none */
    bool spent_is_users; /* of the user's windows, not of the application's */
    int pause_s;         /* nobody is to call for so long; 0: no */
} ProviderVerdict;

/* provider_judge reads status, headers and body. True for 2xx. Otherwise err has the class of apis.md section
 * 1, code "http_<status>", retry_at_us if the answer names a time, and the beginning of the body; a 401 is
 * ERR_AUTHENTICATION, whether or not a refresh may mend it. *ret_verdict is set in either case.
 *   endpoint  for the message
 *   now_us    Unix time */
MUST_CHECK bool provider_judge(Provider provider, const char *endpoint, const HttpAnswer *answer,
                               int64_t now_us, ProviderVerdict *ret_verdict, Err *err);

/* provider_judge_silence is the verdict on a request that got no answer. */
ProviderVerdict provider_judge_silence(const Err *err);

#endif
