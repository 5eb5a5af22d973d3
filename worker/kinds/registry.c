#include <string.h>

#include "worker/kinds/kind.h"

extern const Kind kind_workouts, kind_null, kind_fail, kind_crash, kind_hang, kind_call;

/* The kinds of this program, in the order in which --help and the log name them. */
static const Kind *const kinds[] = { &kind_workouts, &kind_null, &kind_fail,
                                     &kind_crash,    &kind_hang, &kind_call };

const Kind *
kind_each(int i)
{
    return i >= 0 && (size_t)i < sizeof kinds / sizeof kinds[0] ? kinds[i] : NULL;
}

const Kind *
kind_find(const char *name)
{
    for (int i = 0; kind_each(i) != NULL; i++) {
        if (strcmp(kind_each(i)->name, name) == 0) {
            return kind_each(i);
        }
    }
    return NULL;
}
