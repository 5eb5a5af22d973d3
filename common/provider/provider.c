#include "common/provider/provider.h"

#include <stdio.h>
#include <string.h>

#include "common/json_read.h"
#include "common/str.h"

enum {
    HOUR_S = 3600,
    BUSY_US = 5000000, /* too many at once: apis.md, section 3 */
    RANK_NONE = -1,
    BODY_SHOWN = 300, /* of what fits into Err's message */
};

static const char *const names[PROVIDER_COUNT] = {
    [PROVIDER_STRAVA] = "strava",         [PROVIDER_GMAIL] = "gmail",
    [PROVIDER_OPEN_METEO] = "open_meteo", [PROVIDER_OPENWEATHER] = "openweather",
    [PROVIDER_NOMINATIM] = "nominatim",
};

static const struct {
    const char *name;
    Provider provider;
    size_t option; /* offset of its base URL in Config */
} hosts[HOST_COUNT] = {
    [HOST_STRAVA] = { "strava", PROVIDER_STRAVA, offsetof(Config, strava_url) },
    [HOST_GMAIL] = { "gmail", PROVIDER_GMAIL, offsetof(Config, gmail_url) },
    [HOST_OPEN_METEO_ARCHIVE] = { "open_meteo_archive", PROVIDER_OPEN_METEO,
                                  offsetof(Config, open_meteo_archive_url) },
    [HOST_OPEN_METEO_FORECAST] = { "open_meteo_forecast", PROVIDER_OPEN_METEO,
                                   offsetof(Config, open_meteo_forecast_url) },
    [HOST_OPENWEATHER] = { "openweather", PROVIDER_OPENWEATHER, offsetof(Config, openweather_url) },
    [HOST_NOMINATIM] = { "nominatim", PROVIDER_NOMINATIM, offsetof(Config, nominatim_url) },
};

const char *
provider_name(Provider provider)
{
    return names[provider];
}

Provider
host_provider(ProviderHost host)
{
    return hosts[host].provider;
}

const char *
host_url(const Config *config, ProviderHost host)
{
    return *(const char *const *)((const char *)config + hosts[host].option);
}

bool
host_find(const char *name, ProviderHost *ret_host)
{
    for (int i = 0; i < HOST_COUNT; i++) {
        if (strcmp(hosts[i].name, name) == 0) {
            *ret_host = (ProviderHost)i;
            return true;
        }
    }
    return false;
}

/* --- limits that Strava tells in headers --- */

/* pair_read reads "100,1000": the quarter hour and the day. */
static bool
pair_read(const char *text, int ret_pair[2])
{
    char first[16];
    int64_t values[2];
    const char *comma = text != NULL ? strchr(text, ',') : NULL;
    if (comma == NULL || (size_t)(comma - text) >= sizeof first) {
        return false;
    }
    memcpy(first, text, (size_t)(comma - text));
    first[comma - text] = '\0';
    if (!str_to_int64(first, &values[0]) || !str_to_int64(comma + 1 + strspn(comma + 1, " "), &values[1])) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (values[i] < 0 || values[i] > INT32_MAX) {
            return false;
        }
        ret_pair[i] = (int)values[i];
    }
    return true;
}

/* strava_limits: all our calls are reads, so their limits count. The application's overall limits are told as
 * reads, too: what is left of them bounds what is left of those. */
static void
strava_limits(const HttpAnswer *answer, ProviderVerdict *verdict)
{
    int limits[2];
    int used[2];
    int overall[2];
    int overall_used[2];
    bool has_overall = pair_read(http_header(answer, "X-RateLimit-Limit"), overall) &&
                       pair_read(http_header(answer, "X-RateLimit-Usage"), overall_used);
    bool has_reads = pair_read(http_header(answer, "X-ReadRateLimit-Limit"), limits) &&
                     pair_read(http_header(answer, "X-ReadRateLimit-Usage"), used);
    if (!has_reads && !has_overall) {
        return;
    }
    verdict->limits_n = 2;
    for (int i = 0; i < 2; i++) {
        verdict->limits[i] = has_reads ? limits[i] : overall[i];
        verdict->used[i] = has_reads ? used[i] : overall_used[i];
        if (has_reads && has_overall && overall[i] - overall_used[i] < limits[i] - used[i]) {
            verdict->used[i] = limits[i] - (overall[i] - overall_used[i]);
        }
    }
}

/* --- which window a refusal is about --- */

/* spent_by_gmail reads error.errors[0].reason. False: no limit was the reason. */
static bool
spent_by_gmail(const cJSON *body, ProviderVerdict *verdict)
{
    const cJSON *reason =
        json_member(cJSON_GetArrayItem(json_member(json_member(body, "error"), "errors"), 0), "reason");
    if (!cJSON_IsString(reason)) {
        return false;
    }
    if (strcmp(reason->valuestring, "dailyLimitExceeded") == 0) {
        verdict->spent_rank = 1;
        return true;
    }
    verdict->spent_rank = 0;
    verdict->spent_is_users = strcmp(reason->valuestring, "userRateLimitExceeded") == 0;
    return verdict->spent_is_users || strcmp(reason->valuestring, "rateLimitExceeded") == 0;
}

