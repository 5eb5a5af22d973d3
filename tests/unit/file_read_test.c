#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/file_fixture.h"

#define POINT "<gpx><trk><trkpt lat=\"1\" lon=\"2\"><time>2020-06-01T13:03:45Z</time></trkpt></trk></gpx>"

static void
media_types_name_the_format(void **state)
{
    static const struct {
        const char *type;
        int format; /* -1: none */
    } cases[] = {
        { "application/vnd.ant.fit", FILE_FIT },
        { "application/fit", FILE_FIT },
        { "application/octet-stream", FILE_FIT },
        { "Application/GPX+XML; charset=utf-8", FILE_GPX },
        { "application/gpx+xml;charset=utf-8", FILE_GPX },
        { "application/vnd.garmin.tcx+xml ; a=b", FILE_TCX },
        { "application/tcx+xml", FILE_TCX },
        { "application/json", -1 },
        { "application/gpx", -1 },
        { "application/gpx+xmlx", -1 },
        { "text/xml", -1 },
        { "", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        FileFormat format = FILE_FORMAT_COUNT;
        const bool is_known = file_format_of_type(cases[i].type, &format);
        if (is_known ? (int)format != cases[i].format : cases[i].format != -1) {
            fail_msg("%s is %d", cases[i].type, is_known ? (int)format : -1);
        }
    }
}

static void
bytes_name_the_format(void **state)
{
    FileFormat format = FILE_FORMAT_COUNT;

    (void)state;
    assert_true(file_format_of_bytes("\x0E\x20\0\0\0\0\0\0.FIT", 12, &format) && format == FILE_FIT);
    assert_true(file_format_of_bytes("<?xml?><gpx", 11, &format) && format == FILE_GPX);
    assert_true(file_format_of_bytes("<TrainingCenterDatabase>", 24, &format) && format == FILE_TCX);
    assert_false(file_format_of_bytes("{\"time\":[]}", 11, &format));
    assert_false(file_format_of_bytes("", 0, &format));
}

static void
the_same_bytes_are_the_same_activity(void **state)
{
    (void)state;
    const IngestRequest first = file_fixture_read(FILE_GPX, POINT, strlen(POINT));
    const IngestRequest second = file_fixture_read(FILE_GPX, POINT, strlen(POINT));
    const IngestRequest other = file_fixture_read(FILE_GPX, POINT " ", strlen(POINT) + 1);

    /* b2sum -l 256 of the file */
    assert_string_equal(first.activity.external_id,
                        "8c5a235c7c002fdc6fae8c1d41af9aad718b2fc21a6c06bf793d2f639723f031");
    assert_string_equal(second.activity.external_id, first.activity.external_id);
    assert_string_not_equal(other.activity.external_id, first.activity.external_id);
    assert_memory_equal(other.content_hash, first.content_hash, ACTIVITY_HASH_BYTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_types_name_the_format),
        cmocka_unit_test(bytes_name_the_format),
        FILE_TEST(the_same_bytes_are_the_same_activity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
