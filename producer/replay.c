#include "producer/replay.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/role.h"
#include "producer/key_set.h"
#include "producer/topic_read.h"
#include "sql.h"

enum { STATUS_COUNT = 5 };

static const char *const statuses[STATUS_COUNT] = { "pending", "processing", "complete", "failed",
                                                    "cancelled" };

/* Replay is what the command line asks for, and what became of it. */
typedef struct Replay {
    JobKind kind;
    TopicRange range;
    bool is_wanted[STATUS_COUNT]; /* requested in this status; others are left alone */
    bool is_dry;
    KeySet keys;
    int64_t read, tombstones, unreadable; /* messages */
    int64_t requested[STATUS_COUNT], left_alone[STATUS_COUNT];
    int64_t looked_at; /* keys whose rows were asked for */
} Replay;

/* --- the command line --- */

static bool
status_want(Replay *replay, const char *name, size_t length)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strlen(statuses[i]) == length && strncmp(statuses[i], name, length) == 0) {
            replay->is_wanted[i] = true;
            return true;
        }
    }
    return false;
}

/* statuses_parse reads "failed,complete"; without a list, whatever has finished is meant. */
static bool
statuses_parse(const Command *command, Replay *replay, const char *list)
{
    for (const char *at = list != NULL ? list : "complete,failed,cancelled";; at++) {
        size_t length = strcspn(at, ",");
        if (!status_want(replay, at, length)) {
            (void)command_usage(command,
                                "--status: \"%.*s\" is no status; there are: pending, processing, complete, "
                                "failed, cancelled",
                                (int)length, at);
            return false;
        }
        at += length;
        if (*at == '\0') {
            return true;
        }
    }
}

/* replay_parse reads the command line; EXIT_CODE_OK to go on. */
static int
replay_parse(Command *command, Replay *replay, const char **ret_topic)
{
    const char *from = NULL;
    const char *to = NULL;
    const char *status = NULL;
    int64_t partition = TOPIC_RANGE_ALL_PARTITIONS;
    Err err = ERR_NONE;
    const CommandOption options[] = {
        { .name = "--topic", .ret_text = ret_topic },
        { .name = "--from", .ret_text = &from },
        { .name = "--to", .ret_text = &to },
        { .name = "--partition", .ret_number = &partition, .min = 0, .max = INT32_MAX },
        { .name = "--status", .ret_text = &status },
        { .name = "--dry-run", .ret_flag = &replay->is_dry },
        { .name = NULL },
    };
    if (!command_parse(command, options, 0, 0)) {
        return EXIT_CODE_USAGE;
    }
    if (*ret_topic == NULL) {
        return command_usage(command, "--topic is missing");
    }
    if (!topic_range_parse(from, to, partition, &replay->range, &err)) {
        return command_fail(command, &err);
    }
    return statuses_parse(command, replay, status) ? EXIT_CODE_OK : EXIT_CODE_USAGE;
}

/* --- reading: which rows --- */

/* message_visit keeps the key that a message names; what a worker could not read, it cannot either. */
static bool
message_visit(void *user, const rd_kafka_message_t *message, Err *err)
{
    Replay *replay = user;
    JobMessage job;
    Err why = ERR_NONE;
    replay->read++;
    if (message->payload == NULL) {
        replay->tombstones++;
        return true;
    }
    if (!job_message_parse(message->payload, message->len, &job, &why) ||
        strcmp(job.kind, replay->kind.name) != 0 || !job_key_valid(&replay->kind, job.key)) {
        replay->unreadable++;
        return true;
    }
    job_key_canonical(&replay->kind, job.key);
    return key_set_add(&replay->keys, job.key, err);
}

/* --- requesting --- */

static void
tally_add(Replay *replay, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        bool is_requested = PQgetvalue(rows, row, 1)[0] == 't';
        int64_t jobs = 0;
        for (int i = 0; i < STATUS_COUNT; i++) {
            if (strcmp(PQgetvalue(rows, row, 0), statuses[i]) == 0 &&
                str_to_int64(PQgetvalue(rows, row, 2), &jobs)) {
                (is_requested ? replay->requested : replay->left_alone)[i] += jobs;
            }
        }
    }
}

