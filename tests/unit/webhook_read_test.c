/* webhook_read_test.c - table and key of a database webhook. */
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "producer/api/webhook_read.h"
#include "producer/http/request.h"

/* key_is reads a webhook and looks for its key; wanted NULL: there is none. */
static void
key_is(const char *body, const char *column, const char *wanted)
{
    Webhook webhook;
    Err err = ERR_NONE;
    char key[201] = "";

    if (!webhook_read(body, strlen(body), &webhook, &err)) {
        fail_msg("refused: %s: %s", body, err.message);
    }
    bool has_key = webhook_key(&webhook, column, key, sizeof(key));
    if (has_key != (wanted != NULL) || (has_key && strcmp(key, wanted) != 0)) {
        fail_msg("%s: key %s", body, key);
    }
    webhook_done_reading(&webhook);
}

static void
key_column_then_id(void **state)
{
    (void)state;
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{\"name\":\"a\",\"id\":2},\"id\":3}", "name",
           "a");
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{\"id\":2},\"id\":3}", "name", "2");
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{},\"id\":3}", "name", "3");
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":null,\"id\":3}", "name", "3");
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{\"name\":null,\"id\":2}}", "name", "2");
    key_is("{\"type\":\"INSERT\",\"table\":\"t\"}", "name", NULL);
    key_is("{\"type\":\"INSERT\",\"table\":\"t\",\"record\":7}", "name", NULL);
}

static void
digits_are_kept(void **state)
{
    (void)state;
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":9007199254740993}}", "id",
           "9007199254740993");
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":-9223372036854775808}}", "id",
           "-9223372036854775808");
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":9223372036854775808}}", "id", NULL);
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":1.5}}", "id", NULL);
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":true}}", "id", NULL);
    key_is("{\"type\":\"UPDATE\",\"table\":\"t\",\"record\":{\"id\":\"\"}}", "id", NULL);
}

static void
long_key_is_none(void **state)
{
    char body[512];
    char wanted[256];
    (void)state;

    (void)snprintf(wanted, sizeof(wanted), "%0200d", 0);
    (void)snprintf(body, sizeof(body), "{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{\"id\":\"%0200d\"}}",
                   0);
    key_is(body, "id", wanted);
    (void)snprintf(body, sizeof(body), "{\"type\":\"INSERT\",\"table\":\"t\",\"record\":{\"id\":\"%0201d\"}}",
                   0);
    key_is(body, "id", NULL);
}

static void
table_and_schema(void **state)
{
    const char *body = "{\"type\":\"DELETE\",\"table\":\"t\",\"schema\":\"app\",\"old_record\":{\"id\":1}}";
    Webhook webhook;
    Err err = ERR_NONE;
    (void)state;

    assert_true(webhook_read(body, strlen(body), &webhook, &err));
    assert_string_equal(webhook.schema, "app");
    assert_string_equal(webhook.table, "t");
    assert_true(webhook.is_delete);
    webhook_done_reading(&webhook);
    body = "{\"type\":\"INSERT\",\"table\":\"t\"}";
    assert_true(webhook_read(body, strlen(body), &webhook, &err));
    assert_string_equal(webhook.schema, "public");
    assert_false(webhook.is_delete);
    webhook_done_reading(&webhook);
}

static void
fields_are_named(void **state)
{
    const struct {
        const char *body, *field;
    } bad[] = { { "{\"table\":\"t\"}", "type" },
                { "{\"type\":\"DROP\",\"table\":\"t\"}", "type" },
                { "{\"type\":7,\"table\":\"t\"}", "type" },
                { "{\"type\":\"INSERT\"}", "table" },
                { "{\"type\":\"INSERT\",\"table\":\"\"}", "table" },
                { "{\"type\":\"INSERT\",\"table\":\"t\",\"schema\":\"\"}", "schema" },
                { "[]", "" },
                { "", "" } };
    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        Webhook webhook;
        Err err = ERR_NONE;
        char field[WEBHOOK_FIELD_SIZE];
        assert_false(webhook_read(bad[i].body, strlen(bad[i].body), &webhook, &err));
        webhook_field(&err, field);
        assert_string_equal(field, bad[i].field);
        assert_int_equal(request_status_of(&err), 400);
    }
}

static void
statuses_by_class(void **state)
{
    Err err = ERR_NONE;
    (void)state;

    err_set(&err, ERR_INVALID_DATA, "42501", "row-level security");
    assert_int_equal(request_status_of(&err), 403);
    err_set(&err, ERR_AUTHENTICATION, "no_token", "x");
    assert_int_equal(request_status_of(&err), 401);
    err_set(&err, ERR_PERMISSION_DENIED, "other_user", "x");
    assert_int_equal(request_status_of(&err), 403);
    err_set(&err, ERR_DATABASE_TIMEOUT, "connection_lost", "x");
    assert_int_equal(request_status_of(&err), 503);
    err_set(&err, ERR_MEMORY_LIMIT, "memory", "x");
    assert_int_equal(request_status_of(&err), 503);
    err_set(&err, ERR_UNKNOWN, "x", "x");
    assert_int_equal(request_status_of(&err), 500);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_column_then_id), cmocka_unit_test(digits_are_kept),
        cmocka_unit_test(long_key_is_none),   cmocka_unit_test(table_and_schema),
        cmocka_unit_test(fields_are_named),   cmocka_unit_test(statuses_by_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
