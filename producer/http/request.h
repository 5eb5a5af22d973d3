/* request.h - one HTTP request: what came, and what is answered.
 *
 * Made by http.c when the header is there, filled with the body, handed to its route's handler, freed by the
 * server when the answer is out. A handler answers exactly once; or it sets is_waiting, keeps the pointer,
 * and the answer comes later: request_forgotten tells it when the request goes first.
 */
#ifndef PACELINE_REQUEST_H
#define PACELINE_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"
#include "producer/http/auth.h"
#include "producer/http/router.h"
#include "producer/trace.h"

typedef struct Request {
    struct MHD_Connection *connection;
    const Route *route; /* NULL until found */
    char param[ROUTE_PARAM_SIZE];
    Str body;
    Identity identity; /* of ROUTE_BEARER routes */
    char traceparent[TRACEPARENT_SIZE];
    int64_t began_at_us;
    bool is_too_large; /* its body is read no further */
    bool must_close;   /* where it ends is open to dispute: nothing more is read from its connection */
    bool is_waiting;   /* suspended: the answer comes later */
    void *waiter;      /* what the handler waits for; NULL after the answer */
    int status;        /* 0: not answered yet */
    Str answer;        /* JSON, or text for is_text */
    bool is_text;
    const char *allow; /* a 405's methods */
} Request;

MUST_CHECK Request *request_new(struct MHD_Connection *connection); /* NULL when memory is out */
void request_free(Request *request);

/* request_header and request_query return a header or an argument of the query string, or NULL. */
const char *request_header(const Request *request, const char *name);
const char *request_query(const Request *request, const char *name);

/* request_answer answers with a status; the JSON has been appended to request->answer. If memory ran out
 * while it was, the answer is 503. */
void request_answer(Request *request, int status);

/* request_refuse answers {"error":{"code","message","field"}}; field NULL: the error is about no field. */
void request_refuse(Request *request, int status, const char *code, const char *message, const char *field);

/* request_refuse_at is request_refuse for a body that is wrong at a byte:
 * {"error":{"code","message","field":null, "offset"}}. */
void request_refuse_at(Request *request, int status, const char *code, const char *message, size_t offset);

/* request_fail answers with what went wrong: invalid data 400, authentication 401, permission 403, database
 * or network away and no memory 503, anything else 500. field as request_refuse. Details of 5xx stay in the
 * log: the client gets a general message. */
void request_fail(Request *request, const Err *err, const char *field);

/* request_status_of is the status that request_fail gives an error. Pure. */
int request_status_of(const Err *err);

#endif
