/* settings_read_test.c - bodies of PUT /athletes/:id/settings, good and bad. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/json_read.h"
#include "producer/api/settings_read.h"

/* read_body reads a body written with single quotes for double ones. */
static cJSON *
read_body(const char *body)
{
    char text[500];
    Err err = ERR_NONE;
    size_t n = strlen(body);

    assert_true(n < sizeof text);
    for (size_t i = 0; i <= n; i++) {
        text[i] = body[i];
        if (body[i] == '\'') {
            text[i] = '"';
        }
    }
    cJSON *json = json_parse(text, n, &err);
    assert_non_null(json);
    return json;
}

static void
what_is_named_is_taken(void **state)
{
    (void)state;
    _cleanup_(json_delete) cJSON *body = read_body(
        "{'valid_from':'2026-03-01','ftp_w':260,'lthr_bpm':null,'speed_5k_mps':4.25,'sex':'female'}");
    _cleanup_(settings_done) Settings settings = SETTINGS_EMPTY;
    Err err = ERR_NONE;

    assert_true(settings_read(body, &settings, &err));
    assert_string_equal(settings.valid_from, "2026-03-01");
    assert_string_equal(str_text(&settings.named), "{\"ftp_w\":260,\"lthr_bpm\":null,\"speed_5k_mps\":4.25}");
    assert_true(settings.has_sex);
    assert_string_equal(settings.sex, "female");
}

static void
sex_needs_no_day(void **state)
{
    (void)state;
    _cleanup_(json_delete) cJSON *body = read_body("{'sex':null}");
    _cleanup_(settings_done) Settings settings = SETTINGS_EMPTY;
    Err err = ERR_NONE;

    assert_true(settings_read(body, &settings, &err));
    assert_true(settings.has_sex);
    assert_null(settings.sex);
    assert_int_equal(settings.named.length, 0);
}

static void
what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } cases[] = {
        { "[]", "the body is no JSON object" },
        { "{}", "valid_from: no setting is named" },
        { "{'valid_from':'2026-03-01'}", "valid_from: no setting is named" },
        { "{'ftp_w':250}", "valid_from: is needed" },
        { "{'valid_from':'2026-02-30','ftp_w':250}", "valid_from: is no day" },
        { "{'valid_from':'yesterday','ftp_w':250}", "valid_from: is no day" },
        { "{'valid_from':'2026-03-01T00:00:00Z','ftp_w':250}", "valid_from" },
        { "{'valid_from':20260301,'ftp_w':250}", "valid_from" },
        { "{'valid_from':null,'ftp_w':250}", "valid_from" },
        { "{'valid_from':'2026-03-01','ftp_w':'250'}", "ftp_w" },
        { "{'valid_from':'2026-03-01','ftp_w':0}", "ftp_w: 0 is not in 10 to 2000" },
        { "{'valid_from':'2026-03-01','ftp_w':2001}", "ftp_w: 2001 is not in" },
        { "{'valid_from':'2026-03-01','ftp_w':[250]}", "ftp_w" },
        { "{'valid_from':'2026-03-01','w_prime_j':20}", "w_prime_j: 20 is not in 500 to 100000" }, /* kJ */
        { "{'valid_from':'2026-03-01','threshold_speed_mps':240}", "threshold_speed_mps: 240" },   /* s/km */
        { "{'valid_from':'2026-03-01','max_hr_bpm':-1}", "max_hr_bpm: -1" },
        { "{'valid_from':'2026-03-01','FTP':250}", "FTP: there is no such setting" },
        { "{'valid_from':'2026-03-01','user_id':'x','ftp_w':250}", "user_id: there is no such setting" },
        { "{'sex':'F'}", "sex: is none of" },
        { "{'sex':1}", "sex" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(json_delete) cJSON *body = read_body(cases[i].body);
        _cleanup_(settings_done) Settings settings = SETTINGS_EMPTY;
        Err err = ERR_NONE;
        if (settings_read(body, &settings, &err) ||
            strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0 ||
            err.class != ERR_INVALID_DATA) {
            fail_msg("%s: %s, not %s", cases[i].body, err.message, cases[i].message);
        }
    }
}

static void
heart_rates_agree(void **state)
{
    (void)state;
    Err err = ERR_NONE;

    assert_true(settings_agree(50, 165, 190, &err));
    assert_true(settings_agree(50, 190, 190, &err));
    assert_true(settings_agree(NAN, NAN, NAN, &err));
    assert_true(settings_agree(NAN, 165, NAN, &err));
    assert_false(settings_agree(190, NAN, 190, &err));
    assert_string_equal(err.message, "rest_hr_bpm: 190 is not below max_hr_bpm 190");
    assert_false(settings_agree(50, 191, 190, &err));
    assert_false(settings_agree(50, 50, NAN, &err));
    assert_string_equal(err.message, "lthr_bpm: 50 is not above rest_hr_bpm 50");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_named_is_taken),
        cmocka_unit_test(sex_needs_no_day),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(heart_rates_agree),
    };
    return cmocka_run_group_tests_name("settings_read", tests, NULL, NULL);
}
