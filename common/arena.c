#include "common/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK_BYTES ((size_t)64 * 1024)
#define LARGEST_CHUNK_BYTES ((size_t)1024 * 1024) /* larger blocks get a chunk of their own */

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *older;
    size_t size; /* bytes at data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct Arena {
    Chunk *newest; /* blocks come from here; the last of the list is the first chunk ever */
    size_t limit_bytes;
    size_t used_bytes; /* handed out, rounded to alignment; <= limit_bytes */
};

static bool
add_chunk(Arena *arena, size_t needed)
{
    size_t size = arena->newest == NULL ? FIRST_CHUNK_BYTES : arena->newest->size * 2;

    if (size > LARGEST_CHUNK_BYTES) {
        size = LARGEST_CHUNK_BYTES;
    }
    if (size < needed) {
        size = needed;
    }
    Chunk *chunk = malloc(sizeof *chunk + size);
    if (chunk == NULL) {
        return false;
    }
    chunk->older = arena->newest;
    chunk->size = size;
    chunk->used = 0;
    arena->newest = chunk;
    return true;
}

Arena *
arena_new(size_t limit_bytes)
{
    Arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL) {
        return NULL;
    }
    arena->limit_bytes = limit_bytes;
    if (!add_chunk(arena, 0)) {
        free(arena);
        return NULL;
    }
    return arena;
}

void
arena_free(Arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_reset(arena);
    free(arena->newest);
    free(arena);
}

void
arena_free_pointer(Arena **arena)
{
    arena_free(*arena);
}

void
arena_reset(Arena *arena)
{
    while (arena->newest->older != NULL) {
        Chunk *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
    arena->newest->used = 0;
    arena->used_bytes = 0;
}

void *
arena_alloc(Arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > arena->limit_bytes) {
        return NULL;
    }
    size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded < bytes || rounded > arena->limit_bytes - arena->used_bytes) {
        return NULL;
    }
    if (rounded > arena->newest->size - arena->newest->used && !add_chunk(arena, rounded)) {
        return NULL;
    }
    unsigned char *block = arena->newest->data + arena->newest->used;
    arena->newest->used += rounded;
    arena->used_bytes += rounded;
    return memset(block, 0, rounded);
}

char *
arena_copy_text(Arena *arena, const char *text, size_t length)
{
    size_t with_nul = 0;

    if (__builtin_add_overflow(length, 1, &with_nul)) {
        return NULL;
    }
    char *copy = arena_alloc(arena, with_nul, 1);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

size_t
arena_used(const Arena *arena)
{
    return arena->used_bytes;
}
