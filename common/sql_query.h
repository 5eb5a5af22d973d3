/* sql_query.h - a query or migration of sql/ as the build embeds it (sql/embed writes the constants). */
#ifndef PACELINE_SQL_QUERY_H
#define PACELINE_SQL_QUERY_H

typedef struct SqlQuery {
    const char *name; /* the file's name without .sql; also the name of the prepared statement */
    const char *text;
} SqlQuery;

typedef struct SqlMigration {
    int number;
    const char *name; /* NULL ends the array */
    const char *text;
} SqlMigration;

#endif
