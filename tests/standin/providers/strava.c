/* Strava v3 as apis.md section 2 has it: tokens, the list of activities, their details and streams, rate
 * limits.
 *
 * Athlete number i is 1000 + i at Strava. Client 1, secret "standin-secret". Grants are there from the start:
 * code "code-<i>", access token "access-<i>-<n>", refresh token "refresh-<i>-<n>", n from 0 on. rotates: each
 * refresh that brings a new access token brings a new refresh token, too, and the old one is refused from
 * then on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/standin/athletes/print.h"
#include "tests/standin/providers/standin.h"

enum {
    ATHLETE_FIRST = 1000,
    TOKEN_LIFE_S = 21600,
    TOKEN_KEPT_S = 3600, /* with more left, the same token comes back */
    PER_PAGE = 30,
    PER_PAGE_MAX = 200,
    OVERALL_FACTOR = 2, /* overall limits are twice those of reads */
};

bool
strava_init(Standin *standin)
{
    standin->accounts = calloc(standin->world.athletes_n, sizeof *standin->accounts);
    standin->summaries = calloc(standin->world.sessions_n, sizeof *standin->summaries);
    for (size_t i = 0; standin->accounts != NULL && i < standin->world.athletes_n; i++) {
        standin->accounts[i].expires_at_s[0] = standin_now_s(standin) + TOKEN_LIFE_S;
    }
    return standin->accounts != NULL && standin->summaries != NULL;
}

void
strava_revoke(Standin *standin, size_t athlete)
{
    standin->accounts[athlete].is_revoked = true;
}

static void
refuse(Exchange *exchange, int status, const char *message, const char *resource, const char *field,
       const char *code)
{
    exchange->status = status;
    str_append_format(
        &exchange->answer,
        "{\"message\":\"%s\",\"errors\":[{\"resource\":\"%s\",\"field\":\"%s\",\"code\":\"%s\"}]}", message,
        resource, field, code);
}

/* --- tokens --- */

/* token_parse reads "<kind>-<athlete>-<n>". */
static bool
token_parse(const Standin *standin, const char *text, const char *kind, size_t *ret_athlete, int64_t *ret_n)
{
    char rest[40];
    int64_t athlete = 0;
    size_t length = strlen(kind);
    if (strncmp(text, kind, length) != 0 || text[length] != '-' ||
        !str_copy(rest, sizeof rest, text + length + 1)) {
        return false;
    }
    char *dash = strchr(rest, '-');
    if (dash == NULL) {
        return false;
    }
    *dash = '\0';
    if (!str_to_int64(rest, &athlete) || !str_to_int64(dash + 1, ret_n) || athlete < 0 ||
        (size_t)athlete >= standin->world.athletes_n) {
        return false;
    }
    *ret_athlete = (size_t)athlete;
    return true;
}

static void
token_answer(const Standin *standin, Exchange *exchange, size_t athlete, bool has_athlete)
{
    const StravaAccount *account = &standin->accounts[athlete];
    int64_t expires_at_s = account->expires_at_s[account->access_n % TOKENS_KEPT];
    exchange->status = 200;
    str_append_format(&exchange->answer,
                      "{\"token_type\":\"Bearer\",\"access_token\":\"access-%zu-%lld\",\"expires_at\":%lld,"
                      "\"expires_in\":%lld,\"refresh_token\":\"refresh-%zu-%lld\"",
                      athlete, (long long)account->access_n, (long long)expires_at_s,
                      (long long)(expires_at_s - standin_now_s(standin)), athlete,
                      (long long)account->refresh_n);
    if (has_athlete) {
        str_append_format(&exchange->answer, ",\"athlete\":{\"id\":%zu,\"resource_state\":2}",
                          ATHLETE_FIRST + athlete);
    }
    str_append_char(&exchange->answer, '}');
}

/* token_renew makes a new access token, if the present one has not long to live. */
static void
token_renew(const Standin *standin, StravaAccount *account)
{
    int64_t now_s = standin_now_s(standin);
    if (account->expires_at_s[account->access_n % TOKENS_KEPT] - now_s > TOKEN_KEPT_S) {
        return;
    }
    account->access_n++;
    account->expires_at_s[account->access_n % TOKENS_KEPT] = now_s + TOKEN_LIFE_S;
    account->refresh_n += standin->rotates;
}

