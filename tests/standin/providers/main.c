/* paceline-standin - stands in for Strava, Open-Meteo and Nominatim (standin.h). Not installed. */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "tests/standin/providers/standin.h"

enum { TURN_MS = 100, BODY_MAX = 1 << 20, SLOW_US = 1000000 };

static volatile sig_atomic_t has_ended;

static void
on_signal(int number)
{
    (void)number;
    has_ended = 1;
}

/* Drip is an answer that comes a byte a second. */
typedef struct Drip {
    struct Drip *next;
    struct MHD_Connection *connection;
    Str text;
    int64_t next_at_us;
    bool is_suspended;
} Drip;

static Drip *drips; /* those whose byte is not due yet; the library's callbacks know nobody else */

int64_t
standin_now_s(const Standin *standin)
{
    return clock_wall_us() / 1000000 + standin->offset_s;
}

/* --- answers --- */

static ssize_t
half_read(void *user, uint64_t at, char *buffer, size_t size)
{
    const Str *text = user;
    size_t end = text->length / 2;
    if (at >= end) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = end - (size_t)at < size ? end - (size_t)at : size;
    memcpy(buffer, text->bytes + at, n);
    return (ssize_t)n;
}

static void
half_free(void *user)
{
    str_done(user);
    free(user);
}

static ssize_t
drip_read(void *user, uint64_t at, char *buffer, size_t size)
{
    Drip *drip = user;
    (void)size;
    if (clock_monotonic_us() < drip->next_at_us) {
        drip->is_suspended = true;
        drip->next = drips;
        drips = drip;
        MHD_suspend_connection(drip->connection);
        return 0;
    }
    drip->next_at_us = clock_monotonic_us() + SLOW_US;
    buffer[0] = drip->text.bytes[at];
    return 1;
}

static void
drip_free(void *user)
{
    Drip *drip = user;
    str_done(&drip->text);
    free(drip);
}

static void
drips_resume(bool all)
{
    Drip **link = &drips;
    while (*link != NULL) {
        Drip *drip = *link;
        if (all || clock_monotonic_us() >= drip->next_at_us) {
            *link = drip->next;
            MHD_resume_connection(drip->connection);
        } else {
            link = &drip->next;
        }
    }
}

/* response_make turns the answer into a response, whole or as a fault wants it. */
static struct MHD_Response *
response_make(Exchange *exchange, const char *fault)
{
    Str text = exchange->answer;
    exchange->answer = STR_EMPTY;
    if (strcmp(fault, "truncate") == 0) {
        Str *half = calloc(1, sizeof *half);
        if (half == NULL) {
            str_done(&text);
            return NULL;
        }
        *half = text;
        return MHD_create_response_from_callback(text.length, 4096, half_read, half, half_free);
    }
    if (strcmp(fault, "slow") == 0) {
        Drip *drip = calloc(1, sizeof *drip);
        if (drip == NULL) {
            str_done(&text);
            return NULL;
        }
        *drip = (Drip){ .connection = exchange->connection, .text = text };
        return MHD_create_response_from_callback(text.length, 1, drip_read, drip, drip_free);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text.length, text.bytes, MHD_RESPMEM_MUST_COPY);
    str_done(&text);
    return response;
}

static enum MHD_Result
answer_send(Exchange *exchange, const char *fault)
{
    struct MHD_Response *response = response_make(exchange, fault);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    for (size_t i = 0; i < exchange->headers_n; i++) {
        (void)MHD_add_response_header(response, exchange->headers[i][0], exchange->headers[i][1]);
    }
    enum MHD_Result result = MHD_queue_response(exchange->connection, (unsigned)exchange->status, response);
    MHD_destroy_response(response);
    return result;
}

/* --- requests --- */

static void
provider_answer(Standin *standin, Exchange *exchange, const char *path)
{
    static const char *const prefixes[] = { "/strava/", "/archive/", "/forecast/", "/nominatim/" };
    size_t i = 0;
    while (i < 4 && strncmp(path, prefixes[i], strlen(prefixes[i])) != 0) {
        i++;
    }
    exchange->path = i < 4 ? path + strlen(prefixes[i]) - 1 : path;
    switch (i) {
    case 0:
        strava_answer(standin, exchange);
        break;
    case 1:
    case 2:
        open_meteo_answer(standin, exchange, i == 1);
        break;
    case 3:
        nominatim_answer(standin, exchange);
        break;
    default:
        exchange->status = 404;
        str_append(&exchange->answer, "{\"message\":\"nobody lives here\"}");
    }
}

static void
request_log(Standin *standin, const Exchange *exchange, const char *fault)
{
    const char *agent = exchange_header(exchange, "User-Agent");
    Str *log = &standin->requests;
    str_append_format(log, "{\"at\":%lld,\"method\":\"%s\",\"url\":", (long long)standin_now_s(standin),
                      exchange->method);
    str_append_json(log, str_text(&exchange->url));
    str_append_format(log, ",\"status\":%d,\"fault\":\"%s\",\"user_agent\":", exchange->status, fault);
    str_append_json(log, agent != NULL ? agent : "");
    str_append(log, "}\n");
}

