/* settings_read.h - the body of PUT /athletes/:id/settings, read and checked.
 *
 *   {"valid_from": "2026-03-01", "ftp_w": 260, "lthr_bpm": null, "sex": "female"}
 *
 * Any of the settings may be named; null makes one unknown. Pure; the JSON is borrowed.
 */
#ifndef PACELINE_SETTINGS_READ_H
#define PACELINE_SETTINGS_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

typedef struct Settings {
    const char *valid_from; /* of the JSON; NULL if nothing dated is named */
    Str named;              /* JSON object of what is dated, for settings_put.sql */
    bool has_sex;
    const char *sex; /* of the JSON; NULL is unknown */
} Settings;

#define SETTINGS_EMPTY ((Settings){ .named = STR_EMPTY })

/* settings_read takes the members of body. ERR_INVALID_DATA, code "invalid_field" and a message that begins
 * with the field: an unknown member, another type, a value out of its range, a dated setting without
 * valid_from or with a day that does not exist, nothing named at all. On failure *settings may hold a part.
 */
MUST_CHECK bool settings_read(const cJSON *body, Settings *settings, Err *err);
void settings_done(Settings *settings);

/* settings_agree checks what must hold between values: rest < threshold <= maximum heart rate, as far as they
 * are known (NaN: unknown). Errors as settings_read. */
MUST_CHECK bool settings_agree(double rest_hr_bpm, double lthr_bpm, double max_hr_bpm, Err *err);

#endif
