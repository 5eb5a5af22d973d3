/* metrics_test.c - what is counted, and the exact text that Prometheus reads. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/metrics.h"

static int
slot_take(void **state)
{
    Slot *slot = slot_new_private("slot", 0);

    metrics_use(slot);
    *state = slot;
    return slot == NULL;
}

static int
slot_drop(void **state)
{
    metrics_use(NULL);
    slot_free_private(*state);
    return 0;
}

/* block_of cuts the lines of one metric, HELP and TYPE included, out of the text. */
static void
block_of(const Str *text, MetricId id, Str *ret_block)
{
    char head[160];
    char next[] = "# HELP ";

    (void)snprintf(head, sizeof head, "# HELP %s ", metric_name(id));
    const char *begin = strstr(str_text(text), head);
    assert_non_null(begin);
    const char *end = strstr(begin + 1, next);
    str_append_bytes(ret_block, begin, end == NULL ? strlen(begin) : (size_t)(end - begin));
}

static void
assert_block(const Board *board, MetricId id, const char *expected)
{
    _cleanup_(str_done) Str text = STR_EMPTY;
    _cleanup_(str_done) Str block = STR_EMPTY;

    metrics_print(board, &text);
    assert_true(str_ok(&text));
    block_of(&text, id, &block);
    assert_string_equal(str_text(&block), expected);
}

static void
counter_without_labels_is_there_from_the_start(void **state)
{
    (void)state;
    assert_block(NULL, METRIC_JOB_CLAIM_BATCH_TOTAL,
                 "# HELP paceline_job_claim_batch_total Claims sent: one round trip each.\n"
                 "# TYPE paceline_job_claim_batch_total counter\n"
                 "paceline_job_claim_batch_total 0\n");
    metric_add(METRIC_JOB_CLAIM_BATCH_TOTAL, NULL, NULL, 1);
    metric_add(METRIC_JOB_CLAIM_BATCH_TOTAL, NULL, NULL, UINT64_C(9007199254740993));
    assert_block(NULL, METRIC_JOB_CLAIM_BATCH_TOTAL,
                 "# HELP paceline_job_claim_batch_total Claims sent: one round trip each.\n"
                 "# TYPE paceline_job_claim_batch_total counter\n"
                 "paceline_job_claim_batch_total 9007199254740994\n");
}

static void
labelled_counter_prints_its_series_in_order(void **state)
{
    (void)state;
    metric_add(METRIC_JOB_FINISH_TOTAL, "workouts", "retry", 2);
    metric_add(METRIC_JOB_FINISH_TOTAL, "pages", "done", 5);
    metric_add(METRIC_JOB_FINISH_TOTAL, "workouts", "done", 40);
    metric_add(METRIC_JOB_FINISH_TOTAL, "workouts", "done", 2);
    assert_block(
        NULL, METRIC_JOB_FINISH_TOTAL,
        "# HELP paceline_job_finish_total Jobs finished, by outcome: done, retry, defer, fail, yield, "
        "cancelled, give_back.\n"
        "# TYPE paceline_job_finish_total counter\n"
        "paceline_job_finish_total{kind=\"pages\",outcome=\"done\"} 5\n"
        "paceline_job_finish_total{kind=\"workouts\",outcome=\"done\"} 42\n"
        "paceline_job_finish_total{kind=\"workouts\",outcome=\"retry\"} 2\n");
    assert_true(metric_value(METRIC_JOB_FINISH_TOTAL, "workouts", "done") == 42);
    assert_true(metric_value(METRIC_JOB_FINISH_TOTAL, "workouts", "fail") == 0);
}

