/* router_test.c - which path goes where. */
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "producer/http/router.h"

static const Route routes[] = {
    { "POST", "/workouts", ROUTE_BEARER, NULL },
    { "GET", "/workouts/:id", ROUTE_BEARER, NULL },
    { "POST", "/syncs/:id/cancel", ROUTE_BEARER, NULL },
    { "GET", "/", ROUTE_OPEN, NULL },
};

static RouteMatch
match(const char *method, const char *path, const Route **ret_route, char param[ROUTE_PARAM_SIZE])
{
    return route_find(routes, sizeof(routes) / sizeof(routes[0]), method, path, ret_route, param);
}

static void
paths_match_whole(void **state)
{
    const Route *route = NULL;
    char param[ROUTE_PARAM_SIZE];
    (void)state;

    assert_int_equal(match("POST", "/workouts", &route, param), ROUTE_FOUND);
    assert_ptr_equal(route, &routes[0]);
    assert_string_equal(param, "");
    assert_int_equal(match("GET", "/", &route, param), ROUTE_FOUND);
    assert_ptr_equal(route, &routes[3]);
    for (const char *const *path =
             (const char *const[]){ "", "/workout", "/workoutsx", "/workouts/", "//workouts", "/workouts/a/b",
                                    "/syncs//cancel", "/syncs/a", "/syncs/a/cancel/", "/Workouts", NULL };
         *path != NULL; path++) {
        if (match("POST", *path, &route, param) != ROUTE_NO_PATH) {
            fail_msg("found: %s", *path);
        }
    }
}

static void
parameter_is_copied(void **state)
{
    const Route *route = NULL;
    char param[ROUTE_PARAM_SIZE];
    char path[300];
    (void)state;

    assert_int_equal(match("GET", "/workouts/abc", &route, param), ROUTE_FOUND);
    assert_string_equal(param, "abc");
    assert_int_equal(match("POST", "/syncs/x y/cancel", &route, param), ROUTE_FOUND);
    assert_string_equal(param, "x y");
    (void)snprintf(path, sizeof(path), "/workouts/%0127d", 0);
    assert_int_equal(match("GET", path, &route, param), ROUTE_FOUND);
    assert_int_equal(strlen(param), 127);
    (void)snprintf(path, sizeof(path), "/workouts/%0128d", 0);
    assert_int_equal(match("GET", path, &route, param), ROUTE_NO_PATH);
}

static void
other_methods_are_told_apart(void **state)
{
    const Route *route = NULL;
    char param[ROUTE_PARAM_SIZE];
    (void)state;

    assert_int_equal(match("PUT", "/workouts", &route, param), ROUTE_NO_METHOD);
    assert_int_equal(match("POST", "/workouts/a", &route, param), ROUTE_NO_METHOD);
    assert_int_equal(match("HEAD", "/workouts/a", &route, param), ROUTE_FOUND);
    assert_int_equal(match("HEAD", "/workouts", &route, param), ROUTE_NO_METHOD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_match_whole),
        cmocka_unit_test(parameter_is_copied),
        cmocka_unit_test(other_methods_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
