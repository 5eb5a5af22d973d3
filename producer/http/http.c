#include "producer/http/http.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/contract.h"
#include "common/exit_code.h"
#include "common/log.h"
#include "common/metrics.h"
#include "producer/api/api.h"

#define SECOND_US INT64_C(1000000)
#define DB_RETRY_US SECOND_US /* after a failed connection attempt */
#define PROBE_US (2 * SECOND_US)
#define PROBE_MS 50
#define DRAIN_US (8 * SECOND_US)
#define SLOW_FACTOR 4 /* a header, and then a body, may take so many times http_timeout_s in all */

/* --- answering --- */

static enum MHD_Result
answer_queue(const Http *http, Request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(request->answer.length, request->answer.bytes, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    bool is_good = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                           request->is_text ? "text/plain; charset=utf-8"
                                                            : "application/json") == MHD_YES &&
                   MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES;
    if (request->status == MHD_HTTP_UNAUTHORIZED) {
        is_good = is_good &&
                  MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer") == MHD_YES;
    }
    if (request->status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        is_good = is_good && MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "2") == MHD_YES;
    }
    if (request->allow != NULL) {
        is_good =
            is_good && MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->allow) == MHD_YES;
    }
    if (http->is_draining || request->is_too_large || request->must_close) {
        is_good =
            is_good && MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    }
    enum MHD_Result result =
        is_good ? MHD_queue_response(request->connection, (unsigned int)request->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static void
answer_record(const Request *request)
{
    static const char *const classes[] = { "other", "1xx", "2xx", "3xx", "4xx", "5xx" };
    double seconds = (double)(clock_monotonic_us() - request->began_at_us) / 1e6;

    metric_add(METRIC_HTTP_REQUEST_TOTAL, NULL,
               classes[request->status >= 100 && request->status < 600 ? request->status / 100 : 0], 1);
    metric_observe(METRIC_HTTP_REQUEST_SECONDS, NULL, NULL, seconds);
    LOG_DEBUG("http.request", LOG_TEXT("route", request->route != NULL ? request->route->path : NULL),
              LOG_INT("status", request->status), LOG_DOUBLE("seconds", seconds),
              LOG_TEXT("traceparent", request->traceparent));
}

/* --- receiving --- */

/* body_limit is how much of a body is kept: nothing where none is looked at, or anybody could fill the memory
 * by asking /livez with a body. */
static size_t
body_limit(const Http *http, const Request *request)
{
    return strcmp(request->route->method, "GET") == 0 ? 0 : http->config->http_body_max_bytes;
}

static enum MHD_Result
length_count(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    int *lengths = user;

    (void)kind;
    (void)value;
    *lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
                strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

/* length_is_disputable: a request that tells its length twice. libmicrohttpd takes one of them, a proxy in
 * front perhaps the other, and what is body to one is the next request to the other (RFC 9112, section 6.3).
 */
static bool
length_is_disputable(const Request *request)
{
    int lengths = 0;

    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, length_count, &lengths);
    return lengths > 1;
}

/* request_begin looks at the header: what is refused here is answered before the body is read. */
static void
request_begin(Http *http, Request *request, const char *method, const char *path)
{
    Err err = ERR_NONE;
    const char *trace = request_header(request, "traceparent");
    const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    int64_t length_n = 0;
    RouteMatch match = route_find(api_routes, api_route_count, method, path, &request->route, request->param);

    if (traceparent_valid(trace)) {
        (void)str_copy(request->traceparent, sizeof(request->traceparent), trace);
    } else {
        traceparent_make(&http->random, request->traceparent);
    }
    if (length_is_disputable(request)) {
        request->must_close = true;
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "bad_length", "the body's length is told twice", NULL);
    } else if (match == ROUTE_NO_PATH) {
        request_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "there is nothing here", NULL);
    } else if (match == ROUTE_NO_METHOD) {
        request->allow = api_methods(path);
        request_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
                       "this path does not take this method", NULL);
    } else if (request->route->auth == ROUTE_WEBHOOK &&
               !auth_webhook(http->auth, request_header(request, "X-Paceline-Secret"))) {
        metric_add(METRIC_WEBHOOK_RECEIVE_TOTAL, NULL, "unauthorized", 1);
        request_refuse(request, MHD_HTTP_UNAUTHORIZED, "bad_secret", "X-Paceline-Secret is missing or wrong",
                       NULL);
    } else if (request->route->auth == ROUTE_BEARER &&
               !auth_bearer(http->auth, request_header(request, MHD_HTTP_HEADER_AUTHORIZATION),
                            clock_wall_us() / SECOND_US, &request->identity, &err)) {
        request_fail(request, &err, NULL);
    } else if (length != NULL && str_to_int64(length, &length_n) &&
               (uint64_t)length_n > body_limit(http, request)) {
        request->is_too_large = true;
        request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "body_too_large", "the body is too large", NULL);
    }
}

