#include "common/provider/account.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/failpoint.h"
#include "common/keyring.h"
#include "common/provider/token.h"
#include "sql.h"

#define BUSY_US INT64_C(2000000) /* sync.md, section 5: another refreshes */
#define LOCK_NOT_AVAILABLE "55P03"

enum { COLUMN_ID, COLUMN_STATUS, COLUMN_FRESH, COLUMN_ACCESS, COLUMN_REFRESH };

/* Account is who asks for what, on the way through the steps below. */
typedef struct Account {
    ProviderSession *session;
    Provider provider;
    const char *user_id;
    const Secret *refused;
    Keyring keyring;
} Account;

static Secret *
decrypt(const Account *account, const PGresult *row, int column, Err *err)
{
    Err why = ERR_NONE;
    Secret *secret = keyring_decrypt(&account->keyring, PQgetvalue(row, 0, column),
                                     (size_t)PQgetlength(row, 0, column), &why);
    if (secret == NULL) {
        (void)err_set(err, why.class, why.code, "%s: account %s: %s: %s", provider_name(account->provider),
                      PQgetvalue(row, 0, COLUMN_ID), PQfname(row, column), why.message);
    }
    return secret;
}

/* account_query reads the row; NULL with an error if it is not there or revoked. */
static PGresult *
account_query(const Account *account, const SqlQuery *query, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    const char *name = provider_name(account->provider);
    args_text(&args, name);
    args_text(&args, account->user_id);
    PGresult *row = db_query_binary(account->session->db, query, &args, err);
    if (row == NULL) {
        return NULL;
    }
    if (PQntuples(row) == 0) {
        (void)err_set(err, ERR_AUTHENTICATION, "not_connected", "%s: the user has not connected an account",
                      name);
    } else if (strcmp(PQgetvalue(row, 0, COLUMN_STATUS), "active") != 0 ||
               PQgetisnull(row, 0, COLUMN_ACCESS)) {
        (void)err_set(err, ERR_AUTHENTICATION, "account_revoked",
                      "%s: the grant of account %s was revoked; the user must connect again", name,
                      PQgetvalue(row, 0, COLUMN_ID));
    } else {
        return row;
    }
    PQclear(row);
    return NULL;
}

/* usable sets *ret_token to the stored token if it will do; to NULL if it must be refreshed. */
static bool
usable(const Account *account, const PGresult *row, Secret **ret_token, Err *err)
{
    Secret *token = decrypt(account, row, COLUMN_ACCESS, err);
    *ret_token = NULL;
    if (token == NULL) {
        return false;
    }
    bool is_refused = account->refused != NULL &&
                      secret_equals(account->refused, secret_bytes(token), secret_length(token));
    bool is_fresh = strcmp(PQgetvalue(row, 0, COLUMN_FRESH), "true") == 0;
    if (is_fresh && !is_refused) {
        *ret_token = token;
    } else {
        secret_free(token);
    }
    return true;
}

/* --- the refresh; the account's row is locked --- */

/* go_on_anyway: a refresh that was sent is waited for, or its answer would be lost, and perhaps the account.
 */
static bool
go_on_anyway(void *user)
{
    ProviderSession *session = user;
    (void)session->wait.go_on(session->wait.user);
    return true;
}

static void
report(const Account *account, const HttpAnswer *answer, const Err *err)
{
    ProviderReport report = { .endpoint =
                                  account->provider == PROVIDER_STRAVA ? "strava.token" : "gmail.token",
                              .status = answer->status,
                              .took_us = answer->took_us,
                              .tries = 1,
                              .budget_left = -1,
                              .err = err,
                              .is_admitted = true };
    account->session->report(account->session->user, &report);
}

/* token_ask has the provider refresh. */
static bool
token_ask(const Account *account, const Secret *refresh, Token *ret_token, Err *err)
{
    ProviderSession *session = account->session;
    HttpWait wait = { .go_on = go_on_anyway, .user = session };
    _cleanup_(token_request_done) TokenRequest request;
    _cleanup_(http_answer_done) HttpAnswer answer = HTTP_ANSWER_EMPTY;
    if (!token_request_make(&request, session->config, account->provider, "refresh_token",
                            secret_text(refresh), err)) {
        return false;
    }
    bool is_good = http_call(session->http, &request.http, &wait, &answer, err) &&
                   token_read(account->provider, &answer, clock_wall_us(), ret_token, err);
    report(account, &answer, is_good ? NULL : err);
    return is_good;
}

