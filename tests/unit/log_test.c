#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/json_read.h"
#include "common/log.h"

#define TS "2026-11-22T00:49:26.000042Z"

static char captured[65536];

static int64_t
fixed_wall_us(void)
{
    return INT64_C(1795308566000042);
}

/* What is logged between begin and end goes to fd instead of standard error. */
static int saved_stderr = -1;

static void
capture_begin(int fd)
{
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
}

static void
capture_end(int fd)
{
    assert_true(dup2(saved_stderr, STDERR_FILENO) == STDERR_FILENO);
    close(saved_stderr);
    ssize_t length = read(fd, captured, sizeof captured - 1);
    assert_true(length >= 0);
    captured[length] = '\0';
}

/* CAPTURED runs statements with standard error in a regular file and leaves the output in captured. */
#define CAPTURED(format, level, ...)                                                                         \
    do {                                                                                                     \
        char path[] = "/tmp/paceline-log-XXXXXX";                                                            \
        _cleanup_(close_fd) int fd = mkstemp(path);                                                          \
        assert_true(fd >= 0 && unlink(path) == 0);                                                           \
        capture_begin(fd);                                                                                   \
        log_init("worker", "slot-3", format, level);                                                         \
        __VA_ARGS__;                                                                                         \
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);                                                         \
        capture_end(fd);                                                                                     \
    } while (0)

static void
test_json_line_is_exact(void **state)
{
    (void)state;
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO, {
        LOG_INFO("worker.register", LOG_INT("worker", INT64_MIN), LOG_TEXT("host", "a\"b\\\n\x01\xFF"),
                 LOG_DOUBLE("took_s", 0.25), LOG_BOOL("first", true), LOG_TEXT("absent", NULL),
                 LOG_DOUBLE("bad", NAN), LOG_DOUBLE("big", 1e300), LOG_DOUBLE("huge", -INFINITY));
        LOG_WARN("worker.alone");
    });
    assert_string_equal(
        captured,
        "{\"ts\":\"" TS "\",\"level\":\"info\",\"event\":\"worker.register\",\"program\":\"worker\","
        "\"slot\":\"slot-3\",\"worker\":-9223372036854775808,"
        "\"host\":\"a\\\"b\\\\\\n\\u0001\xEF\xBF\xBD\",\"took_s\":0.25,\"first\":true,\"bad\":null,"
        "\"big\":1.0000000000000001e+300,\"huge\":null}\n"
        "{\"ts\":\"" TS "\",\"level\":\"warn\",\"event\":\"worker.alone\",\"program\":\"worker\","
        "\"slot\":\"slot-3\"}\n");
}

static void
test_every_line_of_a_job_names_it(void **state)
{
    (void)state;
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO, {
        log_set_job("workouts", "17", 3, 0, "00-aa-bb-01");
        LOG_INFO("job.claim");
        LOG_INFO("job.finish", LOG_TEXT("key", "18"), LOG_INT("epoch", 9));
        log_set_job("pages", NULL, -1, -1, NULL);
        LOG_INFO("job.x");
        log_clear_job();
        LOG_INFO("job.y");
    });
    assert_string_equal(
        captured, "{\"ts\":\"" TS "\",\"level\":\"info\",\"event\":\"job.claim\",\"program\":\"worker\","
                  "\"slot\":\"slot-3\",\"kind\":\"workouts\",\"key\":\"17\",\"epoch\":3,\"attempt\":0,"
                  "\"traceparent\":\"00-aa-bb-01\"}\n"
                  "{\"ts\":\"" TS "\",\"level\":\"info\",\"event\":\"job.finish\",\"program\":\"worker\","
                  "\"slot\":\"slot-3\",\"kind\":\"workouts\",\"attempt\":0,"
                  "\"traceparent\":\"00-aa-bb-01\",\"key\":\"18\",\"epoch\":9}\n"
                  "{\"ts\":\"" TS "\",\"level\":\"info\",\"event\":\"job.x\",\"program\":\"worker\","
                  "\"slot\":\"slot-3\",\"kind\":\"pages\"}\n"
                  "{\"ts\":\"" TS "\",\"level\":\"info\",\"event\":\"job.y\",\"program\":\"worker\","
                  "\"slot\":\"slot-3\"}\n");
}

static void
test_failure_has_its_class(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    (void)err_set(&err, ERR_NETWORK, "ECONNRESET", "strava: reset");
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO, LOG_ERROR("job.fail", LOG_FAILURE(&err)));
    assert_non_null(strstr(captured, "\"slot\":\"slot-3\",\"error_class\":\"network_error\","
                                     "\"error_code\":\"ECONNRESET\",\"error\":\"strava: reset\"}\n"));
}