static void
token_exchange(Standin *standin, Exchange *exchange, const char *grant)
{
    char value[80] = "";
    size_t athlete = 0;
    int64_t n = 0;
    if (strcmp(grant, "refresh_token") == 0) {
        bool is_good = exchange_form(exchange, "refresh_token", value, sizeof value) &&
                       token_parse(standin, value, "refresh", &athlete, &n);
        if (!is_good || standin->accounts[athlete].is_revoked || standin->accounts[athlete].refresh_n != n) {
            refuse(exchange, 400, "Bad Request", "RefreshToken", "refresh_token", "invalid");
            return;
        }
        token_renew(standin, &standin->accounts[athlete]);
        token_answer(standin, exchange, athlete, false);
        return;
    }
    bool is_good =
        exchange_form(exchange, "code", value, sizeof value - 3) && strncmp(value, "code-", 5) == 0;
    (void)str_copy(value + strlen(value), 3, "-0");
    if (!is_good || !token_parse(standin, value, "code", &athlete, &n) ||
        standin->accounts[athlete].is_code_used) {
        refuse(exchange, 400, "Bad Request", "AuthorizationCode", "code", "invalid");
        return;
    }
    standin->accounts[athlete].is_code_used = true;
    standin->accounts[athlete].is_revoked = false;
    token_answer(standin, exchange, athlete, true);
}

static void
oauth_answer(Standin *standin, Exchange *exchange)
{
    char id[40] = "";
    char secret[80] = "";
    char grant[40] = "";
    if (strcmp(exchange->path, "/oauth/token") != 0 || strcmp(exchange->method, "POST") != 0) {
        refuse(exchange, 404, "Record Not Found", "resource", "path", "invalid");
    } else if (!exchange_form(exchange, "client_id", id, sizeof id) || strcmp(id, "1") != 0 ||
               !exchange_form(exchange, "client_secret", secret, sizeof secret) ||
               strcmp(secret, "standin-secret") != 0) {
        refuse(exchange, 400, "Bad Request", "Application", "client_id", "invalid");
    } else if (!exchange_form(exchange, "grant_type", grant, sizeof grant) ||
               (strcmp(grant, "refresh_token") != 0 && strcmp(grant, "authorization_code") != 0)) {
        refuse(exchange, 400, "Bad Request", "Application", "grant_type", "invalid");
    } else {
        token_exchange(standin, exchange, grant);
    }
}

/* bearer finds who calls; false if the token is none of ours, has expired, or its grant is gone. */
static bool
bearer(const Standin *standin, const Exchange *exchange, size_t *ret_athlete)
{
    const char *header = exchange_header(exchange, "Authorization");
    int64_t n = 0;
    if (header == NULL || strncmp(header, "Bearer ", 7) != 0 ||
        !token_parse(standin, header + 7, "access", ret_athlete, &n)) {
        return false;
    }
    const StravaAccount *account = &standin->accounts[*ret_athlete];
    return !account->is_revoked && n <= account->access_n && n > account->access_n - TOKENS_KEPT &&
           account->expires_at_s[n % TOKENS_KEPT] > standin_now_s(standin);
}

/* --- activities --- */

/* activity_print prints one; strength has no recording: such activities are entered by hand. */
static bool
activity_print(const Standin *standin, size_t session, bool is_detail, Str *text)
{
    Outing outing = { .moments = NULL };
    Recording recording = { .samples = NULL };
    if (!world_live(&standin->world, session, &outing, &recording)) {
        return false;
    }
    if (recording.n > 0) {
        print_strava_activity(text, &standin->world, session, &recording, is_detail);
    } else {
        print_strava_by_hand(text, &standin->world, session);
    }
    outing_done(&outing);
    recording_done(&recording);
    return str_ok(text);
}

static bool
session_is_wanted(const Standin *standin, size_t session, size_t athlete, int64_t after_s, int64_t before_s)
{
    const Session *s = &standin->world.sessions[session];
    return s->athlete == athlete && s->start_at_s > after_s && s->start_at_s < before_s;
}

/* list_answer prints one page, newest first; sessions are in the order of their start. */
static void
list_answer(Standin *standin, Exchange *exchange, size_t athlete)
{
    int64_t page = exchange_int(exchange, "page", 1);
    int64_t per_page = exchange_int(exchange, "per_page", PER_PAGE);
    int64_t after_s = exchange_int(exchange, "after", 0);
    int64_t before_s = exchange_int(exchange, "before", INT64_MAX);
    if (page < 1 || page > 100000 || per_page < 1 || per_page > PER_PAGE_MAX) {
        refuse(exchange, 400, "Bad Request", "Application", "per_page", "invalid");
        return;
    }
    int64_t first = (page - 1) * per_page;
    int64_t end = first + (page == standin->short_page ? per_page / 2 : per_page);
    int64_t at = 0;
    str_append_char(&exchange->answer, '[');
    for (size_t i = standin->world.sessions_n; i-- > 0 && at < end;) {
        if (!session_is_wanted(standin, i, athlete, after_s, before_s)) {
            continue;
        }
        Str *summary = &standin->summaries[i];
        if (at >= first && (summary->length > 0 || activity_print(standin, i, false, summary))) {
            str_append(&exchange->answer, at > first ? "," : "");
            str_append_bytes(&exchange->answer, summary->bytes, summary->length);
        }
        at++;
    }
    str_append_char(&exchange->answer, ']');
    exchange->status = 200;
}

