#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"

/* A line under construction. Room for the end of the line is always kept. */
typedef struct Line {
    char bytes[LOG_LINE_MAX + 1]; /* and a NUL */
    size_t used;
    size_t limit; /* of used, before the end */
    bool is_cut;
    bool is_json;
} Line;

#define JSON_CUT_END ",\"cut\":true}\n"
#define JSON_END "}\n"
#define TEXT_CUT_END " cut=true\n"
#define TEXT_END "\n"

typedef struct Job {
    char kind[64];
    char key[208];
    char traceparent[64];
    int32_t epoch;
    int32_t attempt;
} Job;

/* The one state of the process, as standard error itself is. */
static struct {
    char program[32];
    char slot[40];
    LogLevel level;
    bool is_json;
    size_t line_max;
    bool has_job;
    Job job;
} logger = { .level = LOG_LEVEL_INFO, .is_json = true, .line_max = PIPE_BUF };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
log_init(const char *program, const char *slot, LogFormat format, LogLevel level)
{
    struct stat status;

    (void)str_copy(logger.program, sizeof logger.program, program);
    (void)str_copy(logger.slot, sizeof logger.slot, slot == NULL ? "" : slot);
    logger.level = level;
    logger.is_json = format == LOG_FORMAT_JSON || (format == LOG_FORMAT_AUTO && isatty(STDERR_FILENO) == 0);
    /* writes above PIPE_BUF into a pipe may be torn apart by other writers: pipe(7) */
    bool is_regular = fstat(STDERR_FILENO, &status) == 0 && S_ISREG(status.st_mode);
    logger.line_max = is_regular ? LOG_LINE_MAX : PIPE_BUF;
}

void
log_set_level(LogLevel level)
{
    logger.level = level;
}

bool
log_is_on(LogLevel level)
{
    return level <= logger.level;
}

void
log_set_job(const char *kind, const char *key, int32_t epoch, int32_t attempt, const char *traceparent)
{
    Job *job = &logger.job;

    (void)str_copy(job->kind, sizeof job->kind, kind == NULL ? "" : kind);
    (void)str_copy(job->key, sizeof job->key, key == NULL ? "" : key);
    (void)str_copy(job->traceparent, sizeof job->traceparent, traceparent == NULL ? "" : traceparent);
    job->epoch = epoch;
    job->attempt = attempt;
    logger.has_job = true;
}

void
log_clear_job(void)
{
    logger.has_job = false;
}

/* put appends what fits as a whole; false, and the line is cut, otherwise. */
static bool PRINTF_LIKE(2, 3) put(Line *line, const char *format, ...)
{
    size_t room = line->limit - line->used;
    va_list arguments;

    if (line->is_cut) {
        return false;
    }
    va_start(arguments, format);
    int length = vsnprintf(line->bytes + line->used, room + 1, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length > room) {
        line->is_cut = true;
        return false;
    }
    line->used += (size_t)length;
    return true;
}

/* put_quoted appends text in quotes; what does not fit is cut from the text. False, and nothing is appended,
 * if not even the quotes fit. */
static bool
put_quoted(Line *line, const char *text)
{
    if (line->is_cut || line->limit - line->used < 2) {
        line->is_cut = true;
        return false;
    }
    size_t room = line->limit - line->used - 2;
    char *start = line->bytes + line->used + 1;
    start[-1] = '"';
    line->is_cut = str_escape_json(start, room + 1, text) > room;
    size_t length = strlen(start);
    start[length] = '"';
    line->used += length + 2;
    return true;
}

/* needs_quotes tells whether text would be hard to read, to split or to cut without them. */
static bool
needs_quotes(const char *text)
{
    if (strnlen(text, 201) > 200) {
        return true;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7F) {
            return true;
        }
    }
    return *text == '\0';
}

/* put_name begins a field. */
static bool
put_name(Line *line, const char *name)
{
    const char *comma = line->used == 1 ? "" : ",";

    return line->is_json ? put(line, "%s\"%s\":", comma, name) : put(line, " %s=", name);
}

static void
put_text(Line *line, const char *name, const char *text)
{
    size_t before = line->used;

    if (text == NULL || !put_name(line, name)) {
        return;
    }
    bool done = line->is_json || needs_quotes(text) ? put_quoted(line, text) : put(line, "%s", text);
    if (!done) {
        line->used = before; /* no name without its value */
    }
}

