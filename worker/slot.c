#include "worker/slot.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/contract.h"
#include "common/exit_code.h"
#include "common/json_read.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "worker/claim.h"
#include "worker/consume.h"
#include "worker/dispatch.h"
#include "worker/finish.h"
#include "worker/inbox.h"
#include "worker/worker.h"

enum {
    ARENA_LIMIT = 256 << 20,  /* workouts.md, section 8 */
    KINDS_EVERY_US = 5000000, /* a kind that was adopted or paused is noticed within this */
    SEEN_EVERY_US = 10000000,
    ALONE_FOR_US = 200000, /* jobs claimed alone take so much of a turn, then the others come */
    IDLE_WAIT_MS = 100,
    RECONNECT_BASE_US = 100000,
    RECONNECT_CAP_US = 5000000,
};

/* SlotLoop is what the loop keeps between its turns. */
typedef struct SlotLoop {
    Worker worker;
    Config *config;
    Arena *arena;
    int failures; /* to come online, in a row */
    int64_t online_at_us, seen_at_us;
    int exit_code; /* not EXIT_CODE_OK: the loop ends with it */
} SlotLoop;

static void
slot_done(SlotLoop *loop)
{
    finish_queue_free(loop->worker.finishes);
    http_client_free(loop->worker.http);
    worker_kinds_done(&loop->worker);
    db_free(loop->worker.db);
    arena_free(loop->arena);
    free(loop->worker.inbox);
}

static bool
slot_init(SlotLoop *loop, Role *role, const Config *config)
{
    *loop = (SlotLoop){ .worker = { .config = config, .role = role, .random = random_seed() } };
    loop->worker.db = db_new(config->database, "paceline-worker");
    loop->worker.inbox = calloc(1, sizeof *loop->worker.inbox);
    loop->worker.finishes = finish_queue_new(&loop->worker);
    loop->worker.http = http_client_new(config->provider_contact);
    loop->arena = arena_new(ARENA_LIMIT);
    if (loop->worker.db == NULL || loop->worker.inbox == NULL || loop->worker.finishes == NULL ||
        loop->worker.http == NULL || loop->arena == NULL) {
        slot_done(loop);
        return false;
    }
    return true;
}

/* --- being online --- */

/* slot_offline waits a jittered while before the next try; Kafka is polled on, its partitions paused. */
static void
slot_offline(SlotLoop *loop, const Err *err)
{
    Worker *worker = &loop->worker;
    int64_t wait_us = RECONNECT_BASE_US / 2 +
                      backoff_us(RECONNECT_BASE_US, RECONNECT_CAP_US, loop->failures, &worker->random);
    loop->failures++;
    loop->online_at_us = clock_monotonic_us() + wait_us;
    slot_set_ready(worker->role->slot, false, "no connection to PostgreSQL");
    LOG_WARN("worker.offline", LOG_FAILURE(err), LOG_INT("retry_ms", wait_us / 1000));
}

/* kinds_refresh loads the kinds, and has the consumer follow. */
static bool
kinds_refresh(SlotLoop *loop, Err *err)
{
    Worker *worker = &loop->worker;
    bool is_first = worker->kinds_loaded_at_us == 0;
    bool has_changed = false;
    if (!is_first && clock_monotonic_us() - worker->kinds_loaded_at_us < KINDS_EVERY_US) {
        return true;
    }
    if (!worker_kinds_load(worker, NULL, &has_changed, err)) {
        return false;
    }
    if (has_changed) {
        loop->seen_at_us = 0; /* its row says which kinds it takes */
    }
    if (worker->consumer == NULL && worker->kind_count > 0) {
        if (consumer_new(worker, err) == NULL) {
            LOG_ERROR("worker.kafka", LOG_FAILURE(err));
            loop->exit_code = err->class == ERR_INVALID_DATA ? EXIT_CODE_CONFIG : EXIT_CODE_KAFKA;
            return false;
        }
    } else if (has_changed && worker->consumer != NULL) {
        return consumer_subscribe(worker->consumer, err);
    }
    return true;
}

static bool
seen_refresh(SlotLoop *loop, Err *err)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us - loop->seen_at_us < SEEN_EVERY_US) {
        return true;
    }
    loop->seen_at_us = now_us;
    if (worker_seen(&loop->worker, err)) {
        return true;
    }
    db_disconnect(loop->worker.db); /* come back as whoever we are now */
    return false;
}

