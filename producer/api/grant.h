/* grant.h - a user's grant at a provider on its way into provider_accounts.
 *
 * Stored under the producer's own role, with a user who has proved to be one: no client writes that table.
 */
#ifndef PACELINE_GRANT_H
#define PACELINE_GRANT_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "common/err.h"
#include "producer/http/http.h"

/* Grant borrows its texts. */
typedef struct Grant {
    const char *user_id;
    const char *provider;         /* strava, garmin or gmail */
    const char *provider_user_id; /* 1 to 200 bytes */
    const char *access_token, *refresh_token;
    int64_t expires_at_s; /* Unix time; 0: expires_in_s says it */
    int64_t expires_in_s;
    const char *scope;
} Grant;

/* grant_provider_valid tells whether users connect accounts of a provider. Pure. */
bool grant_provider_valid(const char *provider);

/* grant_read takes a grant from the body of PUT /accounts/:provider; user_id may be in it. ERR_INVALID_DATA,
 * code "invalid_field" and a message that begins with the field. provider is left alone. The JSON is
 * borrowed. Pure. */
MUST_CHECK bool grant_read(const cJSON *body, Grant *ret_grant, Err *err);

/* grant_store encrypts and stores it. ERR_INVALID_DATA, code "23505", if another user has connected the
 * account; ERR_DATABASE_TIMEOUT if its token is being refreshed at this moment, or the database is away; code
 * "no_key" without PACELINE_SECRET_KEY. */
MUST_CHECK bool grant_store(Http *http, const Grant *grant, Err *err);

/* grant_refuse answers what grant_store said. */
void grant_refuse(Request *request, const Err *err);

#endif
