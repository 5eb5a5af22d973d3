/* log.h - one line per event on standard error.
 *
 *     LOG_INFO("worker.register", LOG_INT("worker", id), LOG_TEXT("host", host));
 *     LOG_WARN("kafka.error", LOG_FAILURE(&err));
 *
 * JSON: {"ts","level","event","program","slot","kind","key","epoch","attempt","traceparent", fields}; text
 * when standard error is a terminal. The event is object.verb. Levels: error = a person must look; warn =
 * healed itself; info = life cycle; debug = per job. Only role and command code logs; common/ returns errors.
 *
 * A line is one write(2) of at most LOG_LINE_MAX bytes (PIPE_BUF into a pipe, so that the lines of several
 * processes never mix); longer texts are cut and the line ends in "cut":true. There is no field for a Secret:
 * the compiler refuses it. State is the process's own; single-threaded.
 */
#ifndef PACELINE_LOG_H
#define PACELINE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define LOG_LINE_MAX 8192

/* In the order of the choices of log_level and log_format in options.def. */
typedef enum LogLevel { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG } LogLevel;
typedef enum LogFormat { LOG_FORMAT_AUTO, LOG_FORMAT_JSON, LOG_FORMAT_TEXT } LogFormat;

typedef enum LogType {
    LOG_TYPE_TEXT,
    LOG_TYPE_INT,
    LOG_TYPE_DOUBLE,
    LOG_TYPE_BOOL,
    LOG_TYPE_FAILURE
} LogType;

typedef struct LogField {
    const char *name;
    LogType type;
    union {
        const char *text;
        int64_t integer;
        double real;
        bool truth;
        const Err *failure;
    };
} LogField;

/* A NULL text is left out of the line. A double has 6 digits behind the point at most. LOG_FAILURE becomes
 * error_class, error_code, error and error_stage if there is one. */
#define LOG_TEXT(field_name, value)                                                                          \
    ((LogField){ .name = (field_name), .type = LOG_TYPE_TEXT, .text = (value) })
#define LOG_INT(field_name, value)                                                                           \
    ((LogField){ .name = (field_name), .type = LOG_TYPE_INT, .integer = (value) })
#define LOG_DOUBLE(field_name, value)                                                                        \
    ((LogField){ .name = (field_name), .type = LOG_TYPE_DOUBLE, .real = (value) })
#define LOG_BOOL(field_name, value)                                                                          \
    ((LogField){ .name = (field_name), .type = LOG_TYPE_BOOL, .truth = (value) })
#define LOG_FAILURE(err) ((LogField){ .name = "error", .type = LOG_TYPE_FAILURE, .failure = (err) })

#define LOG_ERROR(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_END)
#define LOG_WARN(...) LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__, LOG_END)
#define LOG_INFO(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__, LOG_END)
#define LOG_DEBUG(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_END)

/* LOG_AT takes a level, the event and its fields; they are evaluated only if the level is on. */
#define LOG_END ((LogField){ .name = NULL })
#define LOG_AT(level, event, ...)                                                                            \
    do {                                                                                                     \
        if (log_is_on(level)) {                                                                              \
            log_event(level, event, (const LogField[]){ __VA_ARGS__ });                                      \
        }                                                                                                    \
    } while (0)

/* log_init says who writes: program, and slot ("wal", "slot-3"; NULL in a supervisor or a command). Both are
 * copied. Before it, lines are JSON at info without a program. */
void log_init(const char *program, const char *slot, LogFormat format, LogLevel level);

/* log_set_level changes the level, after a reload. */
void log_set_level(LogLevel level);
bool log_is_on(LogLevel level);

/* log_event writes one line. fields [], ended by a field without a name. A field named as a part of the job's
 * context stands for it. What cannot be written is lost: logging never stops the work. */
void log_event(LogLevel level, const char *event, const LogField *fields);

/* The job that is being worked on: each line repeats it. Texts are copied, NULL or "" is left out; an epoch
 * or attempt below 0 is left out. */
void log_set_job(const char *kind, const char *key, int32_t epoch, int32_t attempt, const char *traceparent);
void log_clear_job(void);

#endif
