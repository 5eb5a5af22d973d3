#include "producer/wal.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/contract.h"
#include "common/exit_code.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/metrics.h"
#include "producer/announcement.h"
#include "producer/lsn_tracker.h"
#include "producer/publish.h"
#include "producer/wal_session.h"

#define SECOND_US INT64_C(1000000)
#define FEEDBACK_US (10 * SECOND_US)  /* wal_sender_timeout is 60 s */
#define STALLED_FEEDBACK_US SECOND_US /* while nothing is read, a request to reply is not seen either */
#define CONFIRM_US (SECOND_US / 10)   /* while reports are outstanding, LSNs are confirmed in steps */
#define STALL_US (SECOND_US / 20)     /* the queue is full: so long until the next try */
#define STANDBY_US SECOND_US          /* between two looks at a slot that another producer reads; jittered */
#define RETRY_BASE_US (SECOND_US / 5) /* after a failure: full jitter up to ... */
#define RETRY_CAP_US (5 * SECOND_US)
#define RETRY_FORGET_US (60 * SECOND_US) /* a stream this old starts the backoff anew */
#define FLUSH_US (10 * SECOND_US)        /* on drain, so long for outstanding reports */
#define PROBE_MS 200                     /* waiting for a broker's answer, for readiness only */
#define PROBE_US (2 * SECOND_US)
#define FRAMES_PER_ROUND 1000 /* then the loop looks at reports and signals again */
#define PREFIX "paceline"

typedef struct Wal {
    Role *role;
    const Config *config;
    Publisher *publisher;
    LsnTracker *tracker;
    WalSession *session;
    Announcement announcement; /* being published: jobs from `next` on */
    size_t next;
    uint64_t message_lsn;
    uint64_t server_lsn;    /* how far the server has sent */
    uint64_t told_lsn;      /* confirmed in the last feedback */
    int64_t feedback_at_us; /* of the last one; 0: now */
    int64_t probed_at_us;
    bool is_stalled; /* Kafka's queue is full: nothing is read */
    bool has_lost;   /* a message was not acknowledged in time: the slot has to send again */
    uint64_t random;
} Wal;

static void
on_report(void *user, uint64_t token, PublishOutcome outcome, const Err *err)
{
    Wal *wal = user;

    if (outcome != PUBLISH_LOST) {
        (void)lsn_tracker_acknowledge(wal->tracker, token);
        return;
    }
    if (!wal->has_lost) {
        LOG_WARN("announce.lost", LOG_FAILURE(err));
    }
    wal->has_lost = true;
}

/* announcement_publish queues the jobs that are left of the announcement in hand. False when the stream has
 * to be begun again. */
static bool
announcement_publish(Wal *wal, Err *err)
{
    char event_id[48];

    wal->is_stalled = false;
    for (; wal->next < wal->announcement.n; wal->next++) {
        const JobMessage *job = &wal->announcement.jobs[wal->next];
        uint64_t token = lsn_tracker_expect(wal->tracker);
        (void)snprintf(event_id, sizeof(event_id), "%" PRIX64 "-%zu", wal->message_lsn, wal->next);
        PublishResult result =
            publisher_send(wal->publisher, job, event_id, wal->announcement.traceparent, token, err);
        if (result == PUBLISH_QUEUED) {
            failpoint("wal.publish");
            continue;
        }
        if (result == PUBLISH_FULL) {
            (void)lsn_tracker_acknowledge(wal->tracker, token); /* this token waits for nothing */
            wal->is_stalled = true;
            return true;
        }
        if (result == PUBLISH_FAILED) {
            return false;
        }
        (void)lsn_tracker_acknowledge(wal->tracker, token);
    }
    announcement_done(&wal->announcement);
    wal->next = 0;
    return true;
}

/* message_take begins with a message of the WAL. Anyone may write one: what cannot be read is passed over,
 * and so is what names a kind that nobody adopted, or it would make topics, or wait for one. */
static bool
message_take(Wal *wal, const WalRecord *record, Err *err)
{
    Err why = ERR_NONE;

    if (!record->is_transactional || strcmp(record->prefix, PREFIX) != 0) {
        return true;
    }
    if (!announcement_parse(record->content, record->content_n, &wal->announcement, &why)) {
        if (why.class == ERR_MEMORY_LIMIT) {
            *err = why;
            return false;
        }
        metric_add(METRIC_ANNOUNCE_REFUSED_TOTAL, NULL, NULL, 1);
        LOG_ERROR("announce.unreadable", LOG_INT("lsn", (int64_t)record->lsn), LOG_FAILURE(&why));
        return true;
    }
    if (wal->announcement.n > 0 && !wal_session_knows(wal->session, wal->announcement.kind)) {
        metric_add(METRIC_ANNOUNCE_REFUSED_TOTAL, NULL, NULL, 1);
        LOG_WARN("announce.unknown_kind", LOG_TEXT("kind", wal->announcement.kind));
        announcement_done(&wal->announcement);
        return true;
    }
    wal->next = 0;
    wal->message_lsn = record->lsn;
    return announcement_publish(wal, err);
}

