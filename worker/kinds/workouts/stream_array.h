/* stream_array.h - PostgreSQL's int[] and real[] in binary, checked before they are read.
 *
 * Format (array_send): dimensions, null flag, element type, then size and lower bound of each dimension, then
 * each element with its length, -1 for NULL; all in network byte order.
 */
#ifndef PACELINE_STREAM_ARRAY_H
#define PACELINE_STREAM_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

/* int_array_read and real_array_read read one array of exactly n elements from `length` bytes into the arena.
 * NULL elements are STREAM_NO_INT and NaN. name  the column, for messages ERR_INVALID_DATA, code "bad_array",
 * if the bytes are not such an array; ERR_MEMORY_LIMIT. */
MUST_CHECK bool int_array_read(const char *name, const void *bytes, size_t length, size_t n, Arena *arena,
                               int32_t **ret_array, Err *err);
MUST_CHECK bool real_array_read(const char *name, const void *bytes, size_t length, size_t n, Arena *arena,
                                float **ret_array, Err *err);

#endif
