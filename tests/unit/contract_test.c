#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/contract.h"

static void
test_the_same_and_more_of_the_same_major_fit(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    assert_true(contract_fits(CONTRACT_MAJOR, contract_minor(), &err));
    assert_true(contract_fits(CONTRACT_MAJOR, contract_minor() + 7, &err));
    assert_false(contract_is_refused(&err));
}

static void
test_less_is_told_to_migrate(void **state)
{
    const int less[][2] = { { CONTRACT_MAJOR, contract_minor() - 1 },
                            { CONTRACT_MAJOR - 1, contract_minor() + 7 } };

    (void)state;
    for (size_t i = 0; i < sizeof less / sizeof less[0]; i++) {
        Err err = ERR_NONE;
        assert_false(contract_fits(less[i][0], less[i][1], &err));
        assert_true(contract_is_refused(&err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_non_null(strstr(err.message, "paceline-reaper migrate"));
    }
}

static void
test_a_newer_major_is_told_to_update(void **state)
{
    Err err = ERR_NONE;

    (void)state;
    assert_false(contract_fits(CONTRACT_MAJOR + 1, 0, &err));
    assert_true(contract_is_refused(&err));
    assert_non_null(strstr(err.message, "too old to share"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_and_more_of_the_same_major_fit),
        cmocka_unit_test(test_less_is_told_to_migrate),
        cmocka_unit_test(test_a_newer_major_is_told_to_update),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
