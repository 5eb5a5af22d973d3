/* replay.h - the jobs that a range of messages names, requested again.
 *
 * A message says no more than "look at this row", so what is replayed is the row: one that has finished gets
 * a new generation and is announced as ever (DESIGN.md, sections 4 and 5).
 */
#ifndef PACELINE_REPLAY_H
#define PACELINE_REPLAY_H

#include "common/command.h"

/* replay_command is `paceline-producer replay`: reads the range, then requests the distinct rows in batches
 * of JOB_BATCH_MAX, each a transaction of its own. Interrupted (SIGINT, SIGTERM) it ends after the batch in
 * hand and says how far it came. Prints what became of the messages and rows; returns an ExitCode. */
int replay_command(Command *command);

#endif
