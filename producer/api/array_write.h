/* array_write.h - sample arrays as PostgreSQL's int[] and real[] in binary.
 *
 * Format: array_send of PostgreSQL 15: dimensions, null flag, element type, length and lower bound, then
 * length and value of each element, all in network byte order. A missing element (STREAM_NO_INT, NaN) is
 * NULL. Pure.
 */
#ifndef PACELINE_ARRAY_WRITE_H
#define PACELINE_ARRAY_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

/* int_array_write and real_array_write write values [n], n at most STREAMS_MAX_SAMPLES, into the arena. NULL
 * if it is full. */
MUST_CHECK void *int_array_write(const int32_t *values, size_t n, Arena *arena, size_t *ret_bytes);
MUST_CHECK void *real_array_write(const float *values, size_t n, Arena *arena, size_t *ret_bytes);

#endif
