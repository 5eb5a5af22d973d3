#include "worker/kinds/workouts/stream_array.h"

#include <math.h>
#include <string.h>

#include "common/activity/streams.h"

#define OID_INT4 23
#define OID_FLOAT4 700
#define HEADER_BYTES 20 /* dimensions, flag, type, size, lower bound */

/* read_u32 reads four bytes in network order. */
static uint32_t
read_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/* header_check makes sure that an array of n elements of that type follows; an array without elements has no
 * dimension. */
static bool
header_check(const char *name, const unsigned char *bytes, size_t length, size_t n, uint32_t type, Err *err)
{
    if (length < 12 || read_u32(bytes + 8) != type) {
        return err_set(err, ERR_INVALID_DATA, "bad_array", "%s: not the array that was asked for", name);
    }
    uint32_t dimensions = read_u32(bytes);
    if (dimensions == 0 && n == 0) {
        return true;
    }
    if (dimensions != 1 || length < HEADER_BYTES || read_u32(bytes + 12) != n) {
        return err_set(err, ERR_INVALID_DATA, "bad_array", "%s: not one dimension of %zu elements", name, n);
    }
    return true;
}

/* words_read writes the elements as 32-bit words, `missing` for NULL. */
static bool
words_read(const char *name, const unsigned char *bytes, size_t length, size_t n, uint32_t missing,
           uint32_t *words, Err *err)
{
    size_t at = HEADER_BYTES;

    for (size_t i = 0; i < n; i++) {
        if (length - at < 4) {
            return err_set(err, ERR_INVALID_DATA, "bad_array", "%s: ends at element %zu of %zu", name, i, n);
        }
        uint32_t size = read_u32(bytes + at);
        at += 4;
        if (size == UINT32_MAX) {
            words[i] = missing;
            continue;
        }
        if (size != 4 || length - at < 4) {
            return err_set(err, ERR_INVALID_DATA, "bad_array", "%s: element %zu has not four bytes", name, i);
        }
        words[i] = read_u32(bytes + at);
        at += 4;
    }
    return true;
}

bool
int_array_read(const char *name, const void *bytes, size_t length, size_t n, Arena *arena,
               int32_t **ret_array, Err *err)
{
    const uint32_t missing = (uint32_t)STREAM_NO_INT;

    if (!header_check(name, bytes, length, n, OID_INT4, err)) {
        return false;
    }
    uint32_t *words = arena_alloc(arena, n, sizeof *words);
    if (words == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "streams", "%s: the job's memory is used up", name);
    }
    if (!words_read(name, bytes, length, n, missing, words, err)) {
        return false;
    }
    *ret_array = (int32_t *)words; /* the signed type of the same size may alias */
    return true;
}

bool
real_array_read(const char *name, const void *bytes, size_t length, size_t n, Arena *arena, float **ret_array,
                Err *err)
{
    float nan = NAN;
    uint32_t missing = 0;

    memcpy(&missing, &nan, sizeof missing);
    if (!header_check(name, bytes, length, n, OID_FLOAT4, err)) {
        return false;
    }
    uint32_t *words = arena_alloc(arena, n, sizeof *words);
    float *values = arena_alloc(arena, n, sizeof *values);
    if (words == NULL || values == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "streams", "%s: the job's memory is used up", name);
    }
    if (!words_read(name, bytes, length, n, missing, words, err)) {
        return false;
    }
    memcpy(values, words, n * sizeof *values);
    *ret_array = values;
    return true;
}
