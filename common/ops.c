#include "common/ops.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/exit_code.h"
#include "common/metrics.h"

/* The supervisor ticks once a second; silent for so long, it stands still. µs */
#define SUPERVISOR_SILENCE_US 10000000

/* Limits of one endpoint that a probe and a scraper use. */
#define CONNECTIONS_MAX 32u
#define CONNECTION_TIMEOUT_S 10u
#define CONNECTION_MEMORY_BYTES ((size_t)16384)

/* How long the loop may sleep between two ticks, ms. */
#define TICK_MS 500

bool
ops_is_live(const Board *board, int64_t now_us, Str *reasons)
{
    bool is_live = true;
    int64_t silence_us = now_us - board_tick_at_us(board);

    if (silence_us > SUPERVISOR_SILENCE_US) {
        str_append_format(reasons, "supervisor: no tick for %.1f s\n", (double)silence_us / 1e6);
        is_live = false;
    }
    for (size_t i = 1; i < board_count(board); i++) {
        SlotView view;
        slot_read(board_slot(board, i), &view);
        if (slot_is_hung(&view, now_us)) {
            str_append_format(reasons, "%s %d: no tick for %.1f s\n", view.role, view.index,
                              (double)(now_us - view.heartbeat_at_us) / 1e6);
            is_live = false;
        }
    }
    return is_live;
}

/* slot_obstacle tells why a slot keeps its program from being ready; NULL if it does not. */
static const char *
slot_obstacle(const SlotView *view)
{
    if (view->is_auxiliary) {
        return NULL;
    }
    if (view->is_over_limit) {
        return "restarts too often";
    }
    switch (view->state) {
    case SLOT_STOPPED:
        return "stopped";
    case SLOT_STARTING:
        return "starting";
    case SLOT_WAITING:
        return "waiting to be restarted";
    case SLOT_RUNNING:
        break;
    }
    if (view->is_ready) {
        return NULL;
    }
    return view->reason[0] != '\0' ? view->reason : "not ready";
}

bool
ops_is_ready(const Board *board, Str *reasons)
{
    bool is_ready = true;

    if (board_is_draining(board)) {
        str_append(reasons, "supervisor: draining\n");
        is_ready = false;
    }
    for (size_t i = 1; i < board_count(board); i++) {
        SlotView view;
        slot_read(board_slot(board, i), &view);
        const char *obstacle = slot_obstacle(&view);
        if (obstacle != NULL) {
            str_append_format(reasons, "%s %d: %s\n", view.role, view.index, obstacle);
            is_ready = false;
        }
    }
    return is_ready;
}

/* answer queues text as the response; MHD copies it. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *type, const Str *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text->length, (void *)(uintptr_t)str_text(text), MHD_RESPMEM_MUST_COPY);

    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED && result == MHD_YES) {
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
answer_health(struct MHD_Connection *connection, bool is_well, Str *reasons)
{
    if (is_well) {
        str_append(reasons, "ok\n");
    }
    return answer(connection, is_well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                  "text/plain; charset=utf-8", reasons);
}

/* request_handle is MHD's callback; its shape is MHD's. A body, if any, is not read. */
static enum MHD_Result
request_handle(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
               const char *version, const char *upload_data, size_t *upload_data_size, void **request)
{
    const Board *board = closure;
    _cleanup_(str_done) Str text = STR_EMPTY;

    (void)version;
    (void)upload_data;
    (void)upload_data_size;
    (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        str_append(&text, "only GET and HEAD\n");
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", &text);
    }
    if (strcmp(url, "/livez") == 0) {
        return answer_health(connection, ops_is_live(board, clock_monotonic_us(), &text), &text);
    }
    if (strcmp(url, "/readyz") == 0) {
        return answer_health(connection, ops_is_ready(board, &text), &text);
    }
    if (strcmp(url, "/metrics") == 0) {
        metrics_print(board, &text);
        unsigned status = str_ok(&text) ? MHD_HTTP_OK : MHD_HTTP_INTERNAL_SERVER_ERROR;
        return answer(connection, status, "text/plain; version=0.0.4; charset=utf-8", &text);
    }
    str_append(&text, "/livez, /readyz or /metrics\n");
    return answer(connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", &text);
}

/* loop serves until the role drains. */
static void
loop(Role *role, struct MHD_Daemon *daemon, int epoll_fd)
{
    while (!role_draining(role)) {
        struct pollfd fds[] = { { .fd = role->signal_fd, .events = POLLIN },
                                { .fd = role->supervisor_fd, .events = POLLIN },
                                { .fd = epoll_fd, .events = POLLIN } };
        MHD_UNSIGNED_LONG_LONG wait_ms = TICK_MS;
        if (MHD_get_timeout(daemon, &wait_ms) != MHD_YES || wait_ms > TICK_MS) {
            wait_ms = TICK_MS;
        }
        (void)poll(fds, 3, (int)wait_ms);
        role_tick(role);
        (void)MHD_run(daemon);
    }
}

int
ops_run(Role *role)
{
    int fd = role_fd(role, "ops");

    if (fd < 0 || role->board == NULL) {
        return EXIT_CODE_SYSTEM; /* without a supervisor there is nothing to tell */
    }
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, request_handle, role->board, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon == NULL ? NULL : MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL) {
        if (daemon != NULL) {
            MHD_stop_daemon(daemon);
        }
        return EXIT_CODE_SYSTEM;
    }
    slot_set_ready(role->slot, true, NULL);
    loop(role, daemon, info->epoll_fd);
    MHD_stop_daemon(daemon);
    return role_exit_code(role);
}
