/* json_members.h - the text of an object's members, as it was sent.
 *
 * For documents that are stored as they came: a tree would lose digits of large numbers. The text must have
 * passed json_parse; on other text the walk ends early but never reads beyond it. Pure.
 */
#ifndef PACELINE_JSON_MEMBERS_H
#define PACELINE_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"

typedef struct JsonMembers {
    const char *cursor, *end;
    const char *name; /* [name_length] of the present member, without quotes, escapes as written */
    size_t name_length;
    const char *value; /* [value_length] */
    size_t value_length;
} JsonMembers;

/* json_members_start begins a walk over the object in text [length]. */
void json_members_start(JsonMembers *members, const char *text, size_t length);

/* json_members_next moves to the next member; false at the end. */
bool json_members_next(JsonMembers *members);

/* json_member_text finds a member and gives its text; false if there is none under this spelling. */
bool json_member_text(const char *text, size_t length, const char *name, const char **ret_value,
                      size_t *ret_length);

/* json_copy_without copies the object but for one member, without spaces between tokens; NULL when the arena
 * is full. */
MUST_CHECK char *json_copy_without(const char *text, size_t length, const char *name, Arena *arena);

#endif