/* slot_is_online makes the slot able to claim, or says when to try again. */
static bool
slot_is_online(SlotLoop *loop)
{
    Worker *worker = &loop->worker;
    Err err = ERR_NONE;
    const char *reason = NULL;
    bool is_new = false;
    if (clock_monotonic_us() < loop->online_at_us) {
        return false;
    }
    if (!worker_connect(worker, &is_new, &err) || !seen_refresh(loop, &err) || !kinds_refresh(loop, &err)) {
        if (contract_is_refused(&err)) {
            LOG_ERROR("worker.contract", LOG_FAILURE(&err));
            loop->exit_code = EXIT_CODE_CONFIG;
        }
        if (loop->exit_code == EXIT_CODE_OK) {
            slot_offline(loop, &err);
        }
        return false;
    }
    if (!finish_is_clear(worker->finishes) && !db_receive(worker->db, &err)) {
        slot_offline(loop, &err);
        return false;
    }
    if (finish_has_failed(worker->finishes) && !finish_settle(worker->finishes)) {
        err_set(&err, ERR_DATABASE_TIMEOUT, "finish", "finishes could not be settled");
        slot_offline(loop, &err);
        return false;
    }
    if (!claim_settle(worker, &err)) {
        slot_offline(loop, &err);
        return false;
    }
    if (loop->failures > 0) {
        LOG_INFO("worker.online");
        loop->failures = 0;
    }
    bool is_ready = worker->consumer != NULL && consumer_is_ready(worker->consumer, &reason);
    if (worker->consumer == NULL) {
        reason = worker->refusals.length > 0 ? "every kind is refused; see the log" : "no kind adopted";
    }
    slot_set_ready(worker->role->slot, is_ready, reason);
    return true;
}

/* --- what came back --- */

/* back_take puts the keys that the reaper names into the inbox; each slot begins elsewhere, so that they
 * share them. */
static void
back_take(Worker *worker, WorkKind *kind, const cJSON *keys)
{
    int n = cJSON_GetArraySize(keys);
    int first = n > 0 ? (int)(random_next(&worker->random) % (uint64_t)n) : 0;
    for (int i = 0; i < n && worker->inbox->n < INBOX_MAX / 2; i++) {
        const cJSON *key = cJSON_GetArrayItem(keys, (first + i) % n);
        if (!cJSON_IsString(key) || !job_key_valid(&kind->job, key->valuestring)) {
            continue;
        }
        Entry *entry = inbox_add(worker->inbox);
        entry->kind = kind;
        (void)str_copy(entry->key, sizeof entry->key, key->valuestring);
        job_key_canonical(&kind->job, entry->key);
    }
}

static void
notifications_take(Worker *worker)
{
    PGnotify *notification = NULL;
    while ((notification = db_notification(worker->db)) != NULL) {
        Err err = ERR_NONE;
        _cleanup_(json_delete) cJSON *json =
            json_parse(notification->extra, strlen(notification->extra), &err);
        const cJSON *name = json_member(json, "kind");
        WorkKind *kind = cJSON_IsString(name) ? worker_kind(worker, name->valuestring) : NULL;
        if (kind != NULL) {
            metric_add(METRIC_WORKER_WAKE_TOTAL, NULL, NULL, 1);
            back_take(worker, kind, json_member(json, "keys"));
        }
        PQfreemem(notification);
    }
}

/* --- a turn --- */

static bool
kind_is_open(const WorkKind *kind)
{
    return !kind->job.is_paused && clock_monotonic_us() >= kind->broken_until_us;
}

/* batches_run claims and runs one batch of each kind. */
static bool
batches_run(SlotLoop *loop, bool *ret_worked, Err *err)
{
    Worker *worker = &loop->worker;
    for (size_t i = 0; i < worker->kind_count; i++) {
        Batch batch;
        WorkKind *kind = worker->kinds[i];
        if (!kind_is_open(kind)) {
            continue;
        }
        if (!claim_batch(worker, kind, &batch, err)) {
            return false;
        }
        consumer_store(worker->consumer);
        if (batch.n == 0) {
            batch_done(&batch);
            continue;
        }
        *ret_worked = true;
        dispatch_batch(worker, &batch, loop->arena, NULL);
    }
    return true;
}

