/* duty.h - the loop of a reaper's role: connected, active or standing by, a turn every so often.
 *
 * A reaper has two roles, so that nothing slow delays what must be quick: `reclaim` gives back what dead
 * workers held, `announce` does the rest. For each duty one process of the fleet is active, by advisory lock;
 * others stand by and take over when its session ends.
 */
#ifndef PACELINE_DUTY_H
#define PACELINE_DUTY_H

#include "common/config.h"
#include "common/db.h"
#include "common/err.h"
#include "common/job.h"
#include "common/role.h"

typedef enum DutyLock { DUTY_RECLAIM = 1, DUTY_ANNOUNCE = 2 } DutyLock;

typedef struct Reaper {
    Config *config;
    Role *role;
    Db *db;
    JobKinds kinds; /* loaded anew every 5 s, before a turn */
    int64_t kinds_loaded_at_us;
    int64_t online_at_us; /* monotonic time of the last (re)connect */
} Reaper;

/* DutyTurn does one round. False with an error: the connection is checked and the round comes again later. */
typedef bool (*DutyTurn)(Reaper *reaper, void *state, Err *err);

typedef struct Duty {
    DutyLock lock;
    DutyTurn turn;
    void (*online)(void *state); /* after every (re)connect: what was seen before counts no more */
    void *state;
    int64_t (*interval_us)(const Config *config);
} Duty;

/* duty_kinds_load loads the kinds now; pointers into the old list end. */
MUST_CHECK bool duty_kinds_load(Reaper *reaper, Err *err);

/* duty_row_refused: the statement failed because of a row that it would have changed (a constraint or trigger
 * of the table's own), and could do with others. Not so without a connection, at a time that passes, or where
 * every row would fail (the table is gone, a right is missing). */
bool duty_row_refused(const Reaper *reaper, const Err *err);

/* duty_run works until the role drains; returns an ExitCode. */
int duty_run(Role *role, Config *config, const Duty *duty);

#endif
