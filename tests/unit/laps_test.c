#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/activity/laps.h"
#include "common/json_read.h"

#define START_US 1591016625000000 /* 2020-06-01T13:03:45Z */

static Arena *arena;

static int
arena_set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return arena == NULL;
}

static int
arena_tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static int32_t seconds[] = { 0, 1, 2, 5, 6, 7, 20, 21 };
static const Streams eight = { .n = 8, .time_s = seconds };

static bool
try_import(const char *text, const Streams *streams, Lap **ret_laps, size_t *ret_n, Err *err)
{
    _cleanup_(json_delete) cJSON *value = json_parse(text, strlen(text), err);

    assert_non_null(value);
    return laps_import(value, "activity.laps", START_US, streams, arena, ret_laps, ret_n, err);
}

static void
assert_refused(const char *text, const char *message)
{
    Lap *laps = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    assert_false(try_import(text, &eight, &laps, &n, &err));
    if (strncmp(err.message, message, strlen(message)) != 0) {
        fail_msg("got \"%s\", wanted \"%s\"", err.message, message);
    }
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_null(laps);
}

/* WK19: laps are stored, and their indices refer to the stored samples. */
static void
wk19_laps_keep_their_indices(void **state)
{
    (void)state;
    Lap *laps = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    assert_true(
        try_import("[{\"name\":\"Lap \\\"1\\\"\",\"start_index\":0,\"end_index\":3,\"distance\":5000.0,"
                   "\"elapsed_time\":696,\"moving_time\":690,\"start_date\":\"2020-06-01T13:03:45Z\"},"
                   "{\"start_index\":4,\"end_index\":7,\"start_date\":\"2020-06-01T13:03:51Z\"}]",
                   &eight, &laps, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(laps[0].end_index, 3);
    assert_int_equal(laps[0].start_s, 0);
    assert_int_equal(laps[0].moving_s, 690);
    assert_int_equal(laps[1].start_s, 6);
    assert_true(isnan(laps[1].distance_m));

    const char *text = laps_text(laps, n, arena, &err);
    assert_string_equal(text,
                        "[{\"lap\":1,\"name\":\"Lap \\\"1\\\"\",\"start_index\":0,\"end_index\":3,"
                        "\"start_s\":0,\"distance_m\":5000,\"elapsed_time_s\":696,\"moving_time_s\":690},"
                        "{\"lap\":2,\"start_index\":4,\"end_index\":7,\"start_s\":6}]");
    Lap *again = NULL;
    size_t again_n = 0;
    assert_true(laps_read(text, &eight, arena, &again, &again_n, &err));
    assert_int_equal(again_n, 2);
    assert_string_equal(again[0].name, "Lap \"1\"");
    assert_string_equal(laps_text(again, again_n, arena, &err), text);
}

/* Garmin's laps have nothing but a start, in s or ms. */
static void
laps_with_a_start_get_their_samples(void **state)
{
    (void)state;
    Lap *laps = NULL;
    size_t n = 0;
    Err err = ERR_NONE;

    assert_true(try_import("[{\"startTimeInSeconds\":1591016625},{\"startTimeInSeconds\":1591016628000},"
                           "{\"startTimeInSeconds\":1591016645},{\"startTimeInSeconds\":1591026645}]",
                           &eight, &laps, &n, &err));
    assert_int_equal(n, 4);
    assert_int_equal(laps[0].start_index, 0);
    assert_int_equal(laps[0].end_index, 2);
    assert_int_equal(laps[1].start_index, 3);
    assert_int_equal(laps[1].end_index, 5);
    assert_int_equal(laps[2].start_index, 6);
    assert_int_equal(laps[2].end_index, 7);
    assert_int_equal(laps[3].start_index, STREAM_NO_INT); /* begins after the last sample */

    assert_true(try_import("[{\"start_s\":1,\"elapsed_time_s\":5}]", &eight, &laps, &n, &err));
    assert_int_equal(laps[0].start_index, 1);
    assert_int_equal(laps[0].end_index, 4);
    assert_true(try_import("[{\"start_s\":1}]", NULL, &laps, &n, &err));
    assert_int_equal(laps[0].start_index, STREAM_NO_INT);
}

static void
bad_laps_are_refused(void **state)
{
    (void)state;
    assert_refused("{}", "activity.laps: not an array");
    assert_refused("[7]", "activity.laps[0]: a lap is an object");
    assert_refused("[{},{\"start_index\":0,\"end_index\":8}]",
                   "activity.laps[1].end_index: 8 is beyond the 8 samples");
    assert_refused("[{\"start_index\":3,\"end_index\":2}]", "activity.laps[0].end_index: 2 is before");
    assert_refused("[{\"start_index\":3}]", "activity.laps[0].end_index: missing");
    assert_refused("[{\"end_index\":3}]", "activity.laps[0].start_index: missing");
    assert_refused("[{\"start_index\":-1,\"end_index\":3}]",
                   "activity.laps[0].start_index: -1 is out of range");
    assert_refused("[{\"distance\":-1}]", "activity.laps[0].distance: ");
    assert_refused("[{\"elapsed_time\":\"x\"}]", "activity.laps[0].elapsed_time: ");
    assert_refused("[{\"start_date\":\"x\"}]", "activity.laps[0].start_date: not a time");
    assert_refused("[{\"startTimeInSeconds\":-4}]", "activity.laps[0].startTimeInSeconds: ");
    assert_refused("[{\"name\":7}]", "activity.laps[0].name: ");
}

static void
indices_are_kept_while_there_are_no_samples(void **state)
{
    (void)state;
    Lap *laps = NULL;
    size_t n = 9;
    Err err = ERR_NONE;

    assert_true(try_import("[{\"start_index\":0,\"end_index\":5000}]", NULL, &laps, &n, &err));
    assert_int_equal(laps[0].end_index, 5000);
    assert_true(laps_read(NULL, &eight, arena, &laps, &n, &err));
    assert_int_equal(n, 0);
    assert_true(laps_read("null", &eight, arena, &laps, &n, &err));
    assert_int_equal(n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wk19_laps_keep_their_indices),
        cmocka_unit_test(laps_with_a_start_get_their_samples),
        cmocka_unit_test(bad_laps_are_refused),
        cmocka_unit_test(indices_are_kept_while_there_are_no_samples),
    };
    return cmocka_run_group_tests_name("laps", tests, arena_set_up, arena_tear_down);
}
