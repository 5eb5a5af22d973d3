#include "tests/lib/near.h"

#include "worker/kinds/workouts/haversine.h"

static void
one_degree_along_the_equator(void **state)
{
    (void)state;
    assert_near(haversine_m(0, 0, 0, 10000000), 111195.080, 5e-4);
}

static void
warsaw_to_poznan(void **state)
{
    (void)state;
    assert_near(haversine_m(522296756, 210122287, 524063740, 169251681), 278458.560, 5e-4);
}

static void
nowhere_and_halfway_round(void **state)
{
    (void)state;
    assert_near(haversine_m(522296756, 210122287, 522296756, 210122287), 0, 0);
    assert_near(haversine_m(0, -900000000, 0, 900000000), M_PI * EARTH_RADIUS_M, 1e-3);
    assert_near(haversine_m(0, -1799999999, 0, 1800000000), 0.01112, 1e-5); /* over the date line */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_degree_along_the_equator),
        cmocka_unit_test(warsaw_to_poznan),
        cmocka_unit_test(nowhere_and_halfway_round),
    };
    return cmocka_run_group_tests_name("haversine", tests, NULL, NULL);
}
