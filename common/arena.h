/* arena.h - memory of one job, released at once when the job ends.
 *
 * Blocks are aligned for any type and zeroed. A limit bounds the whole (workouts.md section 8: 256 MiB a
 * job); past it, or when malloc fails, arena_alloc returns NULL and the caller fails with
 * ERR_MEMORY_LIMIT. Single-threaded.
 */
#ifndef PACELINE_ARENA_H
#define PACELINE_ARENA_H

#include <stddef.h>

#include "common/err.h"

typedef struct Arena Arena;

MUST_CHECK Arena *arena_new(size_t limit_bytes); /* NULL when memory is out */
void arena_free(Arena *arena);                   /* NULL is fine */
void arena_free_pointer(Arena **arena);          /* for _cleanup_ */

/* arena_reset releases all blocks but keeps the arena (and its first chunk) for the next job. */
void arena_reset(Arena *arena);

/* arena_alloc returns `count` zeroed elements of `size` bytes, or NULL (limit, memory, overflow).
 * count 0 gives a valid pointer that must not be read. */
MUST_CHECK void *arena_alloc(Arena *arena, size_t count, size_t size);

/* arena_copy_text copies length bytes and adds a NUL; NULL as arena_alloc. */
MUST_CHECK char *arena_copy_text(Arena *arena, const char *text, size_t length);

/* arena_used tells the bytes handed out since the last reset. */
size_t arena_used(const Arena *arena);

#endif
