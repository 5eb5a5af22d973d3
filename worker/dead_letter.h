/* dead_letter.h - unreadable messages go, unchanged, to paceline.dead with the reason in headers.
 *
 * Key, value, headers and timestamp are kept; added are paceline-reason, paceline-topic, paceline-partition
 * and paceline-offset. Of a message so large that its copy would be refused, key and value are cut to 64 KiB
 * and its headers left out, and paceline-cut-from-bytes says so: else nobody could pass it. The original's
 * offset is stored only when the broker has acknowledged the copy.
 */
#ifndef PACELINE_DEAD_LETTER_H
#define PACELINE_DEAD_LETTER_H

#include <librdkafka/rdkafka.h>

#include "common/config.h"
#include "common/dead_letter.h"
#include "common/err.h"

typedef struct DeadLetters DeadLetters;

/* DeadLetterReport is told the end of each copy: delivered, or not and to be sent again by dead_letter_send.
 */
typedef void (*DeadLetterReport)(void *user, const char *topic, int32_t partition, int64_t offset,
                                 bool is_delivered);

/* dead_letters_new makes nothing but memory; the producer is made at the first letter. */
MUST_CHECK DeadLetters *dead_letters_new(const Config *config, DeadLetterReport report, void *user);
void dead_letters_free(DeadLetters *letters); /* flushes for at most 2 s */

/* dead_letter_send queues a copy; its report comes from dead_letters_poll. False if it could not be queued.
 */
MUST_CHECK bool dead_letter_send(DeadLetters *letters, const rd_kafka_message_t *message, const char *reason,
                                 Err *err);

/* dead_letters_poll serves reports without waiting. */
void dead_letters_poll(DeadLetters *letters);

#endif
