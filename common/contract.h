/* contract.h - whether this program and the database can work together.
 *
 * The database keeps a version of the job contract (0011_job_contract.sql): a major number, which has to be
 * the program's, and as minor number its newest migration, which has to be at least the program's. So
 * programs of several versions may share a database while it and they are brought to a newer version, one
 * after the other.
 */
#ifndef PACELINE_CONTRACT_H
#define PACELINE_CONTRACT_H

#include <stdbool.h>

#include "common/db.h"
#include "common/err.h"

enum { CONTRACT_MAJOR = 1 };

/* contract_minor returns the number of the newest migration that this program was built with. */
int contract_minor(void);

/* contract_connect is db_connect for whoever works with jobs. A new connection to a database whose contract
 * does not fit is closed again: ERR_INVALID_DATA, and contract_is_refused tells it from other errors; a role
 * then ends with EXIT_CODE_CONFIG. One that is open stays in use, whatever is migrated meanwhile. */
MUST_CHECK bool contract_connect(Db *db, Err *err);
bool contract_is_refused(const Err *err);

/* contract_fits compares the database's version with what this program needs. Pure. */
MUST_CHECK bool contract_fits(int major, int minor, Err *err);

#endif
