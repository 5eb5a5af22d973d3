/* operate.h - the commands with which people look after the jobs. Each takes its own options out of the
 * command line and returns an ExitCode; main.c lists them. status to verify need no more than the role
 * paceline_reaper may; adopt and abandon want the owner of the table.
 */
#ifndef PACELINE_OPERATE_H
#define PACELINE_OPERATE_H

#include "common/command.h"

int status_command(Command *command);  /* what waits, what is in work, who works, how far behind */
int failed_command(Command *command);  /* the last failed jobs and why */
int requeue_command(Command *command); /* request jobs again */
int cancel_command(Command *command);  /* cancel jobs */
int pause_command(Command *command);   /* no job of a kind is begun */
int resume_command(Command *command);
int adopt_command(Command *command); /* make a table, large and live, a table of jobs */
int abandon_command(Command *command);
int rotate_key_command(Command *command); /* encrypt with the current key what another one encrypted */
int verify_command(Command *command);     /* every invariant of the contract, in one snapshot */

#endif
