/* listen.h - a listening TCP socket, and where its port is told to those who asked for port 0. */
#ifndef PACELINE_LISTEN_H
#define PACELINE_LISTEN_H

#include "common/err.h"

/* listen_open binds and listens on a numeric address (IPv4 or IPv6; "localhost" is 127.0.0.1). port 0: the
 * kernel's choice. ret_fd    the caller's; close-on-exec and non-blocking ret_port  the real port */
MUST_CHECK bool listen_open(const char *address, int port, int *ret_fd, int *ret_port, Err *err);

/* port_file_append adds the line "name port" to the file at path in one write, so that several programs may
 * share one. path NULL or "" does nothing. */
MUST_CHECK bool port_file_append(const char *path, const char *name, int port, Err *err);

#endif
