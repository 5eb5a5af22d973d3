#include "producer/dead.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/activity/timestamp.h"
#include "common/cleanup.h"
#include "common/dead_letter.h"
#include "common/exit_code.h"
#include "common/kafka.h"
#include "common/role.h"
#include "producer/topic_read.h"

enum {
    POSITIONS_MAX = 1000,
    TEXT_MAX = 200,           /* bytes of a key or reason in a line */
    FLUSH_TIMEOUT_MS = 35000, /* above delivery.timeout.ms, so that every report has come */
};

/* Position names one letter: where it stands in paceline.dead. */
typedef struct Position {
    int32_t partition;
    int64_t offset;
    bool is_found;
} Position;

/* Dead is what the command line chooses, and what became of it. */
typedef struct Dead {
    const Command *command;
    const char *reason, *topic; /* NULL: any */
    bool is_all, is_resend;
    Position positions[POSITIONS_MAX];
    size_t position_count;
    JobKinds kinds;       /* only with is_resend: whose topics may be written to */
    rd_kafka_t *producer; /* the same */
    int64_t listed, refused, sent, lost;
} Dead;

/* Letter is a message of paceline.dead with the headers that say where it came from; "" if it has none. */
typedef struct Letter {
    const rd_kafka_message_t *message;
    rd_kafka_headers_t *headers; /* the message's, NULL if it has none */
    char reason[TEXT_MAX + 1], topic[256], partition[24], offset[24];
    bool is_cut;
} Letter;

/* --- the command line --- */

