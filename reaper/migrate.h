/* migrate.h - bring the database to the schema that this program was built with. */
#ifndef PACELINE_MIGRATE_H
#define PACELINE_MIGRATE_H

#include "common/db.h"
#include "common/err.h"
#include "common/sql_query.h"

/* migrate_run applies what is missing of `migrations` (ended by an entry without a name), in order, each in
 * one transaction with its entry in paceline_migrations. Two at once are safe: the second waits (up to 60 s)
 * and finds nothing to do. Refuses to go on, changing nothing, if an applied migration has another checksum,
 * or the database has one that this program does not know. A failure leaves the ones before it applied.
 * ret_applied: how many were. */
MUST_CHECK bool migrate_run(Db *db, const SqlMigration *migrations, int *ret_applied, Err *err);

#endif
