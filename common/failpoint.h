/* failpoint.h - named places where a test makes the program fail, crash, hang or wait.
 *
 * failpoint("pages.staged") compiles to nothing unless FAILPOINTS is defined (sanitizer and chaos
 * builds). PACELINE_FAILPOINTS arms them: "name=action[@n]" separated by ';', where action is crash
 * (SIGKILL to itself), hang (sleeps for ever), exit, error (failpoint_fails is true) or
 * wait:<file> (until that file exists; who waits writes its pid to <file>.reached), and @n fires at the nth
 * pass only (default: every pass).
 */
#ifndef PACELINE_FAILPOINT_H
#define PACELINE_FAILPOINT_H

#include <stdbool.h>

#ifdef FAILPOINTS
void failpoint(const char *name);
bool failpoint_fails(const char *name);
#else
static inline void
failpoint(const char *name)
{
    (void)name;
}
static inline bool
failpoint_fails(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
