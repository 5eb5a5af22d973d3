#include "common/provider/http_client.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "common/cleanup.h"
#include "common/clock.h"

enum {
    CONNECT_MS = 5000, /* apis.md, section 1 */
    HEADERS_MAX = 64 << 10,
    CONNECTIONS_KEPT = 16,
    EVENTS_MAX = 16,
    WAIT_MS = 20, /* http_call asks go_on so often */
};
#define SECOND_US INT64_C(1000000)
#define DAY_US (INT64_C(86400) * SECOND_US)
#define NO_DEADLINE INT64_MAX

typedef struct Transfer {
    TAILQ_ENTRY(Transfer) link;
    CURL *easy;
    struct curl_slist *headers;
    char label[256]; /* method, host and path, for messages */
    HttpAnswer answer;
    size_t body_max;
    bool is_too_large, is_out_of_memory;
    int64_t began_at_us;
    HttpHandler handler;
    void *user;
} Transfer;

struct HttpClient {
    CURLM *multi;
    int epoll_fd;
    int64_t deadline_us; /* monotonic: when curl wants to be asked; NO_DEADLINE */
    char user_agent[320];
    TAILQ_HEAD(TransferList, Transfer) transfers;
};

/* --- answers --- */

void
http_answer_done(HttpAnswer *answer)
{
    str_done(&answer->body);
    str_done(&answer->headers);
}

/* Headers are kept as they came, a line each, ended by NUL. */
const char *
http_header(const HttpAnswer *answer, const char *name)
{
    size_t n = strlen(name);
    const char *end = answer->headers.bytes + answer->headers.length;
    for (const char *line = answer->headers.bytes; line != NULL && line < end; line += strlen(line) + 1) {
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            return line + n + 1 + strspn(line + n + 1, " \t");
        }
    }
    return NULL;
}

int64_t
http_retry_after_us(const char *text, int64_t now_us)
{
    int64_t seconds = 0;
    int64_t wait_us = 0;
    if (text == NULL || *text == '\0') {
        return 0;
    }
    if (text[strspn(text, "0123456789")] == '\0') {
        wait_us = str_to_int64(text, &seconds) && seconds < DAY_US / SECOND_US ? seconds * SECOND_US : DAY_US;
    } else {
        time_t at = curl_getdate(text, NULL);
        if (at < 0) {
            return 0;
        }
        wait_us = (int64_t)at * SECOND_US - now_us;
    }
    wait_us = wait_us < DAY_US ? wait_us : DAY_US;
    return wait_us > SECOND_US ? wait_us : SECOND_US;
}

void
http_encode(Str *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            str_append_char(out, *text);
        } else {
            str_append_format(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

/* --- what curl calls --- */

static size_t
on_body(char *bytes, size_t size, size_t n, void *user)
{
    Transfer *transfer = user;
    if (size * n > transfer->body_max - transfer->answer.body.length) {
        transfer->is_too_large = true;
        return 0;
    }
    str_append_bytes(&transfer->answer.body, bytes, size * n);
    transfer->is_out_of_memory = !str_ok(&transfer->answer.body);
    return transfer->is_out_of_memory ? 0 : size * n;
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *user)
{
    Transfer *transfer = user;
    Str *headers = &transfer->answer.headers;
    size_t length = size * n;
    if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0) { /* a new answer: 100 Continue came before */
        str_clear(headers);
    }
    if (length > HEADERS_MAX - headers->length) {
        transfer->is_too_large = true;
        return 0;
    }
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
        length--;
    }
    str_append_bytes(headers, bytes, length);
    str_append_char(headers, '\0');
    transfer->is_out_of_memory = !str_ok(headers);
    return transfer->is_out_of_memory ? 0 : size * n;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    const HttpClient *client = user;
    struct epoll_event event = { .data.fd = fd };

    (void)easy;
    (void)socket_user;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    event.events = (what != CURL_POLL_OUT ? EPOLLIN : 0U) | (what != CURL_POLL_IN ? EPOLLOUT : 0U);
    if (epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, fd, &event) != 0) {
        return epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -1;
    }
    return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *user)
{
    HttpClient *client = user;
    (void)multi;
    client->deadline_us = timeout_ms < 0 ? NO_DEADLINE : clock_monotonic_us() + timeout_ms * 1000;
    return 0;
}

/* --- the client --- */

HttpClient *
http_client_new(const char *contact)
{
    static bool is_initialised; /* libcurl's own state is the process's */
    if (!is_initialised && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    is_initialised = true;
    HttpClient *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    TAILQ_INIT(&client->transfers);
    client->deadline_us = NO_DEADLINE;
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    client->multi = curl_multi_init();
    (void)snprintf(client->user_agent, sizeof client->user_agent,
                   contact[0] != '\0' ? "Paceline/%s (%s)" : "Paceline/%s", PACELINE_VERSION, contact);
    if (client->epoll_fd < 0 || client->multi == NULL ||
        curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) != CURLM_OK) {
        http_client_free(client);
        return NULL;
    }
    return client;
}

