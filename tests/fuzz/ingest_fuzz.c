/* ingest_fuzz.c - libFuzzer target: the body of POST /workouts.
 *
 * Beyond crashes it checks what every accepted body promises: the samples of streams.h, laps within
 * them, a local date, and provider_data that is JSON again.
 */
#include <stdint.h>
#include <string.h>

#include "common/activity/ingest.h"
#include "tests/fuzz/activity_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IngestRequest request = { .laps_n = 0 };
    Err err = ERR_NONE;
    char field[128];
    Arena *arena = arena_new(16 << 20);

    if (arena == NULL) {
        return 0;
    }
    if (ingest_parse((const char *)data, size, arena, &request, &err)) {
        check_streams(&request.streams);
        check_documents(&request, arena);
    } else {
        require(err.class == ERR_INVALID_DATA || err.class == ERR_MEMORY_LIMIT);
        require(strcmp(err.code, "invalid_field") != 0 || ingest_field(&err, field, sizeof field));
    }
    arena_free(arena);
    return 0;
}
