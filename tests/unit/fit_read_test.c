#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/activity/fit_decode.h"
#include "common/cleanup.h"
#include "tests/standin/athletes/fit_write.h"
#include "tests/unit/file_fixture.h"

#define T0 958550625U /* 2020-05-16T08:03:45Z in FIT's seconds */
#define T0_US (((int64_t)T0 + FIT_EPOCH_S) * 1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SLOTS(...) (FitSlot[]){ __VA_ARGS__ }, COUNT(((FitSlot[]){ __VA_ARGS__ }))
#define VALUES(...)                                                                                          \
    (double[])                                                                                               \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

enum { ID, RECORD, LAP, SESSION, EVENT, ACTIVITY, LENGTH };

/* Fit is one file in the making. */
typedef struct Fit {
    Str text;
    FitWriter writer;
} Fit;

static int
fit_set_up(void **state)
{
    static Fit fit;

    fit = (Fit){ .text = STR_EMPTY };
    fit.writer = (FitWriter){ .text = &fit.text };
    *state = &fit;
    return file_fixture_open(NULL);
}

static int
fit_tear_down(void **state)
{
    Fit *fit = *state;

    str_done(&fit->text);
    return file_fixture_close(NULL);
}

/* begin_as begins a file that names itself an activity, with every message defined. */
static void
begin_as(Fit *fit, size_t header_bytes, bool is_big_endian)
{
    FitWriter *w = &fit->writer;

    w->is_big_endian = is_big_endian;
    fit_begin(w, header_bytes);
    fit_define(w, ID, 0, SLOTS({ 0, FIT_ENUM }, { 1, FIT_UINT16 }, { 2, FIT_UINT16 }));
    fit_define(w, RECORD, 20,
               SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 0, FIT_SINT32 }, { 1, FIT_SINT32 }, { 78, FIT_UINT32 },
                     { 3, FIT_UINT8 }, { 4, FIT_UINT8 }, { 53, FIT_UINT8 }, { 5, FIT_UINT32 },
                     { 73, FIT_UINT32 }, { 7, FIT_UINT16 }, { 13, FIT_SINT8 }));
    fit_define(w, LAP, 19,
               SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 2, FIT_UINT32 }, { 7, FIT_UINT32 }, { 8, FIT_UINT32 },
                     { 9, FIT_UINT32 }, { 52, FIT_UINT32 }));
    fit_define(w, SESSION, 18,
               SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 2, FIT_UINT32 }, { 5, FIT_ENUM }, { 6, FIT_ENUM },
                     { 7, FIT_UINT32 }, { 8, FIT_UINT32 }, { 59, FIT_UINT32 }, { 9, FIT_UINT32 },
                     { 11, FIT_UINT16 }, { 16, FIT_UINT8 }, { 44, FIT_UINT16 }));
    fit_define(w, EVENT, 21, SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 0, FIT_ENUM }, { 1, FIT_ENUM }));
    fit_define(w, ACTIVITY, 34, SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 5, FIT_UINT32 }));
    fit_define(w, LENGTH, 101, SLOTS({ 3, FIT_UINT32 }, { 5, FIT_UINT16 }, { 12, FIT_ENUM }));
    fit_message(w, ID, VALUES(4, 1, 3121));
}

static void
begin(Fit *fit)
{
    begin_as(fit, 14, false);
}

/* record writes a second of the standard ride: 5 m/s to the north, from 52 N 5 E. */
static void
record(Fit *fit, uint32_t second)
{
    fit_message(&fit->writer, RECORD,
                VALUES(T0 + second, (52 + second * 4.5e-5) * 2147483648.0 / 180, 5 * 2147483648.0 / 180,
                       (100.4 + 500) * 5, 140, 87, 64, second * 500.0, 5000, 200 + second, -3));
}

static void
session(Fit *fit, double sport, double sub_sport)
{
    fit_message(&fit->writer, SESSION,
                VALUES(T0 + 60, T0, sport, sub_sport, 60400, 58000, 55000, 30000, 20, 141, FIT_NONE));
}

static IngestRequest
read_whole(Fit *fit)
{
    fit_end(&fit->writer);
    return file_fixture_read(FILE_FIT, fit->text.bytes, fit->text.length);
}

static void
assert_refused(const Fit *fit, const char *message)
{
    file_fixture_refused(FILE_FIT, fit->text.bytes, fit->text.length, message);
}

