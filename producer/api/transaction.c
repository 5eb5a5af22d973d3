#include "producer/api/transaction.h"

#include <string.h>

#include "sql.h"

#define ATTEMPTS_MAX 3

static bool
identity_set(Db *db, const Request *request, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, request->identity.is_service ? "service_role" : "authenticated");
    args_text(&args, request->identity.claims);
    args_text(&args, request->traceparent);
    return db_run(db, &sql_request_begin, &args, NULL, err);
}

/* attempt runs once. *ret_again: nothing has happened, and another try may succeed. */
static bool
attempt(Http *http, const Request *request, TransactionWork work, void *user, bool *ret_again, Err *err)
{
    Db *db = http_database(http, err);

    *ret_again = false;
    if (db == NULL) {
        return false;
    }
    if (!db_begin(db, err)) {
        *ret_again = !db_is_connected(db); /* the server had closed an idle connection */
        return false;
    }
    if (!identity_set(db, request, err) || !work(db, user, err)) {
        *ret_again = strncmp(err->code, "40", 2) == 0; /* serialization failure, deadlock */
        db_rollback(db);
        return false;
    }
    return db_commit(db, err);
}

bool
transaction_run(Http *http, const Request *request, TransactionWork work, void *user, Err *err)
{
    bool again = true;

    for (int i = 0; i < ATTEMPTS_MAX && again; i++) {
        *err = ERR_NONE;
        if (attempt(http, request, work, user, &again, err)) {
            return true;
        }
    }
    return false;
}
