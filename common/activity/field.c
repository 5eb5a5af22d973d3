#include "common/activity/field.h"

#include <stdarg.h>
#include <stdio.h>

void
field_path(char ret_path[FIELD_PATH_MAX], const char *parent, const char *name)
{
    (void)snprintf(ret_path, FIELD_PATH_MAX, "%.50s.%.40s", parent, name);
}

bool
field_err(Err *err, const char *path, const char *text, ...)
{
    char reason[256];
    va_list arguments;

    va_start(arguments, text);
    (void)vsnprintf(reason, sizeof reason, text, arguments); /* a cut reason still names the field */
    va_end(arguments);
    return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: %s", path, reason);
}

bool
memory_err(Err *err)
{
    return err_set(err, ERR_MEMORY_LIMIT, "arena", "activity: no memory left in the arena");
}