static void
a_ride_reads_whole(void **state)
{
    Fit *fit = *state;

    begin(fit);
    for (uint32_t i = 0; i < 60; i++) {
        record(fit, i);
    }
    fit_message(&fit->writer, LAP, VALUES(T0 + 20, T0, 20000, 20000, 10000, 19000));
    fit_message(&fit->writer, LAP, VALUES(T0 + 60, T0 + 20, 40000, 40000, 20000, FIT_NONE));
    session(fit, 2, 46);
    fit_message(&fit->writer, ACTIVITY, VALUES(T0 + 60, T0 + 60 + 7200));
    const IngestRequest request = read_whole(fit);
    const Activity *activity = &request.activity;
    const Streams *streams = &request.streams;

    assert_int_equal(activity->source, SOURCE_FILE);
    assert_int_equal(activity->sport, SPORT_RIDE);
    assert_string_equal(activity->provider_sport, "cycling/gravel_cycling");
    assert_int_equal(activity->start_at_us, T0_US);
    assert_string_equal(activity->local_date, "2020-05-16");
    assert_int_equal(activity->utc_offset_s, 7200);
    assert_int_equal(activity->elapsed_time_s, 60);
    assert_int_equal(activity->moving_time_s, 55);
    assert_true(activity->distance_m == 300 && activity->energy_j == 20 * 4184.0);
    assert_true(activity->hr_avg_bpm == 141 && isnan(activity->power_avg_w));
    assert_int_equal(activity->is_trainer, ACTIVITY_NO_INT);
    assert_int_equal(strlen(activity->external_id), 64);
    assert_string_equal(activity->provider_data, "{\"format\":\"fit\",\"creator\":\"garmin 3121\"}");
    assert_true(activity->start_lat == 52 && activity->start_lng == 5);

    assert_int_equal(streams->n, 60);
    assert_int_equal(streams->time_s[59], 59);
    assert_int_equal(streams->lat_e7[10], 520004500);
    assert_int_equal(streams->lng_e7[10], 50000000);
    assert_true(streams->altitude_m[3] == 100.4F && streams->distance_m[7] == 35);
    assert_true(streams->speed_mps[7] == 5);
    assert_int_equal(streams->hr_bpm[0], 140);
    assert_int_equal(streams->cadence_per_min[0], 88); /* 87.5 */
    assert_int_equal(streams->power_w[59], 259);
    assert_int_equal(streams->temperature_c[0], -3);
    assert_null(streams->grade_pct);
    assert_null(streams->moving);

    assert_int_equal(request.laps_n, 2);
    assert_int_equal(request.laps[0].start_index, 0);
    assert_int_equal(request.laps[0].end_index, 19);
    assert_int_equal(request.laps[1].start_index, 20);
    assert_int_equal(request.laps[1].end_index, 59);
    assert_int_equal(request.laps[0].moving_s, 19);
    assert_int_equal(request.laps[1].moving_s, STREAM_NO_INT);
    assert_true(request.laps[1].distance_m == 200);
}

static void
both_byte_orders_and_headers_say_the_same(void **state)
{
    Fit *fit = *state;
    uint8_t wanted[ACTIVITY_HASH_BYTES];

    for (int i = 0; i < 4; i++) {
        str_clear(&fit->text);
        begin_as(fit, (i & 1) != 0 ? 12 : 14, (i & 2) != 0);
        record(fit, 0);
        record(fit, 1);
        session(fit, 2, 7);
        const IngestRequest request = read_whole(fit);
        if (i == 0) {
            memcpy(wanted, request.content_hash, sizeof wanted);
        }
        assert_memory_equal(request.content_hash, wanted, sizeof wanted);
    }
}

static void
a_run_counts_both_feet(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    session(fit, 1, 1);
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.activity.sport, SPORT_RUN);
    assert_int_equal(request.activity.is_trainer, 1);
    assert_int_equal(request.streams.cadence_per_min[0], 175); /* 2 x 87.5 */
}