/* spent_by_open_meteo reads the words of `reason`, which name the window; there is no code. */
static void
spent_by_open_meteo(const cJSON *body, ProviderVerdict *verdict)
{
    static const char *const words[] = { "Minutely", "Hourly", "Daily" };
    const cJSON *reason = json_member(body, "reason");
    for (int i = 0; cJSON_IsString(reason) && i < 3; i++) {
        if (strstr(reason->valuestring, words[i]) != NULL) {
            verdict->spent_rank = i;
        }
    }
}

/* spent_find finds the window that a 429 (or Gmail's 403) is about. *ret_is_quota: a day's. False: it is
 * about none. */
static bool
spent_find(Provider provider, int status, const cJSON *body, ProviderVerdict *verdict, bool *ret_is_quota)
{
    switch (provider) {
    case PROVIDER_STRAVA:
        verdict->spent_rank = verdict->limits_n > 1 && verdict->used[1] >= verdict->limits[1] ? 1 : 0;
        *ret_is_quota = verdict->spent_rank == 1;
        return true;
    case PROVIDER_GMAIL: {
        bool has_reason = spent_by_gmail(body, verdict);
        *ret_is_quota = verdict->spent_rank == 1;
        return has_reason || status == 429;
    }
    case PROVIDER_OPEN_METEO:
        spent_by_open_meteo(body, verdict);
        *ret_is_quota = verdict->spent_rank == 2;
        return true;
    case PROVIDER_OPENWEATHER:
    case PROVIDER_NOMINATIM:
    case PROVIDER_COUNT:
        verdict->spent_rank = 0;
        return true;
    }
    return true;
}

/* --- the answer as a whole --- */

static bool
has_account(Provider provider)
{
    return provider == PROVIDER_STRAVA || provider == PROVIDER_GMAIL;
}

static ErrClass
class_of(Provider provider, int status, ProviderVerdict *verdict, const cJSON *body)
{
    bool is_quota = false;
    if (status == 429 || (status == 403 && provider == PROVIDER_GMAIL)) {
        if (spent_find(provider, status, body, verdict, &is_quota)) {
            return is_quota ? ERR_QUOTA_EXCEEDED : ERR_RATE_LIMIT;
        }
        verdict->spent_rank = RANK_NONE;
    }
    if (status >= 500) {
        verdict->has_failed = true;
        return ERR_TEMPORARY_API;
    }
    if ((status == 401 || status == 402 || status == 403) && !has_account(provider)) {
        verdict->pause_s = HOUR_S; /* blocked, or a key that is wrong for everybody */
        return ERR_PERMISSION_DENIED;
    }
    if (status == 401) {
        return ERR_AUTHENTICATION;
    }
    return status == 403 ? ERR_PERMISSION_DENIED : ERR_INVALID_DATA;
}

/* body_shown copies the beginning of a body as one line, for a message. */
static void
body_shown(const HttpAnswer *answer, char ret_text[BODY_SHOWN])
{
    (void)str_copy(ret_text, BODY_SHOWN, str_text(&answer->body));
    for (char *c = ret_text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
}

bool
provider_judge(Provider provider, const char *endpoint, const HttpAnswer *answer, int64_t now_us,
               ProviderVerdict *ret_verdict, Err *err)
{
    char code[24];
    char shown[BODY_SHOWN];
    Err ignored = ERR_NONE;
    *ret_verdict = (ProviderVerdict){ .spent_rank = RANK_NONE };
    if (provider == PROVIDER_STRAVA) {
        strava_limits(answer, ret_verdict);
    }
    if (answer->status >= 200 && answer->status < 300) {
        return true;
    }
    _cleanup_(json_delete) cJSON *body = json_parse(str_text(&answer->body), answer->body.length, &ignored);
    ErrClass class = class_of(provider, answer->status, ret_verdict, body);
    int64_t wait_us = http_retry_after_us(http_header(answer, "Retry-After"), now_us);
    (void)snprintf(code, sizeof code, "http_%d", answer->status);
    body_shown(answer, shown);
    (void)err_set(err, class, code, "%s: %d after %.1f s: %s", endpoint, answer->status,
                  (double)answer->took_us / 1e6, shown);
    if (wait_us == 0 && class == ERR_RATE_LIMIT && ret_verdict->spent_rank == RANK_NONE) {
        wait_us = BUSY_US;
    }
    err->retry_at_us = wait_us > 0 && err->retryable ? now_us + wait_us : 0;
    return false;
}

ProviderVerdict
provider_judge_silence(const Err *err)
{
    return (ProviderVerdict){ .spent_rank = RANK_NONE,
                              .has_failed = err->class == ERR_NETWORK || err->class == ERR_TEMPORARY_API };
}