static bool
position_parse(const char *text, Position *ret_position)
{
    char number[24];
    int64_t partition = 0;
    int64_t offset = 0;
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof number;
    if (length >= sizeof number) {
        return false;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    if (!str_to_int64(number, &partition) || partition < 0 || partition > INT32_MAX ||
        !str_to_int64(colon + 1, &offset) || offset < 0) {
        return false;
    }
    *ret_position = (Position){ .partition = (int32_t)partition, .offset = offset };
    return true;
}

/* dead_parse reads the command line; EXIT_CODE_OK to go on. */
static int
dead_parse(Command *command, Dead *dead)
{
    const CommandOption options[] = {
        { .name = "--reason", .ret_text = &dead->reason },
        { .name = "--topic", .ret_text = &dead->topic },
        { .name = "--all", .ret_flag = &dead->is_all },
        { .name = "--resend", .ret_flag = &dead->is_resend },
        { .name = NULL },
    };
    if (!command_parse(command, options, 0, POSITIONS_MAX)) {
        return EXIT_CODE_USAGE;
    }
    for (int i = 0; i < command->argc; i++) {
        if (!position_parse(command->argv[i], &dead->positions[i])) {
            return command_usage(command, "%s: not a letter's PARTITION:OFFSET, such as 3:42",
                                 command->argv[i]);
        }
        dead->position_count++;
    }
    bool has_choice = dead->position_count > 0 || dead->reason != NULL || dead->topic != NULL;
    if (dead->is_all && has_choice) {
        return command_usage(command, "--all chooses everything: no other choice goes with it");
    }
    if (dead->is_resend && !has_choice && !dead->is_all) {
        return command_usage(command, "--resend: say which: PARTITION:OFFSET, --reason, --topic, or --all");
    }
    return EXIT_CODE_OK;
}

/* --- letters --- */

static void
header_read(const rd_kafka_headers_t *headers, const char *name, char *buffer, size_t size)
{
    const void *value = NULL;
    size_t length = 0;
    buffer[0] = '\0';
    if (headers != NULL &&
        rd_kafka_header_get_last(headers, name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        value != NULL) {
        length = length < size ? length : size - 1;
        memcpy(buffer, value, length);
        buffer[length] = '\0';
    }
}

static void
letter_read(const rd_kafka_message_t *message, Letter *ret_letter)
{
    char cut_from[24];
    *ret_letter = (Letter){ .message = message };
    if (rd_kafka_message_headers(message, &ret_letter->headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ret_letter->headers = NULL;
    }
    const rd_kafka_headers_t *headers = ret_letter->headers;
    header_read(headers, DEAD_LETTER_REASON, ret_letter->reason, sizeof ret_letter->reason);
    header_read(headers, DEAD_LETTER_FROM_TOPIC, ret_letter->topic, sizeof ret_letter->topic);
    header_read(headers, DEAD_LETTER_FROM_PARTITION, ret_letter->partition, sizeof ret_letter->partition);
    header_read(headers, DEAD_LETTER_FROM_OFFSET, ret_letter->offset, sizeof ret_letter->offset);
    header_read(headers, DEAD_LETTER_CUT_FROM, cut_from, sizeof cut_from);
    ret_letter->is_cut = cut_from[0] != '\0';
}

/* is_of_topic: a topic may be named by its kind, too. */
static bool
is_of_topic(const char *topic, const char *wanted)
{
    static const char prefix[] = "paceline.";
    return strcmp(topic, wanted) == 0 ||
           (strncmp(topic, prefix, strlen(prefix)) == 0 && strcmp(topic + strlen(prefix), wanted) == 0);
}

/* is_chosen: by its position if any are given, and by whatever else is asked for. */
static bool
is_chosen(Dead *dead, const Letter *letter)
{
    bool is_there = dead->position_count == 0;
    for (size_t i = 0; i < dead->position_count; i++) {
        Position *position = &dead->positions[i];
        if (position->partition == letter->message->partition &&
            position->offset == letter->message->offset) {
            position->is_found = is_there = true;
        }
    }
    return is_there && (dead->reason == NULL || strstr(letter->reason, dead->reason) != NULL) &&
           (dead->topic == NULL || is_of_topic(letter->topic, dead->topic));
}

static void
letter_print(const Letter *letter)
{
    const rd_kafka_message_t *message = letter->message;
    char at[21] = "?";
    char key[TEXT_MAX + 1];
    _cleanup_(str_done) Str line = STR_EMPTY;
    int64_t at_ms = rd_kafka_message_timestamp(message, NULL);
    size_t length = message->key_len < TEXT_MAX ? message->key_len : TEXT_MAX;
    if (at_ms > 0) {
        timestamp_print(at_ms * 1000, at);
    }
    if (length > 0) {
        memcpy(key, message->key, length);
    }
    key[length] = '\0';
    str_append_format(&line, "%d:%lld  %s  from ", message->partition, (long long)message->offset, at);
    str_append_format(&line, letter->topic[0] != '\0' ? "%s %s:%s" : "?", letter->topic, letter->partition,
                      letter->offset);
    str_append(&line, "  key ");
    str_append_json(&line, key);
    str_append(&line, "  ");
    str_append_json(&line, letter->reason[0] != '\0' ? letter->reason : "no reason is given");
    printf("%s%s\n", str_text(&line), letter->is_cut ? "  (cut)" : "");
}

/* --- sending again --- */

static void
delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    Dead *dead = opaque;
    (void)producer;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        dead->sent++;
        return;
    }
    dead->lost++;
    command_warn(dead->command, "%s: %s", rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
}

static void
error_came(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    const Dead *dead = opaque;
    (void)client;
    (void)code;
    command_warn(dead->command, "kafka: %s", reason);
}

static bool
is_added(const char *name)
{
    static const char *const added[] = { DEAD_LETTER_REASON, DEAD_LETTER_FROM_TOPIC,
                                         DEAD_LETTER_FROM_PARTITION, DEAD_LETTER_FROM_OFFSET,
                                         DEAD_LETTER_CUT_FROM };
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++) {
        if (strcmp(name, added[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* headers_copy copies what was there before the worker added its own. */
static rd_kafka_headers_t *
headers_copy(const rd_kafka_headers_t *theirs)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    const char *name = NULL;
    const void *value = NULL;
    size_t length = 0;
    for (size_t i = 0; theirs != NULL && rd_kafka_header_get_all(theirs, i, &name, &value, &length) ==
                                             RD_KAFKA_RESP_ERR_NO_ERROR;
         i++) {
        if (!is_added(name)) {
            rd_kafka_header_add(headers, name, -1, value, (ssize_t)length);
        }
    }
    return headers;
}

/* letter_refusal says why a letter cannot be sent again; NULL if it can. */
static const char *
letter_refusal(const Dead *dead, const Letter *letter)
{
    return letter->topic[0] == '\0' ? "it does not say which topic it came from"
           : job_kind_of_topic(&dead->kinds, letter->topic) == NULL
               ? "no adopted kind has the topic it came from"
           : letter->is_cut ? "only its beginning was kept"
                            : NULL;
}

/* letter_send queues the message for its topic, waiting while the queue is full. */
static bool
letter_send(Dead *dead, const Letter *letter, Err *err)
{
    const rd_kafka_message_t *message = letter->message;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    do {
        rd_kafka_headers_t *headers = headers_copy(letter->headers);
        code = rd_kafka_producev(
            dead->producer, RD_KAFKA_V_TOPIC(letter->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(message->key, message->key_len), RD_KAFKA_V_VALUE(message->payload, message->len),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_destroy(headers);
        }
        rd_kafka_poll(dead->producer, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 50 : 0);
    } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_err(err, code, letter->topic);
}

static bool
letter_visit(void *user, const rd_kafka_message_t *message, Err *err)
{
    Dead *dead = user;
    Letter letter;
    letter_read(message, &letter);
    if (!is_chosen(dead, &letter)) {
        return true;
    }
    dead->listed++;
    letter_print(&letter);
    if (!dead->is_resend) {
        return true;
    }
    const char *refusal = letter_refusal(dead, &letter);
    if (refusal != NULL) {
        dead->refused++;
        command_warn(dead->command, "%d:%lld is not sent again: %s", message->partition,
                     (long long)message->offset, refusal);
        return true;
    }
    return letter_send(dead, &letter, err);
}

/* --- the command --- */

/* sender_open makes what sending again needs: the topics that belong to kinds, and a producer. */
static bool
sender_open(Command *command, Dead *dead, Err *err)
{
    if (!command_connect(command, err) || !job_kinds_load(command->db, &dead->kinds, err)) {
        return false;
    }
    dead->producer =
        kafka_producer_new(command->config, "paceline-producer dead", delivered, error_came, dead, err);
    return dead->producer != NULL;
}

/* sender_close waits for the reports of what was queued. */
static bool
sender_close(Dead *dead, Err *err)
{
    bool is_flushed = true;
    if (dead->producer != NULL) {
        is_flushed = rd_kafka_flush(dead->producer, FLUSH_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_purge(dead->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_poll(dead->producer, 0);
        rd_kafka_destroy(dead->producer);
        printf("%lld sent again\n", (long long)dead->sent);
    }
    job_kinds_done(&dead->kinds);
    return (is_flushed && dead->lost == 0) ||
           err_set(err, ERR_NETWORK, "not_delivered", "kafka: %lld messages were not acknowledged",
                   (long long)dead->lost);
}

/* absent_report says which of the given positions have no letter; how many. */
static int
absent_report(const Command *command, const Dead *dead)
{
    int absent = 0;
    for (size_t i = 0; i < dead->position_count; i++) {
        if (!dead->positions[i].is_found) {
            command_warn(command, "%d:%lld: no such letter", dead->positions[i].partition,
                         (long long)dead->positions[i].offset);
            absent++;
        }
    }
    return absent;
}

static int
dead_run(Command *command, Role *role, Dead *dead)
{
    Err err = ERR_NONE;
    Err sending = ERR_NONE;
    const TopicRange everything = TOPIC_RANGE_EVERYTHING;
    bool is_read =
        (!dead->is_resend || sender_open(command, dead, &err)) &&
        topic_read(command->config, role, DEAD_LETTER_TOPIC, &everything, letter_visit, dead, &err);
    bool is_sent = sender_close(dead, &sending);
    if (!is_read || !is_sent) {
        return command_fail(command, is_read ? &sending : &err);
    }
    return absent_report(command, dead) > 0 || dead->refused > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

int
dead_command(Command *command)
{
    _cleanup_(free_pointer) Dead *dead = calloc(1, sizeof *dead);
    _cleanup_(role_done) Role role = ROLE_NONE;
    Err err = ERR_NONE;
    if (dead == NULL) {
        return EXIT_CODE_MEMORY;
    }
    dead->command = command;
    int exit_code = dead_parse(command, dead);
    if (exit_code != EXIT_CODE_OK) {
        return exit_code;
    }
    if (!role_begin_alone(&role, "dead", &err)) {
        (void)command_fail(command, &err);
        return EXIT_CODE_SYSTEM;
    }
    return dead_run(command, &role, dead);
}
