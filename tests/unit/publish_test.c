/* publish_test.c - messages, headers and delivery reports, on librdkafka's own mock broker. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "producer/publish.h"
#include "producer/trace.h"

#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define DEADLINE_US INT64_C(20000000)

typedef struct Reports {
    int n;
    uint64_t token;
    PublishOutcome outcome;
    Err err;
} Reports;

static void
on_report(void *user, uint64_t token, PublishOutcome outcome, const Err *err)
{
    Reports *reports = user;

    reports->n++;
    reports->token = token;
    reports->outcome = outcome;
    reports->err = *err;
}

static Publisher *
publisher_with(ConfigPair *options, size_t n, Reports *reports)
{
    const Config config = { .bootstrap_servers = "127.0.0.1:1", .rdkafka = { .count = n, .items = options } };
    Err err = ERR_NONE;
    Publisher *publisher = publisher_new(&config, "wal", on_report, reports, &err);

    if (publisher == NULL) {
        fail_msg("%s", err.message);
    }
    return publisher;
}

static Publisher *
publisher_on_mock(Reports *reports)
{
    ConfigPair options[] = { { (char *)"test.mock.num.brokers", (char *)"1" } };

    return publisher_with(options, 1, reports);
}

/* reports_wait waits on the publisher's descriptor until n reports have come. */
static void
reports_wait(Publisher *publisher, const Reports *reports, int n)
{
    int64_t end_us = clock_monotonic_us() + DEADLINE_US;

    while (reports->n < n && clock_monotonic_us() < end_us) {
        struct pollfd fd = { .fd = publisher_fd(publisher), .events = POLLIN };
        (void)poll(&fd, 1, 1000);
        publisher_serve(publisher, 0);
    }
    assert_int_equal(reports->n, n);
}

static void
acknowledged_message_is_reported_with_its_token(void **state)
{
    Reports reports = { .n = 0 };
    Publisher *publisher = publisher_on_mock(&reports);
    const JobMessage message = { .kind = "workouts", .key = "k", .epoch = 3 };
    double before = metric_value(METRIC_ANNOUNCE_PUBLISH_TOTAL, "workouts", NULL);
    Err err = ERR_NONE;
    (void)state;

    assert_int_equal(publisher_send(publisher, &message, "1-0", TRACE, 4711, &err), PUBLISH_QUEUED);
    assert_int_equal(publisher_queued(publisher), 1);
    reports_wait(publisher, &reports, 1);
    assert_int_equal(reports.token, 4711);
    assert_int_equal(reports.outcome, PUBLISH_DONE);
    assert_int_equal(publisher_queued(publisher), 0);
    assert_true(metric_value(METRIC_ANNOUNCE_PUBLISH_TOTAL, "workouts", NULL) == before + 1);
    assert_true(publisher_is_connected(publisher, 0));
    assert_false(publisher_is_broken(publisher, &err));
    publisher_free(publisher);
}

static void
key_of_200_control_characters_fits(void **state)
{
    Reports reports = { .n = 0 };
    Publisher *publisher = publisher_on_mock(&reports);
    JobMessage message = { .kind = "names", .epoch = INT32_MAX };
    Err err = ERR_NONE;
    (void)state;

    memset(message.key, '\x01', JOB_KEY_MAX); /* each is \u0001 in the value */
    assert_int_equal(publisher_send(publisher, &message, "1-0", NULL, 1, &err), PUBLISH_QUEUED);
    reports_wait(publisher, &reports, 1);
    assert_int_equal(reports.outcome, PUBLISH_DONE);
    publisher_free(publisher);
}

