/* outcome_test.c - what an error's class makes of a job (DESIGN.md, section 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/clock.h"
#include "worker/kinds/kind.h"

static const int64_t SECOND_US = 1000000;
static const int64_t now_us = INT64_C(1700000000) * SECOND_US;

static int64_t
fixed_us(void)
{
    return now_us;
}

static int
clock_stop(void **state)
{
    static const Clock fixed = { .wall_us = fixed_us, .monotonic_us = fixed_us };
    (void)state;
    clock_replace(&fixed);
    return 0;
}

static int
clock_go(void **state)
{
    (void)state;
    clock_replace(NULL);
    return 0;
}

static Outcome
outcome_of(ErrClass class, int64_t retry_at_us)
{
    Outcome outcome = { .type = OUTCOME_NONE };
    Err err = ERR_NONE;
    err_set(&err, class, "code", "why");
    err.retry_at_us = retry_at_us;
    outcome_from_err(&outcome, &err);
    assert_int_equal(outcome.err.class, class);
    assert_string_equal(outcome.err.message, "why");
    return outcome;
}

static void
test_every_class_has_one_outcome(void **state)
{
    static const struct {
        ErrClass class;
        OutcomeType type;
    } table[] = {
        { ERR_NETWORK, OUTCOME_RETRY },          { ERR_RATE_LIMIT, OUTCOME_DEFER },
        { ERR_TEMPORARY_API, OUTCOME_RETRY },    { ERR_DATABASE_TIMEOUT, OUTCOME_RETRY },
        { ERR_AUTHENTICATION, OUTCOME_FAIL },    { ERR_PERMISSION_DENIED, OUTCOME_FAIL },
        { ERR_QUOTA_EXCEEDED, OUTCOME_DEFER },   { ERR_INVALID_DATA, OUTCOME_FAIL },
        { ERR_FUNCTION_TIMEOUT, OUTCOME_RETRY }, { ERR_MEMORY_LIMIT, OUTCOME_RETRY },
        { ERR_UNKNOWN, OUTCOME_RETRY },
    };
    (void)state;
    assert_int_equal(sizeof table / sizeof table[0], ERR_CLASS_COUNT - 1);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(outcome_of(table[i].class, 0).type, table[i].type);
    }
}

static void
test_a_time_that_was_named_is_kept(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(ERR_RATE_LIMIT, now_us + 90 * SECOND_US).wait_us, 90 * SECOND_US);
    assert_int_equal(outcome_of(ERR_QUOTA_EXCEEDED, now_us + 7200 * SECOND_US).wait_us, 7200 * SECOND_US);
    assert_int_equal(outcome_of(ERR_TEMPORARY_API, now_us + 5 * SECOND_US).wait_us, 5 * SECOND_US);
    assert_int_equal(outcome_of(ERR_TEMPORARY_API, 0).wait_us, 0); /* by the kind's backoff */
}

static void
test_a_time_that_has_passed_is_a_short_wait(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(ERR_RATE_LIMIT, now_us - 1).wait_us, SECOND_US);
    assert_int_equal(outcome_of(ERR_RATE_LIMIT, 0).wait_us, SECOND_US);
    assert_int_equal(outcome_of(ERR_TEMPORARY_API, now_us - 1).wait_us,
                     1); /* at once, and not by the backoff */
}

static void
test_a_deferral_is_a_second_at_least(void **state)
{
    Outcome outcome;
    (void)state;
    outcome_defer(&outcome, -5, NULL);
    assert_int_equal(outcome.wait_us, SECOND_US);
    outcome_defer(&outcome, SECOND_US + 1, NULL);
    assert_int_equal(outcome.wait_us, SECOND_US + 1);
    assert_int_equal(outcome.err.class, ERR_CLASS_NONE);
}

static void
test_outcomes_have_names(void **state)
{
    Outcome outcome;
    Err err = ERR_NONE;
    (void)state;
    err_set(&err, ERR_NETWORK, "x", "y");
    outcome_done(&outcome);
    assert_string_equal(outcome_name(outcome.type), "done");
    outcome_retry(&outcome, &err);
    assert_string_equal(outcome_name(outcome.type), "retry");
    outcome_defer(&outcome, 0, &err);
    assert_string_equal(outcome_name(outcome.type), "defer");
    outcome_fail(&outcome, &err);
    assert_string_equal(outcome_name(outcome.type), "fail");
    outcome_yield(&outcome);
    assert_string_equal(outcome_name(outcome.type), "yield");
    outcome_cancelled(&outcome);
    assert_string_equal(outcome_name(outcome.type), "cancelled");
    assert_int_equal(outcome.err.class, ERR_CLASS_NONE); /* nothing of the outcome before */
    assert_string_equal(outcome_name(OUTCOME_COUNT), "none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_has_one_outcome),
        cmocka_unit_test(test_a_time_that_was_named_is_kept),
        cmocka_unit_test(test_a_time_that_has_passed_is_a_short_wait),
        cmocka_unit_test(test_a_deferral_is_a_second_at_least),
        cmocka_unit_test(test_outcomes_have_names),
    };
    return cmocka_run_group_tests(tests, clock_stop, clock_go);
}