static void
invalid_values_are_missing(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    fit_message(&fit->writer, RECORD,
                VALUES(T0 + 1, FIT_NONE, FIT_NONE, FIT_NONE, FIT_NONE, FIT_NONE, FIT_NONE, FIT_NONE, FIT_NONE,
                       FIT_NONE, FIT_NONE));
    fit_message(&fit->writer, RECORD,
                VALUES(FIT_NONE, 0, 0, 0, 140, 80, 0, 0, 0, 0, 0)); /* no time: no point */
    fit_message(
        &fit->writer, RECORD,
        VALUES(T0 + 2, 0, FIT_NONE, 0, 20, 255, 0, 0, 0, 6000, 70)); /* half a position; beyond sensors */
    session(fit, 2, 0);
    const IngestRequest request = read_whole(fit);
    const Streams *streams = &request.streams;
    assert_int_equal(streams->n, 3);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(streams->lat_e7[i], STREAM_NO_INT);
        assert_int_equal(streams->hr_bpm[i], STREAM_NO_INT);
        assert_int_equal(streams->power_w[i], STREAM_NO_INT);
        assert_int_equal(streams->temperature_c[i], STREAM_NO_INT);
    }
    assert_true(isnan(streams->distance_m[1]) && isnan(streams->altitude_m[1]));
    assert_int_equal(request.activity.utc_offset_s, ACTIVITY_NO_INT);
}

static void
compressed_timestamps_count_on(void **state)
{
    static const uint32_t seconds[] = { 1, 2, 31, 32, 60, 61 }; /* past the 32 that five bits count */
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    fit_define(&fit->writer, 3, 20, SLOTS({ 3, FIT_UINT8 }));
    for (size_t i = 0; i < COUNT(seconds); i++) {
        fit_message_compressed(&fit->writer, 3, T0 + seconds[i], VALUES(150));
    }
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.streams.n, 7);
    for (size_t i = 0; i < COUNT(seconds); i++) {
        assert_int_equal(request.streams.time_s[i + 1], seconds[i]);
        assert_int_equal(request.streams.hr_bpm[i + 1], 150);
    }
}

static void
developer_fields_and_unknown_messages_are_skipped(void **state)
{
    Fit *fit = *state;

    begin(fit);
    fit_define_developer(&fit->writer, 9, 20, SLOTS({ FIT_TIMESTAMP, FIT_UINT32 }, { 3, FIT_UINT8 }), 7);
    fit_message(&fit->writer, 9, VALUES(T0, 130));
    fit_define(&fit->writer, 10, 78, SLOTS({ 0, FIT_UINT16 })); /* heart rate variability */
    fit_message(&fit->writer, 10, VALUES(430));
    fit_define(&fit->writer, 11, 0xFF00, SLOTS({ 0, FIT_UINT16 }));
    fit_message(&fit->writer, 11, VALUES(1));
    fit_message(&fit->writer, 9, VALUES(T0 + 1, 131));
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.streams.n, 2);
    assert_int_equal(request.streams.hr_bpm[1], 131);
    assert_int_equal(request.activity.sport, SPORT_OTHER); /* no session */
}

static void
a_pause_leaves_out_what_it_recorded(void **state)
{
    Fit *fit = *state;

    begin(fit);
    fit_message(&fit->writer, EVENT, VALUES(T0, 0, 0));
    record(fit, 0);
    record(fit, 1);
    fit_message(&fit->writer, EVENT, VALUES(T0 + 2, 0, 4));
    record(fit, 2);
    record(fit, 3);
    fit_message(&fit->writer, EVENT, VALUES(T0 + 40, 3, 0)); /* another event */
    record(fit, 40);
    fit_message(&fit->writer, EVENT, VALUES(T0 + 60, 0, 0));
    record(fit, 60);
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.streams.n, 4);
    assert_int_equal(request.streams.time_s[2], 2);
    assert_int_equal(request.streams.time_s[3], 60);
}

static void
records_out_of_order_or_twice_become_seconds(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 2);
    record(fit, 0);
    record(fit, 2);
    record(fit, 1);
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.streams.n, 3);
    assert_int_equal(request.streams.power_w[1], 201);
}

static void
a_swim_has_its_lengths(void **state)
{
    Fit *fit = *state;

    begin(fit);
    fit_message(&fit->writer, LENGTH, VALUES(31500, 12, 1));
    fit_message(&fit->writer, LENGTH, VALUES(20000, FIT_NONE, 0)); /* rest */
    fit_message(&fit->writer, LENGTH, VALUES(30250, FIT_NONE, 1));
    fit_message(&fit->writer, SESSION,
                VALUES(T0 + 82, T0, 5, 17, 82000, 62000, FIT_NONE, 5000, FIT_NONE, FIT_NONE, 2500));
    const IngestRequest request = read_whole(fit);
    assert_int_equal(request.activity.sport, SPORT_SWIM);
    assert_true(request.activity.pool_length_m == 25);
    assert_string_equal(request.activity.lengths,
                        "[{\"duration_s\":31.5,\"strokes\":12},{\"duration_s\":30.25,\"strokes\":null}]");
    assert_int_equal(request.streams.n, 0);
    assert_int_equal(request.activity.moving_time_s, 62); /* without records the timer's */
    assert_int_equal(request.activity.start_at_us, T0_US);
}

