/* run_file.h - `paceline-worker run-one --file`: one activity's file computed here, without database and
 * Kafka.
 *
 * The file is FIT, GPX, TCX (file_read.h), a body of POST /workouts, or the streams of Strava alone. It goes
 * through the stages of the kind workouts as a row of the database does, with the athlete's settings from the
 * command line.
 */
#ifndef PACELINE_RUN_FILE_H
#define PACELINE_RUN_FILE_H

#include "common/config.h"

/* run_file does what argv [argc] asks for; argv[0] is "run-one". Of the configuration it reads gap_model. The
 * report, or with --json the computed document, goes to stdout, what is wrong to stderr. Returns an ExitCode.
 */
int run_file(const Config *config, int argc, char **argv);

#endif
