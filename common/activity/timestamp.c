#include "common/activity/timestamp.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define YEAR_10000_S 253402300800.0 /* dates have four digits */

/* days_from_civil counts days from 1970-01-01. Source: Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms": years begin in March, so that the leap day is the last. */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

/* civil_from_days is the inverse. Source: as above. */
static void
civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;

    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

/* digits reads exactly `count` decimal digits and moves the cursor past them. */
static bool
digits(const char **cursor, int count, int *ret_value)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*cursor)[i])) {
            return false;
        }
        value = value * 10 + ((*cursor)[i] - '0');
    }
    *cursor += count;
    *ret_value = value;
    return true;
}

static bool
literal(const char **cursor, char c)
{
    if (**cursor != c) {
        return false;
    }
    (*cursor)++;
    return true;
}

/* date_read reads "2020-06-01" and gives its days from 1970-01-01. */
static bool
date_read(const char **cursor, int64_t *ret_days)
{
    static const int month_days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 0;
    int month = 0;
    int day = 0;

    if (!digits(cursor, 4, &year) || !literal(cursor, '-') || !digits(cursor, 2, &month) ||
        !literal(cursor, '-') || !digits(cursor, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (month == 2 && is_leap)) {
        return false;
    }
    *ret_days = days_from_civil(year, month, day);
    return true;
}

/* fraction_read reads what follows a decimal point, up to µs; further digits are dropped. */
static bool
fraction_read(const char **cursor, int64_t *ret_us)
{
    int64_t us = 0;
    int64_t unit = 100000;

    if (!isdigit((unsigned char)**cursor)) {
        return false;
    }
    for (; isdigit((unsigned char)**cursor); (*cursor)++) {
        us += (**cursor - '0') * unit;
        unit /= 10;
    }
    *ret_us = us;
    return true;
}

/* offset_read reads "Z", "+02:00", "-0330", "+02" or nothing at all. */
static bool
offset_read(const char **cursor, int32_t *ret_offset_s)
{
    int hours = 0;
    int minutes = 0;

    if (**cursor == '\0') {
        *ret_offset_s = INT32_MIN;
        return true;
    }
    if (literal(cursor, 'Z') || literal(cursor, 'z')) {
        *ret_offset_s = 0;
        return true;
    }
    const bool is_west = **cursor == '-';
    if (!is_west && **cursor != '+') {
        return false;
    }
    (*cursor)++;
    if (!digits(cursor, 2, &hours)) {
        return false;
    }
    if (**cursor != '\0' && ((void)literal(cursor, ':'), !digits(cursor, 2, &minutes))) {
        return false;
    }
    if (hours > 18 || minutes > 59) {
        return false;
    }
    const int32_t offset_s = hours * 3600 + minutes * 60;
    *ret_offset_s = is_west ? -offset_s : offset_s;
    return true;
}

bool
timestamp_parse(const char *text, int64_t *ret_at_us, int32_t *ret_offset_s)
{
    const char *cursor = text;
    int64_t days = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t fraction_us = 0;
    int32_t offset_s = 0;

    if (!date_read(&cursor, &days) || (!literal(&cursor, 'T') && !literal(&cursor, ' ')) ||
        !digits(&cursor, 2, &hour) || !literal(&cursor, ':') || !digits(&cursor, 2, &minute) ||
        !literal(&cursor, ':') || !digits(&cursor, 2, &second)) {
        return false;
    }
    if (literal(&cursor, '.') && !fraction_read(&cursor, &fraction_us)) {
        return false;
    }
    if (!offset_read(&cursor, &offset_s) || *cursor != '\0' || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    const int64_t local_s = days * DAY_S + hour * INT64_C(3600) + minute * INT64_C(60) + second;
    *ret_at_us = (local_s - (offset_s == INT32_MIN ? 0 : offset_s)) * 1000000 + fraction_us;
    if (ret_offset_s != NULL) {
        *ret_offset_s = offset_s;
    }
    return true;
}

bool
timestamp_from_number(double value, int64_t *ret_at_us)
{
    const double unit_us = value >= TIMESTAMP_MS_FROM ? 1e3 : 1e6;

    if (!isfinite(value) || value < 0 || value * unit_us / 1e6 >= YEAR_10000_S) {
        return false;
    }
    const double whole = floor(value); /* apart: the product alone would lose digits above 2^53 */
    *ret_at_us = (int64_t)whole * (int64_t)unit_us + llround((value - whole) * unit_us);
    return true;
}

/* floor_div rounds towards the past, also before 1970. */
static int64_t
floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

void
timestamp_date(int64_t at_us, int32_t offset_s, char ret_date[11])
{
    int64_t year = 0;
    int month = 0;
    int day = 0;

    civil_from_days(floor_div(floor_div(at_us, 1000000) + offset_s, DAY_S), &year, &month, &day);
    char text[40];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", (int)(year % 10000), month, day);
    memcpy(ret_date, text, 10);
    ret_date[10] = '\0';
}

void
timestamp_print(int64_t at_us, char ret_text[21])
{
    const int64_t at_s = floor_div(at_us, 1000000);
    const int of_day = (int)(at_s - floor_div(at_s, DAY_S) * DAY_S);
    char text[40];

    timestamp_date(at_us, 0, ret_text);
    (void)snprintf(text, sizeof text, "T%02d:%02d:%02dZ", of_day / 3600, of_day / 60 % 60, of_day % 60);
    memcpy(ret_text + 10, text, 10);
    ret_text[20] = '\0';
}

bool
date_valid(const char *text)
{
    int64_t days = 0;

    return date_read(&text, &days) && *text == '\0';
}
