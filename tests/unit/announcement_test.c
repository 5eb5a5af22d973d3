/* announcement_test.c - what is read from the WAL, and what is refused; trace ids. */
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/str.h"
#include "producer/announcement.h"

#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static bool
parse(const char *text, Announcement *ret_announcement)
{
    Err err = ERR_NONE;
    bool is_good = announcement_parse(text, strlen(text), ret_announcement, &err);

    assert_true(is_good == (err.class == ERR_CLASS_NONE));
    return is_good;
}

static void
jobs_with_key_and_epoch(void **state)
{
    Announcement announcement;
    (void)state;

    assert_true(parse("{\"kind\" : \"workouts\", \"jobs\" : [[\"a\", 0], [\"9007199254740993\", 7]], "
                      "\"trace\" : \"" TRACE "\"}",
                      &announcement));
    assert_string_equal(announcement.kind, "workouts");
    assert_int_equal(announcement.n, 2);
    assert_string_equal(announcement.jobs[0].key, "a");
    assert_int_equal(announcement.jobs[0].epoch, 0);
    assert_string_equal(announcement.jobs[1].kind, "workouts");
    assert_string_equal(announcement.jobs[1].key, "9007199254740993");
    assert_int_equal(announcement.jobs[1].epoch, 7);
    assert_string_equal(announcement.traceparent, TRACE);
    announcement_done(&announcement);
}

static void
five_hundred_jobs(void **state)
{
    Str text = STR_EMPTY;
    Announcement announcement;
    (void)state;

    str_append(&text, "{\"kind\":\"null\",\"jobs\":[");
    for (int i = 0; i < 500; i++) {
        str_append_format(&text, "%s[\"key-%d\",%d]", i > 0 ? "," : "", i, i);
    }
    str_append(&text, "],\"trace\":null}");
    assert_true(parse(str_text(&text), &announcement));
    assert_int_equal(announcement.n, 500);
    assert_string_equal(announcement.jobs[499].key, "key-499");
    assert_string_equal(announcement.traceparent, "");
    announcement_done(&announcement);
    str_done(&text);
}

static void
marker_has_no_jobs(void **state)
{
    Announcement announcement;
    (void)state;

    assert_true(parse("{\"marker\": 42}", &announcement));
    assert_int_equal(announcement.n, 0);
    announcement_done(&announcement);
}

static void
bad_trace_is_left_out(void **state)
{
    Announcement announcement;
    (void)state;

    assert_true(parse("{\"kind\":\"null\",\"jobs\":[[\"a\",1]],\"trace\":\"\"}", &announcement));
    assert_string_equal(announcement.traceparent, "");
    announcement_done(&announcement);
    assert_true(parse("{\"kind\":\"null\",\"jobs\":[[\"a\",1]],\"trace\":5}", &announcement));
    assert_string_equal(announcement.traceparent, "");
    announcement_done(&announcement);
}

static void
anything_else_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "{}",
        "[]",
        "null",
        "7",
        "{\"kind\":\"null\"}",
        "{\"kind\":\"null\",\"jobs\":[]}",
        "{\"kind\":\"null\",\"jobs\":{}}",
        "{\"kind\":\"null\",\"jobs\":[\"a\"]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\"]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",1,2]]}",
        "{\"kind\":\"null\",\"jobs\":[[5,1]]}",
        "{\"kind\":\"null\",\"jobs\":[[null,1]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",null]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",\"1\"]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",1.5]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",-1]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",2147483648]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"\",1]]}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",1],[\"b\"]]}",
        "{\"kind\":\"\",\"jobs\":[[\"a\",1]]}",
        "{\"kind\":\"Null\",\"jobs\":[[\"a\",1]]}",
        "{\"kind\":\"0null\",\"jobs\":[[\"a\",1]]}",
        "{\"kind\":\"../null\",\"jobs\":[[\"a\",1]]}",
        "{\"kind\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"jobs\":[[\"a\",1]]}",
        "{\"kind\":5,\"jobs\":[[\"a\",1]]}",
        "{\"marker\":\"x\"}",
        "{\"kind\":\"null\",\"jobs\":[[\"a\",1]]} ,",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        Announcement announcement = { .n = 77 };
        if (parse(texts[i], &announcement)) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_int_equal(announcement.n, 77);
    }
}

static void
key_of_200_bytes_fits_and_201_does_not(void **state)
{
    char text[512];
    Announcement announcement;
    (void)state;

    (void)snprintf(text, sizeof(text), "{\"kind\":\"null\",\"jobs\":[[\"%0200d\",1]]}", 0);
    assert_true(parse(text, &announcement));
    assert_int_equal(strlen(announcement.jobs[0].key), 200);
    announcement_done(&announcement);
    (void)snprintf(text, sizeof(text), "{\"kind\":\"null\",\"jobs\":[[\"%0201d\",1]]}", 0);
    assert_false(parse(text, &announcement));
}

static void
larger_than_any_of_ours_is_refused(void **state)
{
    enum { SIZE = (1 << 20) + 1 };
    static const char json[] = "{\"kind\":\"null\",\"jobs\":[[\"1\",0]]}";
    char *text = malloc(SIZE);
    Announcement announcement = { .jobs = NULL };
    Err err = ERR_NONE;
    (void)state;

    assert_non_null(text);
    memset(text, ' ', SIZE);
    memcpy(text, json, sizeof(json) - 1);
    assert_false(announcement_parse(text, SIZE, &announcement, &err));
    assert_true(announcement_parse(text, SIZE - 1, &announcement, &err));
    announcement_done(&announcement);
    free(text);
}

static void
traceparent_is_checked_strictly(void **state)
{
    static const char *const bad[] = {
        "",
        "00",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
    };
    (void)state;

    assert_true(traceparent_valid(TRACE));
    assert_true(traceparent_valid("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
    assert_false(traceparent_valid(NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (traceparent_valid(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void
made_traceparents_are_valid_and_differ(void **state)
{
    uint64_t random = 1;
    char one[TRACEPARENT_SIZE];
    char two[TRACEPARENT_SIZE];
    (void)state;

    traceparent_make(&random, one);
    traceparent_make(&random, two);
    assert_true(traceparent_valid(one));
    assert_true(traceparent_valid(two));
    assert_string_not_equal(one, two);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_with_key_and_epoch),
        cmocka_unit_test(five_hundred_jobs),
        cmocka_unit_test(marker_has_no_jobs),
        cmocka_unit_test(bad_trace_is_left_out),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(key_of_200_bytes_fits_and_201_does_not),
        cmocka_unit_test(larger_than_any_of_ours_is_refused),
        cmocka_unit_test(traceparent_is_checked_strictly),
        cmocka_unit_test(made_traceparents_are_valid_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