/* body_take appends a piece of the body; false ends the connection. */
static bool
body_take(const Http *http, Request *request, const char *bytes, size_t n)
{
    size_t limit = body_limit(http, request);

    if (clock_monotonic_us() - request->began_at_us >
        SLOW_FACTOR * http->config->http_timeout_s * SECOND_US) {
        return false;
    }
    if (request->is_too_large || n > limit - request->body.length) {
        /* An answer is possible only at the end of the body, so a little more is read and dropped. */
        size_t dropped = request->is_too_large ? request->body.length : 0;
        str_clear(&request->body);
        request->body.length = dropped + n;
        request->is_too_large = true;
        return dropped <= http->config->http_body_max_bytes;
    }
    str_append_bytes(&request->body, bytes, n);
    return str_ok(&request->body);
}

static void
request_handle(Http *http, Request *request)
{
    if (request->is_too_large) {
        request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "body_too_large", "the body is too large", NULL);
    } else {
        request->route->handle(http, request);
    }
}

/* on_unescape refuses a NUL in a path or argument: what stands behind it would be seen by nobody. */
static size_t
on_unescape(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user;
    (void)connection;
    if (strstr(text, "%00") != NULL) {
        text[0] = '\0';
        return 0;
    }
    return MHD_http_unescape(text);
}

/* on_connection keeps the list of connections. */
static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode what)
{
    Http *http = user;
    HttpConnection *item = *context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        item = calloc(1, sizeof(*item));
        if (item != NULL) { /* without memory it has no deadline of its own: libmicrohttpd's must do */
            item->connection = connection;
            item->header_since_us = clock_monotonic_us();
            TAILQ_INSERT_TAIL(&http->connections, item, link);
        }
        *context = item;
    } else if (item != NULL) {
        TAILQ_REMOVE(&http->connections, item, link);
        free(item);
        *context = NULL;
    }
}

static void
header_waited(struct MHD_Connection *connection, int64_t since_us)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    HttpConnection *item = info != NULL ? info->socket_context : NULL;

    if (item != NULL) {
        item->header_since_us = since_us;
    }
}

