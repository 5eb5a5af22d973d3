/* dead.h - the messages that no worker could read: listed, and sent again.
 *
 * paceline.dead is a log: a letter that was sent again stays in it until the topic's retention removes it,
 * and sending it twice does no harm, since a message is only a name.
 */
#ifndef PACELINE_DEAD_H
#define PACELINE_DEAD_H

#include "common/command.h"

/* dead_command is `paceline-producer dead`: lists the letters that the command line chooses, one line each;
 * with
 * --resend they go to the topic they came from, with their key, value and headers and without those that the
 * worker added. Returns an ExitCode; EXIT_CODE_FAILED if a chosen letter is not there or cannot be sent
 * again. */
int dead_command(Command *command);

#endif
