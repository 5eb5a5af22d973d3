#include "common/activity/json_members.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *
skip_space(const char *cursor, const char *end)
{
    while (cursor < end && (*cursor == ' ' || *cursor == '\n' || *cursor == '\t' || *cursor == '\r')) {
        cursor++;
    }
    return cursor;
}

/* skip_string steps over a string whose opening quote is at the cursor. */
static const char *
skip_string(const char *cursor, const char *end)
{
    cursor++;
    while (cursor < end && *cursor != '"') {
        cursor += *cursor == '\\' && end - cursor > 1 ? 2 : 1;
    }
    return cursor < end ? cursor + 1 : end;
}

/* skip_value steps over one value, up to the comma or bracket that follows it. */
static const char *
skip_value(const char *cursor, const char *end)
{
    int depth = 0;

    while (cursor < end) {
        const char c = *cursor;
        if (c == '"') {
            cursor = skip_string(cursor, end);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return cursor;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        cursor++;
    }
    return end;
}

void
json_members_start(JsonMembers *members, const char *text, size_t length)
{
    const char *end = text + length;
    const char *cursor = skip_space(text, end);

    *members = (JsonMembers){ .cursor = cursor < end && *cursor == '{' ? cursor + 1 : end, .end = end };
}

bool
json_members_next(JsonMembers *members)
{
    const char *end = members->end;
    const char *cursor = skip_space(members->cursor, end);

    if (cursor < end && *cursor == ',') {
        cursor = skip_space(cursor + 1, end);
    }
    if (cursor >= end || *cursor != '"') {
        return false;
    }
    const char *after_name = skip_string(cursor, end);
    members->name = cursor + 1;
    members->name_length = (size_t)(after_name - cursor) - (after_name - cursor > 1 ? 2 : 1);
    cursor = skip_space(after_name, end);
    if (cursor >= end || *cursor != ':') {
        return false;
    }
    members->value = skip_space(cursor + 1, end);
    members->cursor = skip_value(members->value, end);
    const char *last = members->cursor;
    while (last > members->value && skip_space(last - 1, last) == last) {
        last--;
    }
    members->value_length = (size_t)(last - members->value);
    return true;
}

static bool
name_is(const JsonMembers *members, const char *name)
{
    return members->name_length == strlen(name) && memcmp(members->name, name, members->name_length) == 0;
}

bool
json_member_text(const char *text, size_t length, const char *name, const char **ret_value,
                 size_t *ret_length)
{
    JsonMembers members;

    json_members_start(&members, text, length);
    while (json_members_next(&members)) {
        if (name_is(&members, name)) {
            *ret_value = members.value;
            *ret_length = members.value_length;
            return true;
        }
    }
    return false;
}

char *
json_copy_without(const char *text, size_t length, const char *name, Arena *arena)
{
    const char *skipped = NULL;
    size_t skipped_length = 0;
    JsonMembers members;
    size_t used = 0;

    /* what is left out may be most of the object */
    (void)json_member_text(text, length, name, &skipped, &skipped_length);
    char *copy = arena_alloc(arena, length - skipped_length + 3, 1);
    if (copy == NULL) {
        return NULL;
    }
    copy[used++] = '{';
    json_members_start(&members, text, length);
    while (json_members_next(&members)) {
        if (name_is(&members, name)) {
            continue;
        }
        if (used > 1) {
            copy[used++] = ',';
        }
        const size_t member_length = (size_t)(members.value - members.name) + 1 + members.value_length;
        memcpy(copy + used, members.name - 1, member_length);
        used += member_length;
    }
    copy[used++] = '}';
    copy[used] = '\0';
    cJSON_Minify(copy);
    return copy;
}
