#include "tests/unit/workout_fixture.h"

#include "worker/kinds/workouts/plan.h"

static int
open_arena(void **state)
{
    *state = arena_new(1 << 20);
    return *state == NULL;
}

static int
close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

/* plan_of reads a plan that is fine. */
static Plan
plan_of(Arena *arena, const char *json)
{
    Plan plan = { .n = 0 };
    Err err = ERR_NONE;

    if (!fixture_plan_read(arena, json, &plan, &err)) {
        fail_msg("%s", err.message);
    }
    return plan;
}

static void
steps_are_read(void **state)
{
    Plan plan = plan_of(
        *state,
        "{'id':'p','steps':[{'id':'a','kind':'warmup','label':'Easy','planned_index':7,'duration_s':600},"
        "{'distance_m':800,'speed_min_mps':4,'speed_max_mps':5,'power_min_w':200,'power_max_w':220},"
        "{'kind':'recovery','id':12},{'kind':'cooldown'}]}");

    assert_int_equal(plan.n, 4);
    assert_string_equal(plan.id, "p");
    assert_int_equal(plan.steps[0].kind, STEP_WARMUP);
    assert_string_equal(plan.steps[0].id, "a");
    assert_string_equal(plan.steps[0].label, "Easy");
    assert_int_equal(plan.steps[0].index, 7);
    assert_true(plan.steps[0].duration_s == 600);
    assert_true(isnan(plan.steps[0].distance_m));
    assert_true(isnan(step_speed_mps(&plan.steps[0])));
    assert_int_equal(plan.steps[1].kind, STEP_WORK);
    assert_null(plan.steps[1].id);
    assert_int_equal(plan.steps[1].index, 1);
    assert_near(step_speed_mps(&plan.steps[1]), 4.4444444, 1e-6); /* the middle of the paces */
    assert_near(step_power_w(&plan.steps[1]), 210, 1e-9);
    assert_near(step_time_s(&plan.steps[1]), 180, 1e-6);
    assert_string_equal(plan.steps[2].id, "12");
    assert_int_equal(plan.steps[3].kind, STEP_COOLDOWN);
    assert_true(isnan(step_time_s(&plan.steps[3])));
}

/* The tests of workouts.md section 8: plan steps 600 + 1800 + 600 -> 3000 s. */
static void
planned_time_is_the_sum_of_the_steps(void **state)
{
    Plan plan = plan_of(*state, "{'steps':[{'duration_s':600},{'duration_s':1800},{'duration_s':600}],'total_"
                                "duration_s':9,'duration_s':8}");

    assert_true(plan_duration_s(&plan) == 3000);
    plan = plan_of(*state,
                   "{'steps':[{'duration_s':600},{'distance_m':800}],'total_duration_s':900,'duration_s':8}");
    assert_true(plan_duration_s(&plan) == 900); /* a step does not say: the total does */
    plan = plan_of(*state, "{'steps':[{'duration_s':600},{'distance_m':800,'speed_min_mps':4}]}");
    assert_true(plan_duration_s(&plan) == 800); /* a distance with a pace does */
    plan = plan_of(*state, "{'steps':[{'duration_s':600},{'distance_m':800}]}");
    assert_true(isnan(plan_duration_s(&plan))); /* part of the steps is no planned time */
    plan = plan_of(*state, "{'duration_s':108}");
    assert_true(plan_duration_s(&plan) == 108); /* WK17: seconds, whatever their size */
    plan = plan_of(*state, "{'total_duration_s':0,'steps':[]}");
    assert_true(isnan(plan_duration_s(&plan)));
}

static void
planned_distance_needs_every_step(void **state)
{
    Plan plan = plan_of(*state, "{'steps':[{'distance_m':800},{'distance_m':200}]}");

    assert_true(plan_distance_m(&plan) == 1000);
    plan = plan_of(*state, "{'steps':[{'distance_m':800},{'duration_s':200}]}");
    assert_true(isnan(plan_distance_m(&plan)));
    plan = plan_of(*state, "{'steps':[{'distance_m':800}],'total_distance_m':5000}");
    assert_true(plan_distance_m(&plan) == 5000);
    plan = plan_of(*state, "{}");
    assert_true(isnan(plan_distance_m(&plan)));
}

