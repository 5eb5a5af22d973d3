/* rotate-key - encrypt with the current key whatever was encrypted with another one that we still have.
 *
 * Nothing stands still meanwhile: a page of accounts is locked for the instant in which it is written.
 * Interrupted, it is run again; what has been done is not done twice.
 */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/keyring.h"
#include "reaper/operate.h"
#include "sql.h"

enum { PAGE_ROWS = 100, TOKENS = 2 };

enum { COLUMN_ID, COLUMN_FIRST_TOKEN };

/* Above the time for which a worker holds an account's row while it renews a token: 8 s. */
#define LOCK_TIMEOUT "SET lock_timeout = '30s'"

/* Rotation is how far the walk has come; numbers are of tokens. */
typedef struct Rotation {
    Command *command;
    Keyring keyring;
    char last_id[37];
    int64_t rotated, current, unreadable;
} Rotation;

/* Sealed is a token as it is to be stored: bytes [length], in a buffer of its own if it was encrypted anew.
 */
typedef struct Sealed {
    const void *bytes; /* NULL: the account has none */
    size_t length;
    unsigned char *owned;
} Sealed;

/* token_seal makes one token ready. What cannot be read stays as it is, and is said and counted. */
static bool
token_seal(Rotation *rotation, const PGresult *rows, int row, int column, Sealed *ret_sealed,
           bool *is_changed, Err *err)
{
    Err why = ERR_NONE;
    const void *bytes = PQgetvalue(rows, row, column);
    size_t length = (size_t)PQgetlength(rows, row, column);
    if (PQgetisnull(rows, row, column)) {
        return true;
    }
    *ret_sealed = (Sealed){ .bytes = bytes, .length = length };
    _cleanup_(secret_free_pointer) Secret *text = keyring_decrypt(&rotation->keyring, bytes, length, &why);
    if (text == NULL) {
        command_warn(rotation->command, "provider_accounts %s: %s: %s", PQgetvalue(rows, row, COLUMN_ID),
                     PQfname(rows, column), why.message);
        rotation->unreadable++;
        return why.class != ERR_MEMORY_LIMIT || err_set(err, why.class, why.code, "%s", why.message);
    }
    if (keyring_is_current(&rotation->keyring, bytes, length)) {
        rotation->current++;
        return true;
    }
    ret_sealed->owned = malloc(length);
    if (ret_sealed->owned == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    ret_sealed->bytes = ret_sealed->owned;
    *is_changed = true;
    rotation->rotated++;
    return keyring_encrypt(&rotation->keyring, secret_bytes(text), secret_length(text), ret_sealed->owned,
                           err);
}

static void
args_sealed(DbArgs *args, const Sealed *sealed)
{
    if (sealed->bytes != NULL) {
        args_bytes(args, sealed->bytes, sealed->length);
    } else {
        args_null(args);
    }
}

static bool
account_rotate(Rotation *rotation, Db *db, const PGresult *rows, int row, Err *err)
{
    Sealed tokens[TOKENS] = { { .bytes = NULL }, { .bytes = NULL } };
    bool is_changed = false;
    bool is_good = true;
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, PQgetvalue(rows, row, COLUMN_ID));
    for (int i = 0; is_good && i < TOKENS; i++) {
        is_good = token_seal(rotation, rows, row, COLUMN_FIRST_TOKEN + i, &tokens[i], &is_changed, err);
        args_sealed(&args, &tokens[i]);
    }
    if (is_good && is_changed) {
        is_good = db_run(db, &sql_account_tokens_store, &args, NULL, err);
    }
    for (int i = 0; i < TOKENS; i++) {
        free(tokens[i].owned);
    }
    return is_good;
}

/* page_rotate serves the next accounts in one transaction. *ret_rows 0: there are no more. */
static bool
page_rotate(Rotation *rotation, Db *db, int *ret_rows, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, rotation->last_id);
    args_int(&args, PAGE_ROWS);
    _cleanup_(db_result_clear) PGresult *rows = db_query_binary(db, &sql_account_tokens, &args, err);
    if (rows == NULL) {
        return false;
    }
    int n = PQntuples(rows);
    for (int row = 0; row < n; row++) {
        if (!account_rotate(rotation, db, rows, row, err)) {
            return false;
        }
    }
    if (n > 0) {
        (void)str_copy(rotation->last_id, sizeof rotation->last_id, PQgetvalue(rows, n - 1, COLUMN_ID));
    }
    *ret_rows = n;
    return true;
}

static bool
rotate(Rotation *rotation, Db *db, Err *err)
{
    int rows = 1;
    while (rows > 0) {
        Rotation before = *rotation;
        if (!db_begin(db, err) || !page_rotate(rotation, db, &rows, err) || !db_commit(db, err)) {
            db_rollback(db);
            *rotation = before;
            return false;
        }
    }
    return true;
}

int
rotate_key_command(Command *command)
{
    Rotation rotation = { .command = command, .last_id = "00000000-0000-0000-0000-000000000000" };
    const Config *config = command->config;
    Err err = ERR_NONE;
    if (!command_parse(command, COMMAND_NO_OPTIONS, 0, 0)) {
        return EXIT_CODE_USAGE;
    }
    if (!keyring_init(&rotation.keyring, config->secret_key, config->secret_key_old, &err)) {
        (void)command_fail(command, &err);
        return EXIT_CODE_CONFIG;
    }
    bool is_good = command_connect(command, &err) && db_script(command->db, LOCK_TIMEOUT, &err) &&
                   rotate(&rotation, command->db, &err);
    printf("tokens: %lld encrypted anew, %lld were already, %lld unreadable\n", (long long)rotation.rotated,
           (long long)rotation.current, (long long)rotation.unreadable);
    if (!is_good) {
        return command_fail(command, &err);
    }
    return rotation.unreadable > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}
