#include "common/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics_store.h"

typedef enum MetricType { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM } MetricType;

typedef enum MetricLabels {
    LABELS_NONE,
    LABELS_OUTCOME,
    LABELS_KIND,
    LABELS_STAGE,
    LABELS_ROLE,
    LABELS_KIND_OUTCOME,
    LABELS_STAGE_OUTCOME,
} MetricLabels;

typedef struct Metric {
    const char *name, *help;
    MetricType type;
    MetricLabels labels;
    size_t offset; /* bytes into MetricCells */
    size_t words;  /* of one series */
    size_t series;
} Metric;

static const Metric metrics[] = {
#define METRIC(id, name, type, labels, unit, help)                                                           \
    { name,                                                                                                  \
      help,                                                                                                  \
      TYPE_##type,                                                                                           \
      LABELS_##labels,                                                                                       \
      offsetof(MetricCells, id),                                                                             \
      METRIC_WORDS_##type,                                                                                   \
      METRIC_SERIES_##labels },
#include "common/metrics.def"
#undef METRIC
};

static const char *const type_names[] = {
    [TYPE_COUNTER] = "counter",
    [TYPE_GAUGE] = "gauge",
    [TYPE_HISTOGRAM] = "histogram",
};

/* the names of the two labels; NULL where the metric has none */
static const struct {
    const char *first, *second;
} label_names[] = {
    [LABELS_NONE] = { NULL, NULL },
    [LABELS_OUTCOME] = { NULL, "outcome" },
    [LABELS_KIND] = { "kind", NULL },
    [LABELS_STAGE] = { "stage", NULL },
    [LABELS_ROLE] = { "role", NULL },
    [LABELS_KIND_OUTCOME] = { "kind", "outcome" },
    [LABELS_STAGE_OUTCOME] = { "stage", "outcome" },
};

static const double buckets[METRIC_BUCKET_COUNT] = { METRIC_BUCKETS };

static MetricStore private_store;
static MetricStore *own_store = &private_store;

void
metrics_use(Slot *slot)
{
    own_store = slot == NULL ? &private_store : slot_metrics(slot);
}

const char *
metric_name(MetricId id)
{
    return metrics[id].name;
}

static uint64_t
word_load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void
word_store(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static uint64_t
bits_from_double(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double
double_from_bits(uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double
gauge_from_word(uint64_t word)
{
    return word == 0 ? NAN : double_from_bits(~word);
}

/* label_index finds `value` among the first `count` names, or adds it when may_add; the last index, "other",
 * when there is no room, and the same for a missing value. SIZE_MAX when it is not there and may not be
 * added. */
static size_t
label_index(_Atomic uint64_t *count, char (*names)[METRIC_LABEL_SIZE], size_t capacity, const char *value,
            bool may_add)
{
    size_t used = (size_t)word_load(count);

    if (value == NULL) {
        return capacity;
    }
    for (size_t i = 0; i < used; i++) {
        if (strncmp(names[i], value, METRIC_LABEL_SIZE - 1) == 0) {
            return i;
        }
    }
    if (used == capacity) {
        return capacity;
    }
    if (!may_add) {
        return SIZE_MAX;
    }
    (void)str_copy(names[used], METRIC_LABEL_SIZE, value);
    atomic_store_explicit(count, used + 1, memory_order_release);
    return used;
}

/* cells_find returns the words of one series, or NULL if a label value is new and may_add is false. */
static _Atomic uint64_t *
cells_find(MetricStore *store, MetricId id, const char *kind, const char *outcome, bool may_add)
{
    const Metric *metric = &metrics[id];
    bool has_first = label_names[metric->labels].first != NULL;
    bool has_second = label_names[metric->labels].second != NULL;
    size_t series = 0;

#ifdef FAILPOINTS /* builds for tests: a wrong call is a bug, elsewhere it counts as "other" */
    assert((kind != NULL) == has_first && (outcome != NULL) == has_second);
#endif
    if (has_first) {
        size_t i = label_index(&store->kind_count, store->kinds, METRIC_KINDS - 1, kind, may_add);
        if (i == SIZE_MAX) {
            return NULL;
        }
        series = i;
    }
    if (has_second) {
        size_t i = label_index(&store->outcome_count, store->outcomes, METRIC_OUTCOMES - 1, outcome, may_add);
        if (i == SIZE_MAX) {
            return NULL;
        }
        series = series * METRIC_OUTCOMES + i;
    }
    return (_Atomic uint64_t *)((char *)&store->cells + metric->offset) + series * metric->words;
}

void
metric_add(MetricId id, const char *kind, const char *outcome, uint64_t n)
{
    _Atomic uint64_t *cell = cells_find(own_store, id, kind, outcome, true);
    word_store(cell, word_load(cell) + n); /* one writer: no locked instruction needed */
}

void
metric_set(MetricId id, const char *kind, const char *outcome, double value)
{
    _Atomic uint64_t *cell = cells_find(own_store, id, kind, outcome, true);
    word_store(cell, isnan(value) ? 0 : ~bits_from_double(value));
}

void
metric_observe(MetricId id, const char *kind, const char *outcome, double seconds)
{
    _Atomic uint64_t *cells = cells_find(own_store, id, kind, outcome, true);
    _Atomic uint64_t *sum = &cells[METRIC_BUCKET_COUNT + 1];
    double value = seconds > 0 ? seconds : 0;
    size_t bucket = 0;

    while (bucket < METRIC_BUCKET_COUNT && value > buckets[bucket]) {
        bucket++;
    }
    word_store(&cells[bucket], word_load(&cells[bucket]) + 1);
    word_store(sum, bits_from_double(double_from_bits(word_load(sum)) + value));
}

double
metric_value(MetricId id, const char *kind, const char *outcome)
{
    const _Atomic uint64_t *cells = cells_find(own_store, id, kind, outcome, false);
    double count = 0;

    switch (metrics[id].type) {
    case TYPE_COUNTER:
        return cells == NULL ? 0 : (double)word_load(cells);
    case TYPE_GAUGE:
        return cells == NULL ? NAN : gauge_from_word(word_load(cells));
    case TYPE_HISTOGRAM:
        for (size_t i = 0; cells != NULL && i <= METRIC_BUCKET_COUNT; i++) {
            count += (double)word_load(&cells[i]);
        }
        break;
    }
    return count;
}

void
metric_store_withdraw_gauges(MetricStore *store)
{
    for (size_t id = 0; id < METRIC_ID_COUNT; id++) {
        _Atomic uint64_t *cells = (_Atomic uint64_t *)((char *)&store->cells + metrics[id].offset);
        for (size_t i = 0; metrics[id].type == TYPE_GAUGE && i < metrics[id].series; i++) {
            word_store(&cells[i], 0);
        }
    }
}

/* Series is one line (or one histogram) of the text, summed over stores. */
typedef struct Series {
    const char *kind, *outcome;               /* point into a store; NULL without that label */
    uint64_t counts[METRIC_BUCKET_COUNT + 1]; /* a counter uses the first */
    double value;                             /* a gauge's, or a histogram's sum */
} Series;

typedef struct SeriesList {
    Series *items;
    size_t count, capacity;
    bool failed; /* memory is out */
} SeriesList;

static Series *
series_at(SeriesList *list, const char *kind, const char *outcome)
{
    for (size_t i = 0; i < list->count; i++) {
        Series *series = &list->items[i];
        if (strcmp(series->kind, kind) == 0 && strcmp(series->outcome, outcome) == 0) {
            return series;
        }
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        Series *items = reallocarray(list->items, capacity, sizeof *items);
        if (items == NULL) {
            list->failed = true;
            return NULL;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count] = (Series){ .kind = kind, .outcome = outcome };
    return &list->items[list->count++];
}

/* series_add adds one store's words to the sum. False for a series that store never used. */
static void
series_add(SeriesList *list, const Metric *metric, const _Atomic uint64_t *cells, const char *kind,
           const char *outcome)
{
    bool is_used = metric->labels == LABELS_NONE && metric->type != TYPE_GAUGE;

    for (size_t i = 0; i < metric->words; i++) {
        is_used |= word_load(&cells[i]) != 0;
    }
    Series *series = is_used ? series_at(list, kind, outcome) : NULL;
    if (series == NULL) {
        return;
    }
    switch (metric->type) {
    case TYPE_COUNTER:
        series->counts[0] += word_load(cells);
        break;
    case TYPE_GAUGE:
        series->value += gauge_from_word(word_load(cells));
        break;
    case TYPE_HISTOGRAM:
        for (size_t i = 0; i <= METRIC_BUCKET_COUNT; i++) {
            series->counts[i] += word_load(&cells[i]);
        }
        series->value += double_from_bits(word_load(&cells[METRIC_BUCKET_COUNT + 1]));
        break;
    }
}

/* store_collect visits the series of one metric whose label values the store knows, and "other". */
static void
store_collect(SeriesList *list, const MetricStore *store, const Metric *metric)
{
    const _Atomic uint64_t *cells = (const _Atomic uint64_t *)((const char *)&store->cells + metric->offset);
    bool has_first = label_names[metric->labels].first != NULL;
    bool has_second = label_names[metric->labels].second != NULL;
    size_t kinds = atomic_load_explicit(&store->kind_count, memory_order_acquire);
    size_t outcomes = atomic_load_explicit(&store->outcome_count, memory_order_acquire);
    size_t outer = has_first ? METRIC_KINDS : 1;
    size_t inner = has_second ? METRIC_OUTCOMES : 1;

    for (size_t i = 0; i < outer; i++) {
        bool is_other_kind = i == METRIC_KINDS - 1;
        if (has_first && i >= kinds && !is_other_kind) {
            continue;
        }
        const char *kind = !has_first ? "" : is_other_kind ? "other" : store->kinds[i];
        for (size_t j = 0; j < inner; j++) {
            bool is_other_outcome = j == METRIC_OUTCOMES - 1;
            if (has_second && j >= outcomes && !is_other_outcome) {
                continue;
            }
            const char *outcome = !has_second ? "" : is_other_outcome ? "other" : store->outcomes[j];
            series_add(list, metric, &cells[(i * inner + j) * metric->words], kind, outcome);
        }
    }
}

static int
series_compare(const void *left, const void *right)
{
    const Series *a = left;
    const Series *b = right;
    int order = strcmp(a->kind, b->kind);
    return order != 0 ? order : strcmp(a->outcome, b->outcome);
}

static void
label_print(Str *out, const char *name, const char *value, bool is_first)
{
    str_append_format(out, "%s%s=\"", is_first ? "" : ",", name);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\n') {
            str_append(out, "\\n");
        } else {
            if (*c == '"' || *c == '\\') {
                str_append_char(out, '\\');
            }
            str_append_char(out, *c);
        }
    }
    str_append_char(out, '"');
}

/* line_begin prints `name_suffix{labels} `; le is the bound of a histogram's bucket or NULL. */
static void
line_begin(Str *out, const Metric *metric, const char *suffix, const Series *series, const char *le)
{
    const char *names[] = { label_names[metric->labels].first, label_names[metric->labels].second,
                            le == NULL ? NULL : "le" };
    const char *values[] = { series->kind, series->outcome, le };
    bool is_first = true;

    str_append_format(out, "%s%s", metric->name, suffix);
    for (size_t i = 0; i < 3; i++) {
        if (names[i] != NULL) {
            if (is_first) {
                str_append_char(out, '{');
            }
            label_print(out, names[i], values[i], is_first);
            is_first = false;
        }
    }
    str_append(out, is_first ? " " : "} ");
}

static void
histogram_print(Str *out, const Metric *metric, const Series *series)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= METRIC_BUCKET_COUNT; i++) {
        char le[32] = "+Inf";
        if (i < METRIC_BUCKET_COUNT) {
            (void)snprintf(le, sizeof le, "%g", buckets[i]);
        }
        count += series->counts[i];
        line_begin(out, metric, "_bucket", series, le);
        str_append_format(out, "%llu\n", (unsigned long long)count);
    }
    line_begin(out, metric, "_sum", series, NULL);
    str_append_format(out, "%.15g\n", series->value);
    line_begin(out, metric, "_count", series, NULL);
    str_append_format(out, "%llu\n", (unsigned long long)count);
}

static void
metric_print(Str *out, const Metric *metric, const SeriesList *list)
{
    str_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                      type_names[metric->type]);
    for (size_t i = 0; i < list->count; i++) {
        const Series *series = &list->items[i];
        switch (metric->type) {
        case TYPE_COUNTER:
            line_begin(out, metric, "", series, NULL);
            str_append_format(out, "%llu\n", (unsigned long long)series->counts[0]);
            break;
        case TYPE_GAUGE:
            line_begin(out, metric, "", series, NULL);
            str_append_format(out, "%.15g\n", series->value);
            break;
        case TYPE_HISTOGRAM:
            histogram_print(out, metric, series);
            break;
        }
    }
}

void
metrics_print(const Board *board, Str *out)
{
    size_t stores = board == NULL ? 1 : board_count(board);
    SeriesList list = { .items = NULL };

    for (size_t id = 0; id < METRIC_ID_COUNT; id++) {
        list.count = 0;
        for (size_t i = 0; i < stores; i++) {
            store_collect(&list, board == NULL ? own_store : slot_metrics(board_slot(board, i)),
                          &metrics[id]);
        }
        if (list.count > 0) {
            qsort(list.items, list.count, sizeof *list.items, series_compare);
        }
        metric_print(out, &metrics[id], &list);
    }
    if (list.failed) {
        out->failed = true;
    }
    free(list.items);
}