/* headers_free wipes what may hold a token. */
static void
headers_free(struct curl_slist *headers)
{
    for (const struct curl_slist *item = headers; item != NULL; item = item->next) {
        explicit_bzero(item->data, strlen(item->data));
    }
    curl_slist_free_all(headers);
}

static void
transfer_free(HttpClient *client, Transfer *transfer)
{
    TAILQ_REMOVE(&client->transfers, transfer, link);
    if (transfer->easy != NULL) {
        (void)curl_multi_remove_handle(client->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
    }
    headers_free(transfer->headers);
    http_answer_done(&transfer->answer);
    free(transfer);
}

void
http_client_free(HttpClient *client)
{
    if (client == NULL) {
        return;
    }
    while (!TAILQ_EMPTY(&client->transfers)) {
        transfer_free(client, TAILQ_FIRST(&client->transfers));
    }
    if (client->multi != NULL) {
        (void)curl_multi_cleanup(client->multi);
    }
    close_fd(&client->epoll_fd);
    free(client);
}

void
http_cancel(HttpClient *client, const void *user)
{
    Transfer *transfer = TAILQ_FIRST(&client->transfers);
    while (transfer != NULL) {
        Transfer *next = TAILQ_NEXT(transfer, link);
        if (transfer->user == user) {
            transfer_free(client, transfer);
        }
        transfer = next;
    }
}

/* --- sending --- */

static bool
header_add(Transfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer == NULL) {
        return false;
    }
    transfer->headers = longer;
    return true;
}

static bool
headers_make(Transfer *transfer, const HttpRequest *request)
{
    Str line = STR_EMPTY;
    bool is_good = header_add(transfer, "Expect:"); /* no round trip before a body */
    if (request->bearer != NULL) {
        str_append(&line, "Authorization: Bearer ");
        str_append(&line, secret_text(request->bearer));
        is_good = is_good && str_ok(&line) && header_add(transfer, str_text(&line));
        explicit_bzero(line.bytes, line.length);
        str_clear(&line);
    }
    if (request->body != NULL) {
        str_append_format(&line, "Content-Type: %s", request->content_type);
        is_good = is_good && str_ok(&line) && header_add(transfer, str_text(&line));
    }
    for (const char *const *header = request->headers; header != NULL && *header != NULL; header++) {
        is_good = is_good && header_add(transfer, *header);
    }
    str_done(&line);
    return is_good;
}

#define SET(option, value) (curl_easy_setopt(transfer->easy, (option), (value)) == CURLE_OK)

static bool
body_set(Transfer *transfer, const Str *body)
{
    return body == NULL || (SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length) &&
                            SET(CURLOPT_POSTFIELDS, str_text(body)));
}

static bool
options_set(const HttpClient *client, Transfer *transfer, const HttpRequest *request)
{
    /* On a connection that was kept open, and is found closed without an answer, curl sends a request again
     * by itself. */
    bool is_repeatable = strcmp(request->method, "GET") == 0;
    int64_t timeout_us = request->timeout_us > 0 ? request->timeout_us : HTTP_TIMEOUT_US;
    return SET(CURLOPT_URL, request->url) && SET(CURLOPT_PROTOCOLS_STR, "http,https") &&
           body_set(transfer, request->body) && SET(CURLOPT_CUSTOMREQUEST, request->method) &&
           SET(CURLOPT_FRESH_CONNECT, is_repeatable ? 0L : 1L) && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) &&
           SET(CURLOPT_TIMEOUT_MS, (long)(timeout_us / 1000)) && SET(CURLOPT_USERAGENT, client->user_agent) &&
           SET(CURLOPT_ACCEPT_ENCODING, "gzip") && SET(CURLOPT_HTTPHEADER, transfer->headers) &&
           SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, transfer) &&
           SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, transfer) &&
           SET(CURLOPT_PRIVATE, transfer);
}

/* label_print names a request without what may be secret: "GET host/path". */
static void
label_print(Transfer *transfer, const HttpRequest *request)
{
    const char *scheme = strstr(request->url, "://");
    const char *host = scheme != NULL ? scheme + 3 : request->url;
    (void)snprintf(transfer->label, sizeof transfer->label, "%s %.*s", request->method,
                   (int)strcspn(host, "?#"), host);
}

