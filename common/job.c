#include "common/job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/sql_template.h"
#include "common/str.h"
#include "common/uuid.h"
#include "sql.h"

/* --- kinds --- */

/* KindColumn is the order of the columns of job_kinds.sql. */
enum KindColumn {
    COLUMN_KIND,
    COLUMN_SCHEMA,
    COLUMN_RELATION,
    COLUMN_KEY_COLUMN,
    COLUMN_KEY_TYPE,
    COLUMN_TOPIC,
    COLUMN_CONSUMER_GROUP,
    COLUMN_LEASE,
    COLUMN_MAX_ATTEMPTS,
    COLUMN_BACKOFF_BASE,
    COLUMN_BACKOFF_CAP,
    COLUMN_CANCEL_AT_ONCE,
    COLUMN_PAUSED
};

static bool
read_number(const PGresult *rows, int row, int column, int64_t *ret_value)
{
    return str_to_int64(PQgetvalue(rows, row, column), ret_value);
}

static bool
kind_read(const PGresult *rows, int row, JobKind *kind)
{
    int64_t max_attempts = 0;
    bool is_good =
        str_copy(kind->name, sizeof kind->name, PQgetvalue(rows, row, COLUMN_KIND)) &&
        str_copy(kind->schema, sizeof kind->schema, PQgetvalue(rows, row, COLUMN_SCHEMA)) &&
        str_copy(kind->relation, sizeof kind->relation, PQgetvalue(rows, row, COLUMN_RELATION)) &&
        str_copy(kind->key_column, sizeof kind->key_column, PQgetvalue(rows, row, COLUMN_KEY_COLUMN)) &&
        str_copy(kind->key_type, sizeof kind->key_type, PQgetvalue(rows, row, COLUMN_KEY_TYPE)) &&
        str_copy(kind->topic, sizeof kind->topic, PQgetvalue(rows, row, COLUMN_TOPIC)) &&
        str_copy(kind->consumer_group, sizeof kind->consumer_group,
                 PQgetvalue(rows, row, COLUMN_CONSUMER_GROUP)) &&
        read_number(rows, row, COLUMN_LEASE, &kind->lease_us) &&
        read_number(rows, row, COLUMN_MAX_ATTEMPTS, &max_attempts) &&
        read_number(rows, row, COLUMN_BACKOFF_BASE, &kind->backoff_base_us) &&
        read_number(rows, row, COLUMN_BACKOFF_CAP, &kind->backoff_cap_us);
    kind->max_attempts = (int)max_attempts;
    kind->cancel_at_once = PQgetvalue(rows, row, COLUMN_CANCEL_AT_ONCE)[0] == 't';
    kind->is_paused = PQgetvalue(rows, row, COLUMN_PAUSED)[0] == 't';
    return is_good;
}

bool
job_kinds_load(Db *db, JobKinds *ret_kinds, Err *err)
{
    _cleanup_(db_result_clear) PGresult *rows = db_query(db, &sql_job_kinds, NULL, err);
    if (rows == NULL) {
        return false;
    }
    size_t n = (size_t)PQntuples(rows);
    JobKinds kinds = { .items = calloc(n + 1, sizeof *kinds.items), .n = n };
    if (kinds.items == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "kinds: out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        if (!kind_read(rows, (int)i, &kinds.items[i])) {
            err_set(err, ERR_INVALID_DATA, "invalid_kind", "kinds: the row of kind %s cannot be read",
                    PQgetvalue(rows, (int)i, COLUMN_KIND));
            job_kinds_done(&kinds);
            return false;
        }
    }
    *ret_kinds = kinds;
    return true;
}

void
job_kinds_done(JobKinds *kinds)
{
    free(kinds->items);
    *kinds = (JobKinds){ .items = NULL };
}

const JobKind *
job_kind_find(const JobKinds *kinds, const char *name)
{
    for (size_t i = 0; i < kinds->n; i++) {
        if (strcmp(kinds->items[i].name, name) == 0) {
            return &kinds->items[i];
        }
    }
    return NULL;
}

const JobKind *
job_kind_of_table(const JobKinds *kinds, const char *schema, const char *relation)
{
    for (size_t i = 0; i < kinds->n; i++) {
        if (strcmp(kinds->items[i].schema, schema) == 0 && strcmp(kinds->items[i].relation, relation) == 0) {
            return &kinds->items[i];
        }
    }
    return NULL;
}

const JobKind *
job_kind_of_topic(const JobKinds *kinds, const char *topic)
{
    for (size_t i = 0; i < kinds->n; i++) {
        if (strcmp(kinds->items[i].topic, topic) == 0) {
            return &kinds->items[i];
        }
    }
    return NULL;
}

bool
job_query(const JobKind *kind, const SqlQuery *template, const char *columns, SqlQuery *ret_query, Err *err)
{
    const SqlVariable variables[] = { { "schema", kind->schema },
                                      { "relation", kind->relation },
                                      { "key", kind->key_column },
                                      { "key_type", kind->key_type },
                                      { "columns", columns != NULL ? columns : "" } };
    char *text = sql_expand(template, variables, sizeof variables / sizeof variables[0], err);
    if (text == NULL) {
        return false;
    }
    Str name = STR_EMPTY;
    str_append_format(&name, "%s_%s", template->name, kind->name);
    if (!str_ok(&name)) {
        free(text);
        str_done(&name);
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "query %s: out of memory", template->name);
    }
    *ret_query = (SqlQuery){ .name = name.bytes, .text = text };
    return true;
}

