#include "producer/api/grant.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json_read.h"
#include "common/keyring.h"
#include "common/log.h"
#include "common/provider/token.h"
#include "common/uuid.h"
#include "sql.h"

enum { ID_MAX = 200, SCOPE_MAX = 500 };

bool
grant_provider_valid(const char *provider)
{
    return strcmp(provider, "strava") == 0 || strcmp(provider, "garmin") == 0 ||
           strcmp(provider, "gmail") == 0;
}

static bool
text_read(const cJSON *body, const char *name, size_t max_bytes, const char **ret_text, Err *err)
{
    const cJSON *member = json_member(body, name);
    if (member == NULL) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: is missing", name);
    }
    return json_text(member, name, max_bytes, ret_text, err) &&
           ((*ret_text)[0] != '\0' || err_set(err, ERR_INVALID_DATA, "invalid_field", "%s: is empty", name));
}

static bool
members_are_known(const cJSON *body, Err *err)
{
    static const char *const known[] = { "provider_user_id", "access_token", "refresh_token",
                                         "expires_at",       "scope",        "user_id" };
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, body)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] && strcmp(member->string, known[i]) != 0) {
            i++;
        }
        if (i == sizeof known / sizeof known[0]) {
            return err_set(err, ERR_INVALID_DATA, "invalid_field", "%.60s: is no part of a grant",
                           member->string);
        }
    }
    return true;
}

bool
grant_read(const cJSON *body, Grant *ret_grant, Err *err)
{
    Grant grant = *ret_grant;
    const cJSON *expires = json_member(body, "expires_at");
    const cJSON *user = json_member(body, "user_id");
    if (!cJSON_IsObject(body)) {
        return err_set(err, ERR_INVALID_DATA, "invalid_body", "the body is not a JSON object");
    }
    if (!members_are_known(body, err) ||
        !text_read(body, "provider_user_id", ID_MAX, &grant.provider_user_id, err) ||
        !text_read(body, "access_token", TOKEN_BYTES_MAX, &grant.access_token, err) ||
        !text_read(body, "refresh_token", TOKEN_BYTES_MAX, &grant.refresh_token, err) ||
        !text_read(body, "scope", SCOPE_MAX, &grant.scope, err)) {
        return false;
    }
    if (expires == NULL) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "expires_at: is missing");
    }
    if (!json_int64(expires, "expires_at", &grant.expires_at_s, err)) {
        return false;
    }
    if (grant.expires_at_s < 1 || grant.expires_at_s > UINT32_MAX) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "expires_at: is not a Unix time in seconds");
    }
    if (user != NULL &&
        (!json_text(user, "user_id", 36, &grant.user_id, err) || !uuid_valid(grant.user_id))) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "user_id: is not a uuid");
    }
    *ret_grant = grant;
    return true;
}

/* args_encrypted adds a token's ciphertext, which *ret_bytes owns. */
static bool
args_encrypted(DbArgs *args, const Keyring *keyring, const char *token, unsigned char **ret_bytes, Err *err)
{
    size_t n = strlen(token);
    *ret_bytes = malloc(n + KEYRING_OVERHEAD_BYTES);
    if (*ret_bytes == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a token");
    }
    if (!keyring_encrypt(keyring, token, n, *ret_bytes, err)) {
        return false;
    }
    args_bytes(args, *ret_bytes, n + KEYRING_OVERHEAD_BYTES);
    return true;
}

bool
grant_store(Http *http, const Grant *grant, Err *err)
{
    Keyring keyring;
    _cleanup_(free_pointer) unsigned char *access = NULL;
    _cleanup_(free_pointer) unsigned char *refresh = NULL;
    DbArgs args = DB_ARGS_EMPTY;
    if (!keyring_init(&keyring, http->config->secret_key, http->config->secret_key_old, err)) {
        return false;
    }
    args_text(&args, grant->user_id);
    args_text(&args, grant->provider);
    args_text(&args, grant->provider_user_id);
    if (!args_encrypted(&args, &keyring, grant->access_token, &access, err) ||
        !args_encrypted(&args, &keyring, grant->refresh_token, &refresh, err)) {
        return false;
    }
    if (grant->expires_at_s > 0) {
        args_int(&args, grant->expires_at_s);
    } else {
        args_null(&args);
    }
    args_int(&args, grant->expires_in_s);
    args_text(&args, grant->scope);
    Db *db = http_database(http, err);
    return db != NULL && db_run(db, &sql_account_store, &args, NULL, err);
}

void
grant_refuse(Request *request, const Err *err)
{
    if (strcmp(err->code, "23505") == 0) {
        request_refuse(request, MHD_HTTP_CONFLICT, "account_taken", "another user has connected this account",
                       NULL);
    } else if (strcmp(err->code, "no_key") == 0) {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "not_configured",
                       "this installation has no key to encrypt tokens with", NULL);
    } else {
        request_fail(request, err, NULL);
    }
    if (request->status >= MHD_HTTP_INTERNAL_SERVER_ERROR) {
        LOG_WARN("account.store", LOG_FAILURE(err), LOG_TEXT("traceparent", request->traceparent));
    }
}
