#include <stdio.h>
#include <string.h>

#include "common/db.h"

static ErrClass
sqlstate_class(const char *state)
{
    static const struct {
        const char *prefix;
        ErrClass class;
    } table[] = {
        { "08", ERR_DATABASE_TIMEOUT },    { "40", ERR_DATABASE_TIMEOUT }, { "53", ERR_DATABASE_TIMEOUT },
        { "55P03", ERR_DATABASE_TIMEOUT }, { "57", ERR_DATABASE_TIMEOUT }, { "25006", ERR_DATABASE_TIMEOUT },
        { "26", ERR_DATABASE_TIMEOUT }, /* a prepared statement is gone: prepared again at the next try */
        { "28", ERR_AUTHENTICATION },      { "0A", ERR_INVALID_DATA },     { "22", ERR_INVALID_DATA },
        { "23", ERR_INVALID_DATA },        { "2B", ERR_INVALID_DATA },     { "42", ERR_INVALID_DATA },
        { "3D", ERR_INVALID_DATA }, /* no such database */
        { "P0", ERR_INVALID_DATA }, /* raised by a function of ours */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0) {
            return table[i].class;
        }
    }
    return ERR_UNKNOWN;
}

bool
db_is_stale_plan(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return state != NULL && message != NULL &&
           (strcmp(state, "26000") == 0 ||
            (strcmp(state, "0A000") == 0 && strstr(message, "cached plan") != NULL));
}

/* first_line copies the first line of libpq's text, which ends in a newline. */
static void
first_line(char *buffer, size_t size, const char *text)
{
    size_t length = strcspn(text, "\n");
    (void)snprintf(buffer, size, "%.*s", (int)length, text);
}

bool
db_err(Err *err, PGconn *connection, const PGresult *result)
{
    char line[400];
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (state == NULL) {
        first_line(line, sizeof line, connection != NULL ? PQerrorMessage(connection) : "not connected");
        return err_set(err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: %s",
                       line[0] != '\0' ? line : "connection lost");
    }
    if (db_is_stale_plan(result)) {
        return err_set(err, ERR_DATABASE_TIMEOUT, state, "database: a prepared statement went stale");
    }
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    first_line(line, sizeof line, message != NULL ? message : "");
    return err_set(err, sqlstate_class(state), state, "database: %s", line);
}
