/* Any bytes are a job's message or an error; what is read can be printed, and reads back as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(free_pointer) char *text = malloc(size + (size == 0));
    JobMessage message = { .epoch = 0 };
    JobMessage again = { .epoch = 0 };
    char buffer[2048];
    Err err = ERR_NONE;

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    if (!job_message_parse(text, size, &message, &err)) {
        if (err.class != ERR_INVALID_DATA && err.class != ERR_MEMORY_LIMIT) {
            abort();
        }
        return 0;
    }
    size_t n = job_message_print(&message, buffer, sizeof(buffer));
    if (n == 0 || !job_message_parse(buffer, n, &again, &err) || strcmp(message.kind, again.kind) != 0 ||
        strcmp(message.key, again.key) != 0 || message.epoch != again.epoch) {
        abort();
    }
    return 0;
}
