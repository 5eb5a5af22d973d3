/* standin.h - a stand-in for the providers of apis.md, for tests and demos: one program, one port, a path for
 * each.
 *
 *   /strava       /api/v3/... and /oauth/...    strava.c
 *   /archive      /v1/archive                   open_meteo.c
 *   /forecast     /v1/forecast                  open_meteo.c
 *   /nominatim    /reverse                      nominatim.c
 *
 *   PUT  /_clock     {"now":1767225600}         its clock goes on from there (a number of seconds)
 *   PUT  /_limits    {"provider":"strava","windows":[900,86400],"limits":[100,1000]}
 *   PUT  /_settings  {"rotates":true,"short_page":2,"revoke":0}      strava.c says what they do
 *   POST /_faults    {"route":"page=3","times":1,"kind":"status","status":503,"body":"..."}    faults.c
 *   GET  /_requests  one JSON line a request; DELETE forgets them
 *
 * State is in memory and comes from the seed, the clock and the requests. Single-threaded.
 */
#ifndef PACELINE_STANDIN_H
#define PACELINE_STANDIN_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"
#include "tests/standin/athletes/world.h"

enum { WINDOWS_MAX = 3, TOKENS_KEPT = 2 };

/* Windows are what a provider counts calls in: aligned to its clock. */
typedef struct Windows {
    const char *provider;
    size_t n;
    int64_t length_s[WINDOWS_MAX];
    double limit[WINDOWS_MAX];
    double used[WINDOWS_MAX];
    int64_t began_at_s[WINDOWS_MAX];
} Windows;

/* StravaAccount is an athlete's application grant. Tokens are named by athlete and number: access-0-1,
 * refresh-0-0. */
typedef struct StravaAccount {
    int64_t access_n, refresh_n;
    int64_t expires_at_s[TOKENS_KEPT]; /* of access token n at [n % TOKENS_KEPT] */
    bool is_revoked, is_code_used;
} StravaAccount;

typedef struct Fault {
    char route[200]; /* a part of path and query */
    char kind[16];
    int64_t times; /* how often it still happens */
    int64_t status, seconds;
    Str body;
} Fault;

typedef struct Standin {
    World world;
    int64_t offset_s; /* of its clock from the machine's */
    Windows strava, open_meteo, nominatim;
    StravaAccount *accounts; /* [world.athletes_n] */
    Str *summaries;          /* [world.sessions_n] made when first asked for */
    bool rotates;            /* each refresh brings a new refresh token */
    int64_t short_page;      /* this page of a list has only half of its activities; 0: none */
    Fault *faults;           /* [faults_n] */
    size_t faults_n;
    Str requests; /* JSON lines */
} Standin;

/* Exchange is one request and what is answered. */
typedef struct Exchange {
    struct MHD_Connection *connection;
    const char *method;
    const char *path; /* below the provider's own */
    Str body;
    Str url; /* path and query, as they came, for faults and the log */
    int status;
    Str answer;
    char headers[8][2][64]; /* name, value */
    size_t headers_n;
} Exchange;

int64_t standin_now_s(const Standin *standin);

/* exchange_query returns an argument of the query, exchange_header a header, or NULL. */
const char *exchange_query(const Exchange *exchange, const char *name);
const char *exchange_header(const Exchange *exchange, const char *name);
void exchange_add_header(Exchange *exchange, const char *name, const char *value);

/* exchange_form copies a field of a form body into value [size]; false if it is not there or too long. */
bool exchange_form(const Exchange *exchange, const char *name, char *value, size_t size);

/* exchange_int reads a whole number of the query; otherwise it is fallback. */
int64_t exchange_int(const Exchange *exchange, const char *name, int64_t fallback);

/* windows_take counts cost in every window, also when it is refused; returns which is full by that, or -1. */
int windows_take(Windows *windows, int64_t now_s, double cost);

/* The providers. Each answers in exchange->status and ->answer. */
bool strava_init(Standin *standin);
void strava_answer(Standin *standin, Exchange *exchange);
void open_meteo_answer(Standin *standin, Exchange *exchange, bool is_archive);
void nominatim_answer(Standin *standin, Exchange *exchange);

/* strava_revoke takes the grant of an athlete back, as a user does on Strava's page. */
void strava_revoke(Standin *standin, size_t athlete);

/* control_answer serves what begins with "/_"; false if there is no such path. */
bool control_answer(Standin *standin, Exchange *exchange);

/* fault_take finds a fault for this request and uses it up once; NULL if there is none. */
Fault *fault_take(Standin *standin, const Exchange *exchange);
void faults_forget(Standin *standin);
bool fault_add(Standin *standin, const Exchange *exchange, Err *err);

#endif