static void
streams_answer(const Standin *standin, Exchange *exchange, size_t session, bool is_older)
{
    Outing outing = { .moments = NULL };
    Recording recording = { .samples = NULL };
    if (!world_live(&standin->world, session, &outing, &recording)) {
        exchange->status = 500;
        return;
    }
    if (recording.n > 0) {
        exchange->status = 200;
        print_strava_streams(&exchange->answer, &recording, is_older);
    } else {
        refuse(exchange, 404, "Resource Not Found", "Activity", "streams", "not found");
    }
    outing_done(&outing);
    recording_done(&recording);
}

static void
stats_answer(const Standin *standin, Exchange *exchange, size_t athlete)
{
    size_t runs = 0;
    size_t rides = 0;
    for (size_t i = 0; i < standin->world.sessions_n; i++) {
        const Session *session = &standin->world.sessions[i];
        runs += session->athlete == athlete && session->sport == SPORT_RUN;
        rides += session->athlete == athlete && session->sport == SPORT_RIDE;
    }
    exchange->status = 200;
    str_append_format(&exchange->answer,
                      "{\"all_run_totals\":{\"count\":%zu},\"all_ride_totals\":{\"count\":%zu},"
                      "\"all_swim_totals\":{\"count\":0}}",
                      runs, rides);
}

/* activity_answer serves /activities/{id}, its streams, and their older form /streams/{types}. */
static void
activity_answer(Standin *standin, Exchange *exchange, const char *rest, size_t athlete)
{
    char id[24];
    int64_t number = 0;
    size_t length = strcspn(rest, "/");
    size_t i = 0;
    (void)snprintf(id, sizeof id, "%.*s", (int)(length < 20 ? length : 20), rest);
    if (str_to_int64(id, &number)) {
        while (i < standin->world.sessions_n && session_id(&standin->world, i) != number) {
            i++;
        }
    }
    if (number == 0 || i == standin->world.sessions_n || standin->world.sessions[i].athlete != athlete) {
        refuse(exchange, 404, "Record Not Found", "Activity", "id", "invalid");
    } else if (rest[length] == '\0') {
        exchange->status = activity_print(standin, i, true, &exchange->answer) ? 200 : 500;
    } else if (strncmp(rest + length, "/streams", 8) == 0) {
        streams_answer(standin, exchange, i, rest[length + 8] == '/');
    } else {
        refuse(exchange, 404, "Record Not Found", "resource", "path", "invalid");
    }
}

/* --- limits --- */

static void
limits_tell(const Windows *windows, Exchange *exchange)
{
    char text[64];
    for (int overall = 1; overall >= 0; overall--) {
        int factor = overall ? OVERALL_FACTOR : 1;
        (void)snprintf(text, sizeof text, "%.0f,%.0f", windows->limit[0] * factor,
                       windows->limit[1] * factor);
        exchange_add_header(exchange, overall ? "X-RateLimit-Limit" : "X-ReadRateLimit-Limit", text);
        (void)snprintf(text, sizeof text, "%.0f,%.0f", windows->used[0], windows->used[1]);
        exchange_add_header(exchange, overall ? "X-RateLimit-Usage" : "X-ReadRateLimit-Usage", text);
    }
}

static void
api_answer(Standin *standin, Exchange *exchange, const char *path)
{
    static const char activities[] = "/activities/";
    size_t athlete = 0;
    int full = windows_take(&standin->strava, standin_now_s(standin), 1);
    limits_tell(&standin->strava, exchange);
    if (full >= 0) {
        refuse(exchange, 429, "Rate Limit Exceeded", "Application", "overall rate limit", "exceeded");
    } else if (!bearer(standin, exchange, &athlete)) {
        refuse(exchange, 401, "Authorization Error", "Athlete", "access_token", "invalid");
    } else if (strcmp(path, "/athlete/activities") == 0) {
        list_answer(standin, exchange, athlete);
    } else if (strncmp(path, activities, sizeof activities - 1) == 0) {
        activity_answer(standin, exchange, path + sizeof activities - 1, athlete);
    } else if (strncmp(path, "/athletes/", 10) == 0 && strstr(path, "/stats") != NULL) {
        stats_answer(standin, exchange, athlete);
    } else {
        refuse(exchange, 404, "Record Not Found", "resource", "path", "invalid");
    }
}

void
strava_answer(Standin *standin, Exchange *exchange)
{
    static const char api[] = "/api/v3";
    if (strncmp(exchange->path, api, sizeof api - 1) == 0) {
        api_answer(standin, exchange, exchange->path + sizeof api - 1);
    } else {
        oauth_answer(standin, exchange);
    }
}
