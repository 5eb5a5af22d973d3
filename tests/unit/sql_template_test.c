/* sql_template_test.c - what is put into a query's text, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/sql_template.h"
#include "sql.h"

static const SqlVariable variables[] = { { "schema", "public" },
                                         { "relation", "my \"jobs\"" },
                                         { "key", "Id" },
                                         { "key_type", "uuid" },
                                         { "columns", ", t.\"a:b\"::text" } };
enum { VARIABLE_COUNT = sizeof variables / sizeof variables[0] };

static void
expands_to(const char *template, const char *wanted)
{
    Err err = ERR_NONE;
    char *text = sql_expand(&(SqlQuery){ .name = "q", .text = template }, variables, VARIABLE_COUNT, &err);
    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
}

static void
test_identifiers_are_quoted_and_words_are_not(void **state)
{
    (void)state;
    expands_to("SELECT t.:\"key\" FROM :\"schema\".:\"relation\" AS t",
               "SELECT t.\"Id\" FROM \"public\".\"my \"\"jobs\"\"\" AS t");
    expands_to("CAST($1 AS :key_type[])", "CAST($1 AS uuid[])");
    expands_to("RETURNING 1 :columns", "RETURNING 1 , t.\"a:b\"::text");
    expands_to(":key_type", "uuid");
}

static void
test_casts_texts_and_comments_are_left_alone(void **state)
{
    (void)state;
    expands_to("x::text", "x::text");
    expands_to("x::key_type", "x::key_type");
    expands_to("':key_type' || \":key_type\"", "':key_type' || \":key_type\"");
    expands_to("'it''s :key_type'", "'it''s :key_type'");
    expands_to("-- :nobody knows :\"this\"\n:key_type", "-- :nobody knows :\"this\"\nuuid");
    expands_to("a - b", "a - b");
    expands_to("x = :", "x = :");
    expands_to("array[1:2]", "array[1:2]");
}

static void
test_an_unknown_variable_is_an_error(void **state)
{
    static const char *const templates[] = { ":nobody", "t.:\"nobody\"", ":keys", ":key_typ", ":\"ke\"" };
    (void)state;
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        Err err = ERR_NONE;
        assert_null(sql_expand(&(SqlQuery){ .name = "the_query", .text = templates[i] }, variables,
                               VARIABLE_COUNT, &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_string_equal(err.code, "unknown_variable");
        assert_non_null(strstr(err.message, "the_query"));
    }
}

static void
test_a_quote_that_does_not_end_is_copied(void **state)
{
    (void)state;
    expands_to("SELECT 'open :key_type", "SELECT 'open :key_type");
    expands_to("SELECT \"open :key_type", "SELECT \"open :key_type");
    expands_to("-- no end", "-- no end");
}

/* Every template of the worker can be expanded, and no variable is left in it. */
static void
test_the_templates_of_the_worker(void **state)
{
    const SqlQuery *const templates[] = {
        &sql_job_claim, &sql_job_unclaim,    &sql_job_look, &sql_job_finish,
        &sql_job_fence, &sql_job_checkpoint, &sql_job_tick, &sql_job_reclaim
    };
    (void)state;
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        Err err = ERR_NONE;
        char *text = sql_expand(templates[i], variables, VARIABLE_COUNT, &err);
        assert_non_null(text);
        const char *body = strstr(text, "\nWITH"); /* behind the comment */
        body = body != NULL ? body : strstr(text, "\nSELECT");
        assert_non_null(body);
        assert_null(strstr(body, ":\""));
        assert_null(strstr(body, ":key"));
        assert_null(strstr(body, ":columns"));
        assert_non_null(strstr(body, "\"my \"\"jobs\"\"\""));
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identifiers_are_quoted_and_words_are_not),
        cmocka_unit_test(test_casts_texts_and_comments_are_left_alone),
        cmocka_unit_test(test_an_unknown_variable_is_an_error),
        cmocka_unit_test(test_a_quote_that_does_not_end_is_copied),
        cmocka_unit_test(test_the_templates_of_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
