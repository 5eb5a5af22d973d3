/* http_client.h - requests to other hosts: one client a process, its connections kept open, nothing that
 * blocks.
 *
 * For a poll loop of its owner: poll http_client_fd for reading, at most http_client_timeout_ms, then
 * http_client_serve; handlers run there. Or http_call, which runs that loop itself. TLS is verified,
 * redirects are not followed, and an answer is read up to a limit. Errors are ERR_NETWORK (code connect, dns,
 * tls, timeout, truncated or network), ERR_INVALID_DATA (code url or answer_too_large) or ERR_MEMORY_LIMIT;
 * any status is an answer. A message names method, host and path, never a query, a header or a body: there
 * tokens are. Single-threaded; does not cross a fork.
 */
#ifndef PACELINE_HTTP_CLIENT_H
#define PACELINE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/secret.h"
#include "common/str.h"

#define HTTP_TIMEOUT_US INT64_C(30000000) /* apis.md, section 1: a whole request */
#define HTTP_BODY_MAX (16U << 20)         /* bytes; the same: most answers */

typedef struct HttpClient HttpClient;

typedef struct HttpRequest {
    const char *method;
    const char *url;
    const Secret *bearer;       /* for the header Authorization; NULL: none */
    const char *content_type;   /* of the body; NULL without one */
    const Str *body;            /* NULL: none */
    const char *const *headers; /* more of them, "Name: value"; ends with NULL; may be NULL */
    int64_t timeout_us;         /* in all; 0: HTTP_TIMEOUT_US */
    size_t body_max;            /* of the answer; 0: HTTP_BODY_MAX */
} HttpRequest;

typedef struct HttpAnswer {
    int status;
    Str body;
    Str headers; /* for http_header */
    int64_t took_us;
} HttpAnswer;

#define HTTP_ANSWER_EMPTY ((HttpAnswer){ .status = 0 })
void http_answer_done(HttpAnswer *answer);

/* http_header returns the value of a header, whose name is compared without case, or NULL. Of several, the
 * first. */
const char *http_header(const HttpAnswer *answer, const char *name);

/* HttpHandler gets the answer, which it may empty to keep its parts, or NULL and an error. It may send, not
 * serve. */
typedef void (*HttpHandler)(void *user, HttpAnswer *answer, const Err *err);

/* http_client_new makes a client whose User-Agent names Paceline and, unless it is empty, the contact. NULL
 * when memory is out. */
MUST_CHECK HttpClient *http_client_new(const char *contact);
void http_client_free(HttpClient *client); /* cancels what is under way; NULL is fine */

/* http_send begins a request; what it points to is copied, but the body must last until the handler has run.
 * handler is called exactly once, unless http_cancel comes first. False if nothing was begun. */
MUST_CHECK bool http_send(HttpClient *client, const HttpRequest *request, HttpHandler handler, void *user,
                          Err *err);

/* http_cancel ends all requests of this user without calling their handler. */
void http_cancel(HttpClient *client, const void *user);

int http_client_fd(const HttpClient *client);
int http_client_timeout_ms(const HttpClient *client); /* -1: none */
void http_client_serve(HttpClient *client);

/* HttpWait is what http_call does meanwhile: it asks go_on every few milliseconds; false ends the request. */
typedef struct HttpWait {
    bool (*go_on)(void *user);
    void *user;
} HttpWait;

/* http_call sends and waits. Ended by wait: ERR_UNKNOWN, code "interrupted". *ret_answer is untouched on
 * failure. */
MUST_CHECK bool http_call(HttpClient *client, const HttpRequest *request, const HttpWait *wait,
                          HttpAnswer *ret_answer, Err *err);

/* http_retry_after_us reads a Retry-After, seconds or an HTTP date: the time from now_us (Unix time) on,
 * within 1 s and 24 h; 0 if text is NULL or neither. Pure. */
int64_t http_retry_after_us(const char *text, int64_t now_us);

/* http_encode appends text as a value in a query or a form: all but A-Z a-z 0-9 - _ . ~ as %XX (RFC 3986). */
void http_encode(Str *out, const char *text);

#endif
