#include "common/contract.h"

#include <string.h>

#include "common/str.h"
#include "sql.h"

#define REFUSED "contract"
#define UNDEFINED_TABLE "42P01" /* SQLSTATE */

int
contract_minor(void)
{
    int newest = 0;
    for (const SqlMigration *m = sql_migrations; m->name != NULL; m++) {
        newest = m->number;
    }
    return newest;
}

bool
contract_is_refused(const Err *err)
{
    return strcmp(err->code, REFUSED) == 0;
}

bool
contract_fits(int major, int minor, Err *err)
{
    if (major > CONTRACT_MAJOR) {
        return err_set(err, ERR_INVALID_DATA, REFUSED,
                       "the database keeps contract %d.%d, which this program (contract %d.%d) is too old to "
                       "share: update the program",
                       major, minor, CONTRACT_MAJOR, contract_minor());
    }
    if (major < CONTRACT_MAJOR || minor < contract_minor()) {
        return err_set(err, ERR_INVALID_DATA, REFUSED,
                       "the database keeps contract %d.%d, but this program needs %d.%d: run paceline-reaper "
                       "migrate of this version",
                       major, minor, CONTRACT_MAJOR, contract_minor());
    }
    return true;
}

static bool
contract_check(Db *db, Err *err)
{
    Err why = ERR_NONE;
    int64_t major = 0;
    int64_t minor = 0;
    _cleanup_(db_result_clear) PGresult *row = db_query(db, &sql_contract, NULL, &why);
    if (row == NULL && strcmp(why.code, UNDEFINED_TABLE) != 0) {
        return err_set(err, why.class, why.code, "contract: %s", why.message);
    }
    if (row == NULL || PQntuples(row) != 1) {
        return err_set(err, ERR_INVALID_DATA, REFUSED,
                       "the database says nothing of its contract: run paceline-reaper migrate");
    }
    if (!str_to_int64(PQgetvalue(row, 0, 0), &major) || !str_to_int64(PQgetvalue(row, 0, 1), &minor)) {
        return err_set(err, ERR_INVALID_DATA, REFUSED, "the database's contract is not a number");
    }
    return contract_fits((int)major, (int)minor, err);
}

bool
contract_connect(Db *db, Err *err)
{
    if (db_is_connected(db)) {
        return true;
    }
    if (!db_connect(db, err)) {
        return false;
    }
    if (!contract_check(db, err)) {
        db_disconnect(db);
        return false;
    }
    return true;
}
