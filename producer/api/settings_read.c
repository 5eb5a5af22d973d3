#include "producer/api/settings_read.h"

#include <math.h>
#include <string.h>

#include "common/activity/field.h"
#include "common/activity/timestamp.h"
#include "common/json_read.h"

/* Limits are what a living athlete can have, with room; wider ones let a wrong unit pass (a pace in min/km
 * for a speed, kJ for J). */
static const struct {
    const char *name;
    double min, max;
} dated[] = {
    { "rest_hr_bpm", 20, 150 },
    { "max_hr_bpm", 60, 250 },
    { "lthr_bpm", 40, 250 },
    { "ftp_w", 10, 2000 },
    { "cp_w", 10, 2000 },
    { "w_prime_j", 500, 100000 },
    { "threshold_speed_mps", 0.3, 20 },
    { "speed_5k_mps", 0.3, 20 },
    { "speed_10k_mps", 0.3, 20 },
    { "speed_marathon_mps", 0.3, 20 },
    { "speed_easy_mps", 0.3, 20 },
};

static const char *const sexes[] = { "female", "male", "other" };

/* number_read appends one dated setting to settings->named. */
static bool
number_read(const cJSON *member, double min, double max, Settings *settings, Err *err)
{
    double value = NAN;

    if (!cJSON_IsNull(member)) {
        if (!json_number(member, member->string, &value, err)) {
            return false;
        }
        if (value < min || value > max) {
            return field_err(err, member->string, "%g is not in %g to %g", value, min, max);
        }
    }
    str_append_format(&settings->named, "%c\"%s\":", settings->named.length == 0 ? '{' : ',', member->string);
    str_append_double(&settings->named, value, 6);
    return true;
}

static bool
sex_read(const cJSON *member, Settings *settings, Err *err)
{
    const char *text = NULL;

    settings->has_sex = true;
    settings->sex = NULL;
    if (cJSON_IsNull(member)) {
        return true;
    }
    if (!json_text(member, "sex", 10, &text, err)) {
        return false;
    }
    for (size_t i = 0; i < sizeof sexes / sizeof *sexes; i++) {
        if (strcmp(text, sexes[i]) == 0) {
            settings->sex = sexes[i];
        }
    }
    return settings->sex != NULL || field_err(err, "sex", "is none of female, male, other");
}

static bool
valid_from_read(const cJSON *member, Settings *settings, Err *err)
{
    if (!json_text(member, "valid_from", 10, &settings->valid_from, err)) {
        return false;
    }
    return date_valid(settings->valid_from) || field_err(err, "valid_from", "is no day as 2026-03-01");
}

static bool
member_read(const cJSON *member, Settings *settings, Err *err)
{
    for (size_t i = 0; i < sizeof dated / sizeof *dated; i++) {
        if (strcmp(member->string, dated[i].name) == 0) {
            return number_read(member, dated[i].min, dated[i].max, settings, err);
        }
    }
    if (strcmp(member->string, "valid_from") == 0) {
        return valid_from_read(member, settings, err);
    }
    if (strcmp(member->string, "sex") == 0) {
        return sex_read(member, settings, err);
    }
    return field_err(err, member->string, "there is no such setting");
}

bool
settings_read(const cJSON *body, Settings *settings, Err *err)
{
    const cJSON *member = NULL;

    if (!cJSON_IsObject(body)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_json", "the body is no JSON object");
    }
    cJSON_ArrayForEach(member, body)
    {
        if (!member_read(member, settings, err)) {
            return false;
        }
    }
    if (settings->named.length > 0 && settings->valid_from == NULL) {
        return field_err(err, "valid_from", "is needed: the day from which the settings hold");
    }
    if (settings->named.length == 0 && !settings->has_sex) {
        return field_err(err, "valid_from", "no setting is named");
    }
    if (settings->named.length > 0) {
        str_append_char(&settings->named, '}');
    }
    return str_ok(&settings->named) || memory_err(err);
}

void
settings_done(Settings *settings)
{
    str_done(&settings->named);
}

bool
settings_agree(double rest_hr_bpm, double lthr_bpm, double max_hr_bpm, Err *err)
{
    if (rest_hr_bpm >= max_hr_bpm) { /* false for NaN */
        return field_err(err, "rest_hr_bpm", "%g is not below max_hr_bpm %g", rest_hr_bpm, max_hr_bpm);
    }
    if (lthr_bpm > max_hr_bpm) {
        return field_err(err, "lthr_bpm", "%g is above max_hr_bpm %g", lthr_bpm, max_hr_bpm);
    }
    if (lthr_bpm <= rest_hr_bpm) {
        return field_err(err, "lthr_bpm", "%g is not above rest_hr_bpm %g", lthr_bpm, rest_hr_bpm);
    }
    return true;
}
