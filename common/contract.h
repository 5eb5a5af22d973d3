/* contract.h - whether this program and the database can work together.
 *
 * The database says which version of the job contract it keeps (job_contract, set by migrations). The major
 * number has to be the program's; a higher minor number only has more than the program needs. So programs of
 * several versions may share a database while it and they are brought to a newer version, one after the
 * other.
 */
#ifndef PACELINE_CONTRACT_H
#define PACELINE_CONTRACT_H

#include <stdbool.h>

#include "common/db.h"
#include "common/err.h"

/* What this program needs; raised together with a migration (0011_job_contract.sql says when). */
enum { CONTRACT_MAJOR = 1, CONTRACT_MINOR = 1 };

/* contract_connect is db_connect for whoever works with jobs. A new connection to a database whose contract
 * does not fit is closed again: ERR_INVALID_DATA, and contract_is_refused tells it from other errors; a role
 * then ends with EXIT_CODE_CONFIG. One that is open stays in use, whatever is migrated meanwhile. */
MUST_CHECK bool contract_connect(Db *db, Err *err);
bool contract_is_refused(const Err *err);

/* contract_fits compares the database's version with what this program needs. Pure. */
MUST_CHECK bool contract_fits(int major, int minor, Err *err);

#endif
