/* client.h - says one command to a broker's control socket (control.h). */
#ifndef PACELINE_BROKER_CLIENT_H
#define PACELINE_BROKER_CLIENT_H

#include <stddef.h>

#include "common/err.h"

/* client_say sends the words as one line and waits up to 10 s for the answer. False, with the
 * broker's own words, if it answers with an error; false too if no broker answers. */
MUST_CHECK bool client_say(const char *path, char *const *words, size_t count, Err *err);

#endif
