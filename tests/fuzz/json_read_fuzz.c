/* Any bytes are a document or an error; what is a document can be read, member by member, by every reader,
 * and is the same document to cJSON's own parser. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(const cJSON *value)
{
    int64_t integer = 0;
    double number = 0;
    const char *text = NULL;
    bool truth = false;
    Err err = ERR_NONE;
    const cJSON *child = NULL;

    if (json_int64(value, "field", &integer, &err) && !cJSON_IsNumber(value)) {
        abort();
    }
    (void)!json_number(value, "field", &number, &err);
    (void)!json_bool(value, "field", &truth, &err);
    if (json_text(value, "field", 100, &text, &err) && !json_utf8_valid(text, strlen(text))) {
        abort();
    }
    cJSON_ArrayForEach(child, value)
    {
        if (cJSON_IsObject(value) &&
            json_member(value, child->string) != (cJSON_IsNull(child) ? NULL : child)) {
            abort(); /* a key names one member */
        }
        read_all(child);
    }
}

/* same_numbers: cJSON_Compare lets numbers differ in the last bits; these may not. Both have the same shape.
 */
static void
same_numbers(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsNumber(a) && (a->valuedouble != b->valuedouble || a->valueint != b->valueint)) {
        abort();
    }
    for (a = a->child, b = b->child; a != NULL && b != NULL; a = a->next, b = b->next) {
        same_numbers(a, b);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a block of exactly this size: one byte too far is seen */
    _cleanup_(free_pointer) char *text = malloc(size + (size == 0));
    Err err = ERR_NONE;

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    _cleanup_(json_delete) cJSON *json = json_parse(text, size, &err);
    if (json == NULL) {
        char buffer[1024];
        if (err.class == ERR_CLASS_NONE || !json_utf8_valid(err.message, strlen(err.message))) {
            abort();
        }
        err_json(&err, buffer, sizeof buffer);
        return 0;
    }
    read_all(json);
    _cleanup_(json_delete) cJSON *reference = cJSON_ParseWithLength(text, size);
    if (reference == NULL || !cJSON_Compare(json, reference, true)) {
        abort();
    }
    same_numbers(json, reference);
    if (!json_utf8_valid(text, size)) {
        abort();
    }
    return 0;
}