static Entry *
alone_next(Inbox *inbox)
{
    for (size_t i = 0; i < inbox->n; i++) {
        if (inbox->items[i].state == ENTRY_ALONE && kind_is_open(inbox->items[i].kind)) {
            return &inbox->items[i];
        }
    }
    return NULL;
}

/* alone_run claims jobs that failed before, one at a time. The claim's answer comes after that of every
 * finish sent before, so nothing else is in hand when the job runs. */
static bool
alone_run(SlotLoop *loop, bool *ret_worked, Err *err)
{
    Worker *worker = &loop->worker;
    int64_t until_us = clock_monotonic_us() + ALONE_FOR_US;
    Entry *entry = NULL;
    while ((entry = alone_next(worker->inbox)) != NULL && clock_monotonic_us() < until_us &&
           !role_draining(worker->role)) {
        Batch batch;
        if (!claim_alone(worker, entry, &batch, err)) {
            return false;
        }
        consumer_store(worker->consumer);
        *ret_worked = true;
        if (batch.n > 0) {
            dispatch_batch(worker, &batch, loop->arena, NULL);
        } else {
            batch_done(&batch);
        }
    }
    return true;
}

static bool
slot_turn(SlotLoop *loop, bool *ret_worked)
{
    Worker *worker = &loop->worker;
    Err err = ERR_NONE;
    consumer_event_clear(worker->consumer);
    *ret_worked = consumer_poll(worker->consumer, (size_t)worker->config->batch_size, 0) > 0;
    notifications_take(worker);
    if (!batches_run(loop, ret_worked, &err) || !alone_run(loop, ret_worked, &err)) {
        slot_offline(loop, &err);
        return false;
    }
    consumer_store(worker->consumer);
    if (!finish_is_clear(worker->finishes) && !db_receive(worker->db, &err)) {
        slot_offline(loop, &err);
        return false;
    }
    return true;
}