static void
label_values_are_escaped(void **state)
{
    (void)state;
    metric_add(METRIC_JOB_CLAIM_TOTAL, "a\"b\\c\nd", NULL, 1);
    assert_block(NULL, METRIC_JOB_CLAIM_TOTAL,
                 "# HELP paceline_job_claim_total Jobs claimed.\n"
                 "# TYPE paceline_job_claim_total counter\n"
                 "paceline_job_claim_total{kind=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void
gauge_is_there_from_its_first_value_until_withdrawn(void **state)
{
    (void)state;
    assert_true(isnan(metric_value(METRIC_OLDEST_READY_SECONDS, "workouts", NULL)));
    metric_set(METRIC_OLDEST_READY_SECONDS, "workouts", NULL, 12.25);
    metric_set(METRIC_OLDEST_READY_SECONDS, "pages", NULL, 3);
    metric_set(METRIC_OLDEST_READY_SECONDS, "pages", NULL, 0);
    assert_block(NULL, METRIC_OLDEST_READY_SECONDS,
                 "# HELP paceline_oldest_ready_seconds Age of the oldest row that is pending and due: the "
                 "figure to alert on.\n"
                 "# TYPE paceline_oldest_ready_seconds gauge\n"
                 "paceline_oldest_ready_seconds{kind=\"pages\"} 0\n"
                 "paceline_oldest_ready_seconds{kind=\"workouts\"} 12.25\n");
    metric_set(METRIC_OLDEST_READY_SECONDS, "workouts", NULL, NAN);
    assert_block(NULL, METRIC_OLDEST_READY_SECONDS,
                 "# HELP paceline_oldest_ready_seconds Age of the oldest row that is pending and due: the "
                 "figure to alert on.\n"
                 "# TYPE paceline_oldest_ready_seconds gauge\n"
                 "paceline_oldest_ready_seconds{kind=\"pages\"} 0\n");
}

static void
histogram_prints_cumulative_buckets(void **state)
{
    (void)state;
    metric_observe(METRIC_STAGE_SECONDS, "attach", NULL, 0.0005); /* a bound belongs to its bucket */
    metric_observe(METRIC_STAGE_SECONDS, "attach", NULL, 0.75);
    metric_observe(METRIC_STAGE_SECONDS, "attach", NULL, 1000);
    metric_observe(METRIC_STAGE_SECONDS, "attach", NULL, -3); /* a clock that jumped */
    assert_block(NULL, METRIC_STAGE_SECONDS,
                 "# HELP paceline_stage_seconds Time of a stage of workouts, and of reading and writing one: "
                 "read, write.\n"
                 "# TYPE paceline_stage_seconds histogram\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.0005\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.001\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.002\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.005\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.01\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.02\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.05\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.1\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.2\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"0.5\"} 2\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"1\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"2\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"5\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"10\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"20\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"50\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"100\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"200\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"600\"} 3\n"
                 "paceline_stage_seconds_bucket{stage=\"attach\",le=\"+Inf\"} 4\n"
                 "paceline_stage_seconds_sum{stage=\"attach\"} 1000.7505\n"
                 "paceline_stage_seconds_count{stage=\"attach\"} 4\n");
    assert_true(metric_value(METRIC_STAGE_SECONDS, "attach", NULL) == 4);
}

static void
label_values_beyond_the_table_count_as_other(void **state)
{
    char kind[32];
    (void)state;

    for (int i = 0; i < 40; i++) {
        (void)snprintf(kind, sizeof kind, "kind-%02d", i);
        metric_add(METRIC_JOB_FENCED_TOTAL, kind, NULL, 1);
    }
    _cleanup_(str_done) Str text = STR_EMPTY;
    metrics_print(NULL, &text);
    assert_non_null(strstr(str_text(&text), "paceline_job_fenced_total{kind=\"kind-30\"} 1\n"));
    assert_null(strstr(str_text(&text), "kind=\"kind-31\""));
    assert_non_null(strstr(str_text(&text), "paceline_job_fenced_total{kind=\"other\"} 9\n"));
    for (int i = 0; i < 20; i++) {
        (void)snprintf(kind, sizeof kind, "outcome-%02d", i);
        metric_add(METRIC_WEBHOOK_RECEIVE_TOTAL, NULL, kind, 1);
    }
    str_clear(&text);
    metrics_print(NULL, &text);
    assert_non_null(strstr(str_text(&text), "paceline_webhook_receive_total{outcome=\"outcome-14\"} 1\n"));
    assert_non_null(strstr(str_text(&text), "paceline_webhook_receive_total{outcome=\"other\"} 5\n"));
}

/* Two slots that met the kinds in different order: their sums meet under one name. */
static void
board_is_summed_and_a_restart_keeps_the_counters(void **state)
{
    Err err = ERR_NONE;
    (void)state;

    Board *board = board_create(2, &err);
    assert_non_null(board);
    metrics_use(board_slot(board, 0));
    metric_add(METRIC_JOB_CLAIM_TOTAL, "workouts", NULL, 3);
    metric_add(METRIC_JOB_CLAIM_TOTAL, "pages", NULL, 1);
    metric_set(METRIC_JOBS_WAITING, "pages", NULL, 9);
    metrics_use(board_slot(board, 1));
    metric_add(METRIC_JOB_CLAIM_TOTAL, "pages", NULL, 10);
    metric_add(METRIC_JOB_CLAIM_TOTAL, "workouts", NULL, 20);

    const char *expected = "# HELP paceline_job_claim_total Jobs claimed.\n"
                           "# TYPE paceline_job_claim_total counter\n"
                           "paceline_job_claim_total{kind=\"pages\"} 11\n"
                           "paceline_job_claim_total{kind=\"workouts\"} 23\n";
    assert_block(board, METRIC_JOB_CLAIM_TOTAL, expected);
    assert_block(board, METRIC_JOBS_WAITING,
                 "# HELP paceline_jobs_waiting Rows pending.\n"
                 "# TYPE paceline_jobs_waiting gauge\n"
                 "paceline_jobs_waiting{kind=\"pages\"} 9\n");
    slot_reset(board_slot(board, 0));
    assert_block(board, METRIC_JOB_CLAIM_TOTAL, expected);
    assert_block(board, METRIC_JOBS_WAITING,
                 "# HELP paceline_jobs_waiting Rows pending.\n# TYPE paceline_jobs_waiting gauge\n");
    metrics_use(NULL);
    board_free(board);
}

static bool
ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* The table keeps the rules that stand at its head. */
static void
names_and_help_follow_the_rules(void **state)
{
    static const struct {
        const char *name, *type, *unit, *help;
    } table[] = {
#define METRIC(id, name, type, labels, unit, help) { name, #type, unit, help },
#include "common/metrics.def"
#undef METRIC
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool is_counter = strcmp(table[i].type, "COUNTER") == 0;
        bool is_histogram = strcmp(table[i].type, "HISTOGRAM") == 0;
        assert_int_equal(strncmp(table[i].name, "paceline_", 9), 0);
        assert_string_equal(table[i].name, metric_name((MetricId)i));
        assert_int_equal(ends_with(table[i].name, "_total"), is_counter);
        assert_true(!is_histogram || ends_with(table[i].name, "_seconds"));
        assert_int_equal(ends_with(table[i].name, "_seconds"), strcmp(table[i].unit, "seconds") == 0);
        assert_true(ends_with(table[i].help, "."));
        assert_null(strchr(table[i].help, '\n'));
        assert_null(strchr(table[i].help, '\\'));
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(table[i].name, table[k].name);
        }
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, slot_take, slot_drop)
    const struct CMUnitTest tests[] = {
        TEST(counter_without_labels_is_there_from_the_start),
        TEST(labelled_counter_prints_its_series_in_order),
        TEST(label_values_are_escaped),
        TEST(gauge_is_there_from_its_first_value_until_withdrawn),
        TEST(histogram_prints_cumulative_buckets),
        TEST(label_values_beyond_the_table_count_as_other),
        TEST(board_is_summed_and_a_restart_keeps_the_counters),
        TEST(names_and_help_follow_the_rules),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
