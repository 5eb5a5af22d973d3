#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/provider/provider.h"
#include "common/provider/token.h"

#define NOW_US INT64_C(1767225600000000)

/* answer_make builds an answer; headers are "Name: value" with '|' between. */
static HttpAnswer
answer_make(int status, const char *headers, const char *body)
{
    HttpAnswer answer = { .status = status };
    for (const char *c = headers; *c != '\0'; c++) {
        char byte = *c;
        if (byte == '|') {
            byte = '\0';
        }
        str_append_char(&answer.headers, byte);
    }
    str_append_char(&answer.headers, '\0');
    str_append(&answer.body, body);
    return answer;
}

#define GMAIL_REASON(reason)                                                                                 \
    "{\"error\":{\"code\":403,\"errors\":[{\"domain\":\"usageLimits\",\"reason\":\"" reason "\"}]}}"

static void
test_every_status_has_its_class(void **state)
{
    static const struct {
        Provider provider;
        int status;
        const char *headers, *body;
        ErrClass class;
        int rank;
        bool is_users, has_failed;
        int pause_s;
        int64_t wait_s;
    } table[] = {
        { PROVIDER_STRAVA, 200, "", "[]", ERR_CLASS_NONE, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 204, "", "", ERR_CLASS_NONE, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 301, "", "", ERR_INVALID_DATA, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 400, "", "{}", ERR_INVALID_DATA, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 401, "", "{}", ERR_AUTHENTICATION, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 403, "", "{}", ERR_PERMISSION_DENIED, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 404, "", "{}", ERR_INVALID_DATA, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 422, "", "{}", ERR_INVALID_DATA, -1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 429, "", "{}", ERR_RATE_LIMIT, 0, false, false, 0, 0 },
        { PROVIDER_STRAVA, 429, "Retry-After: 7", "{}", ERR_RATE_LIMIT, 0, false, false, 0, 7 },
        { PROVIDER_STRAVA, 429, "x-readratelimit-limit: 100,1000|X-ReadRateLimit-Usage: 50,1000", "{}",
          ERR_QUOTA_EXCEEDED, 1, false, false, 0, 0 },
        { PROVIDER_STRAVA, 500, "", "", ERR_TEMPORARY_API, -1, false, true, 0, 0 },
        { PROVIDER_STRAVA, 503, "Retry-After: 9", "", ERR_TEMPORARY_API, -1, false, true, 0, 9 },
        { PROVIDER_GMAIL, 403, "", GMAIL_REASON("userRateLimitExceeded"), ERR_RATE_LIMIT, 0, true, false, 0,
          0 },
        { PROVIDER_GMAIL, 403, "", GMAIL_REASON("rateLimitExceeded"), ERR_RATE_LIMIT, 0, false, false, 0, 0 },
        { PROVIDER_GMAIL, 403, "", GMAIL_REASON("dailyLimitExceeded"), ERR_QUOTA_EXCEEDED, 1, false, false, 0,
          0 },
        { PROVIDER_GMAIL, 403, "", GMAIL_REASON("insufficientPermissions"), ERR_PERMISSION_DENIED, -1, false,
          false, 0, 0 },
        { PROVIDER_GMAIL, 403, "", "not json", ERR_PERMISSION_DENIED, -1, false, false, 0, 0 },
        { PROVIDER_OPEN_METEO, 429, "", "{\"reason\":\"Minutely API request limit exceeded.\"}",
          ERR_RATE_LIMIT, 0, false, false, 0, 0 },
        { PROVIDER_OPEN_METEO, 429, "", "{\"reason\":\"Hourly API request limit exceeded.\"}", ERR_RATE_LIMIT,
          1, false, false, 0, 0 },
        { PROVIDER_OPEN_METEO, 429, "", "{\"reason\":\"Daily API request limit exceeded.\"}",
          ERR_QUOTA_EXCEEDED, 2, false, false, 0, 0 },
        { PROVIDER_OPEN_METEO, 429, "", "{\"reason\":\"Too many concurrent requests\"}", ERR_RATE_LIMIT, -1,
          false, false, 0, 5 },
        { PROVIDER_OPEN_METEO, 403, "", "", ERR_PERMISSION_DENIED, -1, false, false, 3600, 0 },
        { PROVIDER_OPENWEATHER, 401, "", "", ERR_PERMISSION_DENIED, -1, false, false, 3600, 0 },
        { PROVIDER_OPENWEATHER, 402, "", "", ERR_PERMISSION_DENIED, -1, false, false, 3600, 0 },
        { PROVIDER_NOMINATIM, 403, "", "<html>", ERR_PERMISSION_DENIED, -1, false, false, 3600, 0 },
        { PROVIDER_NOMINATIM, 429, "", "", ERR_RATE_LIMIT, 0, false, false, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        HttpAnswer answer = answer_make(table[i].status, table[i].headers, table[i].body);
        ProviderVerdict verdict;
        Err err = ERR_NONE;
        bool is_good = provider_judge(table[i].provider, "x.y", &answer, NOW_US, &verdict, &err);
        int64_t wait_us = err.retry_at_us > 0 ? err.retry_at_us - NOW_US : 0;
        if (is_good != (table[i].class == ERR_CLASS_NONE) || err.class != table[i].class ||
            verdict.spent_rank != table[i].rank || verdict.spent_is_users != table[i].is_users ||
            verdict.has_failed != table[i].has_failed || verdict.pause_s != table[i].pause_s ||
            wait_us != table[i].wait_s * 1000000) {
            fail_msg("row %zu: %s, rank %d, wait %lld: %s", i, err_class_name(err.class), verdict.spent_rank,
                     (long long)wait_us, err.message);
        }
        http_answer_done(&answer);
    }
}

static void
test_stravas_limits_are_read_and_the_narrower_counts(void **state)
{
    static const struct {
        const char *headers;
        int n, limits[2], used[2];
    } table[] = {
        { "", 0, { 0 }, { 0 } },
        { "X-ReadRateLimit-Limit: 100,1000|X-ReadRateLimit-Usage: 3,40", 2, { 100, 1000 }, { 3, 40 } },
        { "X-RateLimit-Limit: 200,2000|X-RateLimit-Usage: 3,40", 2, { 200, 2000 }, { 3, 40 } },
        { "X-ReadRateLimit-Limit: 100,1000|X-ReadRateLimit-Usage: 3,40|X-RateLimit-Limit: "
          "200,2000|X-RateLimit-Usage: 3,40",
          2,
          { 100, 1000 },
          { 3, 40 } },
        { "X-ReadRateLimit-Limit: 100,1000|X-ReadRateLimit-Usage: 3,40|X-RateLimit-Limit: "
          "200,2000|X-RateLimit-Usage: 190,1990",
          2,
          { 100, 1000 },
          { 90, 990 } },
        { "X-ReadRateLimit-Limit: 100|X-ReadRateLimit-Usage: 3", 0, { 0 }, { 0 } },
        { "X-ReadRateLimit-Limit: 100,1000,5|X-ReadRateLimit-Usage: 3,40", 0, { 0 }, { 0 } },
        { "X-ReadRateLimit-Limit: a,b|X-ReadRateLimit-Usage: -3,40", 0, { 0 }, { 0 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        HttpAnswer answer = answer_make(200, table[i].headers, "[]");
        ProviderVerdict verdict;
        Err err = ERR_NONE;
        assert_true(provider_judge(PROVIDER_STRAVA, "x.y", &answer, NOW_US, &verdict, &err));
        assert_int_equal(verdict.limits_n, table[i].n);
        assert_memory_equal(verdict.limits, table[i].limits, sizeof verdict.limits);
        assert_memory_equal(verdict.used, table[i].used, sizeof verdict.used);
        http_answer_done(&answer);
    }
}

static bool
read_token(Provider provider, int status, const char *body, Token *token, Err *err)
{
    HttpAnswer answer = answer_make(status, "", body);
    *err = ERR_NONE;
    bool is_good = token_read(provider, &answer, NOW_US, token, err);
    http_answer_done(&answer);
    assert_null(strstr(err->message, "hunter22"));
    return is_good;
}

static void
test_a_token_is_read(void **state)
{
    Token token = { .access = NULL };
    Err err = ERR_NONE;
    (void)state;
    assert_true(read_token(PROVIDER_STRAVA, 200,
                           "{\"access_token\":\"a\",\"expires_in\":21600,\"refresh_token\":\"r\",\"athlete\":"
                           "{\"id\":9007199254740993}}",
                           &token, &err));
    assert_string_equal(secret_text(token.access), "a");
    assert_string_equal(secret_text(token.refresh), "r");
    assert_int_equal(token.expires_in_s, 21600);
    assert_string_equal(token.provider_user_id, "9007199254740993");
    token_done(&token);
    assert_true(read_token(PROVIDER_GMAIL, 200,
                           "{\"access_token\":\"a\",\"expires_in\":3599,\"scope\":\"x\"}", &token, &err));
    assert_null(token.refresh);
    assert_string_equal(token.provider_user_id, "");
    token_done(&token);
}

static void
test_a_refused_client_is_no_refused_grant(void **state)
{
    static const struct {
        Provider provider;
        int status;
        const char *body, *code;
        ErrClass class;
    } table[] = {
        { PROVIDER_STRAVA, 400, "{\"errors\":[{\"resource\":\"RefreshToken\",\"code\":\"invalid\"}]}",
          "grant_refused", ERR_AUTHENTICATION },
        { PROVIDER_STRAVA, 401, "hunter22 words", "grant_refused", ERR_AUTHENTICATION },
        { PROVIDER_STRAVA, 400, "{\"errors\":[{\"resource\":\"Application\",\"field\":\"client_id\"}]}",
          "client_refused", ERR_PERMISSION_DENIED },
        { PROVIDER_GMAIL, 400, "{\"error\":\"invalid_grant\"}", "grant_refused", ERR_AUTHENTICATION },
        { PROVIDER_GMAIL, 401, "{\"error\":\"invalid_client\"}", "client_refused", ERR_PERMISSION_DENIED },
        { PROVIDER_STRAVA, 500, "hunter22", "http_500", ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 429, "", "http_429", ERR_RATE_LIMIT },
        { PROVIDER_STRAVA, 200, "<hunter22>", "not_json", ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 200, "{}", "not_json", ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 200, "{\"access_token\":\"hunter22\"}", "not_json", ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 200, "{\"access_token\":5,\"expires_in\":1}", "not_json", ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 200, "{\"access_token\":\"hunter22\",\"expires_in\":-1}", "not_json",
          ERR_TEMPORARY_API },
        { PROVIDER_STRAVA, 200, "{\"access_token\":\"\",\"expires_in\":1}", "not_json", ERR_TEMPORARY_API },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        Token token = { .access = NULL };
        Err err = ERR_NONE;
        assert_false(read_token(table[i].provider, table[i].status, table[i].body, &token, &err));
        assert_int_equal(err.class, table[i].class);
        assert_string_equal(err.code, table[i].code);
        assert_null(token.access);
    }
}

static void
test_hosts_are_found_by_name(void **state)
{
    ProviderHost host = HOST_COUNT;
    (void)state;
    assert_true(host_find("open_meteo_forecast", &host));
    assert_int_equal(host, HOST_OPEN_METEO_FORECAST);
    assert_int_equal(host_provider(host), PROVIDER_OPEN_METEO);
    assert_string_equal(provider_name(PROVIDER_OPEN_METEO), "open_meteo");
    assert_false(host_find("", &host));
    assert_false(host_find("garmin", &host));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_its_class),
        cmocka_unit_test(test_stravas_limits_are_read_and_the_narrower_counts),
        cmocka_unit_test(test_a_token_is_read),
        cmocka_unit_test(test_a_refused_client_is_no_refused_grant),
        cmocka_unit_test(test_hosts_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
