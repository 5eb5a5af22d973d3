#include "common/sql_template.h"

#include <ctype.h>
#include <string.h>

#include "common/str.h"

static const char *
variable_value(const SqlVariable *variables, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(variables[i].name) == length && memcmp(variables[i].name, name, length) == 0) {
            return variables[i].value;
        }
    }
    return NULL;
}

static void
append_identifier(Str *out, const char *name)
{
    str_append_char(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            str_append_char(out, '"');
        }
        str_append_char(out, *name);
    }
    str_append_char(out, '"');
}

/* skip_length tells how many bytes at `text` are a quoted text, a comment or a cast, and are copied as they
 * are. */
static size_t
skip_length(const char *text)
{
    if (text[0] == ':' && text[1] == ':') {
        return 2;
    }
    if (text[0] == '-' && text[1] == '-') {
        return strcspn(text, "\n");
    }
    if (text[0] == '\'' || text[0] == '"') {
        const char *end = strchr(text + 1, text[0]);
        return end != NULL ? (size_t)(end - text) + 1 : strlen(text);
    }
    return 0;
}

/* name_length tells the length of the variable's name that starts at `name`; 0 if it is none (an array's
 * slice). */
static size_t
name_length(const char *name)
{
    size_t length = 0;
    if (isdigit((unsigned char)name[0])) {
        return 0;
    }
    while (isalnum((unsigned char)name[length]) || name[length] == '_') {
        length++;
    }
    return length;
}

char *
sql_expand(const SqlQuery *query, const SqlVariable *variables, size_t n, Err *err)
{
    Str out = STR_EMPTY;
    const char *at = query->text;
    while (*at != '\0') {
        size_t skip = skip_length(at);
        if (skip > 0) {
            str_append_bytes(&out, at, skip);
            at += skip;
            continue;
        }
        bool is_identifier = at[0] == ':' && at[1] == '"';
        const char *name = at + (is_identifier ? 2 : 1);
        size_t length = at[0] == ':' ? name_length(name) : 0;
        if (length == 0) {
            str_append_char(&out, *at++);
            continue;
        }
        const char *value = variable_value(variables, n, name, length);
        if (value == NULL) {
            str_done(&out);
            err_set(err, ERR_INVALID_DATA, "unknown_variable", "query %s: variable %.*s has no value",
                    query->name, (int)length, name);
            return NULL;
        }
        if (is_identifier) {
            append_identifier(&out, value);
        } else {
            str_append(&out, value);
        }
        at = name + length + (is_identifier && name[length] == '"' ? 1 : 0);
    }
    if (!str_ok(&out) || out.bytes == NULL) {
        str_done(&out);
        err_set(err, ERR_MEMORY_LIMIT, "memory", "query %s: out of memory", query->name);
        return NULL;
    }
    return out.bytes;
}
