#include "producer/wal_session.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/contract.h"
#include "common/db.h"
#include "common/job.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "sql.h"

#define TICK_MS 500

struct WalSession {
    const Config *config;
    Role *role;
    Db *db;                 /* looks at the slot; a replication connection cannot bind parameters */
    PGconn *connection;     /* the stream; NULL while closed */
    char *frame;            /* the last one handed out, libpq's */
    bool is_blind;          /* decoding failed for want of the publication */
    JobKinds kinds;         /* as of the last name that was not among them */
    uint64_t confirmed_lsn; /* of the slot when the stream began; 0: it is new */
};

/* SlotLook is the row of wal_slot.sql. */
typedef struct SlotLook {
    bool has_publication, has_slot, is_ours, is_active, is_lost;
    int64_t confirmed_lsn;
} SlotLook;

WalSession *
wal_session_new(const Config *config, Role *role, Err *err)
{
    WalSession *session = calloc(1, sizeof(*session));

    if (session != NULL) {
        session->config = config;
        session->role = role;
        session->db = db_new(config->database, "paceline-producer wal");
    }
    if (session == NULL || session->db == NULL) {
        free(session);
        err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for a session");
        return NULL;
    }
    return session;
}

void
wal_session_close(WalSession *session)
{
    PQfreemem(session->frame);
    session->frame = NULL;
    PQfinish(session->connection);
    session->connection = NULL;
}

void
wal_session_free(WalSession *session)
{
    if (session != NULL) {
        wal_session_close(session);
        db_free(session->db);
        job_kinds_done(&session->kinds);
        free(session);
    }
}

static bool
slot_look(WalSession *session, SlotLook *ret_state, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    if (!contract_connect(session->db, err)) {
        return false;
    }
    args_text(&args, session->config->slot);
    args_text(&args, session->config->publication);
    _cleanup_(db_result_clear) PGresult *row = db_query(session->db, &sql_wal_slot, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_state = (SlotLook){ .has_publication = PQgetvalue(row, 0, 0)[0] == 't',
                             .has_slot = PQgetvalue(row, 0, 1)[0] == 't',
                             .is_ours = PQgetvalue(row, 0, 2)[0] == 't',
                             .is_active = PQgetvalue(row, 0, 3)[0] == 't',
                             .is_lost = PQgetvalue(row, 0, 4)[0] == 't' };
    return str_to_int64(PQgetvalue(row, 0, 5), &ret_state->confirmed_lsn) ||
           err_set(err, ERR_UNKNOWN, "wal_slot", "slot %s: its LSN is no number", session->config->slot);
}

static bool
connect_stream(WalSession *session, Err *err)
{
    /* Later keywords win: the user's conninfo over our defaults, what the stream needs over both. */
    static const char *const names[] = { "connect_timeout",     "tcp_user_timeout", "keepalives_idle",
                                         "keepalives_interval", "keepalives_count", "dbname",
                                         "replication",         "application_name", NULL };
    const char *values[] = {
        "5", "10000", "10", "5", "3", session->config->database, "database", "paceline-producer wal", NULL
    };

    session->connection = PQconnectdbParams(names, values, 1);
    if (session->connection == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for a connection");
    }
    return PQstatus(session->connection) == CONNECTION_OK || db_err(err, session->connection, NULL);
}

/* run sends one command and waits for its result, ticking the role: making a slot waits for every running
 * transaction. */
static PGresult *
run(WalSession *session, const char *command, Err *err)
{
    if (PQsendQuery(session->connection, command) != 1) {
        db_err(err, session->connection, NULL);
        return NULL;
    }
    while (PQisBusy(session->connection)) {
        struct pollfd fd = { .fd = PQsocket(session->connection), .events = POLLIN };
        if (poll(&fd, 1, TICK_MS) < 0 && errno != EINTR) {
            err_set(err, ERR_UNKNOWN, "poll", "wal: poll: %s", strerrordesc_np(errno));
            return NULL;
        }
        role_tick(session->role);
        if (role_draining(session->role)) {
            err_set(err, ERR_FUNCTION_TIMEOUT, "draining", "wal: stopped while waiting for the server");
            return NULL;
        }
        if (PQconsumeInput(session->connection) != 1) {
            db_err(err, session->connection, NULL);
            return NULL;
        }
    }
    return PQgetResult(session->connection);
}

/* run_to_end is run for commands that answer with one result; false with the server's error. */
static bool
run_to_end(WalSession *session, const char *command, Err *err)
{
    _cleanup_(db_result_clear) PGresult *result = run(session, command, err);

    if (result == NULL) {
        return false;
    }
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        return db_err(err, session->connection, result);
    }
    for (PGresult *rest = PQgetResult(session->connection); rest != NULL;
         rest = PQgetResult(session->connection)) {
        PQclear(rest);
    }
    return true;
}

