#include "reaper/migrate.h"

#include <sodium.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "sql.h"

enum { CHECKSUM_SIZE = crypto_hash_sha256_BYTES * 2 + 1 };

static void
checksum_print(const char *text, char buffer[CHECKSUM_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(buffer, CHECKSUM_SIZE, hash, sizeof hash);
}

static const SqlMigration *
migration_find(const SqlMigration *migrations, const char *number)
{
    int64_t wanted = 0;
    for (const SqlMigration *m = migrations; str_to_int64(number, &wanted) && m->name != NULL; m++) {
        if (m->number == wanted) {
            return m;
        }
    }
    return NULL;
}

/* applied_check compares what the database has with what we have. */
static bool
applied_check(const PGresult *applied, const SqlMigration *migrations, Err *err)
{
    for (int row = 0; row < PQntuples(applied); row++) {
        char checksum[CHECKSUM_SIZE];
        const char *name = PQgetvalue(applied, row, 1);
        const SqlMigration *ours = migration_find(migrations, PQgetvalue(applied, row, 0));
        if (ours == NULL) {
            return err_set(err, ERR_INVALID_DATA, "unknown_migration",
                           "migrate: the database has %s, which this program does not know: it is older than "
                           "the database",
                           name);
        }
        checksum_print(ours->text, checksum);
        if (strcmp(checksum, PQgetvalue(applied, row, 2)) != 0) {
            return err_set(err, ERR_INVALID_DATA, "changed_migration",
                           "migrate: %s was applied with other contents than this program has", name);
        }
    }
    return true;
}

static bool
is_applied(const PGresult *applied, const SqlMigration *migration)
{
    for (int row = 0; row < PQntuples(applied); row++) {
        int64_t number = 0;
        if (str_to_int64(PQgetvalue(applied, row, 0), &number) && number == migration->number) {
            return true;
        }
    }
    return false;
}

static bool
migration_apply(Db *db, const SqlMigration *migration, Err *err)
{
    char checksum[CHECKSUM_SIZE];
    DbArgs args = DB_ARGS_EMPTY;
    checksum_print(migration->text, checksum);
    args_int(&args, migration->number);
    args_text(&args, migration->name);
    args_text(&args, checksum);
    if (db_begin(db, err) && db_script(db, migration->text, err) &&
        db_run(db, &sql_migration_add, &args, NULL, err) && db_commit(db, err)) {
        LOG_INFO("migrate.apply", LOG_TEXT("migration", migration->name));
        return true;
    }
    db_rollback(db);
    if (err != NULL) {
        Err why = *err;
        err_set(err, why.class, why.code, "migrate: %s: %s", migration->name, why.message);
    }
    return false;
}

bool
migrate_run(Db *db, const SqlMigration *migrations, int *ret_applied, Err *err)
{
    int n = 0;
    if (!db_connect(db, err) ||
        !db_script(db, "SET search_path = public; SET statement_timeout = 0; SET lock_timeout = '60s'",
                   err) ||
        !db_run(db, &sql_migration_lock, NULL, NULL, err) ||
        !db_run(db, &sql_migration_table, NULL, NULL, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *applied = db_query(db, &sql_migration_list, NULL, err);
    if (applied == NULL || !applied_check(applied, migrations, err)) {
        return false;
    }
    for (const SqlMigration *m = migrations; m->name != NULL; m++) {
        if (!is_applied(applied, m)) {
            if (!migration_apply(db, m, err)) {
                return false;
            }
            n++;
        }
    }
    *ret_applied = n;
    return true;
}
