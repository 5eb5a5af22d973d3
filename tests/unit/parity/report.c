#include "tests/unit/parity/report.h"

#include <math.h>
#include <stdio.h>

static void
number(char text[24], double value)
{
    if (isnan(value)) {
        (void)snprintf(text, 24, "-");
    } else {
        (void)snprintf(text, 24, "%.5f", fabs(value) < 5e-6 ? 0 : value); /* no "-0.00000" */
    }
}

static void
row(const Report *report, const char *key, const double figures[4], const char *verdict, const char *note)
{
    char text[4][24];

    for (int i = 0; i < 4; i++) {
        number(text[i], figures[i]);
    }
    printf("%-18s %-34s %14s %14s %12s %9s  %s%s%s\n", report->activity, key, text[0], text[1], text[2],
           text[3], verdict, note == NULL ? "" : "  ", note == NULL ? "" : note);
}

void
report_head(void)
{
    printf("%-18s %-34s %14s %14s %12s %9s  %s\n", "activity", "key", "ours", "theirs", "difference",
           "tolerance", "verdict");
}

void
report_row(Report *report, const char *key, double ours, double theirs, double tolerance, bool pass,
           const char *note)
{
    const double figures[4] = { ours, theirs, ours - theirs, tolerance };

    report->passed += pass ? 1 : 0;
    report->failed += pass ? 0 : 1;
    row(report, key, figures, pass ? "pass" : "FAIL", note);
}

void
report_compare(Report *report, const char *key, double ours, double theirs, double tolerance,
               const char *note)
{
    bool neither = isnan(ours) && isnan(theirs);

    report_row(report, key, ours, theirs, tolerance, neither || fabs(ours - theirs) <= tolerance, note);
}

void
report_skip(Report *report, const char *key, double theirs, const char *why)
{
    const double figures[4] = { NAN, theirs, NAN, NAN };

    report->skipped++;
    row(report, key, figures, "skip", why);
}

void
report_fail(Report *report, const char *key, const char *why)
{
    const double figures[4] = { NAN, NAN, NAN, NAN };

    report->failed++;
    row(report, key, figures, "FAIL", why);
}
