#include "producer/api/array_write.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "common/activity/streams.h"

#define OID_INT4 23 /* pg_type.dat */
#define OID_FLOAT4 700
#define HEADER_WORDS 5
#define NULL_LENGTH UINT32_MAX

/* words_new makes room for an array and writes its header; elements follow at the returned pointer + 5. */
static uint32_t *
words_new(size_t n, uint32_t oid, Arena *arena)
{
    uint32_t *words = arena_alloc(arena, HEADER_WORDS + 2 * n, sizeof(*words));

    if (words != NULL) {
        words[0] = htonl(n > 0 ? 1 : 0);
        words[1] = htonl(0);
        words[2] = htonl(oid);
        words[3] = htonl((uint32_t)n);
        words[4] = htonl(1); /* arrays of PostgreSQL begin at 1 */
    }
    return words;
}

/* element_put appends one element and returns where the next one goes. */
static uint32_t *
element_put(uint32_t *words, uint32_t *at, bool is_null, uint32_t bits)
{
    if (is_null) {
        words[1] = htonl(1);
        *at++ = NULL_LENGTH;
        return at;
    }
    *at++ = htonl(sizeof(bits));
    *at++ = htonl(bits);
    return at;
}

/* array_end tells the length; an empty array has no dimension to describe. */
static void *
array_end(uint32_t *words, const uint32_t *at, size_t n, size_t *ret_bytes)
{
    *ret_bytes = n > 0 ? (size_t)(at - words) * sizeof(*words) : 3 * sizeof(*words);
    return words;
}

void *
int_array_write(const int32_t *values, size_t n, Arena *arena, size_t *ret_bytes)
{
    uint32_t *words = words_new(n, OID_INT4, arena);

    if (words == NULL) {
        return NULL;
    }
    uint32_t *at = words + HEADER_WORDS;
    for (size_t i = 0; i < n; i++) {
        at = element_put(words, at, values[i] == STREAM_NO_INT, (uint32_t)values[i]);
    }
    return array_end(words, at, n, ret_bytes);
}

void *
real_array_write(const float *values, size_t n, Arena *arena, size_t *ret_bytes)
{
    uint32_t *words = words_new(n, OID_FLOAT4, arena);

    if (words == NULL) {
        return NULL;
    }
    uint32_t *at = words + HEADER_WORDS;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[i], sizeof(bits));
        at = element_put(words, at, isnan(values[i]), bits);
    }
    return array_end(words, at, n, ret_bytes);
}
