/* timestamp.h - dates and times of providers: ISO 8601 text and Unix numbers.
 *
 * Proleptic Gregorian calendar, no leap seconds. Pure.
 */
#ifndef PACELINE_TIMESTAMP_H
#define PACELINE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* TIMESTAMP_MS_FROM: from here up a Unix number is in ms, below it in s (workouts.md, section 4.1). 10^12 s
 * would be the year 33658, 10^12 ms is 2001. */
#define TIMESTAMP_MS_FROM 1000000000000.0

/* timestamp_parse reads "2020-06-01T13:03:45Z", with a fraction, "+02:00" or no offset at all; a space may
 * stand for the T. ret_at_us      Unix time; without an offset the text is taken as UTC ret_offset_s   the
 * offset written in the text, 0 for Z; INT32_MIN if none is written; may be NULL False if the text is not
 * such a time or the date does not exist. */
MUST_CHECK bool timestamp_parse(const char *text, int64_t *ret_at_us, int32_t *ret_offset_s);

/* timestamp_from_number converts a Unix number in s or ms to µs; false if it is not finite, negative or too
 * large. */
MUST_CHECK bool timestamp_from_number(double value, int64_t *ret_at_us);

/* timestamp_date writes the calendar day of a Unix time shifted by offset_s: "YYYY-MM-DD", for the years 1 to
 * 9999. */
void timestamp_date(int64_t at_us, int32_t offset_s, char ret_date[11]);

/* timestamp_print writes "2020-06-01T13:03:45Z" (seconds, rounded down). */
void timestamp_print(int64_t at_us, char ret_text[21]);

/* date_valid tells whether text is an existing day as "YYYY-MM-DD". */
bool date_valid(const char *text);

#endif
