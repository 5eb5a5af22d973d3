/* metrics_store.h - how metrics lie in a slot of the board; for metrics.c and slots.c only.
 *
 * One writer, the slot's process; readers take one 64-bit word at a time. Fresh memory (all zero) is an empty
 * store. A label value's name is complete before `count` covers it, so a writer that dies half-way leaves
 * no half name. A counter's word is its value; a gauge's word is the complement of its double's bits, so
 * that 0 means not set; a histogram is one word a bucket, not cumulative, and the bits of its sum.
 */
#ifndef PACELINE_METRICS_STORE_H
#define PACELINE_METRICS_STORE_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/metrics.h"

#define METRIC_LABEL_SIZE 64 /* bytes of a label value with its NUL; longer ones are cut */
#define METRIC_KINDS 32      /* the last one is "other" */
#define METRIC_OUTCOMES 16   /* the last one is "other" */

/* words of one series, by type: a histogram has its buckets, the one above, and the sum */
enum { METRIC_WORDS_COUNTER = 1, METRIC_WORDS_GAUGE = 1, METRIC_WORDS_HISTOGRAM = METRIC_BUCKET_COUNT + 2 };

/* series of one metric, by labels */
enum {
    METRIC_SERIES_NONE = 1,
    METRIC_SERIES_OUTCOME = METRIC_OUTCOMES,
    METRIC_SERIES_KIND = METRIC_KINDS,
    METRIC_SERIES_STAGE = METRIC_KINDS,
    METRIC_SERIES_ROLE = METRIC_KINDS,
    METRIC_SERIES_KIND_OUTCOME = METRIC_KINDS * METRIC_OUTCOMES,
    METRIC_SERIES_STAGE_OUTCOME = METRIC_KINDS * METRIC_OUTCOMES,
};

/* MetricCells has one array a metric: series (kind, then outcome) times words. */
typedef struct MetricCells {
#define METRIC(id, name, type, labels, unit, help)                                                           \
    _Atomic uint64_t id[METRIC_SERIES_##labels * METRIC_WORDS_##type];
#include "common/metrics.def"
#undef METRIC
} MetricCells;

typedef struct MetricStore {
    _Atomic uint64_t kind_count, outcome_count;
    char kinds[METRIC_KINDS - 1][METRIC_LABEL_SIZE];
    char outcomes[METRIC_OUTCOMES - 1][METRIC_LABEL_SIZE];
    MetricCells cells;
} MetricStore;

/* metric_store_withdraw_gauges forgets the gauges; for the time between two processes of a slot. */
void metric_store_withdraw_gauges(MetricStore *store);

#endif
