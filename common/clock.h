/* clock.h - the time of this machine, behind a table that a test replaces.
 *
 * Deadlines of jobs never use it: they are the database's clock (DESIGN.md, section 4). Monotonic time
 * is for waits and measurements, wall time for log lines and message headers.
 */
#ifndef PACELINE_CLOCK_H
#define PACELINE_CLOCK_H

#include <stdint.h>

typedef struct Clock {
    int64_t (*monotonic_us)(void);
    int64_t (*wall_us)(void); /* Unix time */
} Clock;

int64_t clock_monotonic_us(void);
int64_t clock_wall_us(void);

/* clock_replace sets the table used by both functions above; NULL restores the system's clocks. Tests only.
 */
void clock_replace(const Clock *replacement);

#endif
