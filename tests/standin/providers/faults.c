/* What goes wrong on demand: POST /_faults {"route","times","kind"} and, as the kind needs them, "status",
 * "body", "seconds".
 *
 *   status       that status and body; the provider does nothing
 *   retry_after  429 with Retry-After: seconds
 *   reset        the connection is closed without an answer
 *   hang         no answer, ever
 *   slow         the answer, one byte a second
 *   truncate     half of the answer's body, though its length is told
 *   not_json     200 with a page of HTML
 *   drop_ack     the work is done, then as reset
 *
 * DELETE forgets those that have not happened yet. A route is a part of path and query: "/oauth/token",
 * "page=3".
 */
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "tests/standin/providers/standin.h"

static bool
kind_is_known(const char *kind)
{
    static const char *const kinds[] = { "status", "retry_after", "reset",    "hang",
                                         "slow",   "truncate",    "not_json", "drop_ack" };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool
number_read(const cJSON *json, const char *name, int64_t *value, Err *err)
{
    const cJSON *member = json_member(json, name);
    return member == NULL || json_int64(member, name, value, err);
}

static bool
fault_read(const cJSON *json, Fault *fault, Err *err)
{
    const char *route = NULL;
    const char *kind = NULL;
    const char *body = "{\"message\":\"a fault\"}";
    const cJSON *text = json_member(json, "body");
    if (!json_text(json_member(json, "route"), "route", sizeof fault->route - 1, &route, err) ||
        !json_text(json_member(json, "kind"), "kind", sizeof fault->kind - 1, &kind, err) ||
        !number_read(json, "times", &fault->times, err) ||
        !number_read(json, "status", &fault->status, err) ||
        !number_read(json, "seconds", &fault->seconds, err) ||
        (text != NULL && !json_text(text, "body", 100000, &body, err))) {
        return false;
    }
    if (!kind_is_known(kind) || fault->status < 200 || fault->status > 599) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "kind or status: no such fault");
    }
    if (strcmp(kind, "retry_after") == 0) {
        fault->status = 429;
    }
    (void)str_copy(fault->route, sizeof fault->route, route);
    (void)str_copy(fault->kind, sizeof fault->kind, kind);
    str_append(&fault->body, body);
    return true;
}

bool
fault_add(Standin *standin, const Exchange *exchange, Err *err)
{
    Fault fault = { .times = 1, .status = 500, .seconds = 1 };
    _cleanup_(json_delete) cJSON *json = json_parse(str_text(&exchange->body), exchange->body.length, err);
    if (json == NULL || !fault_read(json, &fault, err)) {
        return false;
    }
    Fault *faults = reallocarray(standin->faults, standin->faults_n + 1, sizeof *faults);
    if (faults == NULL) {
        str_done(&fault.body);
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a fault");
    }
    standin->faults = faults;
    faults[standin->faults_n++] = fault;
    return true;
}

void
faults_forget(Standin *standin)
{
    for (size_t i = 0; i < standin->faults_n; i++) {
        str_done(&standin->faults[i].body);
    }
    standin->faults_n = 0;
}

Fault *
fault_take(Standin *standin, const Exchange *exchange)
{
    for (size_t i = 0; i < standin->faults_n; i++) {
        Fault *fault = &standin->faults[i];
        if (fault->times > 0 && strstr(str_text(&exchange->url), fault->route) != NULL) {
            fault->times--;
            return fault;
        }
    }
    return NULL;
}
