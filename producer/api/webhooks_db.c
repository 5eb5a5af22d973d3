/* POST /webhooks/db - a Supabase Database Webhook: a hint that saves latency (apis.md, section 6).
 *
 *   {"type":"INSERT|UPDATE|DELETE","table","schema","record":{...}|null,"old_record":{...}|null}
 *
 * Only schema, table and key are read (record.<key column>, else record.id, else id); the row itself is read
 * by the claim. 200 after the broker's acknowledgement; 200 with a message where there is nothing to announce
 * (DELETE, no key: counted and logged); 404 for a table that is not adopted; 503 without an acknowledgement
 * in time: Supabase never sends a webhook again, the row's own announcement or the reaper does.
 */
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_read.h"
#include "common/log.h"
#include "common/metrics.h"
#include "producer/api/api.h"
#include "producer/api/webhook_read.h"

#define KINDS_AGE_US INT64_C(60000000)  /* the list of kinds is read again after this ... */
#define KINDS_RETRY_US INT64_C(1000000) /* ... and for a table that is not in it, after this */

/* WebhookWait: a message without a report. Its address is the publisher's token. */
struct WebhookWait {
    TAILQ_ENTRY(WebhookWait) link;
    Http *http;
    Request *request; /* NULL: nobody waits any more */
    int64_t deadline_us;
};
typedef struct WebhookWait WebhookWait;

static void
outcome_count(const char *outcome)
{
    metric_add(METRIC_WEBHOOK_RECEIVE_TOTAL, NULL, outcome, 1);
}

static void
answer_message(Request *request, const char *message)
{
    str_append(&request->answer, "{\"message\":");
    str_append_json(&request->answer, message);
    str_append_char(&request->answer, '}');
    request_answer(request, MHD_HTTP_OK);
}

/* --- waiting --- */

void
webhook_reported(void *user, uint64_t token, PublishOutcome outcome, const Err *err)
{
    Http *http = user;
    WebhookWait *wait = (WebhookWait *)(uintptr_t)token;
    Request *request = wait->request;

    TAILQ_REMOVE(&http->waits, wait, link);
    free(wait);
    if (request == NULL) {
        return;
    }
    request->waiter = NULL;
    if (outcome == PUBLISH_DONE) {
        outcome_count("announced");
        answer_message(request, "announced");
    } else {
        outcome_count(outcome == PUBLISH_REFUSED ? "refused" : "lost");
        LOG_WARN("webhook.unannounced", LOG_FAILURE(err), LOG_TEXT("traceparent", request->traceparent));
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "no_acknowledgement",
                       "Kafka did not take the announcement", NULL);
    }
    http_resume(http, request);
}

static void
wait_end(Http *http, WebhookWait *wait)
{
    Request *request = wait->request;

    if (request == NULL) {
        return;
    }
    wait->request = NULL;
    request->waiter = NULL;
    outcome_count("timeout");
    request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "no_acknowledgement",
                   "Kafka did not acknowledge in time", NULL);
    http_resume(http, request);
}

void
webhook_expire(Http *http)
{
    int64_t now_us = clock_monotonic_us();
    WebhookWait *wait = NULL;

    TAILQ_FOREACH(wait, &http->waits, link)
    {
        if (wait->request != NULL && wait->deadline_us > now_us) {
            return; /* the rest are due later */
        }
        wait_end(http, wait);
    }
}

void
webhook_give_up(Http *http)
{
    WebhookWait *wait = NULL;

    TAILQ_FOREACH(wait, &http->waits, link)
    {
        wait_end(http, wait);
    }
}

int64_t
webhook_timeout_ms(const Http *http)
{
    const WebhookWait *wait = NULL;

    TAILQ_FOREACH(wait, &http->waits, link)
    {
        if (wait->request != NULL) {
            int64_t left_us = wait->deadline_us - clock_monotonic_us();
            return left_us > 0 ? left_us / 1000 + 1 : 0;
        }
    }
    return 1000;
}

void
webhook_forget(Request *request)
{
    WebhookWait *wait = request->waiter;

    if (wait != NULL) {
        wait->request = NULL;
        request->waiter = NULL;
    }
}

void
webhook_done(Http *http)
{
    WebhookWait *wait = NULL;

    while ((wait = TAILQ_FIRST(&http->waits)) != NULL) {
        TAILQ_REMOVE(&http->waits, wait, link);
        free(wait);
    }
}