static bool
frame_take(Wal *wal, const WalFrame *frame, Err *err)
{
    WalRecord record = { .type = WAL_RECORD_OTHER };

    if (frame->end_lsn > wal->server_lsn) {
        wal->server_lsn = frame->end_lsn;
    }
    if (frame->type == WAL_FRAME_KEEPALIVE) {
        lsn_tracker_keepalive(wal->tracker, frame->end_lsn);
        if (frame->wants_reply) {
            wal->feedback_at_us = 0;
        }
        return true;
    }
    if (!wal_record_decode(frame->payload, frame->payload_n, &record, err)) {
        return false;
    }
    switch (record.type) {
    case WAL_RECORD_BEGIN:
        return lsn_tracker_begin(wal->tracker, err);
    case WAL_RECORD_MESSAGE:
        return message_take(wal, &record, err);
    case WAL_RECORD_COMMIT:
        lsn_tracker_commit(wal->tracker, record.end_lsn);
        return true;
    case WAL_RECORD_OTHER:
        break;
    }
    return true;
}

/* frames_take reads what has arrived, until Kafka's queue is full. */
static bool
frames_take(Wal *wal, Err *err)
{
    if (!announcement_publish(wal, err)) {
        return false;
    }
    for (int i = 0; i < FRAMES_PER_ROUND && !wal->is_stalled; i++) {
        WalFrame frame = { .payload_n = 0 };
        switch (wal_session_read(wal->session, &frame, err)) {
        case WAL_READ_NOTHING:
            return true;
        case WAL_READ_ENDED:
            return false;
        case WAL_READ_FRAME:
            if (!frame_take(wal, &frame, err)) {
                return false;
            }
        }
    }
    return true;
}

/* confirm_due returns when the next feedback is due; in the past: now. */
static int64_t
confirm_due(const Wal *wal)
{
    if (lsn_tracker_confirmed(wal->tracker) > wal->told_lsn) {
        return lsn_tracker_outstanding(wal->tracker) == 0 ? 0 : wal->feedback_at_us + CONFIRM_US;
    }
    return wal->feedback_at_us + (wal->is_stalled ? STALLED_FEEDBACK_US : FEEDBACK_US);
}

static bool
confirm(Wal *wal, Err *err)
{
    uint64_t lsn = lsn_tracker_confirmed(wal->tracker);

    if (lsn > wal->told_lsn) {
        failpoint("wal.confirm");
        metric_add(METRIC_WAL_FLUSH_TOTAL, NULL, NULL, 1);
    }
    if (!wal_session_confirm(wal->session, lsn, err)) {
        return false;
    }
    wal->told_lsn = lsn;
    wal->feedback_at_us = clock_monotonic_us();
    metric_set(METRIC_WAL_LAG_BYTES, NULL, NULL,
               wal->server_lsn > lsn ? (double)(wal->server_lsn - lsn) : 0.0);
    return true;
}

/* look_ready tells the board whether announcements get through. */
static void
look_ready(Wal *wal, bool is_streaming)
{
    int64_t now_us = clock_monotonic_us();

    if (!is_streaming) {
        slot_set_ready(wal->role->slot, false, "no replication stream from PostgreSQL");
    } else if (wal->probed_at_us == 0 || now_us - wal->probed_at_us >= PROBE_US) {
        bool is_connected = publisher_is_connected(wal->publisher, PROBE_MS);
        wal->probed_at_us = now_us;
        slot_set_ready(wal->role->slot, is_connected, is_connected ? NULL : "no connection to Kafka");
    }
}

/* round_wait waits until there is something to do, or until due_us. */
static void
round_wait(Wal *wal, bool is_streaming, int64_t due_us)
{
    int64_t wait_us = due_us - clock_monotonic_us();
    struct pollfd fds[4] = { { .fd = wal->role->signal_fd, .events = POLLIN },
                             { .fd = wal->role->supervisor_fd, .events = POLLIN },
                             { .fd = publisher_fd(wal->publisher), .events = POLLIN },
                             { .fd = -1 } };

    if (is_streaming) {
        bool wants_write = wal_session_wants_write(wal->session);
        fds[3] = (struct pollfd){ .fd = wal_session_socket(wal->session),
                                  .events =
                                      (short)((wal->is_stalled ? 0 : POLLIN) | (wants_write ? POLLOUT : 0)) };
    }
    wait_us = wait_us < 0 ? 0 : wait_us > SECOND_US ? SECOND_US : wait_us;
    (void)poll(fds, 4, (int)((wait_us + 999) / 1000));
    role_tick(wal->role);
    publisher_serve(wal->publisher, 0);
}

/* pause_us waits between two attempts; reports and signals are served meanwhile. */
static void
pause_us(Wal *wal, int64_t wait_us)
{
    int64_t end_us = clock_monotonic_us() + wait_us;

    while (!role_draining(wal->role) && clock_monotonic_us() < end_us) {
        round_wait(wal, false, end_us);
    }
}

