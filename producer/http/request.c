#include "producer/http/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

Request *
request_new(struct MHD_Connection *connection)
{
    Request *request = calloc(1, sizeof(*request));

    if (request != NULL) {
        request->connection = connection;
        request->began_at_us = clock_monotonic_us();
    }
    return request;
}

void
request_free(Request *request)
{
    if (request != NULL) {
        str_done(&request->body);
        str_done(&request->answer);
        identity_done(&request->identity);
        free(request);
    }
}

const char *
request_header(const Request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *
request_query(const Request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

void
request_answer(Request *request, int status)
{
    if (!str_ok(&request->answer)) {
        str_done(&request->answer);
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    request->status = status;
}

void
request_refuse(Request *request, int status, const char *code, const char *message, const char *field)
{
    Str *answer = &request->answer;

    str_clear(answer);
    str_append(answer, "{\"error\":{\"code\":");
    str_append_json(answer, code);
    str_append(answer, ",\"message\":");
    str_append_json(answer, message);
    str_append(answer, ",\"field\":");
    if (field != NULL && field[0] != '\0') {
        str_append_json(answer, field);
    } else {
        str_append(answer, "null");
    }
    str_append(answer, "}}");
    request_answer(request, status);
}

void
request_refuse_at(Request *request, int status, const char *code, const char *message, size_t offset)
{
    request_refuse(request, status, code, message, NULL);
    if (request->status == status) {
        request->answer.length -= strlen("}}");
        str_append_format(&request->answer, ",\"offset\":%zu}}", offset);
        request_answer(request, status);
    }
}

int
request_status_of(const Err *err)
{
    switch (err->class) {
    case ERR_INVALID_DATA:
        return strcmp(err->code, "42501") == 0 ? MHD_HTTP_FORBIDDEN : MHD_HTTP_BAD_REQUEST;
    case ERR_AUTHENTICATION:
        return MHD_HTTP_UNAUTHORIZED;
    case ERR_PERMISSION_DENIED:
        return MHD_HTTP_FORBIDDEN;
    case ERR_NETWORK:
    case ERR_DATABASE_TIMEOUT:
    case ERR_TEMPORARY_API:
    case ERR_FUNCTION_TIMEOUT:
    case ERR_MEMORY_LIMIT:
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    default:
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

void
request_fail(Request *request, const Err *err, const char *field)
{
    int status = request_status_of(err);

    if (strcmp(err->code, "commit_unknown") == 0) {
        request_refuse(request, status, err->code, "it may have been stored or not; send it again", NULL);
    } else if (status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        request_refuse(request, status, "unavailable", "not possible right now; nothing was stored", NULL);
    } else if (status == MHD_HTTP_INTERNAL_SERVER_ERROR) {
        request_refuse(request, status, "internal_error", "this request cannot be answered", NULL);
    } else {
        request_refuse(request, status, err->code, err->message, field);
    }
}
