#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/activity/sport.h"

static void
every_name_reads_back(void **state)
{
    (void)state;
    for (int i = 0; i < SPORT_COUNT; i++) {
        Sport sport = SPORT_COUNT;
        assert_true(sport_from_name(sport_name((Sport)i), &sport));
        assert_int_equal(sport, i);
    }
    assert_string_equal(sport_name(SPORT_PILATES_YOGA), "pilates_yoga");
}

static void
other_texts_are_refused(void **state)
{
    (void)state;
    Sport sport = SPORT_RIDE;
    assert_false(sport_from_name("Run", &sport));
    assert_false(sport_from_name("", &sport));
    assert_false(sport_from_name(NULL, &sport));
    assert_int_equal(sport, SPORT_RIDE);
}

static void
only_run_and_walk_are_on_foot(void **state)
{
    (void)state;
    assert_true(sport_on_foot(SPORT_RUN));
    assert_true(sport_on_foot(SPORT_WALK));
    assert_false(sport_on_foot(SPORT_RIDE));
    assert_false(sport_on_foot(SPORT_SWIM));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_reads_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(only_run_and_walk_are_on_foot),
    };
    return cmocka_run_group_tests_name("sport", tests, NULL, NULL);
}