/* exchange_run answers a request whose body is complete. */
static enum MHD_Result
exchange_run(Standin *standin, Exchange *exchange, const char *path)
{
    if (strncmp(path, "/_", 2) == 0) {
        exchange->path = path;
        if (!control_answer(standin, exchange)) {
            exchange->status = 404;
        }
        return answer_send(exchange, "");
    }
    const Fault *fault = fault_take(standin, exchange);
    const char *kind = fault != NULL ? fault->kind : "";
    bool is_done = strcmp(kind, "status") != 0 && strcmp(kind, "retry_after") != 0 &&
                   strcmp(kind, "reset") != 0 && strcmp(kind, "hang") != 0;
    if (is_done) {
        provider_answer(standin, exchange, path);
    } else {
        exchange->status = (int)fault->status;
        str_append(&exchange->answer, str_text(&fault->body));
    }
    if (strcmp(kind, "not_json") == 0) {
        str_clear(&exchange->answer);
        str_append(&exchange->answer, "<html>everything is fine</html>");
        exchange->status = 200;
    }
    if (strcmp(kind, "retry_after") == 0) {
        char seconds[24];
        (void)snprintf(seconds, sizeof seconds, "%lld", (long long)fault->seconds);
        exchange_add_header(exchange, "Retry-After", seconds);
    }
    request_log(standin, exchange, kind);
    if (strcmp(kind, "reset") == 0 || strcmp(kind, "drop_ack") == 0) {
        return MHD_NO;
    }
    if (strcmp(kind, "hang") == 0) {
        MHD_suspend_connection(exchange->connection);
        return MHD_YES;
    }
    return answer_send(exchange, kind);
}

static enum MHD_Result
query_add(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    Exchange *exchange = user;
    (void)kind;
    str_append(&exchange->url, strchr(str_text(&exchange->url), '?') == NULL ? "?" : "&");
    str_append(&exchange->url, name);
    str_append_char(&exchange->url, '=');
    str_append(&exchange->url, value != NULL ? value : "");
    return MHD_YES;
}

static enum MHD_Result
on_access(void *user, struct MHD_Connection *connection, const char *url, const char *method,
          const char *version, const char *upload, size_t *upload_n, void **context)
{
    Exchange *exchange = *context;
    (void)version;
    if (exchange == NULL) {
        exchange = calloc(1, sizeof *exchange);
        if (exchange == NULL) {
            return MHD_NO;
        }
        exchange->connection = connection;
        exchange->method = method;
        str_append(&exchange->url, url);
        (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, query_add, exchange);
        *context = exchange;
        return MHD_YES;
    }
    if (*upload_n > 0) {
        if (exchange->body.length + *upload_n > BODY_MAX) {
            return MHD_NO;
        }
        str_append_bytes(&exchange->body, upload, *upload_n);
        *upload_n = 0;
        return MHD_YES;
    }
    return exchange_run(user, exchange, url);
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **context,
             enum MHD_RequestTerminationCode why)
{
    Exchange *exchange = *context;
    (void)user;
    (void)connection;
    (void)why;
    if (exchange != NULL) {
        str_done(&exchange->body);
        str_done(&exchange->url);
        str_done(&exchange->answer);
        free(exchange);
    }
}

/* --- the program --- */

static int
usage(void)
{
    (void)fputs(
        "usage: paceline-standin [--port N] [--seed N] [--athletes A] [--activities K]\n"
        "\n"
        "Stands in for Strava, Open-Meteo and Nominatim on 127.0.0.1; prints the port it listens at.\n"
        "The same seed gives the same athletes, activities, weather and places.\n",
        stderr);
    return 2;
}

static bool
options_read(int argc, char **argv, int64_t values[4])
{
    static const struct option options[] = { { "port", required_argument, NULL, 0 },
                                             { "seed", required_argument, NULL, 1 },
                                             { "athletes", required_argument, NULL, 2 },
                                             { "activities", required_argument, NULL, 3 },
                                             { NULL, 0, NULL, 0 } };
    static const int64_t lowest[] = { 0, 0, 1, 1 };
    static const int64_t highest[] = { 65535, INT64_MAX, 1000, 100000 };
    int option = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) { /* NOLINT(concurrency-mt-unsafe) */
        int64_t value = 0;
        if (option > 3 || !str_to_int64(optarg, &value) || value < lowest[option] ||
            value > highest[option]) {
            return false;
        }
        values[option] = value;
    }
    return optind == argc;
}

static void
serve(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("%u\n", info != NULL ? (unsigned)info->port : 0U);
    (void)fflush(stdout);
    while (!has_ended) {
        (void)MHD_run_wait(daemon, TURN_MS);
        drips_resume(false);
    }
}

int
main(int argc, char **argv)
{
    int64_t values[] = { 0, 1, 3, 100 };
    if (!options_read(argc, argv, values)) {
        return usage();
    }
    Standin standin = {
        .strava = { "strava", 2, { 900, 86400 }, { 100, 1000 }, { 0 }, { 0 } },
        .open_meteo = { "open_meteo", 3, { 60, 3600, 86400 }, { 600, 5000, 10000 }, { 0 }, { 0 } },
        .nominatim = { "nominatim", 1, { 10 }, { 11 }, { 0 }, { 0 } }
    };
    struct sigaction action = { .sa_handler = on_signal };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)values[0]),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    if (!world_make(&standin.world, (uint64_t)values[1], (size_t)values[2], (size_t)values[3]) ||
        !strava_init(&standin)) {
        (void)fputs("paceline-standin: no memory\n", stderr);
        return 1;
    }
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, &standin, MHD_OPTION_SOCK_ADDR,
        &address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (daemon == NULL) {
        (void)fprintf(stderr, "paceline-standin: cannot listen at port %lld\n", (long long)values[0]);
        return 1;
    }
    serve(daemon);
    _exit(0); /* requests that hang are never answered, and the library would wait for them */
}
