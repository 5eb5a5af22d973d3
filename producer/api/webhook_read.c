#include "producer/api/webhook_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json_read.h"
#include "common/str.h"

static bool
field_refused(Err *err, const char *field, const char *why)
{
    return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: %s", field, why);
}

/* name_read copies a name of PostgreSQL. */
static bool
name_read(const cJSON *json, const char *field, char name[64], Err *err)
{
    const char *text = NULL;

    if (!json_text(json_member(json, field), field, 63, &text, err)) {
        return false;
    }
    (void)str_copy(name, 64, text);
    return text[0] != '\0' || field_refused(err, field, "is empty");
}

static bool
members_read(const cJSON *json, Webhook *webhook, Err *err)
{
    const char *type = NULL;

    if (!cJSON_IsObject(json)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_json", "the body is not a JSON object");
    }
    if (json_member(json, "type") == NULL) {
        return field_refused(err, "type", "is missing");
    }
    if (!json_text(json_member(json, "type"), "type", 16, &type, err)) {
        return false;
    }
    webhook->is_delete = strcmp(type, "DELETE") == 0;
    if (!webhook->is_delete && strcmp(type, "INSERT") != 0 && strcmp(type, "UPDATE") != 0) {
        return field_refused(err, "type", "is not INSERT, UPDATE or DELETE");
    }
    if (json_member(json, "table") == NULL) {
        return field_refused(err, "table", "is missing");
    }
    if (!name_read(json, "table", webhook->table, err)) {
        return false;
    }
    if (json_member(json, "schema") == NULL) {
        (void)str_copy(webhook->schema, sizeof(webhook->schema), "public");
        return true;
    }
    return name_read(json, "schema", webhook->schema, err);
}

bool
webhook_read(const char *body, size_t length, Webhook *ret_webhook, Err *err)
{
    Webhook webhook = { .json = json_parse(body, length, err) };

    if (webhook.json == NULL) {
        return false;
    }
    if (!members_read(webhook.json, &webhook, err)) {
        cJSON_Delete(webhook.json);
        return false;
    }
    *ret_webhook = webhook;
    return true;
}

void
webhook_done_reading(Webhook *webhook)
{
    cJSON_Delete(webhook->json);
    *webhook = (Webhook){ .json = NULL };
}

static bool
key_copy(const cJSON *value, char *key, size_t size)
{
    int64_t number = 0;
    Err ignored = ERR_NONE;

    if (value == NULL) {
        return false;
    }
    if (cJSON_IsString(value)) {
        return value->valuestring[0] != '\0' && strlen(value->valuestring) < size &&
               str_copy(key, size, value->valuestring);
    }
    if (!json_int64(value, "key", &number, &ignored)) {
        return false;
    }
    (void)snprintf(key, size, "%" PRId64, number);
    return true;
}

bool
webhook_key(const Webhook *webhook, const char *key_column, char *key, size_t size)
{
    const cJSON *record = json_member(webhook->json, "record");

    if (json_member(record, key_column) != NULL) {
        return key_copy(json_member(record, key_column), key, size);
    }
    if (json_member(record, "id") != NULL) {
        return key_copy(json_member(record, "id"), key, size);
    }
    return key_copy(json_member(webhook->json, "id"), key, size);
}

void
webhook_field(const Err *err, char ret_field[WEBHOOK_FIELD_SIZE])
{
    size_t n = strcspn(err->message, ":");

    ret_field[0] = '\0';
    if (strcmp(err->code, "invalid_field") == 0 && err->message[n] == ':' && n < WEBHOOK_FIELD_SIZE) {
        memcpy(ret_field, err->message, n);
        ret_field[n] = '\0';
    }
}
