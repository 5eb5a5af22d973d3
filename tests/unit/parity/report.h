/* report.h - the table of `make parity`: ours beside theirs, with a verdict a row.
 *
 * NaN stands for a value that is not there. Written to stdout.
 */
#ifndef PACELINE_PARITY_REPORT_H
#define PACELINE_PARITY_REPORT_H

#include <stdbool.h>

#define PRINTED_DIGITS 1e-5 /* "print" in metrics.md section 10: equal to the digits of the file */

typedef struct Report {
    const char *activity; /* folder whose rows are written */
    int passed, failed, skipped;
} Report;

void report_head(void);

/* report_compare passes if abs(ours - theirs) <= tolerance, or if neither is there. note may be NULL. */
void report_compare(Report *report, const char *key, double ours, double theirs, double tolerance,
                    const char *note);

/* report_row writes a row whose verdict the caller has reached in its own way. */
void report_row(Report *report, const char *key, double ours, double theirs, double tolerance, bool pass,
                const char *note);

/* report_skip writes a row for a figure of theirs that is not meant to be reproduced. */
void report_skip(Report *report, const char *key, double theirs, const char *why);

/* report_fail writes a row without figures: a file that is missing, a key that nobody knows. */
void report_fail(Report *report, const char *key, const char *why);

#endif
