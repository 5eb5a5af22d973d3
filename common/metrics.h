/* metrics.h - counters, gauges and histograms of this process, and their text for Prometheus.
 *
 * Declared in metrics.def, kept in the process's slot of the board: a few nanoseconds a call, no locks,
 * nothing to fail. Without a board (run-one, commands, tests) they are kept in private memory. One of the few
 * things a process has one of: like the log, it is not handed down. Call from the process's one thread.
 *
 * kind and outcome must be NULL exactly where the metric has no such label; for STAGE and ROLE labels,
 * `kind` takes the stage or the role. A process has at most 31 values of the first label and 15 outcomes;
 * later ones are counted as "other".
 */
#ifndef PACELINE_METRICS_H
#define PACELINE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/slots.h"
#include "common/str.h"

typedef enum MetricId {
#define METRIC(id, name, type, labels, unit, help) METRIC_##id,
#include "common/metrics.def"
#undef METRIC
    METRIC_ID_COUNT
} MetricId;

/* Upper bounds of the buckets, s: 1-2-5 from 0.5 ms to 600 s; one more bucket takes the rest. */
#define METRIC_BUCKETS                                                                                       \
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 600
#define METRIC_BUCKET_COUNT 19

/* metric_add raises a counter by n. */
void metric_add(MetricId id, const char *kind, const char *outcome, uint64_t n);

/* metric_set gives a gauge its value; NAN withdraws it from /metrics (not known any more). */
void metric_set(MetricId id, const char *kind, const char *outcome, double value);

/* metric_observe puts one duration into a histogram; negative ones (a clock that jumped) count as 0. */
void metric_observe(MetricId id, const char *kind, const char *outcome, double seconds);

/* metric_value reads back what this process recorded: a counter, a gauge (NAN if not set), or a histogram's
 * number of observations. */
double metric_value(MetricId id, const char *kind, const char *outcome);

/* metrics_use sends what follows to slot, which must outlive it; NULL: to private memory. role_begin calls
 * it. */
void metrics_use(Slot *slot);

/* metrics_print appends the text exposition (version 0.0.4): all metrics in the order of metrics.def,
 * label values in order of the alphabet, each the sum over the board's slots. A metric without labels is
 * always there, a labelled series from its first use, a gauge from its first value. board NULL: this
 * process's own. */
void metrics_print(const Board *board, Str *out);

/* metric_name returns "paceline_job_claim_total" for METRIC_JOB_CLAIM_TOTAL. */
const char *metric_name(MetricId id);

#endif