void
job_query_done(SqlQuery *query)
{
    free((void *)query->name);
    free((void *)query->text);
    *query = (SqlQuery){ .name = NULL };
}

/* --- keys --- */

bool
job_key_valid(const JobKind *kind, const char *text)
{
    int64_t number = 0;
    size_t length = strlen(text);
    if (length == 0 || length > JOB_KEY_MAX || !json_utf8_valid(text, length)) {
        return false;
    }
    if (strcmp(kind->key_type, "uuid") == 0) {
        return uuid_valid(text);
    }
    if (strcmp(kind->key_type, "bigint") == 0) {
        return str_to_int64(text, &number);
    }
    if (strcmp(kind->key_type, "integer") == 0) {
        return str_to_int64(text, &number) && number >= INT32_MIN && number <= INT32_MAX;
    }
    return true;
}

void
job_key_canonical(const JobKind *kind, char *key)
{
    int64_t number = 0;
    if (strcmp(kind->key_type, "uuid") == 0) {
        for (char *at = key; *at != '\0'; at++) {
            *at = (char)tolower((unsigned char)*at);
        }
    } else if (strcmp(kind->key_type, "text") != 0 && str_to_int64(key, &number)) {
        (void)snprintf(key, strlen(key) + 1, "%lld", (long long)number); /* never longer than it was */
    }
}

const char *
job_key_lowest(const JobKind *kind)
{
    static const struct {
        const char *key_type, *lowest;
    } table[] = { { "uuid", "00000000-0000-0000-0000-000000000000" },
                  { "bigint", "-9223372036854775808" },
                  { "integer", "-2147483648" } };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(kind->key_type, table[i].key_type) == 0) {
            return table[i].lowest;
        }
    }
    return ""; /* text */
}

/* --- messages --- */

/* key_read accepts a text or a whole number: other programs write bigint keys as JSON numbers. */
static bool
key_read(const cJSON *value, char *buffer, size_t size, Err *err)
{
    const char *text = NULL;
    int64_t number = 0;
    if (cJSON_IsString(value)) {
        if (!json_text(value, "key", JOB_KEY_MAX, &text, err)) {
            return false;
        }
        if (text[0] == '\0') {
            return err_set(err, ERR_INVALID_DATA, "invalid_field", "key: empty");
        }
        return str_copy(buffer, size, text) ||
               err_set(err, ERR_INVALID_DATA, "invalid_field", "key: too long");
    }
    if (!json_int64(value, "key", &number, err)) {
        return false;
    }
    (void)snprintf(buffer, size, "%lld", (long long)number);
    return true;
}

bool
job_message_parse(const char *value, size_t length, JobMessage *ret_message, Err *err)
{
    _cleanup_(json_delete) cJSON *json = json_parse(value, length, err);
    if (json == NULL) {
        return false;
    }
    if (!cJSON_IsObject(json)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_message", "message: not a JSON object");
    }
    JobMessage message = { .epoch = -1 };
    const char *kind = NULL;
    const cJSON *kind_value = json_member(json, "kind");
    const cJSON *key_value = json_member(json, "key");
    const cJSON *epoch_value = json_member(json, "epoch");
    if (kind_value == NULL || key_value == NULL) {
        return err_set(err, ERR_INVALID_DATA, "invalid_message", "%s: missing",
                       kind_value == NULL ? "kind" : "key");
    }
    if (!json_text(kind_value, "kind", sizeof message.kind - 1, &kind, err) ||
        !key_read(key_value, message.key, sizeof message.key, err)) {
        return false;
    }
    (void)str_copy(message.kind, sizeof message.kind, kind);
    if (epoch_value != NULL) {
        int64_t epoch = 0;
        if (!json_int64(epoch_value, "epoch", &epoch, err)) {
            return false;
        }
        if (epoch < 0 || epoch > INT32_MAX) {
            return err_set(err, ERR_INVALID_DATA, "invalid_field", "epoch: %lld is out of range",
                           (long long)epoch);
        }
        message.epoch = (int32_t)epoch;
    }
    *ret_message = message;
    return true;
}

size_t
job_message_print(const JobMessage *message, char *buffer, size_t size)
{
    Str text = STR_EMPTY;
    str_append(&text, "{\"kind\":");
    str_append_json(&text, message->kind);
    str_append(&text, ",\"key\":");
    str_append_json(&text, message->key);
    if (message->epoch >= 0) {
        str_append_format(&text, ",\"epoch\":%d", message->epoch);
    }
    str_append_char(&text, '}');
    bool is_good = str_ok(&text) && text.length < size;
    size_t length = is_good ? text.length : 0;
    if (is_good) {
        memcpy(buffer, text.bytes, length + 1);
    }
    str_done(&text);
    return length;
}