static bool
args_encrypted(const Account *account, DbArgs *args, const Secret *secret,
               unsigned char buffer[TOKEN_BYTES_MAX + KEYRING_OVERHEAD_BYTES], Err *err)
{
    if (secret == NULL) {
        args_null(args);
        return true;
    }
    if (!keyring_encrypt(&account->keyring, secret_bytes(secret), secret_length(secret), buffer, err)) {
        return false;
    }
    args_bytes(args, buffer, secret_length(secret) + KEYRING_OVERHEAD_BYTES);
    return true;
}

static bool
token_store(const Account *account, const char *id, const Token *token, Err *err)
{
    unsigned char access[TOKEN_BYTES_MAX + KEYRING_OVERHEAD_BYTES];
    unsigned char refresh[TOKEN_BYTES_MAX + KEYRING_OVERHEAD_BYTES];
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, id);
    if (!args_encrypted(account, &args, token->access, access, err) ||
        !args_encrypted(account, &args, token->refresh, refresh, err)) {
        return false;
    }
    args_int(&args, token->expires_in_s);
    return db_run(account->session->db, &sql_account_refreshed, &args, NULL, err) &&
           db_commit(account->session->db, err);
}

/* account_revoke writes down that the provider refused the grant. err keeps saying that, or why it could not
 * be written. */
static bool
account_revoke(const Account *account, const char *id, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, id);
    if (!db_run(account->session->db, &sql_account_revoked, &args, NULL, err) ||
        !db_commit(account->session->db, err)) {
        return false;
    }
    return err_set(err, ERR_AUTHENTICATION, "account_revoked",
                   "%s: the grant of account %s is refused; the user must connect again",
                   provider_name(account->provider), id);
}

/* refresh_locked asks for a token and stores the answer, or the refusal; either commits. */
static bool
refresh_locked(const Account *account, const PGresult *row, Secret **ret_token, Err *err)
{
    const char *id = PQgetvalue(row, 0, COLUMN_ID);
    _cleanup_(token_done) Token token = { .access = NULL };
    if (PQgetisnull(row, 0, COLUMN_REFRESH)) {
        return account_revoke(account, id, err);
    }
    _cleanup_(secret_free_pointer) Secret *refresh = decrypt(account, row, COLUMN_REFRESH, err);
    if (refresh == NULL) {
        return false;
    }
    if (!token_ask(account, refresh, &token, err)) {
        return strcmp(err->code, "grant_refused") == 0 ? account_revoke(account, id, err) : false;
    }
    failpoint("account.refreshed");
    if (!token_store(account, id, &token, err)) {
        return false;
    }
    *ret_token = token.access;
    token.access = NULL;
    return true;
}

/* token_refresh takes the row and looks again: another may have been faster. */
static bool
token_refresh(const Account *account, Secret **ret_token, Err *err)
{
    Db *db = account->session->db;
    if (!db_begin(db, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *row = account_query(account, &sql_account_lock, err);
    bool is_good = row != NULL && usable(account, row, ret_token, err);
    if (is_good && *ret_token == NULL) {
        is_good = refresh_locked(account, row, ret_token, err);
    }
    db_rollback(db); /* nothing, after a commit */
    if (!is_good && strcmp(err->code, LOCK_NOT_AVAILABLE) == 0) {
        (void)err_set(err, ERR_RATE_LIMIT, "token_busy", "%s: another worker is refreshing this user's token",
                      provider_name(account->provider));
        err->retry_at_us = clock_wall_us() + BUSY_US;
    }
    return is_good;
}

Secret *
account_token(ProviderSession *session, Provider provider, const char *user_id, const Secret *refused,
              Err *err)
{
    Account account = { .session = session, .provider = provider, .user_id = user_id, .refused = refused };
    Secret *token = NULL;
    if (!keyring_init(&account.keyring, session->config->secret_key, session->config->secret_key_old, err)) {
        return NULL;
    }
    _cleanup_(db_result_clear) PGresult *row = account_query(&account, &sql_account_read, err);
    if (row == NULL || !usable(&account, row, &token, err)) {
        return NULL;
    }
    if (token == NULL && !token_refresh(&account, &token, err)) {
        return NULL;
    }
    return token;
}
