/* key_set.h - the distinct keys among many, for a command that reads a whole topic.
 *
 * Owns copies of the keys. Memory is that of the distinct keys and at most as many repeated ones.
 */
#ifndef PACELINE_KEY_SET_H
#define PACELINE_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

typedef struct KeySet {
    char **items; /* [n]; after key_set_settle distinct and in byte order */
    size_t n, capacity;
} KeySet;

#define KEY_SET_EMPTY ((KeySet){ .items = NULL })

/* key_set_add adds a copy of key. ERR_MEMORY_LIMIT leaves the set as it was. */
MUST_CHECK bool key_set_add(KeySet *set, const char *key, Err *err);

/* key_set_settle leaves each key once, in byte order; call it before reading the items. */
void key_set_settle(KeySet *set);

void key_set_done(KeySet *set); /* frees; the set is empty again */

#endif
