/* account.h - a user's access token at a provider, refreshed when it is due, by one caller of the fleet at a
 * time.
 *
 * The refresh holds the account's row (FOR UPDATE NOWAIT, which a crash releases) for at most 8 s, stores the
 * answer, and only then uses it. Worker side; no transaction may be open on the session's connection.
 */
#ifndef PACELINE_ACCOUNT_H
#define PACELINE_ACCOUNT_H

#include "common/err.h"
#include "common/provider/provider.h"
#include "common/provider/session.h"
#include "common/secret.h"

/* account_token returns the access token, good for 10 min or more, to be freed by the caller.
 *   refused  a token that the provider has just answered with 401: unless another is stored by now, it is
 * refreshed whatever its age; NULL at first ERR_AUTHENTICATION: code "not_connected" (no account),
 * "account_revoked" (the user must connect again; also when the refresh is refused: then the account is
 * revoked here). ERR_RATE_LIMIT, code "token_busy": another refreshes it at this moment; again in 2 s.
 * Otherwise as token_request_make, token_read, http_call or the database. */
MUST_CHECK Secret *account_token(ProviderSession *session, Provider provider, const char *user_id,
                                 const Secret *refused, Err *err);

#endif
