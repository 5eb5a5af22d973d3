/* control.h - the broker's control socket: one command a line, one answer a line.
 *
 *   create TOPIC PARTITIONS    down ID    up ID    rtt ID MS    error APIKEY CODE COUNT    ping
 *
 * The answer is "ok" or "error TEXT". A line of more than 1 KiB is answered with an error and the
 * connection closed. A Unix stream socket that only its owner may open; single-threaded.
 */
#ifndef PACELINE_BROKER_CONTROL_H
#define PACELINE_BROKER_CONTROL_H

#include <poll.h>
#include <stddef.h>

#include "common/err.h"
#include "deploy/local/broker/cluster.h"

enum { CONTROL_CLIENTS_MAX = 16, CONTROL_POLL_MAX = CONTROL_CLIENTS_MAX + 1 };

typedef struct Control Control;

/* control_new listens at `path`, where a socket that nobody listens on is replaced. cluster is
 * borrowed and must live longer. NULL if the path is too long, taken, or not to be written. */
MUST_CHECK Control *control_new(const char *path, Cluster *cluster, Err *err);
void control_free(Control *control); /* removes the socket; NULL is fine */

/* control_poll_fill writes what to wait for into fds [CONTROL_POLL_MAX] and returns how many;
 * control_poll_serve then reads, obeys and answers. Nothing in them blocks. */
size_t control_poll_fill(const Control *control, struct pollfd *fds);
void control_poll_serve(Control *control, const struct pollfd *fds, size_t count);

/* control_obey carries out one command line; it is what a line over the socket does. */
MUST_CHECK bool control_obey(Cluster *cluster, const char *line, Err *err);

#endif
