/* sql_template.h - the queries of sql/ that are written once for every adopted table.
 *
 * They run in psql as they are: :"name" is an identifier, :name a bare word. Values are never put in here:
 * they are bound as $1... Quoted texts, comments and :: casts are left alone.
 */
#ifndef PACELINE_SQL_TEMPLATE_H
#define PACELINE_SQL_TEMPLATE_H

#include <stddef.h>

#include "common/err.h"
#include "common/sql_query.h"

typedef struct SqlVariable {
    const char *name;
    const char *value; /* an identifier is quoted here; a bare word is put in as it is and must come from our
                          own tables */
} SqlVariable;

/* sql_expand returns the text of the template with its variables put in, to be freed by the caller. Fails
 * with ERR_INVALID_DATA if a variable is not given, ERR_MEMORY_LIMIT if memory is out. */
MUST_CHECK char *sql_expand(const SqlQuery *query, const SqlVariable *variables, size_t n, Err *err);

#endif
