/* command.h - what the commands of the programs share: arguments, connection, complaints, JSON.
 *
 * A command is a function from a Command to an ExitCode. What goes wrong is said once, on standard error, in
 * one line that begins with the program and the command; results go to standard output. Single-threaded.
 */
#ifndef PACELINE_COMMAND_H
#define PACELINE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/db.h"
#include "common/err.h"
#include "common/job.h"
#include "common/str.h"

typedef struct Command {
    const char *name; /* "requeue" */
    const Config *config;
    const ConfigSubcommand *subcommands; /* of the program: their usage is shown to who errs */
    int argc;    /* arguments behind the name; after command_parse those that are no options */
    char **argv; /* [argc], part of main's, put in order by command_parse */
    Db *db;      /* NULL until command_connect; main frees it */
} Command;

/* CommandOption is an option of one command. Exactly one of the three is set: a flag, a text, or a whole
 * number from min to max. What the command line does not give stays as it is. */
typedef struct CommandOption {
    const char *name; /* "--limit"; NULL ends the list */
    bool *ret_flag;
    const char **ret_text;
    int64_t *ret_number;
    int64_t min, max;
} CommandOption;

/* CommandEntry is one subcommand and what runs it. */
typedef struct CommandEntry {
    const char *name; /* NULL ends the list */
    int (*run)(Command *command);
} CommandEntry;

/* command_main is the main of each program: reads the configuration, and runs `run` (without a subcommand, or
 * with `run` alone) or the subcommand that is named, after the secrets are gone from the environment. Returns
 * an ExitCode. */
int command_main(ConfigProgram program, const ConfigSubcommand *subcommands, const CommandEntry *commands,
                 int (*run)(Config *config, char **argv), int argc, char **argv);

#define COMMAND_NO_OPTIONS ((const CommandOption[]){ { .name = NULL } })

/* command_parse takes the options out of the arguments: "--limit 5" or "--limit=5"; behind "--" nothing is an
 * option. False, having said why, if there is an unknown option, a wrong value, or fewer arguments than
 * `least` or more than `most`: return EXIT_CODE_USAGE. */
MUST_CHECK bool command_parse(Command *command, const CommandOption *options, int least, int most);

/* command_connect opens the connection. Its statements may take as long as they take, and are planned for the
 * values they get. */
MUST_CHECK bool command_connect(Command *command, Err *err);

/* command_kind finds an adopted kind by its name or its topic. No such kind is an error with code
 * COMMAND_USAGE that names those there are. */
MUST_CHECK bool command_kind(Command *command, const char *name, JobKind *ret_kind, Err *err);

/* Codes of an Err that say how a command ends: the command line is to blame, or the answer is no. */
#define COMMAND_USAGE "usage"
#define COMMAND_NOT_POSSIBLE "not_possible"

/* command_usage and command_fail say what is wrong, command_usage also how it would be right, and return the
 * exit code that goes with it; of other errors, one of the network is Kafka's, and the rest are the
 * database's. */
int command_usage(const Command *command, const char *format, ...) PRINTF_LIKE(2, 3);
int command_fail(const Command *command, const Err *err);

/* command_warn says something that does not stop the command. */
void command_warn(const Command *command, const char *format, ...) PRINTF_LIKE(2, 3);

/* command_print writes a text to standard output; EXIT_CODE_SYSTEM if it could not be written. Otherwise
 * exit_code. */
int command_print(const Command *command, const Str *text, int exit_code);

/* print_key appends `"name":` of a JSON object, after a comma unless it is the first. print_text appends a
 * member with a text, or null; print_raw one whose value is JSON already (a number, true, an object).
 */
void print_key(Str *out, const char *name);
void print_text(Str *out, const char *name, const char *value);
void print_raw(Str *out, const char *name, const char *value);

#endif
