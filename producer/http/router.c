#include "producer/http/router.h"

#include <stdbool.h>
#include <string.h>

/* segment_matches compares one segment; a ':' segment puts the text into param. */
static bool
segment_matches(const char *pattern, size_t pattern_n, const char *text, size_t n,
                char param[ROUTE_PARAM_SIZE])
{
    if (pattern_n == 0 || pattern[0] != ':') {
        return pattern_n == n && memcmp(pattern, text, n) == 0;
    }
    if (n == 0 || n >= ROUTE_PARAM_SIZE) {
        return false;
    }
    memcpy(param, text, n);
    param[n] = '\0';
    return true;
}

static bool
path_matches(const char *pattern, const char *path, char param[ROUTE_PARAM_SIZE])
{
    for (;;) {
        size_t pattern_n = strcspn(pattern, "/");
        size_t n = strcspn(path, "/");
        if (!segment_matches(pattern, pattern_n, path, n, param)) {
            return false;
        }
        pattern += pattern_n;
        path += n;
        if (*pattern == '\0' || *path == '\0') {
            return *pattern == *path;
        }
        pattern++;
        path++;
    }
}

RouteMatch
route_find(const Route *routes, size_t n, const char *method, const char *path, const Route **ret_route,
           char ret_param[ROUTE_PARAM_SIZE])
{
    RouteMatch match = ROUTE_NO_PATH;

    if (strcmp(method, "HEAD") == 0) {
        method = "GET";
    }
    for (size_t i = 0; i < n; i++) {
        ret_param[0] = '\0';
        if (!path_matches(routes[i].path, path, ret_param)) {
            continue;
        }
        if (strcmp(routes[i].method, method) == 0) {
            *ret_route = &routes[i];
            return ROUTE_FOUND;
        }
        match = ROUTE_NO_METHOD;
    }
    return match;
}
