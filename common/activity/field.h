/* field.h - refusing a value of a provider's JSON, with the path of the field in front. */
#ifndef PACELINE_FIELD_H
#define PACELINE_FIELD_H

#include "common/err.h"

#define FIELD_PATH_MAX 96

/* field_path writes "<parent>.<name>", cut if it is longer than any path we print. */
void field_path(char ret_path[FIELD_PATH_MAX], const char *parent, const char *name);

/* field_err sets ERR_INVALID_DATA, code "invalid_field", message "<path>: <text>"; always false. */
bool field_err(Err *err, const char *path, const char *text, ...) PRINTF_LIKE(3, 4);

/* memory_err sets ERR_MEMORY_LIMIT; always false. */
bool memory_err(Err *err);

#endif
