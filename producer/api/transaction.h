/* transaction.h - the database on behalf of who asks: their role, their claims, their trace, one transaction.
 */
#ifndef PACELINE_TRANSACTION_H
#define PACELINE_TRANSACTION_H

#include "common/db.h"
#include "common/err.h"
#include "producer/http/http.h"

/* TransactionWork does its queries; false rolls everything back. user is the caller's. */
typedef bool (*TransactionWork)(Db *db, void *user, Err *err);

/* transaction_run runs work in one transaction under the request's identity (a user: role authenticated; a
 * service: service_role) and commits. A deadlock, or a connection found broken before anything was sent, is
 * tried again, so that work may run up to three times. On failure nothing is stored; but code
 * "commit_unknown" means that nobody knows. */
MUST_CHECK bool transaction_run(Http *http, const Request *request, TransactionWork work, void *user,
                                Err *err);

#endif
