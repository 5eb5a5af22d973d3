/* Any bytes are a database webhook or an error; a key that is found is text that a job can have. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/job.h"
#include "common/json_read.h"
#include "producer/api/webhook_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(free_pointer) char *body = malloc(size + (size == 0));
    Webhook webhook;
    Err err = ERR_NONE;
    char key[JOB_KEY_MAX + 1];

    if (body == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(body, data, size);
    }
    if (!webhook_read(body, size, &webhook, &err)) {
        char field[WEBHOOK_FIELD_SIZE];
        webhook_field(&err, field);
        if (err.class == ERR_CLASS_NONE || strlen(field) >= sizeof(field)) {
            abort();
        }
        return 0;
    }
    if (webhook.table[0] == '\0' || webhook.schema[0] == '\0') {
        abort();
    }
    if (webhook_key(&webhook, "name", key, sizeof(key)) &&
        (key[0] == '\0' || !json_utf8_valid(key, strlen(key)))) {
        abort();
    }
    webhook_done_reading(&webhook);
    return 0;
}
