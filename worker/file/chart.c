#include "worker/file/chart.h"

#include <math.h>

#define EIGHTHS 8
#define LABEL_WIDTH 10

/* columns_fill averages the values of each column; NaN without any. */
static void
columns_fill(double columns[CHART_COLUMNS], const double *time_s, const double *values, size_t n)
{
    size_t counts[CHART_COLUMNS] = { 0 };
    const double span_s = n > 0 ? time_s[n - 1] - time_s[0] + 1 : 1;

    for (size_t c = 0; c < CHART_COLUMNS; c++) {
        columns[c] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t c = (size_t)((time_s[i] - time_s[0]) / span_s * CHART_COLUMNS);
        if (!isnan(values[i]) && c < CHART_COLUMNS) {
            columns[c] += values[i];
            counts[c]++;
        }
    }
    for (size_t c = 0; c < CHART_COLUMNS; c++) {
        columns[c] = counts[c] > 0 ? columns[c] / (double)counts[c] : NAN;
    }
}

/* cell_append draws a column in one line: `level` eighths of it are filled. */
static void
cell_append(Str *text, double level, bool has_unicode)
{
    static const char *const blocks[EIGHTHS + 1] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    const double kept = isnan(level) || level < 0 ? 0 : level > EIGHTHS ? EIGHTHS : level;

    if (has_unicode) {
        str_append(text, blocks[lround(kept)]);
    } else {
        str_append_char(text, kept >= EIGHTHS / 2.0 ? '#' : ' ');
    }
}

void
chart_append(Str *text, const double *time_s, const double *values, size_t n, double floor, ChartLabel label,
             bool has_unicode)
{
    double columns[CHART_COLUMNS];
    char edge[CHART_LABEL_SIZE];
    double top = floor;

    columns_fill(columns, time_s, values, n);
    for (size_t c = 0; c < CHART_COLUMNS; c++) {
        top = columns[c] > top ? columns[c] : top;
    }
    if (!(top > floor)) {
        return;
    }
    for (int line = CHART_LINES - 1; line >= 0; line--) {
        edge[0] = '\0';
        if (line == CHART_LINES - 1 || line == 0) {
            label(line == 0 ? floor : top, edge);
        }
        str_append_format(text, "%*s %s", LABEL_WIDTH, edge, has_unicode ? "│" : "|");
        for (size_t c = 0; c < CHART_COLUMNS; c++) {
            const double lines = (columns[c] - floor) / (top - floor) * CHART_LINES;
            cell_append(text, (lines - line) * EIGHTHS, has_unicode);
        }
        str_append_char(text, '\n');
    }
}