static void
ranges_may_have_one_end_or_be_turned_round(void **state)
{
    Plan plan = plan_of(*state, "{'steps':[{'speed_min_mps':4},{'speed_max_mps':5},{'speed_min_mps':5,'speed_"
                                "max_mps':4},{'power_min_w':0,'power_max_w':0}]}");

    assert_true(plan.steps[0].speed_max_mps == 4);
    assert_true(plan.steps[1].speed_min_mps == 5);
    assert_true(plan.steps[2].speed_min_mps == 4 && plan.steps[2].speed_max_mps == 5);
    assert_true(isnan(step_power_w(&plan.steps[3])));
}

static void
bad_plans_are_refused(void **state)
{
    static const char *const bad[] = {
        "[]",
        "{'steps':5}",
        "{'steps':[5]}",
        "{'steps':[{'kind':'sprint'}]}",
        "{'steps':[{'duration_s':-1}]}",
        "{'steps':[{'duration_s':'60'}]}",
        "{'steps':[{'distance_m':1e12}]}",
        "{'duration_s':-5}",
        "{'steps':[{'label':[]}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Plan plan = { .n = 77 };
        Err err = ERR_NONE;
        assert_false(fixture_plan_read(*state, bad[i], &plan, &err));
        assert_int_equal(err.class, ERR_INVALID_DATA);
        assert_int_equal(plan.n, 77);
    }
}

static void
too_many_steps_are_refused(void **state)
{
    _cleanup_(str_done) Str json = STR_EMPTY;
    Plan plan;
    Err err = ERR_NONE;

    str_append(&json, "{\"steps\":[{}");
    for (int i = 0; i < PLAN_STEPS_MAX; i++) {
        str_append(&json, ",{}");
    }
    str_append(&json, "]}");
    _cleanup_(json_delete) cJSON *document = json_parse(json.bytes, json.length, &err);
    assert_non_null(document);
    assert_false(plan_read(document, *state, &plan, &err));
    assert_string_equal(err.code, "bad_plan");
}

static void
words_make_a_plan_easy(void **state)
{
    static const char *const easy[] = { "easy monday",  "long run",         "z2",
                                        "base ride",    "tuesday recovery", "longrun_90min_easypace",
                                        "easyrun_30min" };
    static const char *const hard[] = {
        "tempo", "belong", "uneasy", "z22", "database", "", "interval_6x800m_5kpace_r90s", "longer intervals"
    };
    char json[200];

    for (size_t i = 0; i < sizeof easy / sizeof *easy; i++) {
        (void)snprintf(json, sizeof json, "{'words':'%s'}", easy[i]);
        Plan plan = plan_of(*state, json);
        if (!plan_is_easy(&plan)) {
            fail_msg("%s is easy", easy[i]);
        }
    }
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        (void)snprintf(json, sizeof json, "{'words':'%s'}", hard[i]);
        Plan plan = plan_of(*state, json);
        if (plan_is_easy(&plan)) {
            fail_msg("%s is not easy", hard[i]);
        }
    }
    Plan without = plan_of(*state, "{}");
    assert_false(plan_is_easy(&without));
}

static void
the_highest_token_counts_for_intensity(void **state)
{
    Plan plan = plan_of(*state, "{'tokens':'warmup_run_easy_10min interval_6x800m_5kpace_r90s'}");

    assert_near(plan_intensity(&plan, 0.5), 0.95, 1e-9);
    plan = plan_of(*state, "{'tokens':'longrun_90min_easypace'}");
    assert_near(plan_intensity(&plan, 0.5), 0.70, 1e-9);
    plan = plan_of(*state, "{'tokens':'strides'}");
    assert_near(plan_intensity(&plan, 0.5), 0.5, 1e-9);
    assert_near(plan_intensity(NULL, 0.6), 0.6, 1e-9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(steps_are_read, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(planned_time_is_the_sum_of_the_steps, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(planned_distance_needs_every_step, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(ranges_may_have_one_end_or_be_turned_round, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_plans_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(too_many_steps_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(words_make_a_plan_easy, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_highest_token_counts_for_intensity, open_arena, close_arena),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
