#include "worker/dead_letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/kafka.h"

enum { CUT_BYTES = 65536 }; /* what a copy keeps of a key and value that do not fit once more, with headers */

struct DeadLetters {
    const Config *config;
    DeadLetterReport report;
    void *user;
    rd_kafka_t *producer; /* NULL until the first letter */
};

/* Origin is what a copy came from, until its report. */
typedef struct Origin {
    char topic[256];
    int32_t partition;
    int64_t offset;
} Origin;

DeadLetters *
dead_letters_new(const Config *config, DeadLetterReport report, void *user)
{
    DeadLetters *letters = calloc(1, sizeof *letters);
    if (letters != NULL) {
        *letters = (DeadLetters){ .config = config, .report = report, .user = user };
    }
    return letters;
}

void
dead_letters_free(DeadLetters *letters)
{
    if (letters == NULL) {
        return;
    }
    if (letters->producer != NULL) {
        rd_kafka_flush(letters->producer, 2000);
        rd_kafka_purge(letters->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_poll(letters->producer, 0);
        rd_kafka_destroy(letters->producer);
    }
    free(letters);
}

static void
delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    DeadLetters *letters = opaque;
    Origin *origin = message->_private;
    (void)producer;
    letters->report(letters->user, origin->topic, origin->partition, origin->offset,
                    message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
    free(origin);
}

/* letter_headers copies the message's headers, but for a copy that is cut, and adds where it came from and
 * why. */
static rd_kafka_headers_t *
letter_headers(const rd_kafka_message_t *message, const Origin *origin, const char *reason, bool is_cut)
{
    rd_kafka_headers_t *theirs = NULL;
    char number[32];
    bool has_theirs = !is_cut && rd_kafka_message_headers(message, &theirs) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_headers_t *headers = has_theirs ? rd_kafka_headers_copy(theirs) : rd_kafka_headers_new(5);
    rd_kafka_header_add(headers, DEAD_LETTER_REASON, -1, reason, -1);
    rd_kafka_header_add(headers, DEAD_LETTER_FROM_TOPIC, -1, origin->topic, -1);
    (void)snprintf(number, sizeof number, "%d", origin->partition);
    rd_kafka_header_add(headers, DEAD_LETTER_FROM_PARTITION, -1, number, -1);
    (void)snprintf(number, sizeof number, "%lld", (long long)origin->offset);
    rd_kafka_header_add(headers, DEAD_LETTER_FROM_OFFSET, -1, number, -1);
    if (is_cut) {
        (void)snprintf(number, sizeof number, "%zu", message->len);
        rd_kafka_header_add(headers, DEAD_LETTER_CUT_FROM, -1, number, -1);
    }
    return headers;
}

static size_t
cut(size_t length, bool is_cut)
{
    return is_cut && length > CUT_BYTES ? CUT_BYTES : length;
}

static rd_kafka_resp_err_t
letter_send(DeadLetters *letters, const rd_kafka_message_t *message, Origin *origin, const char *reason,
            bool is_cut)
{
    rd_kafka_headers_t *headers = letter_headers(message, origin, reason, is_cut);
    rd_kafka_resp_err_t code = rd_kafka_producev(
        letters->producer, RD_KAFKA_V_TOPIC(DEAD_LETTER_TOPIC), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(message->key, cut(message->key_len, is_cut)),
        RD_KAFKA_V_VALUE(message->payload, cut(message->len, is_cut)),
        RD_KAFKA_V_TIMESTAMP(rd_kafka_message_timestamp(message, NULL)), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(origin), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
    }
    return code;
}

bool
dead_letter_send(DeadLetters *letters, const rd_kafka_message_t *message, const char *reason, Err *err)
{
    if (letters->producer == NULL) {
        letters->producer = kafka_producer_new(letters->config, "paceline-worker-dead", delivered,
                                               kafka_error_log, letters, err);
        if (letters->producer == NULL) {
            return false;
        }
    }
    Origin *origin = calloc(1, sizeof *origin);
    if (origin == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "dead letter: out of memory");
    }
    (void)snprintf(origin->topic, sizeof origin->topic, "%s", rd_kafka_topic_name(message->rkt));
    origin->partition = message->partition;
    origin->offset = message->offset;
    rd_kafka_resp_err_t code = letter_send(letters, message, origin, reason, false);
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        code = letter_send(letters, message, origin, reason, true);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        free(origin);
        return kafka_err(err, code, DEAD_LETTER_TOPIC);
    }
    return true;
}

void
dead_letters_poll(DeadLetters *letters)
{
    if (letters->producer != NULL) {
        rd_kafka_poll(letters->producer, 0);
    }
}
