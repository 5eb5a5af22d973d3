/* webhook_read.h - the body of a Supabase Database Webhook. Pure; fuzzed by tests/fuzz/webhook_fuzz.c. */
#ifndef PACELINE_WEBHOOK_READ_H
#define PACELINE_WEBHOOK_READ_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

enum { WEBHOOK_FIELD_SIZE = 32 };

typedef struct Webhook {
    cJSON *json;
    char schema[64], table[64]; /* names of PostgreSQL have 63 bytes at most */
    bool is_delete;
} Webhook;

/* webhook_read reads one body; schema is "public" where none is named. ERR_INVALID_DATA for anything else
 * than an object with type INSERT, UPDATE or DELETE and a table; *ret_webhook untouched. Free with
 * webhook_done_reading. */
MUST_CHECK bool webhook_read(const char *body, size_t length, Webhook *ret_webhook, Err *err);
void webhook_done_reading(Webhook *webhook);

/* webhook_key copies the row's key as text: record.<key_column>, else record.id, else id. A number keeps all
 * its digits. False if there is none, it is neither text nor a whole number, or it is empty or longer than a
 * key may be. */
bool webhook_key(const Webhook *webhook, const char *key_column, char *key, size_t size);

/* webhook_field writes which field an error of webhook_read is about, "" for none. */
void webhook_field(const Err *err, char ret_field[WEBHOOK_FIELD_SIZE]);

#endif
