#include "producer/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/backoff.h"

enum { TRACE_ID_AT = 3, TRACE_ID_N = 32, SPAN_ID_AT = 36, SPAN_ID_N = 16, FLAGS_AT = 53, FLAGS_N = 2 };

static bool
is_hex(const char *text, size_t n, bool may_be_zero)
{
    return strspn(text, "0123456789abcdef") >= n && (may_be_zero || strspn(text, "0") < n);
}

bool
traceparent_valid(const char *text)
{
    return text != NULL && strlen(text) == TRACEPARENT_SIZE - 1 && strncmp(text, "00-", 3) == 0 &&
           is_hex(text + TRACE_ID_AT, TRACE_ID_N, false) && text[SPAN_ID_AT - 1] == '-' &&
           is_hex(text + SPAN_ID_AT, SPAN_ID_N, false) && text[FLAGS_AT - 1] == '-' &&
           is_hex(text + FLAGS_AT, FLAGS_N, true);
}

void
traceparent_make(uint64_t *random, char ret_text[TRACEPARENT_SIZE])
{
    uint64_t high = random_next(random);
    uint64_t low = random_next(random) | 1; /* never all zero */
    uint64_t span = random_next(random) | 1;

    (void)snprintf(ret_text, TRACEPARENT_SIZE, "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-00", high, low,
                   span);
}
