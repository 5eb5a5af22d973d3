/* Nominatim's reverse geocoding as apis.md section 4 has it. Towns lie on a grid of a tenth of a degree;
 * there is none beyond 60 degrees north or south.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/standin/providers/standin.h"

enum { LAT_MAX = 60 };

static bool
coordinate_read(const Exchange *exchange, const char *name, double most, double *ret_degrees)
{
    const char *text = exchange_query(exchange, name);
    return text != NULL && str_to_double(text, ret_degrees) && fabs(*ret_degrees) <= most;
}

static void
place_print(Str *text, double lat, double lng)
{
    int row = (int)floor(lat * 10);
    int column = (int)floor(lng * 10);
    /* every third town is a village, so that a reader has to look for more than `city` */
    const char *level = (row + column) % 3 == 0 ? "village" : "city";
    int id = (row + 900) * 10000 + column + 1800;
    str_append_format(text,
                      "{\"place_id\":%d,\"licence\":\"Data (c) OpenStreetMap contributors, ODbL "
                      "1.0.\",\"osm_type\":\"relation\","
                      "\"osm_id\":%d,\"lat\":\"%.7f\",\"lon\":\"%.7f\",\"category\":\"boundary\",\"type\":"
                      "\"administrative\","
                      "\"place_rank\":16,\"importance\":0.5,\"addresstype\":\"%s\",\"name\":\"Town %d\","
                      "\"display_name\":\"Town %d, State %d, Country\",",
                      id, id, lat, lng, level, id, id, row / 10);
    str_append_format(text,
                      "\"address\":{\"%s\":\"Town %d\",\"state\":\"State %d\",\"country\":\"Country\","
                      "\"country_code\":\"xx\"},\"boundingbox\":[\"%.1f\",\"%.1f\",\"%.1f\",\"%.1f\"]}",
                      level, id, row / 10, row / 10.0, (row + 1) / 10.0, column / 10.0, (column + 1) / 10.0);
}

void
nominatim_answer(Standin *standin, Exchange *exchange)
{
    const char *agent = exchange_header(exchange, "User-Agent");
    const char *format = exchange_query(exchange, "format");
    double lat = 0;
    double lng = 0;
    int full = windows_take(&standin->nominatim, standin_now_s(standin), 1);
    exchange->status = 200;
    if (agent == NULL || agent[0] == '\0' || full >= 0) {
        exchange->status = 403;
        str_append(&exchange->answer, "<html>Access blocked: see the usage policy</html>");
    } else if (strcmp(exchange->path, "/reverse") != 0 || format == NULL || strcmp(format, "jsonv2") != 0 ||
               !coordinate_read(exchange, "lat", 90, &lat) || !coordinate_read(exchange, "lon", 180, &lng)) {
        exchange->status = 400;
        str_append(&exchange->answer,
                   "{\"error\":{\"code\":400,\"message\":\"Floating-point number expected\"}}");
    } else if (fabs(lat) > LAT_MAX) {
        str_append(&exchange->answer, "{\"error\":\"Unable to geocode\"}");
    } else {
        place_print(&exchange->answer, lat, lng);
    }
}