/* stream_read is the loop of a running stream: until it breaks, must be begun again, or the role drains. */
static bool
stream_read(Wal *wal, Err *err)
{
    while (!role_draining(wal->role)) {
        int64_t due_us = confirm_due(wal);
        int64_t stall_us = clock_monotonic_us() + STALL_US;
        round_wait(wal, true, wal->is_stalled && stall_us < due_us ? stall_us : due_us);
        if (publisher_is_broken(wal->publisher, err)) {
            return false;
        }
        if (wal->has_lost) {
            return err_set(err, ERR_NETWORK, "announce_lost",
                           "kafka: a message was not acknowledged; the slot sends again");
        }
        if (!frames_take(wal, err)) {
            return false;
        }
        if (confirm_due(wal) <= clock_monotonic_us() && !confirm(wal, err)) {
            return false;
        }
        look_ready(wal, true);
    }
    return true;
}

/* stream_drain waits for the reports of what was read, and confirms what that settles. */
static void
stream_drain(Wal *wal)
{
    int64_t end_us = clock_monotonic_us() + FLUSH_US;
    Err err = ERR_NONE;

    wal->is_stalled = true; /* nothing more is read */
    while (publisher_queued(wal->publisher) > 0 && clock_monotonic_us() < end_us && !role_forced(wal->role) &&
           !publisher_is_broken(wal->publisher, &err)) {
        round_wait(wal, true, end_us);
    }
    if (!confirm(wal, &err)) {
        LOG_WARN("wal.drain", LOG_FAILURE(&err));
    }
    while (wal_session_wants_write(wal->session) && clock_monotonic_us() < end_us &&
           !role_forced(wal->role)) {
        round_wait(wal, true, end_us);
    }
}

static void
stream(Wal *wal, Err *err)
{
    wal->is_stalled = wal->has_lost = false;
    wal->feedback_at_us = wal->probed_at_us = 0;
    wal->told_lsn = 0;
    wal->server_lsn = wal_session_confirmed(wal->session);
    lsn_tracker_restart(wal->tracker, wal->server_lsn);
    announcement_done(&wal->announcement);
    LOG_INFO("wal.stream", LOG_TEXT("replication_slot", wal->config->slot));
    if (stream_read(wal, err)) {
        stream_drain(wal);
    } else {
        LOG_WARN("wal.interrupted", LOG_FAILURE(err));
    }
    wal_session_close(wal->session);
    metric_set(METRIC_WAL_LAG_BYTES, NULL, NULL, __builtin_nan(""));
}

/* stand_by waits for a slot that another producer reads: as ready as can be. */
static void
stand_by(Wal *wal, bool *is_standby)
{
    if (!*is_standby) {
        LOG_INFO("wal.standby", LOG_TEXT("replication_slot", wal->config->slot));
    }
    *is_standby = true;
    slot_set_ready(wal->role->slot, true, NULL);
    pause_us(wal, STANDBY_US / 2 + backoff_us(STANDBY_US, STANDBY_US, 0, &wal->random));
}

static int
wal_loop(Wal *wal)
{
    bool is_standby = false;
    int failures = 0;

    while (!role_draining(wal->role)) {
        Err err = ERR_NONE;
        int64_t began_us = clock_monotonic_us();
        WalOpen opened = wal_session_open(wal->session, &err);
        if (opened == WAL_OPEN_BUSY) {
            stand_by(wal, &is_standby);
            continue;
        }
        if (opened == WAL_OPEN_STREAMING) {
            is_standby = false;
            stream(wal, &err);
        } else if (contract_is_refused(&err)) {
            LOG_ERROR("wal.contract", LOG_FAILURE(&err));
            return EXIT_CODE_CONFIG;
        } else if (!role_draining(wal->role)) {
            LOG_WARN("wal.connect", LOG_FAILURE(&err));
        }
        if (publisher_is_broken(wal->publisher, &err)) {
            LOG_ERROR("kafka.fatal", LOG_FAILURE(&err));
            return EXIT_CODE_KAFKA;
        }
        failures = clock_monotonic_us() - began_us > RETRY_FORGET_US ? 0 : failures + 1;
        look_ready(wal, false);
        pause_us(wal, backoff_us(RETRY_BASE_US, RETRY_CAP_US, failures, &wal->random));
    }
    return role_exit_code(wal->role);
}

int
wal_run(Role *role, Config *config)
{
    Wal wal = { .role = role, .config = config, .random = random_seed() };
    Err err = ERR_NONE;
    int code = EXIT_CODE_MEMORY;

    wal.tracker = lsn_tracker_new();
    wal.session = wal_session_new(config, role, &err);
    wal.publisher = publisher_new(config, "wal", on_report, &wal, &err);
    if (wal.tracker != NULL && wal.session != NULL && wal.publisher != NULL) {
        code = wal_loop(&wal);
    } else {
        code = err.class == ERR_INVALID_DATA ? EXIT_CODE_CONFIG : EXIT_CODE_MEMORY;
        LOG_ERROR("wal.start", LOG_FAILURE(&err));
    }
    publisher_free(wal.publisher);
    wal_session_free(wal.session);
    lsn_tracker_free(wal.tracker);
    announcement_done(&wal.announcement);
    return code;
}
