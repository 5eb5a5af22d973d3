/* Open-Meteo's two hosts as apis.md section 3 has them. The weather follows from grid cell and hour alone. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/activity/timestamp.h"
#include "tests/standin/athletes/rng.h"
#include "tests/standin/providers/standin.h"

enum {
    PLACES_MAX = 1000,
    VARIABLES_MAX = 20,
    HOUR_S = 3600,
    DAY_S = 86400,
    ARCHIVE_DELAY_DAYS = 5,
    DAYS_MAX = 366
};

/* Variable is an hourly figure: its value wanders between low and high. */
typedef struct Variable {
    const char *name, *unit;
    double low, high, step;
    bool is_in_archive;
} Variable;

static const Variable variables[] = {
    { "temperature_2m", "°C", -5, 25, 0.1, true },
    { "apparent_temperature", "°C", -8, 26, 0.1, true },
    { "relative_humidity_2m", "%", 30, 100, 1, true },
    { "pressure_msl", "hPa", 990, 1035, 0.1, true },
    { "surface_pressure", "hPa", 900, 1030, 0.1, true },
    { "wind_speed_10m", "km/h", 0, 50, 0.1, true }, /* m/s if asked for */
    { "wind_direction_10m", "°", 0, 360, 1, true },
    { "weather_code", "wmo code", 0, 3, 1, true },
    { "visibility", "m", 2000, 24000, 20, false },
    { "uv_index", "", 0, 8, 0.05, false },
};

/* Wanted is what one request asks for. */
typedef struct Wanted {
    const Variable *variables[VARIABLES_MAX];
    size_t n;
    double lat, lng;
    int64_t day_first_s, day_last_s;
    bool is_archive, is_mps;
    int64_t now_s;
} Wanted;

static void
refuse(Exchange *exchange, int status, const char *reason)
{
    exchange->status = status;
    str_append_format(&exchange->answer, "{\"error\":true,\"reason\":\"%s\"}", reason);
}

/* item_copy copies item number i of a list with commas; false if there is none. */
static bool
item_copy(const char *list, size_t i, char *item, size_t size)
{
    for (; list != NULL && i > 0; i--) {
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
    }
    if (list == NULL) {
        return false;
    }
    size_t length = strcspn(list, ",");
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(item, list, length);
    item[length] = '\0';
    return true;
}

static size_t
items_count(const char *list)
{
    size_t n = list != NULL && *list != '\0';
    for (; list != NULL && *list != '\0'; list++) {
        n += *list == ',';
    }
    return n;
}

static bool
day_read(const char *list, size_t i, int64_t *ret_s)
{
    char text[40];
    char whole[60];
    int64_t us = 0;
    if (!item_copy(list, items_count(list) == 1 ? 0 : i, text, sizeof text)) {
        return false;
    }
    (void)snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    if (!timestamp_parse(whole, &us, NULL)) {
        return false;
    }
    *ret_s = us / 1000000;
    return true;
}

static bool
variables_read(const char *hourly, Wanted *wanted)
{
    char name[40];
    for (size_t i = 0; i < items_count(hourly); i++) {
        size_t v = 0;
        size_t all = sizeof variables / sizeof variables[0];
        if (!item_copy(hourly, i, name, sizeof name)) {
            return false;
        }
        while (v < all && strcmp(variables[v].name, name) != 0) {
            v++;
        }
        if (v == all || wanted->n == VARIABLES_MAX) {
            return false;
        }
        wanted->variables[wanted->n++] = &variables[v];
    }
    return wanted->n > 0;
}

/* --- one place --- */

static double
snapped(double degrees, double grid)
{
    return round(degrees / grid) * grid;
}

/* value_of is the same for a cell and hour, whoever asks. */
static double
value_of(const Wanted *wanted, const Variable *variable, int64_t at_s)
{
    Rng rng;
    double grid = wanted->is_archive ? 0.25 : 0.1;
    uint64_t cell = (uint64_t)((wanted->lat + 90) / grid) * 10000 + (uint64_t)((wanted->lng + 180) / grid);
    rng_seed(&rng, cell, (uint64_t)(at_s / HOUR_S) * 100 + (uint64_t)(variable - variables));
    double value = rng_uniform(&rng, variable->low, variable->high);
    if (wanted->is_mps && strcmp(variable->name, "wind_speed_10m") == 0) {
        value /= 3.6;
    }
    return round(value / variable->step) * variable->step;
}

static bool
is_known(const Wanted *wanted, const Variable *variable, int64_t at_s)
{
    if (!wanted->is_archive) {
        return at_s <= wanted->now_s;
    }
    int64_t today_s = wanted->now_s - wanted->now_s % DAY_S;
    return variable->is_in_archive && at_s < today_s - (int64_t)(ARCHIVE_DELAY_DAYS - 1) * DAY_S;
}

