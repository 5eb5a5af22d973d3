/* Any bytes are settings of an athlete or an error with a reason; what is taken goes to the database as a
 * JSON object of known names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/timestamp.h"
#include "common/cleanup.h"
#include "common/json_read.h"
#include "producer/api/settings_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(free_pointer) char *body = malloc(size + (size == 0));
    _cleanup_(settings_done) Settings settings = SETTINGS_EMPTY;
    Err err = ERR_NONE;

    if (body == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(body, data, size);
    }
    _cleanup_(json_delete) cJSON *json = json_parse(body, size, &err);
    if (json == NULL) {
        return 0;
    }
    if (!settings_read(json, &settings, &err)) {
        if (err.class == ERR_CLASS_NONE || err.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    if (settings.named.length == 0) {
        if (!settings.has_sex) {
            abort();
        }
        return 0;
    }
    _cleanup_(json_delete) cJSON *named = json_parse(settings.named.bytes, settings.named.length, &err);
    if (!cJSON_IsObject(named) || cJSON_GetArraySize(named) < 1 || !date_valid(settings.valid_from)) {
        abort();
    }
    return 0;
}
