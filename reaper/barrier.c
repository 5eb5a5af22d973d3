#include "reaper/barrier.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "sql.h"

enum { KAFKA_TIMEOUT_MS = 1000 };

void
barrier_reset(Barrier *barrier)
{
    free(barrier->ends);
    *barrier = (Barrier){ .state = BARRIER_IDLE };
}

static bool
barrier_begin(Barrier *barrier, Reaper *reaper, Err *err)
{
    _cleanup_(db_result_clear) PGresult *t = db_query(reaper->db, &sql_barrier_begin, NULL, err);
    if (t == NULL) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *lsn = db_query(reaper->db, &sql_barrier_lsn, NULL, err);
    if (lsn == NULL) {
        return false;
    }
    if (!str_copy(barrier->t, sizeof barrier->t, PQgetvalue(t, 0, 0)) ||
        !str_copy(barrier->lsn, sizeof barrier->lsn, PQgetvalue(lsn, 0, 0))) {
        return err_set(err, ERR_UNKNOWN, "barrier", "barrier: an answer is too long");
    }
    barrier->state = BARRIER_LOGGED;
    return true;
}

/* slot_is_past asks whether the producer has brought everything before the marker to Kafka. */
static bool
slot_is_past(const Barrier *barrier, Reaper *reaper, bool *ret_is_past, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, reaper->config->slot);
    args_text(&args, barrier->lsn);
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, &sql_barrier_passed, &args, err);
    if (row == NULL) {
        return false;
    }
    *ret_is_past = PQntuples(row) == 1 && PQgetvalue(row, 0, 0)[0] == 't';
    return true;
}

bool
barrier_is_behind(const KafkaPartition *end, const KafkaPartition *now)
{
    if (end->low >= end->high || now->low >= end->high) {
        return false; /* there was nothing to read, or retention has taken it */
    }
    return now->committed < 0 || now->committed < end->high;
}

bool
barrier_is_void(const KafkaPartition *end, const KafkaPartition *now)
{
    return now->high < end->high;
}

static const KafkaPartition *
partition_find(const KafkaPartition *partitions, size_t n, int32_t partition)
{
    for (size_t i = 0; i < n; i++) {
        if (partitions[i].partition == partition) {
            return &partitions[i];
        }
    }
    return NULL;
}

/* group_is_past compares where the group is with the ends. */
static bool
group_is_past(Barrier *barrier, const JobKind *kind, rd_kafka_t *client, BarrierStep *ret_step, Err *err)
{
    KafkaPartition *now = NULL;
    size_t n = 0;
    bool is_behind = false;
    bool is_void = false;
    bool has_shifted = false;
    if (!kafka_partitions(client, kind->topic, KAFKA_TIMEOUT_MS, &now, &n, err)) {
        return false;
    }
    for (size_t i = 0; i < barrier->end_count; i++) {
        const KafkaPartition *present = partition_find(now, n, barrier->ends[i].partition);
        is_behind = is_behind || (present != NULL && barrier_is_behind(&barrier->ends[i], present));
        is_void = is_void || (present != NULL && barrier_is_void(&barrier->ends[i], present));
    }
    for (size_t i = 0; i < n; i++) {
        has_shifted = has_shifted || now[i].committed > now[i].high;
    }
    free(now);
    if (is_void) { /* nobody will ever read up to those ends: begin anew */
        barrier_reset(barrier);
        return true;
    }
    *ret_step = has_shifted ? BARRIER_SHIFTED : is_behind ? BARRIER_WAITS : BARRIER_PASSED;
    return true;
}

static bool
barrier_go_on(Barrier *barrier, Reaper *reaper, const JobKind *kind, rd_kafka_t *client,
              BarrierStep *ret_step, Err *err)
{
    bool is_past = false;
    if (barrier->state == BARRIER_IDLE && !barrier_begin(barrier, reaper, err)) {
        return false;
    }
    if (barrier->state == BARRIER_LOGGED) {
        if (!slot_is_past(barrier, reaper, &is_past, err)) {
            return false;
        }
        if (!is_past) {
            return true;
        }
        if (!kafka_partitions(client, kind->topic, KAFKA_TIMEOUT_MS, &barrier->ends, &barrier->end_count,
                              err)) {
            return false;
        }
        barrier->state = BARRIER_CONFIRMED;
    }
    return group_is_past(barrier, kind, client, ret_step, err);
}

bool
barrier_step(Barrier *barrier, Reaper *reaper, const JobKind *kind, rd_kafka_t *client, BarrierStep *ret_step,
             Err *err)
{
    *ret_step = BARRIER_WAITS;
    if (!barrier_go_on(barrier, reaper, kind, client, ret_step, err)) {
        barrier_reset(barrier);
        return false;
    }
    return true;
}
