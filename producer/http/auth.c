#include "producer/http/auth.h"

#include <ctype.h>
#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/json_read.h"
#include "common/str.h"
#include "producer/http/jwks.h"

#define LEEWAY_S 60 /* clocks of issuer and server may differ (apis.md, section 6) */
#define TOKEN_BYTES_MAX 16384
#define SERVICE_CLAIMS "{\"role\":\"service_role\"}"

struct Auth {
    const Config *config;
    Jwks jwks;
};

Auth *
auth_new(const Config *config, Err *err)
{
    Auth *auth = calloc(1, sizeof(*auth));

    if (auth == NULL) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "auth: no memory");
        return NULL;
    }
    auth->config = config;
    if (!auth_reload(auth, err)) {
        auth_free(auth);
        return NULL;
    }
    return auth;
}

void
auth_free(Auth *auth)
{
    if (auth != NULL) {
        jwks_done(&auth->jwks);
        free(auth);
    }
}

bool
auth_reload(Auth *auth, Err *err)
{
    Jwks jwks = { .keys = NULL };

    if (auth->config->jwks[0] != '\0' && !jwks_load(auth->config->jwks, &jwks, err)) {
        return false;
    }
    jwks_done(&auth->jwks);
    auth->jwks = jwks;
    return true;
}

void
identity_done(Identity *identity)
{
    free(identity->claims);
    *identity = (Identity){ .claims = NULL };
}

static bool
refused(Err *err, const char *code, const char *why)
{
    return err_set(err, ERR_AUTHENTICATION, code, "%s", why);
}

