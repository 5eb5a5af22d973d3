#include "producer/key_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 1024 };

static int
keys_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
key_set_settle(KeySet *set)
{
    size_t kept = 0;
    if (set->n == 0) {
        return;
    }
    qsort(set->items, set->n, sizeof *set->items, keys_compare);
    for (size_t i = 1; i < set->n; i++) {
        if (strcmp(set->items[kept], set->items[i]) == 0) {
            free(set->items[i]);
        } else {
            set->items[++kept] = set->items[i];
        }
    }
    set->n = kept + 1;
}

/* room_make settles a full set, and doubles it if more than half of it are distinct: so sorting costs
 * O(log n) a key in the long run. */
static bool
room_make(KeySet *set, Err *err)
{
    size_t capacity = set->capacity == 0 ? CAPACITY_FIRST : set->capacity * 2;
    key_set_settle(set);
    if (set->capacity > 0 && set->n <= set->capacity / 2) {
        return true;
    }
    char **items =
        capacity <= SIZE_MAX / sizeof *items ? realloc(set->items, capacity * sizeof *items) : NULL;
    if (items == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory with %zu distinct keys", set->n);
    }
    set->items = items;
    set->capacity = capacity;
    return true;
}

bool
key_set_add(KeySet *set, const char *key, Err *err)
{
    if (set->n == set->capacity && !room_make(set, err)) {
        return false;
    }
    char *copy = strdup(key);
    if (copy == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory with %zu keys", set->n);
    }
    set->items[set->n++] = copy;
    return true;
}

void
key_set_done(KeySet *set)
{
    for (size_t i = 0; i < set->n; i++) {
        free(set->items[i]);
    }
    free(set->items);
    *set = KEY_SET_EMPTY;
}
