/* chart.h - a small chart of one channel over time, in text.
 *
 * Each column is the mean of the values whose time falls into it; a column without any (a pause) is blank.
 * Blocks of Unicode show eighths of a line, plain text whole lines of '#'. Pure.
 */
#ifndef PACELINE_CHART_H
#define PACELINE_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

#define CHART_COLUMNS 64
#define CHART_LINES 8
#define CHART_LABEL_SIZE 16

/* ChartLabel writes the label of a value into label [CHART_LABEL_SIZE]. */
typedef void (*ChartLabel)(double value, char *label);

/* chart_append draws values [n] at times [n] (s, ascending; NaN is missing) from `floor` to their highest
 * column. Nothing is drawn if no column is above the floor. */
void chart_append(Str *text, const double *time_s, const double *values, size_t n, double floor,
                  ChartLabel label, bool has_unicode);

#endif
