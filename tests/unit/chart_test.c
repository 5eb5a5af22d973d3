#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "worker/file/chart.h"

#define N 128 /* two seconds a column */

static void
label(double value, char *text)
{
    (void)snprintf(text, CHART_LABEL_SIZE, "%.0f W", value);
}

/* line_at finds line i of the chart, behind its axis. */
static const char *
line_at(const Str *text, int i)
{
    const char *line = str_text(text);

    while (i-- > 0) {
        line = strchr(line, '\n') + 1;
    }
    return strchr(line, '|') + 1;
}

static void
columns_are_means_of_their_seconds(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    double time_s[N];
    double watts[N];

    (void)state;
    for (size_t i = 0; i < N; i++) { /* 100 W, then 200 W on average; a null is not counted */
        time_s[i] = (double)i;
        watts[i] = i < N / 2 ? (i == 5 ? NAN : 100) : i % 2 == 0 ? 150 : 250;
    }
    chart_append(&text, time_s, watts, N, 0, label, false);
    assert_memory_equal(str_text(&text), "     200 W |", 12);
    for (int line = 0; line < CHART_LINES; line++) {
        for (int column = 0; column < CHART_COLUMNS; column++) {
            const bool is_filled = column >= CHART_COLUMNS / 2 || line >= CHART_LINES / 2;
            assert_int_equal(line_at(&text, line)[column], is_filled ? '#' : ' ');
        }
        assert_int_equal(line_at(&text, line)[CHART_COLUMNS], '\n');
    }
    assert_non_null(strstr(str_text(&text), "\n       0 W |"));
}

static void
a_pause_is_blank(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    const double time_s[] = { 0, 63 };
    const double watts[] = { 100, 100 };

    (void)state;
    chart_append(&text, time_s, watts, 2, 0, label, false);
    for (int line = 0; line < CHART_LINES; line++) {
        assert_int_equal(line_at(&text, line)[0], '#');
        assert_int_equal(line_at(&text, line)[32], ' ');
        assert_int_equal(line_at(&text, line)[63], '#');
    }
}

static void
blocks_show_eighths(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    const double time_s[] = { 0, 1 };
    const double watts[] = { 64, 3 }; /* 64 is 8 lines of 8 eighths */

    (void)state;
    chart_append(&text, time_s, watts, 2, 0, label, true);
    assert_non_null(strstr(str_text(&text), "│█"));
    assert_non_null(strstr(str_text(&text), "▃"));
    assert_null(strchr(str_text(&text), '#'));
}

static void
nothing_above_the_floor_is_no_chart(void **state)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    const double time_s[] = { 0, 1 };
    const double watts[] = { 0, NAN };

    (void)state;
    chart_append(&text, time_s, watts, 2, 0, label, true);
    chart_append(&text, NULL, NULL, 0, 0, label, true);
    assert_int_equal(text.length, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_means_of_their_seconds),
        cmocka_unit_test(a_pause_is_blank),
        cmocka_unit_test(blocks_show_eighths),
        cmocka_unit_test(nothing_above_the_floor_is_no_chart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
