#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/near.h"
#include "worker/kinds/partitions/fitness.h"

/* metrics.md, section 11 */
static void
loads_of_a_week(void **state)
{
    (void)state;
    static const struct {
        double load, fitness, fatigue;
    } days[] = {
        { 50, 1.1764, 6.6561 }, { 0, 1.1487, 5.7700 },  { 80, 3.0040, 15.6517 }, { 120, 5.7567, 29.5427 },
        { 0, 5.6212, 25.6100 }, { 0, 5.4890, 22.2007 }, { 60, 6.7715, 27.2326 },
    };
    Fitness fitness = { 0, 0, 0 };

    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        Fitness before = fitness;
        fitness = fitness_next(&fitness, days[i].load);
        assert_near(fitness.fitness, days[i].fitness, 5e-5);
        assert_near(fitness.fatigue, days[i].fatigue, 5e-5);
        assert_near(fitness.form, before.fitness - before.fatigue, 0);
    }
}

/* A load that never changes is what both come to; rest wears off fatigue first, and form rises above 0. */
static void
a_steady_load_is_approached(void **state)
{
    (void)state;
    Fitness fitness = { 0, 0, 0 };

    for (int day = 0; day < 1000; day++) {
        fitness = fitness_next(&fitness, 70);
    }
    assert_near(fitness.fitness, 70, 1e-6);
    assert_near(fitness.fatigue, 70, 1e-6);
    for (int day = 0; day < 8; day++) {
        fitness = fitness_next(&fitness, 0);
    }
    assert_near(fitness.form, 70 * exp(-7.0 / 42) - 70 * exp(-7.0 / 7), 1e-6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_of_a_week),
        cmocka_unit_test(a_steady_load_is_approached),
    };
    return cmocka_run_group_tests_name("fitness", tests, NULL, NULL);
}