/* append_identifier quotes a name for a replication command, which knows double quotes only. */
static void
append_identifier(Str *str, const char *name)
{
    str_append_char(str, '"');
    for (const char *at = name; *at != '\0'; at++) {
        str_append_bytes(str, at, 1);
        if (*at == '"') {
            str_append_char(str, '"');
        }
    }
    str_append_char(str, '"');
}

static bool
publication_create(WalSession *session, Err *err)
{
    _cleanup_(str_done) Str command = STR_EMPTY;

    str_append(&command, "CREATE PUBLICATION ");
    append_identifier(&command, session->config->publication);
    if (!str_ok(&command)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for a command");
    }
    if (!run_to_end(session, str_text(&command), err)) {
        return false;
    }
    LOG_INFO("publication.create", LOG_TEXT("publication", session->config->publication));
    return true;
}

/* slot_create makes the slot, in place of one that cannot be read any more. why: missing, lost, or blind. */
static bool
slot_create(WalSession *session, const char *why, Err *err)
{
    _cleanup_(str_done) Str command = STR_EMPTY;

    if (strcmp(why, "missing") != 0) {
        DbArgs args = DB_ARGS_EMPTY;
        args_text(&args, session->config->slot);
        if (!db_run(session->db, &sql_wal_slot_drop, &args, NULL, err)) {
            return false;
        }
    }
    str_append(&command, "CREATE_REPLICATION_SLOT ");
    append_identifier(&command, session->config->slot);
    str_append(&command, " LOGICAL pgoutput NOEXPORT_SNAPSHOT");
    if (!str_ok(&command)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for a command");
    }
    if (!run_to_end(session, str_text(&command), err)) {
        return false;
    }
    session->is_blind = false;
    session->confirmed_lsn = 0;
    metric_add(METRIC_WAL_SLOT_CREATE_TOTAL, NULL, why, 1);
    /* What was announced between the old slot's end and the new one's beginning is found by the reaper. */
    LOG_WARN("slot.create", LOG_TEXT("replication_slot", session->config->slot), LOG_TEXT("why", why));
    return true;
}

static WalOpen
stream_start(WalSession *session, Err *err)
{
    _cleanup_(str_done) Str command = STR_EMPTY;
    _cleanup_(str_done) Str name = STR_EMPTY;

    append_identifier(&name, session->config->publication);
    str_append(&command, "START_REPLICATION SLOT ");
    append_identifier(&command, session->config->slot);
    str_append(&command, " LOGICAL 0/0 (proto_version '1', publication_names ");
    char *literal = str_ok(&name) ? PQescapeLiteral(session->connection, name.bytes, name.length) : NULL;
    if (literal != NULL) {
        str_append(&command, literal);
        PQfreemem(literal);
    }
    str_append(&command, ", messages 'true')");
    if (literal == NULL || !str_ok(&command)) {
        err_set(err, ERR_MEMORY_LIMIT, "memory", "wal: no memory for a command");
        return WAL_OPEN_FAILED;
    }
    _cleanup_(db_result_clear) PGresult *result = run(session, str_text(&command), err);
    if (result == NULL) {
        return WAL_OPEN_FAILED;
    }
    if (PQresultStatus(result) == PGRES_COPY_BOTH) {
        if (PQsetnonblocking(session->connection, 1) != 0) {
            db_err(err, session->connection, NULL);
            return WAL_OPEN_FAILED;
        }
        return WAL_OPEN_STREAMING;
    }
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool is_busy = state != NULL && strcmp(state, "55006") == 0; /* object_in_use: it became active */
    db_err(err, session->connection, result);
    return is_busy ? WAL_OPEN_BUSY : WAL_OPEN_FAILED;
}

