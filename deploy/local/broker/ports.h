/* ports.h - lets the mock cluster listen on ports that we choose.
 *
 * librdkafka's mock brokers always ask the kernel for any free loopback port. The broker program
 * exports a bind() of its own (ports.c), which the dynamic linker prefers to the C library's, and
 * which puts the next wanted port in place of 0. It needs librdkafka as a shared library and an
 * executable that exports its symbols (-rdynamic); whether it worked is seen by comparing
 * rd_kafka_mock_cluster_bootstraps() with what was wanted.
 */
#ifndef PACELINE_BROKER_PORTS_H
#define PACELINE_BROKER_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum { PORTS_MAX = 16 }; /* brokers in one program */

/* ports_want sets the ports for the next `count` loopback sockets that are bound to port 0, in
 * order; 0 leaves the choice to the kernel. count is at most PORTS_MAX. Call it before the mock
 * cluster is made: afterwards librdkafka's threads read the list. */
void ports_want(const uint16_t *ports, size_t count);

/* ports_are_free fails, naming the port, if one of the ports other than 0 cannot be listened on. Asked before
 * the mock cluster is made: librdkafka 2.0.2 aborts when its bind() fails. */
MUST_CHECK bool ports_are_free(const uint16_t *ports, size_t count, Err *err);

#endif
