/* token.h - what providers' token endpoints are asked and answer (OAuth 2.0; apis.md sections 2 and 5). Pure,
 * but for memory. Texts with secrets are wiped by their owner: token_form_done, token_done.
 */
#ifndef PACELINE_TOKEN_H
#define PACELINE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"
#include "common/provider/http_client.h"
#include "common/provider/provider.h"
#include "common/secret.h"
#include "common/str.h"

#define TOKEN_TIMEOUT_US                                                                                     \
    INT64_C(8000000) /* in all: less than the database's idle_in_transaction_session_timeout */
#define TOKEN_BYTES_MAX 4096

typedef struct Token {
    Secret *access;
    Secret *refresh; /* NULL: the answer had none, the old one stays */
    int64_t expires_in_s;
    char provider_user_id[32]; /* Strava's athlete.id, which comes with a code's exchange; "" if it is not
                                  there */
} Token;

void token_done(Token *token);

/* TokenRequest is a request to a token endpoint, with the form as its body. */
typedef struct TokenRequest {
    Str url, form;
    HttpRequest http;
} TokenRequest;

/* token_request_make asks provider for a token: grant "refresh_token" with a refresh token, or
 * "authorization_code" with the code of a callback. ERR_PERMISSION_DENIED, code "not_configured", if the
 * options have no client of this provider. token_request_done also after a failure. */
MUST_CHECK bool token_request_make(TokenRequest *request, const Config *config, Provider provider,
                                   const char *grant, const char *value, Err *err);
void token_request_done(TokenRequest *request);

/* token_read reads the answer. Refused with 400 or 401: ERR_AUTHENTICATION with code "grant_refused", if it
 * is the grant that is bad; ERR_PERMISSION_DENIED, code "client_refused", if it is our own client id or
 * secret: then no account is to blame. Other statuses as provider_judge; an answer without what it must have
 * is ERR_TEMPORARY_API, code "not_json". No message has a token in it. *ret_token untouched on failure. */
MUST_CHECK bool token_read(Provider provider, HttpAnswer *answer, int64_t now_us, Token *ret_token, Err *err);

#endif