/* --- receiving --- */

static bool
kinds_load(Http *http, Err *err)
{
    JobKinds kinds = { .items = NULL };
    Db *db = http_database(http, err);

    if (db == NULL || !job_kinds_load(db, &kinds, err)) {
        return false;
    }
    job_kinds_done(&http->kinds);
    http->kinds = kinds;
    http->kinds_at_us = clock_monotonic_us();
    return true;
}

/* kind_of finds the kind that adopted a table; NULL with err.class none if no kind did. What is known serves
 * while the database is away. */
static const JobKind *
kind_of(Http *http, const Webhook *webhook, Err *err)
{
    int64_t age_us = http->kinds_at_us != 0 ? clock_monotonic_us() - http->kinds_at_us : KINDS_AGE_US;
    const JobKind *kind = job_kind_of_table(&http->kinds, webhook->schema, webhook->table);

    if (age_us >= KINDS_AGE_US || (kind == NULL && age_us >= KINDS_RETRY_US)) {
        Err why = ERR_NONE;
        bool is_loaded = kinds_load(http, &why);
        if (!is_loaded && kind == NULL) {
            *err = why;
            return NULL;
        }
        kind = job_kind_of_table(&http->kinds, webhook->schema, webhook->table);
    }
    return kind;
}

static void
announce(Http *http, Request *request, const JobMessage *message)
{
    WebhookWait *wait = calloc(1, sizeof(*wait));
    char event_id[40];
    Err err = ERR_NONE;

    if (wait == NULL) {
        request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable", "no memory", NULL);
        return;
    }
    wait->http = http;
    wait->request = request;
    wait->deadline_us = clock_monotonic_us() + http->config->webhook_ack_timeout_ms * 1000;
    (void)snprintf(event_id, sizeof(event_id), "%.32s", request->traceparent + 3); /* the trace id */
    TAILQ_INSERT_TAIL(&http->waits, wait, link);
    PublishResult result = publisher_send(http->publisher, message, event_id, request->traceparent,
                                          (uint64_t)(uintptr_t)wait, &err);
    if (result == PUBLISH_QUEUED) {
        request->waiter = wait;
        return;
    }
    TAILQ_REMOVE(&http->waits, wait, link);
    free(wait);
    outcome_count(result == PUBLISH_FULL ? "queue_full" : "refused");
    request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "no_acknowledgement",
                   "Kafka takes no announcement right now", NULL);
}

/* webhook_take finds out what the webhook announces; what announces nothing is answered here. */
static void
webhook_take(Http *http, Request *request, const Webhook *webhook)
{
    Err err = ERR_NONE;
    JobMessage message = { .epoch = -1 };
    const JobKind *kind = kind_of(http, webhook, &err);

    if (err.class != ERR_CLASS_NONE) {
        outcome_count("unavailable");
        request_fail(request, &err, NULL);
    } else if (kind == NULL) {
        outcome_count("unknown_table");
        request_refuse(request, MHD_HTTP_NOT_FOUND, "unknown_table", "no kind of job has adopted this table",
                       "table");
    } else if (webhook->is_delete) {
        outcome_count("delete");
        answer_message(request, "a deleted row is no work");
    } else if (!webhook_key(webhook, kind->key_column, message.key, sizeof(message.key))) {
        outcome_count("no_key");
        LOG_WARN("webhook.no_key", LOG_TEXT("kind", kind->name), LOG_TEXT("key_column", kind->key_column),
                 LOG_TEXT("traceparent", request->traceparent));
        answer_message(request, "the row's key is missing: nothing was announced");
    } else if (!job_key_valid(kind, message.key)) {
        outcome_count("invalid_key");
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "invalid_field", "the key does not fit this table's",
                       "record");
    } else {
        (void)str_copy(message.kind, sizeof(message.kind), kind->name);
        announce(http, request, &message);
    }
}

void
webhooks_db_handle(Http *http, Request *request)
{
    Webhook webhook = { .json = NULL };
    Err err = ERR_NONE;

    if (!webhook_read(str_text(&request->body), request->body.length, &webhook, &err)) {
        outcome_count("unreadable");
        char field[WEBHOOK_FIELD_SIZE];
        webhook_field(&err, field);
        request_fail(request, &err, field);
        return;
    }
    webhook_take(http, request, &webhook);
    webhook_done_reading(&webhook);
}
