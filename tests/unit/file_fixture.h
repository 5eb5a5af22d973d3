/* file_fixture.h - reading files of activities in tests. Include cmocka.h and what it needs before it. */
#ifndef PACELINE_FILE_FIXTURE_H
#define PACELINE_FILE_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "common/activity/file_read.h"

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, file_fixture_open, file_fixture_close)

static Arena *file_fixture_arena;

static inline int
file_fixture_open(void **state)
{
    (void)state;
    file_fixture_arena = arena_new(64 << 20);
    return file_fixture_arena == NULL;
}

static inline int
file_fixture_close(void **state)
{
    (void)state;
    arena_free(file_fixture_arena);
    return 0;
}

/* file_fixture_read reads a file that must be taken. */
static inline IngestRequest
file_fixture_read(FileFormat format, const char *bytes, size_t length)
{
    IngestRequest request = { .laps_n = 0 };
    size_t offset = 0;
    Err err = ERR_NONE;

    if (!file_read(format, bytes, length, NULL, file_fixture_arena, &request, &offset, &err)) {
        fail_msg("%s", err.message);
    }
    return request;
}

/* file_fixture_refused wants a file refused with a message that contains the text and tells the byte. */
static inline void
file_fixture_refused(FileFormat format, const char *bytes, size_t length, const char *message)
{
    IngestRequest request = { .laps_n = 77 };
    size_t offset = 0;
    Err err = ERR_NONE;
    char byte[40];

    if (file_read(format, bytes, length, NULL, file_fixture_arena, &request, &offset, &err)) {
        fail_msg("taken, instead of %s", message);
    }
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_string_equal(err.code, "invalid_file");
    (void)snprintf(byte, sizeof byte, ": byte %zu: ", offset);
    if (strstr(err.message, message) == NULL || strstr(err.message, byte) != err.message + 3) {
        fail_msg("%s, not %s", err.message, message);
    }
    assert_int_equal(request.laps_n, 77);
}

#endif
