/* jwks.h - public keys that sign tokens, from a JWKS file (RFC 7517).
 *
 * RSA keys of 2048 bits or more become RS256, P-256 keys ES256, both as PEM, which is what libjwt takes. Keys
 * for other uses and of other kinds are left out. Public keys are no secrets.
 */
#ifndef PACELINE_JWKS_H
#define PACELINE_JWKS_H

#include <jwt.h>
#include <stddef.h>

#include "common/err.h"

enum { JWKS_ID_SIZE = 128, JWKS_PEM_SIZE = 2048 };

typedef struct JwksKey {
    char id[JWKS_ID_SIZE]; /* "kid"; "" if it has none */
    jwt_alg_t alg;         /* JWT_ALG_RS256 or JWT_ALG_ES256: the only one this key is good for */
    char pem[JWKS_PEM_SIZE];
} JwksKey;

typedef struct Jwks {
    JwksKey *keys; /* [n] */
    size_t n;
} Jwks;

/* jwks_parse reads the text of a JWKS. ERR_INVALID_DATA if it is none, a key is damaged, or none is usable;
 * *ret_jwks untouched. Free with jwks_done. */
MUST_CHECK bool jwks_parse(const char *text, size_t length, Jwks *ret_jwks, Err *err);

/* jwks_load reads a file of at most 1 MiB; its name is in the message of a failure. */
MUST_CHECK bool jwks_load(const char *path, Jwks *ret_jwks, Err *err);
void jwks_done(Jwks *jwks);

/* jwks_find returns the key for a token's header: the one of that id; without an id the only key of that
 * algorithm. NULL if there is none. */
const JwksKey *jwks_find(const Jwks *jwks, const char *id, jwt_alg_t alg);

#endif
