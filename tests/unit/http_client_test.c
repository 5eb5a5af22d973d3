#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/provider/http_client.h"

#define NOW_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define S INT64_C(1000000)

static void
test_retry_after_is_seconds_or_a_date_within_bounds(void **state)
{
    static const struct {
        const char *text;
        int64_t wait_us;
    } table[] = {
        { NULL, 0 },
        { "", 0 },
        { "soon", 0 },
        { "-5", 0 },
        { "1.5", 0 },
        { "0", S },
        { "120", 120 * S },
        { "86400", 86400 * S },
        { "86401", 86400 * S },
        { "99999999999999999999", 86400 * S },
        { "Thu, 01 Jan 2026 00:02:00 GMT", 120 * S },
        { "Wed, 31 Dec 2025 23:00:00 GMT", S },
        { "Thu, 01 Jan 2027 00:00:00 GMT", 86400 * S },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t wait_us = http_retry_after_us(table[i].text, NOW_US);
        if (wait_us != table[i].wait_us) {
            fail_msg("%s: %lld", table[i].text, (long long)wait_us);
        }
    }
}

static void
test_headers_are_found_without_case(void **state)
{
    HttpAnswer answer = HTTP_ANSWER_EMPTY;
    static const char headers[] =
        "HTTP/1.1 200 OK\0x-ratelimit-LIMIT:  100,1000\0Retry-After:5\0Retry-After: 6";
    (void)state;
    assert_null(http_header(&answer, "Retry-After"));
    str_append_bytes(&answer.headers, headers, sizeof headers);
    assert_string_equal(http_header(&answer, "X-RateLimit-Limit"), "100,1000");
    assert_string_equal(http_header(&answer, "retry-after"), "5");
    assert_null(http_header(&answer, "X-RateLimit"));
    assert_null(http_header(&answer, "HTTP/1.1 200 OK"));
    http_answer_done(&answer);
}

static void
test_values_are_encoded(void **state)
{
    Str out = STR_EMPTY;
    (void)state;
    http_encode(&out, "aZ09-_.~");
    http_encode(&out, " &=+%/\xc3\xa9");
    assert_string_equal(str_text(&out), "aZ09-_.~%20%26%3D%2B%25%2F%C3%A9");
    str_done(&out);
}

static bool
stop(void *user)
{
    int *turns = user;
    return ++*turns < 3;
}

static bool
call(const char *url, Err *err)
{
    int turns = 0;
    HttpWait wait = { .go_on = stop, .user = &turns };
    HttpAnswer answer = HTTP_ANSWER_EMPTY;
    HttpClient *client = http_client_new("");
    HttpRequest request = { .method = "GET", .url = url };
    assert_non_null(client);
    bool is_good = http_call(client, &request, &wait, &answer, err);
    http_answer_done(&answer);
    http_client_free(client);
    return is_good;
}

static void
test_what_cannot_be_reached_is_said_without_the_query(void **state)
{
    Err err = ERR_NONE;
    (void)state;
    assert_false(call("http://127.0.0.1:1/path?token=secret", &err)); /* nobody listens at port 1 */
    assert_int_equal(err.class, ERR_NETWORK);
    assert_string_equal(err.code, "connect");
    assert_non_null(strstr(err.message, "GET 127.0.0.1:1/path: "));
    assert_null(strstr(err.message, "secret"));
    assert_false(call("ftp://127.0.0.1:1/", &err));
    assert_int_equal(err.class, ERR_INVALID_DATA);
    assert_string_equal(err.code, "url");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after_is_seconds_or_a_date_within_bounds),
        cmocka_unit_test(test_headers_are_found_without_case),
        cmocka_unit_test(test_values_are_encoded),
        cmocka_unit_test(test_what_cannot_be_reached_is_said_without_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
