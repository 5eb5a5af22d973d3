/* The stand-in's own interface: clock, limits, settings, requests; and what all providers share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_read.h"
#include "tests/standin/providers/standin.h"

const char *
exchange_query(const Exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *
exchange_header(const Exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

void
exchange_add_header(Exchange *exchange, const char *name, const char *value)
{
    if (exchange->headers_n < sizeof exchange->headers / sizeof exchange->headers[0]) {
        (void)str_copy(exchange->headers[exchange->headers_n][0], sizeof exchange->headers[0][0], name);
        (void)str_copy(exchange->headers[exchange->headers_n++][1], sizeof exchange->headers[0][1], value);
    }
}

int64_t
exchange_int(const Exchange *exchange, const char *name, int64_t fallback)
{
    int64_t value = 0;
    const char *text = exchange_query(exchange, name);
    return text != NULL && str_to_int64(text, &value) ? value : fallback;
}

bool
exchange_form(const Exchange *exchange, const char *name, char *value, size_t size)
{
    size_t n = strlen(name);
    const char *at = str_text(&exchange->body);
    while (*at != '\0') {
        size_t length = strcspn(at, "&");
        if (length > n && at[n] == '=' && strncmp(at, name, n) == 0) {
            if (length - n > size) {
                return false;
            }
            memcpy(value, at + n + 1, length - n - 1);
            value[length - n - 1] = '\0';
            (void)MHD_http_unescape(value);
            return true;
        }
        at += length + (at[length] == '&');
    }
    return false;
}

int
windows_take(Windows *windows, int64_t now_s, double cost)
{
    int full = -1;
    for (size_t i = 0; i < windows->n; i++) {
        int64_t began_at_s = now_s - now_s % windows->length_s[i];
        if (windows->began_at_s[i] != began_at_s) {
            windows->began_at_s[i] = began_at_s;
            windows->used[i] = 0;
        }
        windows->used[i] += cost;
        if (windows->used[i] > windows->limit[i]) {
            full = (int)i;
        }
    }
    return full;
}

/* --- control --- */

static bool
clock_put(Standin *standin, const cJSON *body, Err *err)
{
    int64_t now_s = 0;
    const cJSON *now = json_member(body, "now");
    if (now == NULL) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "now: is missing");
    }
    if (!json_int64(now, "now", &now_s, err)) {
        return false;
    }
    standin->offset_s = now_s - clock_wall_us() / 1000000;
    return true;
}

static bool
limits_put(Standin *standin, const cJSON *body, Err *err)
{
    Windows *const all[] = { &standin->strava, &standin->open_meteo, &standin->nominatim };
    const cJSON *name = json_member(body, "provider");
    const cJSON *lengths = json_member(body, "windows");
    const cJSON *limits = json_member(body, "limits");
    for (size_t i = 0; i < 3; i++) {
        Windows *windows = all[i];
        if (!cJSON_IsString(name) || strcmp(name->valuestring, windows->provider) != 0) {
            continue;
        }
        Windows fresh = { .provider = windows->provider, .n = windows->n };
        for (size_t w = 0; w < windows->n; w++) {
            double limit = 0;
            const cJSON *length = cJSON_GetArrayItem(lengths, (int)w);
            if (!json_int64(length, "windows", &fresh.length_s[w], err) ||
                !json_number(cJSON_GetArrayItem(limits, (int)w), "limits", &limit, err)) {
                return false;
            }
            fresh.limit[w] = limit;
            if (fresh.length_s[w] < 1) {
                return err_set(err, ERR_INVALID_DATA, "invalid_field", "windows: below 1 s");
            }
        }
        *windows = fresh;
        return true;
    }
    return err_set(err, ERR_INVALID_DATA, "invalid_field", "provider: none of ours");
}

static bool
settings_put(Standin *standin, const cJSON *body, Err *err)
{
    const cJSON *rotates = json_member(body, "rotates");
    const cJSON *page = json_member(body, "short_page");
    const cJSON *revoke = json_member(body, "revoke");
    int64_t athlete = 0;
    if ((rotates != NULL && !json_bool(rotates, "rotates", &standin->rotates, err)) ||
        (page != NULL && !json_int64(page, "short_page", &standin->short_page, err)) ||
        (revoke != NULL && !json_int64(revoke, "revoke", &athlete, err))) {
        return false;
    }
    if (revoke != NULL && (athlete < 0 || (size_t)athlete >= standin->world.athletes_n)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "revoke: no such athlete");
    }
    if (revoke != NULL) {
        strava_revoke(standin, (size_t)athlete);
    }
    return true;
}

static bool
control_run(Standin *standin, const Exchange *exchange, bool *ret_is_known, Err *err)
{
    const char *path = exchange->path;
    *ret_is_known = true;
    if (strcmp(path, "/_faults") == 0) {
        return fault_add(standin, exchange, err);
    }
    _cleanup_(json_delete) cJSON *body = json_parse(str_text(&exchange->body), exchange->body.length, err);
    if (body == NULL) {
        return false;
    }
    if (strcmp(path, "/_clock") == 0) {
        return clock_put(standin, body, err);
    }
    if (strcmp(path, "/_limits") == 0) {
        return limits_put(standin, body, err);
    }
    if (strcmp(path, "/_settings") == 0) {
        return settings_put(standin, body, err);
    }
    *ret_is_known = false;
    return false;
}

bool
control_answer(Standin *standin, Exchange *exchange)
{
    Err err = ERR_NONE;
    bool is_known = false;
    exchange->status = 200;
    if (strcmp(exchange->path, "/_requests") == 0) {
        if (strcmp(exchange->method, "DELETE") == 0) {
            str_clear(&standin->requests);
        } else {
            str_append(&exchange->answer, str_text(&standin->requests));
        }
        return true;
    }
    if (strcmp(exchange->path, "/_faults") == 0 && strcmp(exchange->method, "DELETE") == 0) {
        faults_forget(standin);
        return true;
    }
    if (control_run(standin, exchange, &is_known, &err)) {
        str_append(&exchange->answer, "{}");
    } else {
        exchange->status = 400;
        str_append(&exchange->answer, "{\"message\":");
        str_append_json(&exchange->answer, err.message);
        str_append_char(&exchange->answer, '}');
        return is_known || err.class != ERR_CLASS_NONE;
    }
    return true;
}
