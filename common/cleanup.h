/* cleanup.h - release at the end of the scope: `_cleanup_(close_fd) int fd = -1;`.
 *
 * Declare the variable with an initialiser at its first use; the release runs on every way out.
 */
#ifndef PACELINE_CLEANUP_H
#define PACELINE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(release) __attribute__((cleanup(release)))

static inline void
free_pointer(void *pointer)
{
    free(*(void **)pointer);
}

static inline void
close_fd(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static inline void
close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

#endif
