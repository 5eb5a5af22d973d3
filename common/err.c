#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"

/* One row a class, in the enum's order; DESIGN.md, section 7. */
static const struct {
    const char *name;
    bool retryable;
} classes[ERR_CLASS_COUNT] = {
    [ERR_CLASS_NONE] = { "none", false },
    [ERR_NETWORK] = { "network_error", true },
    [ERR_RATE_LIMIT] = { "rate_limit", true },
    [ERR_TEMPORARY_API] = { "temporary_api_error", true },
    [ERR_DATABASE_TIMEOUT] = { "database_timeout", true },
    [ERR_AUTHENTICATION] = { "authentication_error", false },
    [ERR_PERMISSION_DENIED] = { "permission_denied", false },
    [ERR_QUOTA_EXCEEDED] = { "quota_exceeded", true },
    [ERR_INVALID_DATA] = { "invalid_data", false },
    [ERR_FUNCTION_TIMEOUT] = { "function_timeout", true },
    [ERR_MEMORY_LIMIT] = { "memory_limit", true },
    [ERR_UNKNOWN] = { "unknown_error", true },
};

bool
err_set(Err *err, ErrClass class, const char *code, const char *format, ...)
{
    Err fresh = ERR_NONE; /* the arguments may point into *err */
    char message[sizeof fresh.message + 4];
    va_list arguments;

    if (err == NULL) {
        return false;
    }
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fresh.class = class;
    fresh.retryable = err_class_retryable(class);
    (void)str_copy(fresh.code, sizeof fresh.code, code);
    (void)str_copy(fresh.message, sizeof fresh.message, message);
    *err = fresh;
    return false;
}

const char *
err_class_name(ErrClass class)
{
    return (unsigned)class < ERR_CLASS_COUNT ? classes[class].name : classes[ERR_UNKNOWN].name;
}

bool
err_class_retryable(ErrClass class)
{
    return (unsigned)class < ERR_CLASS_COUNT ? classes[class].retryable : classes[ERR_UNKNOWN].retryable;
}

void
err_json(const Err *err, char *buffer, unsigned long size)
{
    static const char tail_format[] = "\",\"retryable\":%s,\"stage\":\"%s\"}";
    char code[4 * sizeof err->code]; /* control characters may be cut, ordinary text never is */
    char stage[4 * sizeof err->stage];
    char tail[sizeof tail_format + sizeof stage + sizeof "false"];

    (void)str_escape_json(code, sizeof code, err->code);
    (void)str_escape_json(stage, sizeof stage, err->stage);
    int tail_length = snprintf(tail, sizeof tail, tail_format, err->retryable ? "true" : "false", stage);
    int head_length = snprintf(buffer, size, "{\"class\":\"%s\",\"code\":\"%s\",\"message\":\"",
                               err_class_name(err->class), code);
    size_t room = size - (size_t)head_length - (size_t)tail_length;
    char *message = buffer + head_length;
    (void)str_escape_json(message, room, err->message);
    memcpy(message + strlen(message), tail, (size_t)tail_length + 1);
}
