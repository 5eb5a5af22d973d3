#include "common/provider/token.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json_read.h"

void
token_done(Token *token)
{
    secret_free(token->access);
    secret_free(token->refresh);
    *token = (Token){ .access = NULL };
}

static void
str_wipe(Str *str)
{
    if (str->bytes != NULL) {
        explicit_bzero(str->bytes, str->capacity);
    }
    str_done(str);
}

void
token_request_done(TokenRequest *request)
{
    str_done(&request->url);
    str_wipe(&request->form);
}

static void
field_add(Str *form, const char *name, const char *value)
{
    str_append(form, form->length > 0 ? "&" : "");
    str_append(form, name);
    str_append_char(form, '=');
    http_encode(form, value);
}

bool
token_request_make(TokenRequest *request, const Config *config, Provider provider, const char *grant,
                   const char *value, Err *err)
{
    bool is_strava = provider == PROVIDER_STRAVA;
    const char *client_id = is_strava ? config->strava_client_id : config->gmail_client_id;
    const Secret *client_secret = is_strava ? config->strava_client_secret : config->gmail_client_secret;

    *request = (TokenRequest){ .url = STR_EMPTY };
    if (client_id[0] == '\0' || client_secret == NULL) {
        return err_set(err, ERR_PERMISSION_DENIED, "not_configured",
                       "%s: the options %s_client_id and %s_client_secret are not set",
                       provider_name(provider), provider_name(provider), provider_name(provider));
    }
    str_append(&request->url, is_strava ? config->strava_url : config->gmail_token_url);
    str_append(&request->url, is_strava ? "/oauth/token" : "/token");
    field_add(&request->form, "client_id", client_id);
    field_add(&request->form, "client_secret", secret_text(client_secret));
    field_add(&request->form, "grant_type", grant);
    field_add(&request->form, strcmp(grant, "refresh_token") == 0 ? "refresh_token" : "code", value);
    if (!str_ok(&request->url) || !str_ok(&request->form)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a request");
    }
    request->http = (HttpRequest){ .method = "POST",
                                   .url = str_text(&request->url),
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = &request->form,
                                   .timeout_us = TOKEN_TIMEOUT_US,
                                   .body_max = 65536 };
    return true;
}

/* client_is_refused tells whether a refusal is about our application, not about a user's grant. */
static bool
client_is_refused(const cJSON *body)
{
    const cJSON *word = json_member(body, "error");
    if (cJSON_IsString(word)) {
        return strcmp(word->valuestring, "invalid_client") == 0 ||
               strcmp(word->valuestring, "unauthorized_client") == 0;
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_member(body, "errors"))
    {
        const cJSON *resource = json_member(item, "resource");
        if (cJSON_IsString(resource) && strcmp(resource->valuestring, "Application") == 0) {
            return true;
        }
    }
    return false;
}

static bool
refused(Provider provider, int status, const cJSON *body, Err *err)
{
    if (client_is_refused(body)) {
        return err_set(err, ERR_PERMISSION_DENIED, "client_refused",
                       "%s: %d: the client id or secret of this installation is refused",
                       provider_name(provider), status);
    }
    return err_set(err, ERR_AUTHENTICATION, "grant_refused", "%s: %d: the user's grant is refused",
                   provider_name(provider), status);
}

static bool
secret_read(const cJSON *body, const char *name, Secret **ret_secret, Err *err)
{
    const cJSON *member = json_member(body, name);
    const char *text = NULL;
    if (member == NULL) {
        return true;
    }
    if (!json_text(member, name, TOKEN_BYTES_MAX, &text, err)) {
        return false;
    }
    if (text[0] == '\0') {
        return true;
    }
    *ret_secret = secret_new(text, strlen(text));
    return *ret_secret != NULL || err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a token");
}

static bool
token_parse(const cJSON *body, Token *token, Err *err)
{
    const cJSON *expires = json_member(body, "expires_in");
    const cJSON *id = json_member(json_member(body, "athlete"), "id");
    int64_t number = 0;
    if (!secret_read(body, "access_token", &token->access, err) ||
        !secret_read(body, "refresh_token", &token->refresh, err)) {
        return false;
    }
    if (token->access == NULL || expires == NULL) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "access_token or expires_in is missing");
    }
    if (!json_int64(expires, "expires_in", &token->expires_in_s, err)) {
        return false;
    }
    if (token->expires_in_s < 0 || token->expires_in_s > INT32_MAX) {
        return err_set(err, ERR_INVALID_DATA, "invalid_field", "expires_in is out of range");
    }
    if (id != NULL) {
        if (!json_int64(id, "athlete.id", &number, err)) {
            return false;
        }
        (void)snprintf(token->provider_user_id, sizeof token->provider_user_id, "%lld", (long long)number);
    }
    return true;
}

bool
token_read(Provider provider, HttpAnswer *answer, int64_t now_us, Token *ret_token, Err *err)
{
    Err why = ERR_NONE;
    ProviderVerdict verdict;
    Token token = { .access = NULL };
    _cleanup_(json_delete) cJSON *body = json_parse(str_text(&answer->body), answer->body.length, &why);
    if (answer->body.bytes != NULL) {
        explicit_bzero(answer->body.bytes, answer->body.length);
    }
    str_clear(&answer->body); /* so that no message shows it */
    if (answer->status == 400 || answer->status == 401) {
        return refused(provider, answer->status, body, err);
    }
    if (!provider_judge(provider, "oauth.token", answer, now_us, &verdict, err)) {
        return false;
    }
    if (body == NULL || !token_parse(body, &token, &why)) {
        token_done(&token);
        return err_set(err, why.class == ERR_MEMORY_LIMIT ? why.class : ERR_TEMPORARY_API, "not_json",
                       "%s: the answer of the token endpoint: %s", provider_name(provider), why.message);
    }
    *ret_token = token;
    return true;
}
