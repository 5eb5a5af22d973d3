#include "tests/lib/near.h"

#include "worker/kinds/workouts/adherence.h"

static void
ratios_of_the_table(void **state)
{
    (void)state;
    const double ratio_and_score[][2] = { { 0.8, 80 },  { 0.95, 95 }, { 1.0, 100 }, { 1.08, 92 },
                                          { 1.25, 80 }, { 0.9, 90 },  { 0.5, 50 },  { 2, 50 } };

    for (size_t i = 0; i < sizeof ratio_and_score / sizeof *ratio_and_score; i++) {
        double pct = 0;
        assert_true(duration_adherence_pct(ratio_and_score[i][0] * 3600, 3600, &pct));
        assert_near(pct, ratio_and_score[i][1], 1e-9);
    }
}

static void
the_step_at_1_1_is_part_of_the_rule(void **state)
{
    (void)state;
    double at = 0;
    double above = 0;

    assert_true(duration_adherence_pct(1100, 1000, &at));
    assert_true(duration_adherence_pct(1100.001, 1000, &above));
    assert_near(at, 90, 1e-9);
    assert_near(above, 90.909, 1e-3);
}

static void
without_a_duration_it_is_null(void **state)
{
    (void)state;
    double pct = -1;

    assert_false(duration_adherence_pct(0, 3600, &pct));
    assert_false(duration_adherence_pct(3600, 0, &pct));
    assert_false(duration_adherence_pct(NAN, 3600, &pct));
    assert_near(pct, -1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_of_the_table),
        cmocka_unit_test(the_step_at_1_1_is_part_of_the_rule),
        cmocka_unit_test(without_a_duration_it_is_null),
    };
    return cmocka_run_group_tests_name("adherence", tests, NULL, NULL);
}
