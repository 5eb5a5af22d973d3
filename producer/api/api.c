#include "producer/api/api.h"

#include <microhttpd.h>
#include <string.h>

#include "common/ops.h"

const Route api_routes[] = {
    { "POST", "/webhooks/db", ROUTE_WEBHOOK, webhooks_db_handle },
    { "POST", "/workouts", ROUTE_BEARER, workouts_post_handle },
    { "GET", "/workouts/:id", ROUTE_BEARER, workouts_get_handle },
    { "GET", "/athletes/:id/settings", ROUTE_BEARER, settings_get_handle },
    { "PUT", "/athletes/:id/settings", ROUTE_BEARER, settings_put_handle },
    { "PUT", "/accounts/:provider", ROUTE_BEARER, account_put_handle },
    { "DELETE", "/accounts/:provider", ROUTE_BEARER, account_delete_handle },
    { "GET", "/connect/strava", ROUTE_BEARER, connect_handle },
    { "GET", "/connect/strava/callback", ROUTE_OPEN, connect_callback_handle },
    { "GET", "/livez", ROUTE_OPEN, livez_handle },
    { "GET", "/readyz", ROUTE_OPEN, readyz_handle },
};
const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);

const char *
api_methods(const char *path)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
    static const char *const allowed[] = { /* a bit for each of them */
                                           NULL,
                                           "GET, HEAD",
                                           "POST",
                                           "GET, HEAD, POST",
                                           "PUT",
                                           "GET, HEAD, PUT",
                                           "POST, PUT",
                                           "GET, HEAD, POST, PUT",
                                           "DELETE",
                                           "GET, HEAD, DELETE",
                                           "POST, DELETE",
                                           "GET, HEAD, POST, DELETE",
                                           "PUT, DELETE",
                                           "GET, HEAD, PUT, DELETE",
                                           "POST, PUT, DELETE",
                                           "GET, HEAD, POST, PUT, DELETE"
    };
    const Route *route = NULL;
    char param[ROUTE_PARAM_SIZE];
    unsigned found = 0;

    for (unsigned i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (route_find(api_routes, api_route_count, methods[i], path, &route, param) == ROUTE_FOUND) {
            found |= 1U << i;
        }
    }
    return allowed[found];
}

/* livez_handle: this loop runs, or nobody would answer. */
void
livez_handle(Http *http, Request *request)
{
    (void)http;
    request->is_text = true;
    str_append(&request->answer, "ok\n");
    request_answer(request, MHD_HTTP_OK);
}

/* readyz_handle says of the whole program what the ops port says, for a load balancer in front of this port.
 */
void
readyz_handle(Http *http, Request *request)
{
    request->is_text = true;
    if (http->role->board != NULL && ops_is_ready(http->role->board, &request->answer)) {
        str_append(&request->answer, "ok\n");
        request_answer(request, MHD_HTTP_OK);
    } else {
        request_answer(request, MHD_HTTP_SERVICE_UNAVAILABLE);
    }
}
