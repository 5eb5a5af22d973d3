/* auth.h - who asks: a user by a signed token, a machine by the service key, a database by the webhook
 * secret.
 *
 * Tokens are JWTs as Supabase issues them. The algorithm is pinned to the kind of key that is configured:
 * HS256 with PACELINE_JWT_SECRET, RS256 or ES256 with a key of the JWKS file; whatever else a token's header
 * names is refused, `none` first. Secrets are compared in constant time and stand in no message. A role
 * process makes its Auth after the fork.
 */
#ifndef PACELINE_AUTH_H
#define PACELINE_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"

typedef struct Auth Auth;

typedef struct Identity {
    bool is_service;  /* the service key, or a token with the role service_role */
    char user_id[37]; /* the token's sub, lower case; "" for a service without one */
    char *claims;     /* JSON for request.jwt.claims; freed by identity_done */
} Identity;

/* auth_new keeps pointers to the secrets of config, which must live longer, and loads its JWKS. */
MUST_CHECK Auth *auth_new(const Config *config, Err *err);
void auth_free(Auth *auth); /* NULL is fine */

/* auth_reload loads the JWKS again; on failure the keys from before stay. */
MUST_CHECK bool auth_reload(Auth *auth, Err *err);

/* auth_bearer checks the header Authorization (NULL: none). now_s: Unix time.
 * ERR_AUTHENTICATION: no valid token, code no_token, bad_token or expired_token. ERR_PERMISSION_DENIED:
 * valid, but its role may not use this interface, code role_refused. *ret_identity untouched on failure. */
MUST_CHECK bool auth_bearer(const Auth *auth, const char *authorization, int64_t now_s,
                            Identity *ret_identity, Err *err);
void identity_done(Identity *identity);

/* auth_webhook checks the header X-Paceline-Secret (NULL: none); false also if no secret is configured. */
bool auth_webhook(const Auth *auth, const char *secret);

#endif
