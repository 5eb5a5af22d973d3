/* router.h - from method and path to the handler, and what is asked of a request before it runs. Pure. */
#ifndef PACELINE_ROUTER_H
#define PACELINE_ROUTER_H

#include <stddef.h>

#define ROUTE_PARAM_SIZE 128

typedef enum RouteAuth {
    ROUTE_OPEN,    /* anybody */
    ROUTE_WEBHOOK, /* X-Paceline-Secret */
    ROUTE_BEARER,  /* a user's token or the service key */
} RouteAuth;

struct Request;
struct Http;

/* RouteHandler answers the request (request_answer, request_fail) or marks it as waiting; its body is
 * complete.
 */
typedef void (*RouteHandler)(struct Http *http, struct Request *request);

typedef struct Route {
    const char *method;
    const char *path; /* a segment that begins with ':' takes any text without '/' */
    RouteAuth auth;
    RouteHandler handle;
} Route;

typedef enum RouteMatch {
    ROUTE_FOUND,
    ROUTE_NO_PATH,   /* 404 */
    ROUTE_NO_METHOD, /* 405: the path is there, with other methods */
} RouteMatch;

/* route_find looks through routes [n]. HEAD is taken as GET.
 *   ret_param  the text of the ':' segment, "" if the route has none; a longer one matches nothing */
RouteMatch route_find(const Route *routes, size_t n, const char *method, const char *path,
                      const Route **ret_route, char ret_param[ROUTE_PARAM_SIZE]);

#endif
