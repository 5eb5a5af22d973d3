/* trace.h - W3C trace context: the id that every log line of a job repeats.
 *
 * Source: W3C Trace Context (2021), section 3.2: "00-<32 hex>-<16 hex>-<2 hex>", lower case, ids not all
 * zero.
 */
#ifndef PACELINE_TRACE_H
#define PACELINE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#define TRACEPARENT_SIZE 56 /* 55 characters and NUL */

/* traceparent_valid tells whether text is one of version 00; NULL is not. */
bool traceparent_valid(const char *text);

/* traceparent_make writes a new one, sampled flag off. random: state of random_next (backoff.h). */
void traceparent_make(uint64_t *random, char ret_text[TRACEPARENT_SIZE]);

#endif