static void
several_sessions_are_multisport(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    session(fit, 5, 18);
    session(fit, 2, 7);
    const IngestRequest request = read_whole(fit);
    assert_string_equal(request.activity.provider_sport, "multisport");
    assert_int_equal(request.activity.sport, SPORT_OTHER);
    assert_true(isnan(request.activity.distance_m));
    assert_int_equal(request.activity.moving_time_s, ACTIVITY_NO_INT);
}

static void
the_day_is_the_athletes(void **state)
{
    Fit *fit = *state;

    /* 21:30 UTC at 175 degrees east is the next morning; the offset itself is not guessed. */
    begin(fit);
    fit_message(&fit->writer, RECORD,
                VALUES(T0 + 48375, 0, 175 * 2147483648.0 / 180, FIT_NONE, 140, 80, 0, 0, 0, 0, 0));
    const IngestRequest request = read_whole(fit);
    assert_string_equal(request.activity.local_date, "2020-05-17");
    assert_int_equal(request.activity.utc_offset_s, ACTIVITY_NO_INT);
}

static void
every_truncation_is_refused(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    session(fit, 2, 7);
    fit_end(&fit->writer);
    const size_t whole = fit->text.length;
    for (size_t length = 0; length < whole; length++) {
        fit->text.length = length;
        assert_refused(fit, length < 12 ? "no FIT file" : length < 14 ? "" : "truncated");
    }
    fit->text.length = whole;
}

static void
every_flipped_bit_is_noticed(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    session(fit, 2, 7);
    fit_end(&fit->writer);
    for (size_t i = 0; i < fit->text.length; i++) {
        fit->text.bytes[i] ^= 0x10;
        assert_refused(fit, "");
        fit->text.bytes[i] ^= 0x10;
    }
}

/* assert_hostile: a file of these bytes, with a checksum that holds. */
static void
assert_hostile(Fit *fit, const char *bytes, size_t length, const char *message)
{
    str_clear(&fit->text);
    begin(fit);
    str_append_bytes(&fit->text, bytes, length);
    fit_end(&fit->writer);
    assert_refused(fit, message);
}

#define HOSTILE(fit, bytes, message) assert_hostile(fit, bytes, sizeof(bytes) - 1, message)

static void
hostile_bytes_are_refused(void **state)
{
    Fit *fit = *state;

    HOSTILE(fit, "\x4F", "a definition of 5 bytes goes beyond the data");
    HOSTILE(fit, "\x4F\x00\x00\x14\x00\xFF\x01\x02", "a definition of 765 bytes goes beyond the data");
    HOSTILE(fit, "\x4F\x00\x02\x14\x00\x00", "byte order 2 is neither 0 nor 1");
    HOSTILE(fit, "\x6F\x00\x00\x14\x00\x00", "a definition of 1 bytes goes beyond the data");
    HOSTILE(fit, "\x6F\x00\x00\x14\x00\x00\x09\x00", "a definition of 27 bytes goes beyond the data");
    HOSTILE(fit, "\x0E", "a message of type 14, which nothing defines");
    HOSTILE(fit, "\x01\x00", "a message of 30 bytes goes beyond the data");
    HOSTILE(fit, "\x43\x00\x00\x14\x00\x00\xE3", "a compressed timestamp before any full one");
    HOSTILE(fit, "", "neither a session nor a record");
    /* A field whose size does not hold its type, a type that does not exist: no value, no read beyond. */
    HOSTILE(fit, "\x4F\x00\x00\x14\x00\x02\xFD\x01\x86\x03\x01\x1F\x0F\x00\x00",
            "neither a session nor a record");
}

