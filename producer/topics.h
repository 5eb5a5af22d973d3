/* topics.h - the topics of all adopted kinds, made where they are missing.
 *
 * paceline.<kind> for every row of job_kinds, and paceline.dead for messages nobody can read. On a real Kafka
 * through the admin API; on the embedded broker, which has none, through its control socket.
 */
#ifndef PACELINE_TOPICS_H
#define PACELINE_TOPICS_H

#include "common/config.h"
#include "common/db.h"
#include "common/err.h"

/* topics_command is `paceline-producer topics`: makes what is missing and prints one line a topic. May be
 * repeated; a topic that is there keeps its partitions. Returns an ExitCode. */
int topics_command(const Config *config);

#endif