bool
http_send(HttpClient *client, const HttpRequest *request, HttpHandler handler, void *user, Err *err)
{
    Transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "no memory for a request");
    }
    TAILQ_INSERT_TAIL(&client->transfers, transfer, link);
    transfer->handler = handler;
    transfer->user = user;
    transfer->body_max = request->body_max > 0 ? request->body_max : HTTP_BODY_MAX;
    transfer->began_at_us = clock_monotonic_us();
    transfer->easy = curl_easy_init();
    label_print(transfer, request);
    if (transfer->easy == NULL || !headers_make(transfer, request) ||
        !options_set(client, transfer, request) ||
        curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        (void)err_set(err, ERR_MEMORY_LIMIT, "memory", "%s: could not be prepared", transfer->label);
        transfer_free(client, transfer);
        return false;
    }
    return true;
}

/* --- serving --- */

static bool
transfer_err(const Transfer *transfer, CURLcode code, Err *err)
{
    double took_s = (double)(clock_monotonic_us() - transfer->began_at_us) / 1e6;
    ErrClass class = ERR_NETWORK;
    const char *word = "network";
    if (transfer->is_too_large) {
        return err_set(err, ERR_INVALID_DATA, "answer_too_large", "%s: an answer of more than %zu bytes",
                       transfer->label, transfer->body_max);
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        word = "dns";
        break;
    case CURLE_COULDNT_CONNECT:
        word = "connect";
        break;
    case CURLE_OPERATION_TIMEDOUT:
        word = "timeout";
        break;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_BAD_CONTENT_ENCODING:
        word = "truncated";
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
        word = "tls";
        break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        class = ERR_INVALID_DATA;
        word = "url";
        break;
    default:
        break;
    }
    if (transfer->is_out_of_memory || code == CURLE_OUT_OF_MEMORY) {
        class = ERR_MEMORY_LIMIT;
        word = "memory";
    }
    return err_set(err, class, word, "%s: %s after %.1f s", transfer->label, curl_easy_strerror(code),
                   took_s);
}

static void
transfer_end(HttpClient *client, Transfer *transfer, CURLcode code)
{
    Err err = ERR_NONE;
    long status = 0;
    transfer->answer.took_us = clock_monotonic_us() - transfer->began_at_us;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->answer.status = (int)status;
    if (code == CURLE_OK) {
        transfer->handler(transfer->user, &transfer->answer, NULL);
    } else {
        (void)transfer_err(transfer, code, &err);
        transfer->handler(transfer->user, NULL, &err);
    }
    transfer_free(client, transfer);
}

int
http_client_fd(const HttpClient *client)
{
    return client->epoll_fd;
}

int
http_client_timeout_ms(const HttpClient *client)
{
    int64_t left_us = client->deadline_us - clock_monotonic_us();
    if (client->deadline_us == NO_DEADLINE) {
        return -1;
    }
    return left_us <= 0 ? 0 : (int)(left_us < DAY_US ? (left_us + 999) / 1000 : DAY_US / 1000);
}

void
http_client_serve(HttpClient *client)
{
    struct epoll_event events[EVENTS_MAX];
    int running = 0;
    int left = 0;
    CURLMsg *message = NULL;
    int n = epoll_wait(client->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        int what = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                   ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                   ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
        (void)curl_multi_socket_action(client->multi, events[i].data.fd, what, &running);
    }
    if (clock_monotonic_us() >= client->deadline_us) {
        client->deadline_us = NO_DEADLINE;
        (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        char *transfer = NULL;
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK) {
            transfer_end(client, (Transfer *)(void *)transfer, code);
        }
    }
}

/* --- one call, waited for --- */

typedef struct Waiting {
    bool has_ended, has_answer;
    HttpAnswer answer;
    Err err;
} Waiting;

static void
on_answer(void *user, HttpAnswer *answer, const Err *err)
{
    Waiting *waiting = user;
    waiting->has_ended = true;
    if (answer != NULL) {
        waiting->has_answer = true;
        waiting->answer = *answer;
        *answer = HTTP_ANSWER_EMPTY;
    } else {
        waiting->err = *err;
    }
}

bool
http_call(HttpClient *client, const HttpRequest *request, const HttpWait *wait, HttpAnswer *ret_answer,
          Err *err)
{
    Waiting waiting = { .answer = HTTP_ANSWER_EMPTY };
    if (!http_send(client, request, on_answer, &waiting, err)) {
        return false;
    }
    while (!waiting.has_ended) {
        struct pollfd fd = { .fd = client->epoll_fd, .events = POLLIN };
        int timeout_ms = http_client_timeout_ms(client);
        (void)poll(&fd, 1, timeout_ms >= 0 && timeout_ms < WAIT_MS ? timeout_ms : WAIT_MS);
        http_client_serve(client);
        if (!waiting.has_ended && !wait->go_on(wait->user)) {
            http_cancel(client, &waiting);
            return err_set(err, ERR_UNKNOWN, "interrupted", "%s %.*s: not waited for", request->method,
                           (int)strcspn(request->url, "?#"), request->url);
        }
    }
    if (!waiting.has_answer) {
        if (err != NULL) {
            *err = waiting.err;
        }
        return false;
    }
    *ret_answer = waiting.answer;
    return true;
}