static void
fields_without_bytes_cost_nothing(void **state)
{
    static const char definition[] = "\x4F\x00\x00\x14\x00\x03\xFD\x00\x86\x03\x01\x02\x04\x00\x02";
    Fit *fit = *state;
    Err err = ERR_NONE;
    FileFault fault = { .format = "fit", .err = &err };
    FitDecoder decoder;
    FitMessage message;
    double value = 0;

    fit_begin(&fit->writer, 14);
    str_append_bytes(&fit->text, definition, sizeof definition - 1);
    str_append_bytes(&fit->text, "\x0F\x8C", 2);
    fit_end(&fit->writer);
    assert_true(fit_open(&decoder, (const uint8_t *)fit->text.bytes, fit->text.length, &fault));
    assert_int_equal(fit_next(&decoder, &message, &fault), FIT_MESSAGE);
    assert_int_equal(message.definition->fields_n, 1);
    assert_true(fit_value(&message, 3, &value) && value == 140);
    assert_false(message.has_time || fit_value(&message, 4, &value));
    assert_int_equal(fit_next(&decoder, &message, &fault), FIT_END);
}

static void
what_is_no_activity_is_refused(void **state)
{
    Fit *fit = *state;

    begin(fit);
    fit_message(&fit->writer, ID, VALUES(6, 1, 1));
    fit_end(&fit->writer);
    assert_refused(fit, "a file of type 6 is no activity");

    str_clear(&fit->text);
    fit_begin(&fit->writer, 14);
    fit_end(&fit->writer);
    assert_refused(fit, "does not say what kind of file");

    str_clear(&fit->text);
    begin(fit);
    record(fit, 0);
    fit_message(&fit->writer, RECORD, VALUES(T0 + 2678401, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    fit_end(&fit->writer);
    assert_refused(fit, "a point 2678401 s after the start");

    str_clear(&fit->text);
    begin(fit);
    fit_message(&fit->writer, RECORD, VALUES(4294967000U, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)); /* in 2126 */
    fit_end(&fit->writer);
    assert_refused(fit, "before 1970 or after tomorrow");
}

static void
what_follows_the_file_is_refused(void **state)
{
    Fit *fit = *state;

    begin(fit);
    record(fit, 0);
    fit_end(&fit->writer);
    begin(fit);
    record(fit, 9);
    fit_end(&fit->writer);
    assert_refused(fit, "a second FIT file is chained to it");

    str_clear(&fit->text);
    begin(fit);
    record(fit, 0);
    fit_end(&fit->writer);
    str_append(&fit->text, "trailing");
    assert_refused(fit, "8 bytes after the end of the file");
    fit->text.bytes[1] = 0x30;
    assert_refused(fit, "protocol 3.0 is not known");
    fit->text.bytes[0] = 13;
    assert_refused(fit, "a header of 13 bytes");
}

static void
points_are_bounded(void **state)
{
    Fit *fit = *state;

    begin(fit);
    for (size_t i = 0; i <= STREAMS_MAX_SAMPLES; i++) {
        record(fit, (uint32_t)i / 2);
    }
    fit_end(&fit->writer);
    assert_refused(fit, "more than 200000 points");
}

static void
a_full_arena_is_an_error(void **state)
{
    Fit *fit = *state;
    _cleanup_(arena_free_pointer) Arena *small = arena_new(4096);
    IngestRequest request;
    size_t offset = 0;
    Err err = ERR_NONE;

    begin(fit);
    record(fit, 0);
    fit_end(&fit->writer);
    assert_false(
        file_read(FILE_FIT, fit->text.bytes, fit->text.length, NULL, small, &request, &offset, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fit_set_up, fit_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_ride_reads_whole),
        TEST(both_byte_orders_and_headers_say_the_same),
        TEST(a_run_counts_both_feet),
        TEST(invalid_values_are_missing),
        TEST(compressed_timestamps_count_on),
        TEST(developer_fields_and_unknown_messages_are_skipped),
        TEST(a_pause_leaves_out_what_it_recorded),
        TEST(records_out_of_order_or_twice_become_seconds),
        TEST(a_swim_has_its_lengths),
        TEST(several_sessions_are_multisport),
        TEST(the_day_is_the_athletes),
        TEST(every_truncation_is_refused),
        TEST(every_flipped_bit_is_noticed),
        TEST(hostile_bytes_are_refused),
        TEST(fields_without_bytes_cost_nothing),
        TEST(what_is_no_activity_is_refused),
        TEST(what_follows_the_file_is_refused),
        TEST(points_are_bounded),
        TEST(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