static void
full_queue_asks_to_stop(void **state)
{
    ConfigPair options[] = { { (char *)"queue.buffering.max.messages", (char *)"2" } };
    Reports reports = { .n = 0 };
    Publisher *publisher = publisher_with(options, 1, &reports);
    const JobMessage message = { .kind = "null", .key = "k", .epoch = 1 };
    Err err = ERR_NONE;
    (void)state;

    assert_int_equal(publisher_send(publisher, &message, "1-0", TRACE, 1, &err), PUBLISH_QUEUED);
    assert_int_equal(publisher_send(publisher, &message, "1-1", TRACE, 2, &err), PUBLISH_QUEUED);
    assert_int_equal(publisher_send(publisher, &message, "1-2", TRACE, 3, &err), PUBLISH_FULL);
    assert_true(publisher_queued(publisher) >= 2);
    assert_false(publisher_is_connected(publisher, 10));
    publisher_free(publisher);
}

static void
message_nobody_takes_is_lost_in_time(void **state)
{
    ConfigPair options[] = { { (char *)"delivery.timeout.ms", (char *)"50" },
                             { (char *)"linger.ms", (char *)"0" } };
    Reports reports = { .n = 0 };
    Publisher *publisher = publisher_with(options, 2, &reports);
    const JobMessage message = { .kind = "null", .key = "k", .epoch = 1 };
    Err err = ERR_NONE;
    (void)state;

    assert_int_equal(publisher_send(publisher, &message, "1-0", TRACE, 9, &err), PUBLISH_QUEUED);
    reports_wait(publisher, &reports, 1);
    assert_int_equal(reports.outcome, PUBLISH_LOST);
    assert_int_equal(reports.token, 9);
    assert_int_equal(reports.err.class, ERR_NETWORK);
    publisher_free(publisher);
}

static void
refused_option_is_an_error(void **state)
{
    ConfigPair options[] = { { (char *)"linger.ms", (char *)"soon" } };
    const Config config = { .bootstrap_servers = "127.0.0.1:1", .rdkafka = { .count = 1, .items = options } };
    Err err = ERR_NONE;
    (void)state;

    assert_null(publisher_new(&config, "wal", on_report, NULL, &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
}

static void
outcomes_by_code(void **state)
{
    (void)state;

    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR_NO_ERROR), PUBLISH_DONE);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), PUBLISH_REFUSED);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), PUBLISH_REFUSED);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), PUBLISH_REFUSED);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), PUBLISH_LOST);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR__TRANSPORT), PUBLISH_LOST);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS), PUBLISH_LOST);
    assert_int_equal(publish_outcome(RD_KAFKA_RESP_ERR__FATAL), PUBLISH_LOST);
}

static void
header_is(const rd_kafka_headers_t *headers, const char *name, const char *wanted)
{
    const void *value = NULL;
    size_t n = 0;
    char text[128];

    assert_int_equal(rd_kafka_header_get_last(headers, name, &value, &n), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_true(n < sizeof(text));
    memcpy(text, value, n);
    text[n] = '\0';
    assert_string_equal(text, wanted);
}

static void
headers_are_cloudevents_and_trace(void **state)
{
    const JobMessage message = { .kind = "workouts", .key = "k1", .epoch = 3 };
    rd_kafka_headers_t *headers =
        publish_headers("webhook", &message, "16B3748-7", TRACE, INT64_C(1591016625123456));
    (void)state;

    assert_non_null(headers);
    assert_int_equal(rd_kafka_header_cnt(headers), 8);
    header_is(headers, "ce_specversion", "1.0");
    header_is(headers, "ce_id", "16B3748-7");
    header_is(headers, "ce_source", "webhook");
    header_is(headers, "ce_type", "paceline.job.pending");
    header_is(headers, "ce_time", "2020-06-01T13:03:45.123Z");
    header_is(headers, "ce_subject", "k1");
    header_is(headers, "content-type", "application/json");
    header_is(headers, "traceparent", TRACE);
    rd_kafka_headers_destroy(headers);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_message_is_reported_with_its_token),
        cmocka_unit_test(key_of_200_control_characters_fits),
        cmocka_unit_test(full_queue_asks_to_stop),
        cmocka_unit_test(message_nobody_takes_is_lost_in_time),
        cmocka_unit_test(refused_option_is_an_error),
        cmocka_unit_test(outcomes_by_code),
        cmocka_unit_test(headers_are_cloudevents_and_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