static void
test_text_is_for_people(void **state)
{
    (void)state;
    CAPTURED(LOG_FORMAT_TEXT, LOG_LEVEL_INFO,
             LOG_INFO("job.claim", LOG_TEXT("key", "a-b"), LOG_TEXT("host", "two words"),
                      LOG_TEXT("none", ""), LOG_TEXT("escape", "\x1B[31m"), LOG_TEXT("name", "Zo\xC3\xAB"),
                      LOG_INT("n", 5)));
    assert_string_equal(captured, TS " info  job.claim program=worker slot=slot-3 key=a-b host=\"two words\" "
                                     "none=\"\" escape=\"\\u001b[31m\" name=Zo\xC3\xAB n=5\n");
}

static int evaluations = 0;

static int
count_evaluation(void)
{
    return ++evaluations;
}

static void
test_level_decides_before_fields_are_computed(void **state)
{
    (void)state;
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_WARN, {
        LOG_INFO("job.claim", LOG_INT("n", count_evaluation()));
        LOG_DEBUG("job.claim", LOG_INT("n", count_evaluation()));
        log_set_level(LOG_LEVEL_DEBUG);
        LOG_DEBUG("job.claim", LOG_INT("n", count_evaluation()));
    });
    assert_int_equal(evaluations, 1);
    assert_non_null(strstr(captured, "\"level\":\"debug\""));
}

static void
assert_one_cut_line(size_t limit, size_t at_least)
{
    Err err = ERR_NONE;
    size_t length = strlen(captured);

    assert_true(length <= limit && length >= at_least);
    assert_ptr_equal(strchr(captured, '\n'), captured + length - 1);
    _cleanup_(json_delete) cJSON *json = json_parse(captured, length, &err);
    assert_non_null(json);
    assert_true(cJSON_IsTrue(json_member(json, "cut")));
    assert_null(json_member(json, "after"));
}

static void
test_long_lines_are_cut_and_stay_valid(void **state)
{
    static char text[20000];

    (void)state;
    /* every length around the limit, so that the cut falls on each part of the line once */
    for (size_t length = LOG_LINE_MAX - 400; length < LOG_LINE_MAX; length++) {
        memset(text, 'x', length);
        text[length] = '\0';
        CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO,
                 LOG_INFO("job.claim", LOG_TEXT("text", text), LOG_INT("number", 1234567890),
                          LOG_TEXT("more", "\"quoted\" text with\n\xC3\xA9"), LOG_BOOL("b", false)));
        Err err = ERR_NONE;
        assert_true(strlen(captured) <= LOG_LINE_MAX);
        _cleanup_(json_delete) cJSON *json = json_parse(captured, strlen(captured), &err);
        assert_non_null(json);
        assert_true((json_member(json, "b") == NULL) == cJSON_IsTrue(json_member(json, "cut")));
    }
    memset(text, 'x', sizeof text - 1);
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO, LOG_INFO("job.claim", LOG_TEXT("text", text)));
    assert_one_cut_line(LOG_LINE_MAX, LOG_LINE_MAX - 32); /* the cut is told also when nothing follows */
    memset(text, '\n', sizeof text - 1);
    CAPTURED(LOG_FORMAT_JSON, LOG_LEVEL_INFO,
             LOG_INFO("job.claim", LOG_TEXT("text", text), LOG_INT("after", 1)));
    assert_one_cut_line(LOG_LINE_MAX, LOG_LINE_MAX - 32);
    CAPTURED(LOG_FORMAT_TEXT, LOG_LEVEL_INFO,
             LOG_INFO("job.claim", LOG_TEXT("text", text), LOG_INT("after", 1)));
    assert_true(strlen(captured) <= LOG_LINE_MAX);
    assert_non_null(strstr(captured, "\" cut=true\n"));
}

static void
test_lines_into_a_pipe_fit_one_atomic_write(void **state)
{
    static char text[20000];
    int pipe_fds[2] = { -1, -1 };

    (void)state;
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(pipe(pipe_fds), 0);
    capture_begin(pipe_fds[1]);
    log_init("worker", NULL, LOG_FORMAT_AUTO, LOG_LEVEL_INFO);
    LOG_INFO("job.claim", LOG_TEXT("text", text), LOG_INT("after", 1));
    capture_end(pipe_fds[0]);
    assert_one_cut_line(PIPE_BUF, PIPE_BUF - 32);
    assert_null(strstr(captured, "\"slot\""));
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

static int
replace_clock(void **state)
{
    static const Clock fixed = { .monotonic_us = fixed_wall_us, .wall_us = fixed_wall_us };

    (void)state;
    clock_replace(&fixed);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_line_is_exact),
        cmocka_unit_test(test_every_line_of_a_job_names_it),
        cmocka_unit_test(test_failure_has_its_class),
        cmocka_unit_test(test_text_is_for_people),
        cmocka_unit_test(test_level_decides_before_fields_are_computed),
        cmocka_unit_test(test_long_lines_are_cut_and_stay_valid),
        cmocka_unit_test(test_lines_into_a_pipe_fit_one_atomic_write),
    };

    return cmocka_run_group_tests(tests, replace_clock, NULL);
}
