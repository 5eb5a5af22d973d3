/* api.h - what the HTTP interface offers: the table of routes, and the handlers behind it (DESIGN.md, section
 * 9).
 *
 * Each handler's contract stands at the head of its file.
 */
#ifndef PACELINE_API_H
#define PACELINE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "producer/http/http.h"
#include "producer/http/router.h"

extern const Route api_routes[];
extern const size_t api_route_count;

/* api_methods lists the methods of a path, for the header Allow: "GET, HEAD, PUT"; NULL if it has none. */
const char *api_methods(const char *path);

void webhooks_db_handle(Http *http, Request *request);
void workouts_post_handle(Http *http, Request *request);
void workouts_get_handle(Http *http, Request *request);
void settings_get_handle(Http *http, Request *request);
void settings_put_handle(Http *http, Request *request);
void account_put_handle(Http *http, Request *request);
void account_delete_handle(Http *http, Request *request);
void connect_handle(Http *http, Request *request);
void connect_callback_handle(Http *http, Request *request);
void livez_handle(Http *http, Request *request);
void readyz_handle(Http *http, Request *request);

/* A webhook waits for the broker's acknowledgement (webhooks_db.c). webhook_reported takes delivery reports;
 * webhook_expire answers 503 where webhook_ack_timeout has passed, webhook_give_up everywhere;
 * webhook_timeout_ms is the time until the next expiry; webhook_forget: the client's request is gone;
 * webhook_done frees what is left. */
void webhook_reported(void *user, uint64_t token, PublishOutcome outcome, const Err *err);
void webhook_expire(Http *http);
void webhook_give_up(Http *http);
int64_t webhook_timeout_ms(const Http *http);
void webhook_forget(Request *request);
void webhook_done(Http *http);

/* account_user finds whose account a request is about: the token's user, or with the service key the one that
 * is named (NULL: nobody is). False if it has answered: 403 for somebody else, 400 for nobody (accounts.c).
 */
bool account_user(Request *request, const char *named, const char **ret_user);

/* connect_give_up answers 503 to those whose code is being exchanged (connect.c). */
void connect_give_up(Http *http);

#endif
