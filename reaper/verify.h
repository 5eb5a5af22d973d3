/* verify.h - every invariant of the job contract, asked of one snapshot of the database.
 *
 * Each is a query of sql/queries/verify_*.sql that returns its violations: kind, key (NULL where it is not
 * about one job) and what is wrong. A query that cannot run, because a column is missing say, is a violation
 * too.
 */
#ifndef PACELINE_VERIFY_H
#define PACELINE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/db.h"
#include "common/err.h"

enum { VERIFY_MOST = 1000 }; /* violations that one query reports */

/* VerifyReport gets each violation; kind and key may be NULL. */
typedef void (*VerifyReport)(void *user, const char *kind, const char *key, const char *what);

/* verify_run runs every check; slot and publication are those of the configuration. False only if the
 * database cannot be asked. */
MUST_CHECK bool verify_run(Db *db, const char *slot, const char *publication, VerifyReport report, void *user,
                           Err *err);

#endif