static void
hours_print(Str *text, const Wanted *wanted)
{
    str_append(text, "\"hourly\":{\"time\":[");
    for (int64_t at_s = wanted->day_first_s; at_s < wanted->day_last_s + DAY_S; at_s += HOUR_S) {
        str_append_format(text, "%s%lld", at_s > wanted->day_first_s ? "," : "", (long long)at_s);
    }
    str_append_char(text, ']');
    for (size_t v = 0; v < wanted->n; v++) {
        str_append_format(text, ",\"%s\":[", wanted->variables[v]->name);
        for (int64_t at_s = wanted->day_first_s; at_s < wanted->day_last_s + DAY_S; at_s += HOUR_S) {
            str_append(text, at_s > wanted->day_first_s ? "," : "");
            if (is_known(wanted, wanted->variables[v], at_s)) {
                str_append_double(text, value_of(wanted, wanted->variables[v], at_s), 2);
            } else {
                str_append(text, "null");
            }
        }
        str_append_char(text, ']');
    }
    str_append_char(text, '}');
}

static void
place_print(Str *text, const Wanted *wanted, size_t location)
{
    double grid = wanted->is_archive ? 0.25 : 0.1;
    str_append(text, "{\"latitude\":");
    str_append_double(text, snapped(wanted->lat, grid), 4);
    str_append(text, ",\"longitude\":");
    str_append_double(text, snapped(wanted->lng, grid), 4);
    str_append(text, ",\"generationtime_ms\":0.1,\"utc_offset_seconds\":0,\"timezone\":\"GMT\","
                     "\"timezone_abbreviation\":\"GMT\",\"elevation\":20.0,");
    if (location > 0) {
        str_append_format(text, "\"location_id\":%zu,", location);
    }
    str_append(text, "\"hourly_units\":{\"time\":\"unixtime\"");
    for (size_t v = 0; v < wanted->n; v++) {
        const Variable *variable = wanted->variables[v];
        bool is_wind = strcmp(variable->name, "wind_speed_10m") == 0;
        str_append_format(text, ",\"%s\":\"%s\"", variable->name,
                          is_wind && wanted->is_mps                        ? "m/s"
                          : wanted->is_archive && !variable->is_in_archive ? "undefined"
                                                                           : variable->unit);
    }
    str_append(text, "},");
    hours_print(text, wanted);
    str_append_char(text, '}');
}

/* --- the request --- */

/* place_read reads place number i. */
static bool
place_read(const Exchange *exchange, size_t i, Wanted *wanted)
{
    char lat[24];
    char lng[24];
    return item_copy(exchange_query(exchange, "latitude"), i, lat, sizeof lat) &&
           item_copy(exchange_query(exchange, "longitude"), i, lng, sizeof lng) &&
           str_to_double(lat, &wanted->lat) && str_to_double(lng, &wanted->lng) && fabs(wanted->lat) <= 90 &&
           fabs(wanted->lng) <= 180 &&
           day_read(exchange_query(exchange, "start_date"), i, &wanted->day_first_s) &&
           day_read(exchange_query(exchange, "end_date"), i, &wanted->day_last_s) &&
           wanted->day_last_s >= wanted->day_first_s &&
           wanted->day_last_s - wanted->day_first_s < (int64_t)DAYS_MAX * DAY_S;
}

/* cost_of is what a place costs: max(1, v, v * days / 14), v = variables / 10. */
static double
cost_of(const Wanted *wanted)
{
    double v = (double)wanted->n / 10;
    int64_t days_n = (wanted->day_last_s - wanted->day_first_s) / DAY_S + 1;
    double days = (double)days_n;
    return fmax(1, fmax(v, v * days / 14));
}

static bool
is_equal(const char *value, const char *wanted)
{
    return value != NULL && strcmp(value, wanted) == 0;
}

/* places_print prints them all and sums their cost; false if one cannot be read. */
static bool
places_print(Exchange *exchange, Wanted *wanted, size_t places, double *ret_cost)
{
    str_append(&exchange->answer, places > 1 ? "[" : "");
    for (size_t i = 0; i < places; i++) {
        if (!place_read(exchange, i, wanted)) {
            return false;
        }
        *ret_cost += cost_of(wanted);
        str_append(&exchange->answer, i > 0 ? "," : "");
        place_print(&exchange->answer, wanted, i);
    }
    str_append(&exchange->answer, places > 1 ? "]" : "");
    return true;
}

void
open_meteo_answer(Standin *standin, Exchange *exchange, bool is_archive)
{
    static const char *const reasons[] = {
        "Minutely API request limit exceeded. Please try again in one minute.",
        "Hourly API request limit exceeded. Please try again in the next hour.",
        "Daily API request limit exceeded. Please try again tomorrow."
    };
    double cost = 0;
    size_t places = items_count(exchange_query(exchange, "latitude"));
    Wanted wanted = { .is_archive = is_archive,
                      .is_mps = is_equal(exchange_query(exchange, "wind_speed_unit"), "ms"),
                      .now_s = standin_now_s(standin) };
    bool is_good = strcmp(exchange->path, is_archive ? "/v1/archive" : "/v1/forecast") == 0 && places > 0 &&
                   places <= PLACES_MAX && is_equal(exchange_query(exchange, "timeformat"), "unixtime") &&
                   variables_read(exchange_query(exchange, "hourly"), &wanted) &&
                   places_print(exchange, &wanted, places, &cost);
    int full = windows_take(&standin->open_meteo, wanted.now_s, cost > 0 ? cost : 1);
    exchange->status = 200;
    if (full >= 0 || !is_good) {
        str_clear(&exchange->answer);
        refuse(exchange, full >= 0 ? 429 : 400, full >= 0 ? reasons[full] : "Parameters cannot be read");
    }
}