static void
slot_wait(SlotLoop *loop, bool is_online)
{
    Worker *worker = &loop->worker;
    bool looks = inbox_count(worker->inbox, NULL, ENTRY_LOOK) > 0;
    struct pollfd fds[] = {
        { .fd = worker->role->signal_fd, .events = POLLIN },
        { .fd = worker->role->supervisor_fd, .events = POLLIN },
        { .fd = is_online && worker->consumer != NULL ? consumer_event_fd(worker->consumer) : -1,
          .events = POLLIN },
        { .fd = is_online ? db_socket(worker->db) : -1, .events = POLLIN },
    };
    int n = poll(fds, sizeof fds / sizeof fds[0], looks ? IDLE_WAIT_MS / 5 : IDLE_WAIT_MS);
    if (n > 0 && (fds[3].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        Err err = ERR_NONE;
        if (!db_receive(worker->db, &err)) {
            slot_offline(loop, &err);
        }
    }
}

static void
reload(SlotLoop *loop)
{
    Err err = ERR_NONE;
    Str ignored = STR_EMPTY;
    if (!config_reload(loop->config, &ignored, &err)) {
        LOG_ERROR("config.reload", LOG_FAILURE(&err));
    } else {
        log_set_level((LogLevel)loop->config->log_level);
        LOG_INFO("config.reload", LOG_TEXT("needs_restart", str_text(&ignored)));
    }
    str_done(&ignored);
}

/* slot_step is one round of the loop. */
static void
slot_step(SlotLoop *loop)
{
    Worker *worker = &loop->worker;
    bool has_worked = false;
    role_tick(worker->role);
    if (role_take_reload(worker->role)) {
        reload(loop);
    }
    bool is_online = slot_is_online(loop);
    if (!is_online && worker->consumer != NULL) {
        consumer_hold(worker->consumer);
        (void)consumer_poll(worker->consumer, INBOX_MAX, 0);
    }
    if (is_online && worker->consumer != NULL) {
        consumer_release(worker->consumer);
        is_online = slot_turn(loop, &has_worked);
    }
    if (worker->consumer != NULL && consumer_is_broken(worker->consumer)) {
        loop->exit_code = EXIT_CODE_KAFKA;
    }
    if (!has_worked && loop->exit_code == EXIT_CODE_OK) {
        slot_wait(loop, is_online);
    }
}

/* slot_drain ends cleanly: what was finished is answered for, the row goes, the group is left. */
static void
slot_drain(SlotLoop *loop)
{
    Worker *worker = &loop->worker;
    Err err = ERR_NONE;
    LOG_INFO("worker.drain");
    slot_set_ready(worker->role->slot, false, "draining");
    if (db_is_connected(worker->db) && db_drain(worker->db, &err) && finish_settle(worker->finishes) &&
        claim_settle(worker, &err)) {
        worker_leave(worker);
    }
    consumer_close(worker->consumer);
}

int
slot_run(Role *role, Config *config)
{
    SlotLoop loop;
    if (!slot_init(&loop, role, config)) {
        return EXIT_CODE_MEMORY;
    }
    loop.config = config;
    slot_set_ready(role->slot, false, "starting");
    while (!role_draining(role) && loop.exit_code == EXIT_CODE_OK) {
        slot_step(&loop);
    }
    slot_drain(&loop);
    int exit_code = loop.exit_code != EXIT_CODE_OK ? loop.exit_code : role_exit_code(role);
    slot_done(&loop);
    return exit_code;
}

/* --- run-one --- */

static int
one_end(const DispatchTally *tally, const char *kind, const char *key)
{
    for (int type = OUTCOME_NONE; type < OUTCOME_COUNT; type++) {
        if (tally->ended[type] > 0) {
            bool has_reason = type != OUTCOME_DONE && tally->last_err.message[0] != '\0';
            printf("%s %s: %s%s%s\n", kind, key, outcome_name((OutcomeType)type), has_reason ? ": " : "",
                   has_reason ? tally->last_err.message : "");
        }
    }
    if (tally->fenced > 0) {
        printf("%s %s: taken back while it ran; nothing was written\n", kind, key);
    }
    return tally->ended[OUTCOME_DONE] == 1 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static int
one_run(SlotLoop *loop, const char *name, const char *key)
{
    Worker *worker = &loop->worker;
    Err err = ERR_NONE;
    Batch batch;
    DispatchTally tally = { .fenced = 0 };
    bool ignored = false;
    if (!worker_kinds_load(worker, name, &ignored, &err) || !worker_connect(worker, &ignored, &err)) {
        (void)fprintf(stderr, "paceline-worker: %s\n", err.message);
        return err.class == ERR_INVALID_DATA ? EXIT_CODE_FAILED : EXIT_CODE_DATABASE;
    }
    WorkKind *kind = worker_kind(worker, name);
    if (kind == NULL || !job_key_valid(&kind->job, key)) {
        (void)fprintf(stderr, "paceline-worker: %s: %s\n", kind == NULL ? name : key,
                      kind == NULL ? "no kind of this name is adopted and known here"
                                   : "not a key of this kind");
        return EXIT_CODE_USAGE;
    }
    Entry *entry = inbox_add(worker->inbox);
    entry->kind = kind;
    (void)str_copy(entry->key, sizeof entry->key, key);
    job_key_canonical(&kind->job, entry->key);
    if (!claim_alone(worker, entry, &batch, &err)) {
        (void)fprintf(stderr, "paceline-worker: %s\n", err.message);
        return EXIT_CODE_DATABASE;
    }
    if (batch.n == 0) {
        batch_done(&batch);
        printf("%s %s: not claimed: there is no such row, or it is not pending and due\n", name, key);
        return EXIT_CODE_FAILED;
    }
    dispatch_batch(worker, &batch, loop->arena, &tally);
    bool is_settled = db_drain(worker->db, &err) && finish_settle(worker->finishes);
    return is_settled ? one_end(&tally, name, key) : EXIT_CODE_DATABASE;
}

int
slot_run_one(Role *role, const Config *config, const char *kind, const char *key)
{
    SlotLoop loop;
    if (!slot_init(&loop, role, config)) {
        return EXIT_CODE_MEMORY;
    }
    Err err = ERR_NONE;
    int exit_code = EXIT_CODE_DATABASE;
    if (!contract_connect(loop.worker.db, &err)) {
        (void)fprintf(stderr, "paceline-worker: %s\n", err.message);
    } else {
        exit_code = one_run(&loop, kind, key);
        worker_leave(&loop.worker);
    }
    slot_done(&loop);
    return exit_code;
}