/* batch_request asks for the rows of the next n keys, in a transaction of its own. */
static bool
batch_request(Db *db, Replay *replay, size_t n, const char *wanted, Err *err)
{
    _cleanup_(str_done) Str keys = STR_EMPTY;
    DbArgs args = DB_ARGS_EMPTY;
    for (size_t i = 0; i < n; i++) {
        str_append_pg_array_item(&keys, replay->keys.items[(size_t)replay->looked_at + i]);
    }
    str_append_char(&keys, '}');
    if (!str_ok(&keys)) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    args_text(&args, replay->kind.name);
    args_text(&args, str_text(&keys));
    args_text(&args, wanted);
    args_bool(&args, replay->is_dry);
    _cleanup_(db_result_clear) PGresult *rows = db_query(db, &sql_job_request, &args, err);
    if (rows == NULL) {
        return false;
    }
    tally_add(replay, rows);
    replay->looked_at += (int64_t)n;
    return true;
}

static bool
rows_request(Db *db, Role *role, Replay *replay, Err *err)
{
    _cleanup_(str_done) Str wanted = STR_EMPTY;
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (replay->is_wanted[i]) {
            str_append_pg_array_item(&wanted, statuses[i]);
        }
    }
    str_append_char(&wanted, '}');
    key_set_settle(&replay->keys);
    while ((size_t)replay->looked_at < replay->keys.n) {
        size_t left = replay->keys.n - (size_t)replay->looked_at;
        role_tick(role);
        if (role_draining(role)) {
            return err_set(err, ERR_UNKNOWN, COMMAND_NOT_POSSIBLE,
                           "interrupted: %zu of the jobs were not looked at", left);
        }
        if (!batch_request(db, replay, left < JOB_BATCH_MAX ? left : JOB_BATCH_MAX, str_text(&wanted), err)) {
            return false;
        }
    }
    return true;
}

/* --- the command --- */

static void
line_print(const char *what, const char *status, int64_t n)
{
    char label[40];
    (void)snprintf(label, sizeof label, "%s%s", what, status);
    printf("%-24s %lld\n", label, (long long)n);
}

static void
replay_print(const Replay *replay)
{
    int64_t found = 0;
    line_print("messages read", "", replay->read);
    line_print("  tombstones", "", replay->tombstones);
    line_print("  unreadable", "", replay->unreadable);
    line_print("distinct jobs", "", (int64_t)replay->keys.n);
    for (int i = 0; i < STATUS_COUNT; i++) {
        found += replay->requested[i] + replay->left_alone[i];
        if (replay->is_wanted[i]) {
            line_print(replay->is_dry ? "  to requeue, " : "  requeued, ", statuses[i], replay->requested[i]);
        } else {
            line_print("  left alone, ", statuses[i], replay->left_alone[i]);
        }
    }
    line_print("  no such row", "", replay->looked_at - found);
}

static bool
replay_run(Command *command, Role *role, Replay *replay, const char *topic, Err *err)
{
    if (!command_connect(command, err) || !command_kind(command, topic, &replay->kind, err)) {
        return false;
    }
    db_disconnect(command->db); /* reading may take long, and an idle session would be in the way */
    if (!topic_read(command->config, role, replay->kind.topic, &replay->range, message_visit, replay, err)) {
        return false;
    }
    bool is_good = command_connect(command, err) && rows_request(command->db, role, replay, err);
    replay_print(replay);
    return is_good;
}

int
replay_command(Command *command)
{
    Replay replay = { .keys = KEY_SET_EMPTY };
    const char *topic = NULL;
    Err err = ERR_NONE;
    _cleanup_(role_done) Role role = ROLE_NONE;
    int exit_code = replay_parse(command, &replay, &topic);
    if (exit_code != EXIT_CODE_OK) {
        return exit_code;
    }
    if (!role_begin_alone(&role, "replay", &err)) {
        (void)command_fail(command, &err);
        return EXIT_CODE_SYSTEM;
    }
    bool is_good = replay_run(command, &role, &replay, topic, &err);
    key_set_done(&replay.keys);
    return is_good ? EXIT_CODE_OK : command_fail(command, &err);
}
