/* barrier.h - question 3: which announcements were lost? Known, not guessed.
 *
 * T is the start of the oldest running transaction; a marker goes into the log; when the slot has confirmed
 * the marker, the end of each partition is read; when the consumer group has committed those ends, whatever
 * was announced before T and is still pending and due was lost. A backlog never looks like a loss: the group
 * is not past it.
 */
#ifndef PACELINE_BARRIER_H
#define PACELINE_BARRIER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/kafka.h"
#include "reaper/duty.h"

/* BarrierState, next states in brackets. */
typedef enum BarrierState {
    BARRIER_IDLE,     /* [LOGGED] */
    BARRIER_LOGGED,   /* the marker is in the log; the slot has not confirmed it [CONFIRMED, IDLE] */
    BARRIER_CONFIRMED /* the ends are known; the group is not past them [IDLE] */
} BarrierState;

typedef struct Barrier {
    BarrierState state;
    char t[64];           /* T as PostgreSQL prints it */
    char lsn[32];         /* of the marker, or later */
    KafkaPartition *ends; /* [end_count], owned */
    size_t end_count;
} Barrier;

/* BarrierStep is how far one step came. */
typedef enum BarrierStep {
    BARRIER_WAITS,
    BARRIER_PASSED,  /* rows announced before barrier->t that are pending and due were lost */
    BARRIER_SHIFTED, /* passed, and the group had committed more than the topic has: it was made anew */
} BarrierStep;

/* barrier_step goes on with a kind's barrier, beginning one if there is none, and never waits longer than the
 * client needs to answer (a second). On failure the barrier starts over. */
MUST_CHECK bool barrier_step(Barrier *barrier, Reaper *reaper, const JobKind *kind, rd_kafka_t *client,
                             BarrierStep *ret_step, Err *err);

/* barrier_reset forgets a barrier that was begun. */
void barrier_reset(Barrier *barrier);

/* barrier_is_behind tells whether the group still has to read up to an end: pure, for tests. */
bool barrier_is_behind(const KafkaPartition *end, const KafkaPartition *now);

/* barrier_is_void tells whether the log that had this end is gone: a broker lost its data, or the topic was
 * made anew. The new one may never come so far. Pure, for tests. */
bool barrier_is_void(const KafkaPartition *end, const KafkaPartition *now);

#endif
