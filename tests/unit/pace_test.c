/* pace_test.c - pace beside each speed of a document. */
#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json_read.h"
#include "producer/api/pace.h"

static void
becomes(const char *text, const char *wanted)
{
    Err err = ERR_NONE;
    cJSON *json = json_parse(text, strlen(text), &err);

    assert_non_null(json);
    assert_true(pace_add(json, &err));
    char *printed = cJSON_PrintUnformatted(json);
    assert_string_equal(printed, wanted);
    cJSON_free(printed);
    cJSON_Delete(json);
}

static void
one_speed(void **state)
{
    (void)state;
    assert_true(fabs(pace_s_per_km(4.0) - 250.0) < 1e-9);
    assert_true(fabs(pace_s_per_km(3.0) - 333.3) < 1e-9);
    assert_true(fabs(pace_s_per_km(0.5) - 2000.0) < 1e-9);
    assert_true(isnan(pace_s_per_km(0.499)));
    assert_true(isnan(pace_s_per_km(0)));
    assert_true(isnan(pace_s_per_km(NAN)));
}

static void
beside_each_speed(void **state)
{
    (void)state;
    becomes("{\"speed_mps\":4,\"x\":1}", "{\"speed_mps\":4,\"pace_s_per_km\":250,\"x\":1}");
    becomes("{\"x\":1,\"speed_gap_mps\":null}",
            "{\"x\":1,\"speed_gap_mps\":null,\"pace_gap_s_per_km\":null}");
    becomes(
        "{\"speed_avg_mps\":0.1,\"speed_max_mps\":5}",
        "{\"speed_avg_mps\":0.1,\"pace_avg_s_per_km\":null,\"speed_max_mps\":5,\"pace_max_s_per_km\":200}");
    becomes("[{\"a\":{\"speed_mps\":[2,0,null,4]}}]",
            "[{\"a\":{\"speed_mps\":[2,0,null,4],\"pace_s_per_km\":[500,null,null,250]}}]");
    becomes("{\"speed_mps\":[]}", "{\"speed_mps\":[],\"pace_s_per_km\":[]}");
}

static void
nothing_else_changes(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "7",
        "null",
        "{\"speed\":4}",
        "{\"speed_mps\":\"4\"}",
        "{\"wind_speed_mps\":4}",
        "{\"speed_kmh\":4}",
        "{\"speed_mps\":{\"x\":1}}",
        "{\"_mps\":4}",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        becomes(texts[i], texts[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_speed),
        cmocka_unit_test(beside_each_speed),
        cmocka_unit_test(nothing_else_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
