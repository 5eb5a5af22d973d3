#include <stdio.h>
#include <stdlib.h>

#include "common/db.h"

static bool
args_next(DbArgs *args, const char *value, int length, int format)
{
    if (args->n >= DB_ARGS_MAX) {
        abort(); /* more values than any query has: a bug */
    }
    args->values[args->n] = value;
    args->lengths[args->n] = length;
    args->formats[args->n] = format;
    args->n++;
    return true;
}

void
args_text(DbArgs *args, const char *text)
{
    args_next(args, text, 0, 0);
}

void
args_int(DbArgs *args, int64_t value)
{
    char *number = args->numbers[args->n < DB_ARGS_MAX ? args->n : 0];
    (void)snprintf(number, sizeof args->numbers[0], "%lld", (long long)value);
    args_next(args, number, 0, 0);
}

void
args_bool(DbArgs *args, bool value)
{
    args_next(args, value ? "t" : "f", 0, 0);
}

void
args_double(DbArgs *args, double value)
{
    if (value != value) {
        args_null(args);
        return;
    }
    char *number = args->numbers[args->n < DB_ARGS_MAX ? args->n : 0];
    (void)snprintf(number, sizeof args->numbers[0], "%.17g", value);
    args_next(args, number, 0, 0);
}

void
args_bytes(DbArgs *args, const void *bytes, size_t length)
{
    args_next(args, bytes, (int)length, 1);
}

void
args_null(DbArgs *args)
{
    args_next(args, NULL, 0, 0);
}
