#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/uuid.h"

static void
uuids_have_one_shape(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "0",
                                       "11111111-1111-4111-8111-11111111111",
                                       "11111111-1111-4111-8111-1111111111111",
                                       "11111111-1111-4111-8111-11111111111g",
                                       "111111111111-4111-8111-111111111111-",
                                       "11111111111141118111111111111111",
                                       "{1111111-1111-4111-8111-111111111111",
                                       " 1111111-1111-4111-8111-111111111111",
                                       "11111111-1111-4111-8111-11111111111\xC3" };

    assert_true(uuid_valid("11111111-1111-4111-8111-111111111111"));
    assert_true(uuid_valid("aAbBcCdD-eEfF-4111-8111-0123456789aB"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (uuid_valid(bad[i])) {
            fail_msg("%s", bad[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(uuids_have_one_shape) };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