static void PRINTF_LIKE(3, 4) put_bare(Line *line, const char *name, const char *format, ...)
{
    char value[64];
    size_t before = line->used;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    if (put_name(line, name) && !put(line, "%s", value)) {
        line->used = before;
    }
}

static void
put_double(Line *line, const char *name, double value)
{
    _cleanup_(str_done) Str text = STR_EMPTY;

    if (isfinite(value) && fabs(value) > 1e15) {
        put_bare(line, name, "%.17g", value);
        return;
    }
    str_append_double(&text, value, 6);
    put_bare(line, name, "%s", str_text(&text));
}

static void
put_field(Line *line, const LogField *field)
{
    switch (field->type) {
    case LOG_TYPE_TEXT:
        put_text(line, field->name, field->text);
        break;
    case LOG_TYPE_INT:
        put_bare(line, field->name, "%lld", (long long)field->integer);
        break;
    case LOG_TYPE_DOUBLE:
        put_double(line, field->name, field->real);
        break;
    case LOG_TYPE_BOOL:
        put_bare(line, field->name, "%s", field->truth ? "true" : "false");
        break;
    case LOG_TYPE_FAILURE:
        put_text(line, "error_class", err_class_name(field->failure->class));
        put_text(line, "error_code", field->failure->code);
        put_text(line, "error_stage", field->failure->stage[0] == '\0' ? NULL : field->failure->stage);
        put_text(line, "error", field->failure->message);
        break;
    }
}

static bool
is_given(const LogField *fields, const char *name)
{
    for (const LogField *field = fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0 && !(field->type == LOG_TYPE_TEXT && field->text == NULL)) {
            return true;
        }
    }
    return false;
}

static void
put_job_text(Line *line, const LogField *fields, const char *name, const char *text)
{
    if (text[0] != '\0' && !is_given(fields, name)) {
        put_text(line, name, text);
    }
}

static void
put_job_number(Line *line, const LogField *fields, const char *name, int32_t number)
{
    if (number >= 0 && !is_given(fields, name)) {
        put_bare(line, name, "%d", number);
    }
}

static void
put_job(Line *line, const LogField *fields)
{
    put_job_text(line, fields, "kind", logger.job.kind);
    put_job_text(line, fields, "key", logger.job.key);
    put_job_number(line, fields, "epoch", logger.job.epoch);
    put_job_number(line, fields, "attempt", logger.job.attempt);
    put_job_text(line, fields, "traceparent", logger.job.traceparent);
}

/* put_head writes time, level, event, program and slot; they always fit. */
static void
put_head(Line *line, LogLevel level, const char *event)
{
    int64_t now_us = clock_wall_us();
    time_t now_s = (time_t)(now_us / 1000000);
    struct tm utc = { 0 };
    char seconds[32];
    char ts[48];

    (void)gmtime_r(&now_s, &utc);
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(ts, sizeof ts, "%s.%06dZ", seconds, (int)(now_us % 1000000));
    if (!line->is_json) {
        (void)put(line, "%s %-5s %s", ts, level_names[level], event);
        put_text(line, "program", logger.program[0] == '\0' ? NULL : logger.program);
        put_text(line, "slot", logger.slot[0] == '\0' ? NULL : logger.slot);
        return;
    }
    (void)put(line, "{");
    put_text(line, "ts", ts);
    put_text(line, "level", level_names[level]);
    put_text(line, "event", event);
    put_text(line, "program", logger.program[0] == '\0' ? NULL : logger.program);
    put_text(line, "slot", logger.slot[0] == '\0' ? NULL : logger.slot);
}

void
log_event(LogLevel level, const char *event, const LogField *fields)
{
    Line line;
    int saved_errno = errno;

    if (!log_is_on(level)) {
        return;
    }
    line.used = 0;
    line.is_cut = false;
    line.is_json = logger.is_json;
    line.limit = logger.line_max - sizeof JSON_CUT_END;
    put_head(&line, level, event);
    if (logger.has_job) {
        put_job(&line, fields);
    }
    for (const LogField *field = fields; field->name != NULL; field++) {
        put_field(&line, field);
    }
    const char *end =
        line.is_json ? (line.is_cut ? JSON_CUT_END : JSON_END) : (line.is_cut ? TEXT_CUT_END : TEXT_END);
    memcpy(line.bytes + line.used, end, strlen(end));
    line.used += strlen(end);
    ssize_t written = 0;
    do {
        written = write(STDERR_FILENO, line.bytes, line.used);
    } while (written < 0 && errno == EINTR);
    errno = saved_errno;
}