/* slow_close ends connections that keep themselves alive by a byte now and then. */
static void
slow_close(Http *http)
{
    int64_t now_us = clock_monotonic_us();
    int64_t limit_us = SLOW_FACTOR * http->config->http_timeout_s * SECOND_US;
    const HttpConnection *item = NULL;

    if (now_us - http->swept_at_us < SECOND_US) {
        return;
    }
    http->swept_at_us = now_us;
    TAILQ_FOREACH(item, &http->connections, link)
    {
        if (item->header_since_us != 0 && now_us - item->header_since_us > limit_us) {
            const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(item->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
            if (info != NULL) {
                (void)shutdown(info->connect_fd, SHUT_RDWR); /* libmicrohttpd notices, and closes it */
            }
        }
    }
}

static enum MHD_Result
on_access(void *user, struct MHD_Connection *connection, const char *url, const char *method,
          const char *version, const char *upload, size_t *upload_n, void **context)
{
    Http *http = user;
    Request *request = *context;

    (void)version;
    if (request == NULL) {
        request = request_new(connection);
        if (request == NULL) {
            return MHD_NO;
        }
        *context = request;
        header_waited(connection, 0);
        http->requests++;
        request_begin(http, request, method, url);
        return request->status != 0 ? answer_queue(http, request) : MHD_YES;
    }
    if (*upload_n > 0) {
        bool is_good = body_take(http, request, upload, *upload_n);
        *upload_n = 0;
        return is_good ? MHD_YES : MHD_NO;
    }
    if (request->status == 0) {
        request_handle(http, request);
    }
    if (request->status == 0) {
        request->is_waiting = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return answer_queue(http, request);
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **context,
             enum MHD_RequestTerminationCode why)
{
    Http *http = user;
    Request *request = *context;

    (void)why;
    header_waited(connection, clock_monotonic_us());
    if (request == NULL) {
        return;
    }
    if (request->status != 0) {
        answer_record(request);
    }
    webhook_forget(request);
    request_free(request);
    *context = NULL;
    http->requests--;
}

void
http_resume(Http *http, Request *request)
{
    (void)http;
    if (request->is_waiting) {
        request->is_waiting = false;
        MHD_resume_connection(request->connection);
    }
}

/* --- the database --- */

Db *
http_database(Http *http, Err *err)
{
    int64_t now_us = clock_monotonic_us();

    if (db_is_connected(http->db)) {
        return http->db;
    }
    if (now_us < http->db_retry_at_us) {
        err_set(err, ERR_DATABASE_TIMEOUT, "connection_lost", "database: not connected");
        return NULL;
    }
    if (!contract_connect(http->db, err)) {
        http->db_retry_at_us = clock_monotonic_us() + DB_RETRY_US;
        http->is_refused = contract_is_refused(err);
        if (http->is_refused) {
            LOG_ERROR("http.contract", LOG_FAILURE(err));
        } else {
            LOG_WARN("db.connect", LOG_FAILURE(err));
        }
        return NULL;
    }
    if (db_connections(http->db) > 1) {
        metric_add(METRIC_DB_RECONNECT_TOTAL, NULL, NULL, 1);
    }
    return http->db;
}

/* --- the loop --- */

static void
look_ready(Http *http)
{
    int64_t now_us = clock_monotonic_us();
    Err err = ERR_NONE;

    if (http->probed_at_us != 0 && now_us - http->probed_at_us < PROBE_US) {
        return;
    }
    if (http_database(http, &err) == NULL) {
        slot_set_ready(http->role->slot, false, "no connection to PostgreSQL");
    } else if (!publisher_is_connected(http->publisher, PROBE_MS)) {
        slot_set_ready(http->role->slot, false, "no connection to Kafka");
    } else {
        slot_set_ready(http->role->slot, true, NULL);
    }
    http->probed_at_us = clock_monotonic_us();
}

static void
round_serve(Http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    MHD_UNSIGNED_LONG_LONG mhd_ms = 0;
    int64_t wait_ms = 1000;
    int64_t webhook_ms = webhook_timeout_ms(http);
    Err err = ERR_NONE;
    struct pollfd fds[] = { { .fd = http->role->signal_fd, .events = POLLIN },
                            { .fd = http->role->supervisor_fd, .events = POLLIN },
                            { .fd = publisher_fd(http->publisher), .events = POLLIN },
                            { .fd = info != NULL ? info->epoll_fd : -1, .events = POLLIN },
                            { .fd = db_socket(http->db), .events = POLLIN },
                            { .fd = http_client_fd(http->client), .events = POLLIN } };
    int client_ms = http_client_timeout_ms(http->client);

    if (MHD_get_timeout(http->daemon, &mhd_ms) == MHD_YES && mhd_ms < (MHD_UNSIGNED_LONG_LONG)wait_ms) {
        wait_ms = (int64_t)mhd_ms;
    }
    wait_ms = webhook_ms < wait_ms ? webhook_ms : wait_ms;
    wait_ms = client_ms >= 0 && client_ms < wait_ms ? client_ms : wait_ms;
    (void)poll(fds, sizeof(fds) / sizeof(fds[0]), (int)wait_ms);
    role_tick(http->role);
    publisher_serve(http->publisher, 0);
    http_client_serve(http->client);
    webhook_expire(http);
    slow_close(http);
    if (fds[4].revents != 0 && !db_receive(http->db, &err)) {
        LOG_WARN("db.lost", LOG_FAILURE(&err)); /* an idle connection: nothing of a request is in it */
    }
    (void)MHD_run(http->daemon);
}

static void
reload(Http *http)
{
    _cleanup_(str_done) Str ignored = STR_EMPTY;
    Err err = ERR_NONE;

    if (config_reload(http->config, &ignored, &err) && auth_reload(http->auth, &err)) {
        LOG_INFO("config.reload", LOG_TEXT("needs_restart", ignored.bytes));
    } else {
        LOG_ERROR("config.reload", LOG_FAILURE(&err));
    }
    log_set_level((LogLevel)http->config->log_level);
}

/* drain answers what is being received, and takes nothing new. */
static void
drain(Http *http)
{
    int64_t end_us = clock_monotonic_us() + DRAIN_US;

    http->is_draining = true;
    (void)MHD_quiesce_daemon(http->daemon);
    while (http->requests > 0 && clock_monotonic_us() < end_us && !role_forced(http->role)) {
        round_serve(http);
    }
    webhook_give_up(http); /* a daemon is not stopped while connections are suspended */
    connect_give_up(http);
    (void)MHD_run(http->daemon);
}

static int
loop(Http *http)
{
    Err err = ERR_NONE;

    while (!role_draining(http->role)) {
        look_ready(http);
        round_serve(http);
        if (publisher_is_broken(http->publisher, &err)) {
            LOG_ERROR("kafka.fatal", LOG_FAILURE(&err));
            drain(http);
            return EXIT_CODE_KAFKA;
        }
        if (http->is_refused) {
            drain(http);
            return EXIT_CODE_CONFIG;
        }
        if (role_take_reload(http->role)) {
            reload(http);
        }
    }
    drain(http);
    return role_exit_code(http->role);
}

static struct MHD_Daemon *
daemon_start(Http *http, int fd)
{
    const Config *config = http->config;

    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, http,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK,
                            on_unescape, NULL, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned int)config->http_connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned int)config->http_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            config->http_header_max_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static bool
http_open(Http *http, Err *err)
{
    int fd = role_fd(http->role, "http");

    http->auth = auth_new(http->config, err);
    if (http->auth == NULL) {
        return false;
    }
    http->publisher = publisher_new(http->config, "webhook", webhook_reported, http, err);
    if (http->publisher == NULL) {
        return false;
    }
    http->db = db_new(http->config->database, "paceline-producer http");
    if (http->db == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "http: no memory");
    }
    http->client = http_client_new(http->config->provider_contact);
    if (http->client == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "http: no memory");
    }
    http->daemon = fd >= 0 ? daemon_start(http, fd) : NULL;
    return http->daemon != NULL || err_set(err, ERR_UNKNOWN, "http", "http: the server does not start");
}

int
http_run(Role *role, Config *config)
{
    Http http = { .role = role, .config = config, .random = random_seed() };
    Err err = ERR_NONE;
    int code = EXIT_CODE_SYSTEM;

    TAILQ_INIT(&http.waits);
    TAILQ_INIT(&http.connects);
    TAILQ_INIT(&http.connections);
    if (http_open(&http, &err)) {
        code = loop(&http);
    } else {
        code = err.class == ERR_INVALID_DATA ? EXIT_CODE_CONFIG : EXIT_CODE_SYSTEM;
        LOG_ERROR("http.start", LOG_FAILURE(&err));
    }
    if (http.daemon != NULL) {
        MHD_stop_daemon(http.daemon);
    }
    webhook_done(&http);
    http_client_free(http.client);
    publisher_free(http.publisher);
    db_free(http.db);
    auth_free(http.auth);
    job_kinds_done(&http.kinds);
    return code;
}
