/* exit_code.h - what the end of a process of Paceline means, one number each.
 *
 * The supervisor, systemd units and scripts read these numbers: never change one, only add.
 */
#ifndef PACELINE_EXIT_CODE_H
#define PACELINE_EXIT_CODE_H

typedef enum ExitCode {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,   /* the command ran and its answer is no: verify found something, run-one failed */
    EXIT_CODE_USAGE = 2,    /* wrong command line */
    EXIT_CODE_CONFIG = 3,   /* wrong configuration; a role's exit with it ends the program, no restart */
    EXIT_CODE_DATABASE = 4, /* PostgreSQL out of reach or refusing, for a command that cannot wait */
    EXIT_CODE_KAFKA = 5,    /* the broker out of reach, or a fatal error of librdkafka */
    EXIT_CODE_MEMORY = 6,   /* no memory during start-up */
    EXIT_CODE_SYSTEM = 7,   /* a system call failed during start-up: bind, fork, memfd, a full disk */
    EXIT_CODE_EXEC = 8,     /* the supervisor's child could not execute the role */
    EXIT_CODE_SUPERVISOR_GONE = 9, /* a role's supervisor ended before it */
    EXIT_CODE_RESTART_LIMIT = 10,  /* the program's only role ended too often */
    EXIT_CODE_FORCED = 11,         /* roles were killed: a second signal, or the drain's deadline */
} ExitCode;

#endif
