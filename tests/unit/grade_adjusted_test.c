#include "tests/lib/near.h"

#include "worker/kinds/workouts/grade_adjusted.h"

static Arena *arena;

static int
make_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return arena == NULL ? -1 : 0;
}

static int
drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Pair: a slope or grade and what comes out. */
typedef struct Pair {
    double in, out;
} Pair;

static void
minetti_cost_of_the_table(void **state)
{
    (void)state;
    const Pair cost[] = { { -0.45, 4.032305 }, { -0.3, 2.462238 }, { -0.1, 2.151706 }, { 0, 3.6 },
                          { 0.1, 5.968214 },   { 0.2, 9.006688 },  { 0.45, 19.426015 } };

    for (size_t i = 0; i < sizeof cost / sizeof *cost; i++) {
        assert_near(minetti_cost(cost[i].in), cost[i].out, 5e-7);
    }
    assert_near(minetti_cost(-0.1813), 1.7813, 5e-5); /* the minimum */
}

static void
minetti_factor_of_the_table(void **state)
{
    (void)state;
    const Pair factor[] = { { -0.3, 0.7 }, { -0.2, 0.7 },      { -0.1, 0.7 },     { -0.05, 0.762757 },
                            { 0, 1 },      { 0.05, 1.301443 }, { 0.1, 1.657837 }, { 0.15, 2.060284 },
                            { 0.2, 2.5 },  { 0.3, 2.5 },       { 5, 2.5 },        { -5, 0.7 } };

    for (size_t i = 0; i < sizeof factor / sizeof *factor; i++) {
        assert_near(gap_factor(GAP_MINETTI, factor[i].in), factor[i].out, 5e-7);
    }
}

static void
strava_factor_of_the_table(void **state)
{
    (void)state;
    const Pair factor[] = { { -30, 1.503979 }, { -10, 0.884104 }, { -5, 0.898483 }, { 0, 1 },
                            { 5, 1.191477 },   { 10, 1.470203 },  { 20, 2.244931 }, { 30, 3.153978 } };

    for (size_t i = 0; i < sizeof factor / sizeof *factor; i++) {
        assert_near(gap_factor(GAP_STRAVA, factor[i].in / 100), factor[i].out, 5e-7);
    }
    assert_near(gap_factor(GAP_STRAVA, -0.083), 0.8796, 5e-5); /* the minimum */
    assert_near(gap_factor(GAP_STRAVA, 1), gap_factor(GAP_STRAVA, 0.34), 0);
}

/* hill is a run at 3 m/s whose altitude changes by `cm_per_s` from `from` on. */
static Samples
hill(size_t n, size_t from, float m_per_s, bool with_altitude)
{
    static int32_t time_s[2000];
    static float distance_m[2000], speed_mps[2000], altitude_m[2000];
    Samples samples = { 0 };
    Err err = ERR_NONE;

    clock_from(time_s, n, 0);
    for (size_t i = 0; i < n; i++) {
        distance_m[i] = 3.0F * (float)i;
        speed_mps[i] = 3;
        altitude_m[i] = 100 + (i > from ? m_per_s * (float)(i - from) : 0);
    }
    Streams streams = { .n = n,
                        .time_s = time_s,
                        .distance_m = distance_m,
                        .speed_mps = speed_mps,
                        .altitude_m = with_altitude ? altitude_m : NULL };
    assert_true(samples_build(&streams, SPORT_RUN, arena, &samples, &err));
    assert_true(grade_adjusted_add(&samples, GAP_MINETTI, arena, &err));
    return samples;
}

static void
uphill_makes_it_faster_and_downhill_slower(void **state)
{
    (void)state;
    Samples up = hill(600, 0, 0.3F, true); /* 10 % */
    Samples down = hill(600, 0, -0.3F, true);

    assert_in_range(up.gap_mmps[300], 4970, 4977);        /* 3 m/s * 1.657837 */
    assert_int_equal(down.gap_mmps[300], 2100);           /* the clamp */
    assert_int_equal(up.gap_mmps[599], up.gap_mmps[500]); /* at the end the last slope holds */
}

static void
flat_and_without_altitude_it_is_speed(void **state)
{
    (void)state;
    Samples flat = hill(600, 0, 0, true);
    Samples none = hill(600, 0, 0, false);
    double mps = 0;

    assert_int_equal(flat.gap_mmps[17], 3000);
    assert_null(none.gap_mmps);
    assert_true(speed_gap_mps(&none, 599, &mps));
    assert_near(mps, 3, 1e-9);
    assert_true(speed_gap_mps(&flat, 600, &mps));
    assert_near(mps, 3, 1e-9);
    assert_false(speed_gap_mps(&flat, 0, &mps));
}

static void
altitude_is_smoothed_before_the_slope_is_taken(void **state)
{
    (void)state;
    Samples samples = hill(600, 300, 0.3F, true);

    /* Just behind the foot of the hill the smoothed slope has not arrived yet. */
    assert_in_range(samples.gap_mmps[301], 3100, 4500);
    assert_in_range(samples.gap_mmps[400], 4970, 4977);
}

static void
ngs_is_the_algorithm_of_normalized_power(void **state)
{
    (void)state;
    Samples samples = hill(600, 0, 0, true);
    double ngs_mps = 0;
    double score = -1;

    assert_true(speed_ngs_mps(&samples, &ngs_mps));
    assert_near(ngs_mps, 3 * 198.01318 / 200, 1e-6);
    assert_true(r_tss(3600, 4, 4, &score));
    assert_near(score, 100, 1e-9);
    assert_true(r_tss(1800, 2, 4, &score));
    assert_near(score, 12.5, 1e-9);
    score = -1;
    assert_false(r_tss(3600, 4, 0, &score));
    assert_near(score, -1, 0);
}

static void
without_samples_or_speed_it_is_null(void **state)
{
    (void)state;
    Samples none = { .sport = SPORT_RUN };
    Err err = ERR_NONE;
    double mps = -1;

    assert_true(grade_adjusted_add(&none, GAP_MINETTI, arena, &err));
    assert_null(none.gap_mmps);
    assert_false(speed_gap_mps(&none, 100, &mps));
    assert_false(speed_ngs_mps(&none, &mps));
    assert_near(mps, -1, 0);
}

static void
an_exhausted_arena_leaves_the_samples_alone(void **state)
{
    (void)state;
    Samples samples = hill(2000, 0, 0.3F, true);
    Arena *small = arena_new(1024);
    Err err = ERR_NONE;

    assert_non_null(small);
    samples.gap_mmps = NULL;
    assert_false(grade_adjusted_add(&samples, GAP_MINETTI, small, &err));
    assert_int_equal(err.class, ERR_MEMORY_LIMIT);
    assert_null(samples.gap_mmps);
    arena_free(small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minetti_cost_of_the_table),
        cmocka_unit_test(minetti_factor_of_the_table),
        cmocka_unit_test(strava_factor_of_the_table),
        cmocka_unit_test(uphill_makes_it_faster_and_downhill_slower),
        cmocka_unit_test(flat_and_without_altitude_it_is_speed),
        cmocka_unit_test(altitude_is_smoothed_before_the_slope_is_taken),
        cmocka_unit_test(ngs_is_the_algorithm_of_normalized_power),
        cmocka_unit_test(without_samples_or_speed_it_is_null),
        cmocka_unit_test(an_exhausted_arena_leaves_the_samples_alone),
    };
    return cmocka_run_group_tests_name("grade_adjusted", tests, make_arena, drop_arena);
}
