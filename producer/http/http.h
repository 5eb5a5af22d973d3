/* http.h - the producer's role `http`: requests in, answers out.
 *
 * One process, one thread: libmicrohttpd's sockets, Kafka's reports, the database and signals in one poll
 * loop. Several processes may share the listening socket. Handlers (producer/api/) use the database through
 * http_database and Kafka through http->publisher; nothing else is shared between requests.
 */
#ifndef PACELINE_HTTP_H
#define PACELINE_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/config.h"
#include "common/db.h"
#include "common/job.h"
#include "common/provider/http_client.h"
#include "common/role.h"
#include "producer/http/auth.h"
#include "producer/http/request.h"
#include "producer/publish.h"

/* HTTP_HANG_TIMEOUT_US: the longest a loop may take: a connection attempt and one statement that is timed
 * out. */
#define HTTP_HANG_TIMEOUT_US INT64_C(60000000)

/* WebhookWait is a webhook whose message is on its way (api/webhooks_db.c). */
TAILQ_HEAD(WebhookWaits, WebhookWait);

/* ConnectWait is a code that is being exchanged for tokens (api/connect.c). */
TAILQ_HEAD(ConnectWaits, ConnectWait);

/* HttpConnection is a client's connection, as long as it lives. */
typedef struct HttpConnection {
    TAILQ_ENTRY(HttpConnection) link;
    struct MHD_Connection *connection;
    int64_t
        header_since_us; /* since then a header has been waited for; 0 while a request is being answered */
} HttpConnection;
TAILQ_HEAD(HttpConnections, HttpConnection);

typedef struct Http {
    Role *role;
    Config *config;
    struct MHD_Daemon *daemon;
    Auth *auth;
    Publisher *publisher;
    Db *db;
    int64_t db_retry_at_us; /* after a failure to connect, not before this */
    JobKinds kinds;         /* as loaded at kinds_at_us; 0: never */
    int64_t kinds_at_us;
    struct WebhookWaits waits; /* in the order of their deadlines */
    struct ConnectWaits connects;
    HttpClient *client; /* for calls of providers */
    struct HttpConnections connections;
    int64_t swept_at_us; /* when slow connections were looked for last */
    uint64_t random;
    int64_t probed_at_us;
    size_t requests; /* being received or answered */
    bool is_draining;
    bool is_refused; /* the database keeps a contract that this program cannot share */
} Http;

/* http_run serves the socket handed down as "http" until the role drains. Returns an ExitCode. */
int http_run(Role *role, Config *config);

/* http_database returns the connection, opened if need be; NULL with err if the database is away. After a
 * failed attempt it fails at once for a second, so that requests do not queue up behind connection attempts.
 */
Db *http_database(Http *http, Err *err);

/* http_resume wakes a suspended request that has been answered. */
void http_resume(Http *http, Request *request);

#endif