/* segment_decode decodes one base64url part of a token and parses it; ret_text is freed by the caller. */
static cJSON *
segment_decode(const char *segment, size_t n, char **ret_text)
{
    size_t length = 0;
    char *text = malloc(n + 1);
    Err ignored = ERR_NONE;

    if (text == NULL || sodium_base642bin((unsigned char *)text, n, segment, n, NULL, &length, NULL,
                                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    *ret_text = text;
    cJSON *json = json_parse(text, length, &ignored);
    return json;
}

static const char *
member_text(const cJSON *json, const char *name)
{
    const cJSON *value = json_member(json, name);

    return value != NULL && cJSON_IsString(value) ? value->valuestring : NULL;
}

/* key_choose finds the key and algorithm that a token with this header must be signed with. */
static const unsigned char *
key_choose(const Auth *auth, const cJSON *header, jwt_alg_t *ret_alg, int *ret_length)
{
    const char *alg = member_text(header, "alg");
    const JwksKey *key = NULL;

    if (alg == NULL || json_member(header, "crit") != NULL) {
        return NULL;
    }
    if (strcmp(alg, "HS256") == 0 && auth->config->jwt_secret != NULL) {
        *ret_alg = JWT_ALG_HS256;
        *ret_length = (int)secret_length(auth->config->jwt_secret);
        return secret_bytes(auth->config->jwt_secret);
    }
    if (strcmp(alg, "RS256") == 0) {
        *ret_alg = JWT_ALG_RS256;
        key = jwks_find(&auth->jwks, member_text(header, "kid"), JWT_ALG_RS256);
    } else if (strcmp(alg, "ES256") == 0) {
        *ret_alg = JWT_ALG_ES256;
        key = jwks_find(&auth->jwks, member_text(header, "kid"), JWT_ALG_ES256);
    }
    if (key == NULL) {
        return NULL;
    }
    *ret_length = (int)strlen(key->pem);
    return (const unsigned char *)key->pem;
}

static bool
signature_is_good(const Auth *auth, const char *token, const cJSON *header)
{
    jwt_alg_t alg = JWT_ALG_NONE;
    int length = 0;
    const unsigned char *key = key_choose(auth, header, &alg, &length);
    jwt_t *jwt = NULL;

    if (key == NULL || jwt_decode(&jwt, token, key, length) != 0) {
        return false;
    }
    bool is_pinned = jwt_get_alg(jwt) == alg; /* what libjwt checked is what we chose */
    jwt_free(jwt);
    return is_pinned;
}

/* uuid_copy copies a uuid in lower case; false if text is none. */
static bool
uuid_copy(const char *text, char ret_uuid[37])
{
    if (text == NULL || strlen(text) != 36) {
        return false;
    }
    for (int i = 0; i < 36; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
        ret_uuid[i] = (char)tolower((unsigned char)text[i]);
    }
    ret_uuid[36] = '\0';
    return true;
}

/* times_are_good checks exp, which must be there, and nbf. */
static bool
times_are_good(const cJSON *claims, int64_t now_s, Err *err)
{
    double expires_s = 0;
    double begins_s = 0;

    if (json_member(claims, "exp") == NULL ||
        !json_number(json_member(claims, "exp"), "exp", &expires_s, err)) {
        return refused(err, "bad_token", "the token does not say when it expires");
    }
    if (expires_s + LEEWAY_S < (double)now_s) {
        return refused(err, "expired_token", "the token has expired");
    }
    if (json_member(claims, "nbf") != NULL) {
        if (!json_number(json_member(claims, "nbf"), "nbf", &begins_s, err) ||
            begins_s - LEEWAY_S > (double)now_s) {
            return refused(err, "bad_token", "the token is not valid yet");
        }
    }
    return true;
}

static bool
claims_read(const cJSON *claims, int64_t now_s, Identity *identity, Err *err)
{
    const char *role = member_text(claims, "role");

    if (!times_are_good(claims, now_s, err)) {
        return false;
    }
    bool has_user = uuid_copy(member_text(claims, "sub"), identity->user_id);
    if (role != NULL && strcmp(role, "service_role") == 0) {
        identity->is_service = true;
        return true;
    }
    if (role == NULL || strcmp(role, "authenticated") != 0) {
        return err_set(err, ERR_PERMISSION_DENIED, "role_refused",
                       "the token's role may not use this interface");
    }
    return has_user || refused(err, "bad_token", "the token names no user");
}

static bool
token_read(const Auth *auth, const char *token, int64_t now_s, Identity *identity, Err *err)
{
    _cleanup_(free_pointer) char *header_text = NULL;
    _cleanup_(json_delete) cJSON *header = NULL;
    _cleanup_(json_delete) cJSON *claims = NULL;
    const char *first = strchr(token, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;

    if (second == NULL || strchr(second + 1, '.') != NULL || strlen(token) > TOKEN_BYTES_MAX) {
        return refused(err, "bad_token", "the token is none that this server takes");
    }
    header = segment_decode(token, (size_t)(first - token), &header_text);
    if (header == NULL || !signature_is_good(auth, token, header)) {
        return refused(err, "bad_token", "the token is none that this server takes");
    }
    claims = segment_decode(first + 1, (size_t)(second - first - 1), &identity->claims);
    if (claims == NULL || !cJSON_IsObject(claims)) {
        return refused(err, "bad_token", "the token has no claims");
    }
    return claims_read(claims, now_s, identity, err);
}

bool
auth_bearer(const Auth *auth, const char *authorization, int64_t now_s, Identity *ret_identity, Err *err)
{
    Identity identity = { .claims = NULL };

    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0) {
        return refused(err, "no_token", "a bearer token is needed");
    }
    const char *token = authorization + 7 + strspn(authorization + 7, " ");
    if (secret_equals(auth->config->service_key, token, strlen(token))) {
        identity.is_service = true;
        identity.claims = strdup(SERVICE_CLAIMS);
        if (identity.claims == NULL) {
            return err_set(err, ERR_MEMORY_LIMIT, "memory", "auth: no memory");
        }
    } else if (!token_read(auth, token, now_s, &identity, err)) {
        identity_done(&identity);
        return false;
    }
    *ret_identity = identity;
    return true;
}

bool
auth_webhook(const Auth *auth, const char *secret)
{
    return secret != NULL && secret_equals(auth->config->webhook_secret, secret, strlen(secret));
}