/* slot_ensure makes the slot if there is none that can be read. Lost: the server threw away WAL that it
 * needed. Blind: changes from before the publication was made can never be decoded, for the decoder sees the
 * catalogue of then. */
static bool
slot_ensure(WalSession *session, const SlotLook *slot, Err *err)
{
    if (!slot->has_slot) {
        return slot_create(session, "missing", err);
    }
    if (slot->is_lost) {
        return slot_create(session, "lost", err);
    }
    return !(session->is_blind && slot->has_publication) || slot_create(session, "blind", err);
}

WalOpen
wal_session_open(WalSession *session, Err *err)
{
    SlotLook slot = { .has_slot = false };

    wal_session_close(session);
    if (!slot_look(session, &slot, err)) {
        return WAL_OPEN_FAILED;
    }
    if (slot.is_active) {
        return WAL_OPEN_BUSY;
    }
    if (slot.has_slot && !slot.is_ours) {
        err_set(err, ERR_INVALID_DATA, "slot_foreign",
                "slot %s: it belongs to another database or another plugin than pgoutput",
                session->config->slot);
        return WAL_OPEN_FAILED;
    }
    WalOpen result = WAL_OPEN_FAILED;
    session->confirmed_lsn = (uint64_t)slot.confirmed_lsn;
    if (connect_stream(session, err) && (slot.has_publication || publication_create(session, err)) &&
        slot_ensure(session, &slot, err)) {
        result = stream_start(session, err);
    }
    if (result != WAL_OPEN_STREAMING) {
        wal_session_close(session);
    }
    return result;
}

bool
wal_session_knows(WalSession *session, const char *kind)
{
    JobKinds kinds = { .items = NULL };
    Err err = ERR_NONE;

    if (job_kind_find(&session->kinds, kind) != NULL) {
        return true;
    }
    if (!contract_connect(session->db, &err) || !job_kinds_load(session->db, &kinds, &err)) {
        LOG_WARN("wal.kinds", LOG_FAILURE(&err));
        return true;
    }
    job_kinds_done(&session->kinds);
    session->kinds = kinds;
    return job_kind_find(&session->kinds, kind) != NULL;
}

uint64_t
wal_session_confirmed(const WalSession *session)
{
    return session->confirmed_lsn;
}

int
wal_session_socket(const WalSession *session)
{
    return PQsocket(session->connection);
}

bool
wal_session_wants_write(WalSession *session)
{
    return PQflush(session->connection) == 1;
}

/* ended reads why the server closed the stream. */
static WalRead
ended(WalSession *session, Err *err)
{
    _cleanup_(db_result_clear) PGresult *result = PQgetResult(session->connection);

    if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        session->is_blind = state != NULL && strcmp(state, "42704") == 0; /* undefined_object */
        db_err(err, session->connection, result);
    } else {
        err_set(err, ERR_DATABASE_TIMEOUT, "stream_ended", "wal: the server ended the stream");
    }
    return WAL_READ_ENDED;
}

WalRead
wal_session_read(WalSession *session, WalFrame *ret_frame, Err *err)
{
    PQfreemem(session->frame);
    session->frame = NULL;
    int n = PQgetCopyData(session->connection, &session->frame, 1);
    if (n == 0) {
        if (PQconsumeInput(session->connection) != 1) {
            db_err(err, session->connection, NULL);
            return WAL_READ_ENDED;
        }
        n = PQgetCopyData(session->connection, &session->frame, 1);
    }
    if (n == 0) {
        return WAL_READ_NOTHING;
    }
    if (n < 0) {
        return ended(session, err);
    }
    return wal_frame_decode(session->frame, (size_t)n, ret_frame, err) ? WAL_READ_FRAME : WAL_READ_ENDED;
}

bool
wal_session_confirm(WalSession *session, uint64_t lsn, Err *err)
{
    uint8_t feedback[WAL_FEEDBACK_BYTES];

    wal_feedback_encode(lsn, clock_wall_us(), feedback);
    if (PQputCopyData(session->connection, (const char *)feedback, (int)sizeof(feedback)) < 0 ||
        PQflush(session->connection) < 0) {
        return db_err(err, session->connection, NULL);
    }
    return true;
}
