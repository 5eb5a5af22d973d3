/* status - what waits, what is in work, who works, and how far behind the way to Kafka and from it is. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/exit_code.h"
#include "common/kafka.h"
#include "reaper/operate.h"
#include "sql.h"

enum {
    KAFKA_TIMEOUT_MS = 1000,
    CHEAP_BYTES = 64 << 20, /* a table up to this size is counted without being asked to */
    UNKNOWN = -1,
};

/* Counts is one kind's line. */
typedef struct Counts {
    const JobKind *kind;
    int64_t waiting, later, processing;
    double oldest_ready_s;               /* UNKNOWN: nothing is ready */
    int64_t complete, failed, cancelled; /* UNKNOWN: not counted */
    int64_t lag;                         /* messages; UNKNOWN: Kafka did not answer */
    int64_t takers;                      /* live workers that take this kind */
} Counts;

static int64_t
cell_number(const PGresult *row, int column)
{
    int64_t number = UNKNOWN;
    return PQgetisnull(row, 0, column) == 0 && str_to_int64(PQgetvalue(row, 0, column), &number) ? number
                                                                                                 : UNKNOWN;
}

static bool
cell_is_true(const PGresult *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

/* --- one kind --- */

static bool
finished_count(Command *command, Counts *counts, Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    if (!job_query(counts->kind, &sql_status_finished, NULL, &query, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *row = db_query(command->db, &query, NULL, err);
    if (row == NULL) {
        return false;
    }
    counts->complete = cell_number(row, 0);
    counts->failed = cell_number(row, 1);
    counts->cancelled = cell_number(row, 2);
    return true;
}

static bool
kind_count(Command *command, const JobKind *kind, bool is_whole, Counts *ret_counts, Err *err)
{
    enum { WAITING, LATER, PROCESSING, OLDEST_READY, SIZE };
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind->name);
    if (!job_query(kind, &sql_kind_counts, NULL, &query, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *row = db_query(command->db, &query, &args, err);
    if (row == NULL) {
        return false;
    }
    Counts counts = { .kind = kind,
                      .waiting = cell_number(row, WAITING),
                      .later = cell_number(row, LATER),
                      .processing = cell_number(row, PROCESSING),
                      .oldest_ready_s = UNKNOWN,
                      .complete = UNKNOWN,
                      .failed = UNKNOWN,
                      .cancelled = UNKNOWN,
                      .lag = UNKNOWN };
    if (PQgetisnull(row, 0, OLDEST_READY) == 0 &&
        !str_to_double(PQgetvalue(row, 0, OLDEST_READY), &counts.oldest_ready_s)) {
        counts.oldest_ready_s = UNKNOWN;
    }
    if ((is_whole || cell_number(row, SIZE) <= CHEAP_BYTES) && !finished_count(command, &counts, err)) {
        return false;
    }
    *ret_counts = counts;
    return true;
}

/* --- lag --- */

static int64_t
lag_of(const KafkaPartition *partitions, size_t n)
{
    int64_t lag = 0;
    for (size_t i = 0; i < n; i++) {
        const KafkaPartition *p = &partitions[i];
        int64_t from = p->committed > p->low ? p->committed : p->low;
        lag += p->high > from ? p->high - from : 0;
    }
    return lag;
}

/* lag_read asks Kafka how far behind the kind's group is. *is_up turns false when Kafka does not answer, so
 * that the other kinds do not wait for it too. */
static void
lag_read(const Config *config, Counts *counts, bool *is_up)
{
    KafkaPartition *partitions = NULL;
    size_t n = 0;
    Err err = ERR_NONE;
    rd_kafka_t *client =
        *is_up ? kafka_group_client(config, "paceline-reaper status", counts->kind->consumer_group, &err)
               : NULL;
    if (client == NULL) {
        return;
    }
    if (kafka_partitions(client, counts->kind->topic, KAFKA_TIMEOUT_MS, &partitions, &n, &err)) {
        counts->lag = lag_of(partitions, n);
        free(partitions);
    } else {
        *is_up = strstr(err.code, "UNKNOWN_TOPIC") != NULL;
    }
    rd_kafka_destroy(client);
}

/* --- who takes it --- */

/* The columns of status_workers.sql. */
enum { ID, HOST, SLOT, PID, KINDS, IS_ALIVE, SEEN, HOLDINGS, JOBS };

/* has_item tells whether a list has this item; no item has a comma in it. */
static bool
has_item(const char *list, const char *item)
{
    size_t length = strlen(item);
    while (strncmp(list, item, length) != 0 || (list[length] != ',' && list[length] != '\0')) {
        list = strchr(list, ',');
        if (list == NULL) {
            return false;
        }
        list++;
    }
    return true;
}

static int64_t
takers_count(const PGresult *workers, const char *kind)
{
    int64_t takers = 0;
    for (int row = 0; row < PQntuples(workers); row++) {
        bool takes_it =
            cell_is_true(workers, row, IS_ALIVE) && has_item(PQgetvalue(workers, row, KINDS), kind);
        takers += takes_it ? 1 : 0;
    }
    return takers;
}

/* --- as JSON --- */

static void
json_number(Str *out, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    print_raw(out, name, value == UNKNOWN ? NULL : text);
}

static void
json_seconds(Str *out, const char *name, double value)
{
    print_key(out, name);
    if (value >= 0) {
        str_append_double(out, value, 3);
    } else {
        str_append(out, "null");
    }
}

static void
json_kinds(Str *out, const Counts *counts, size_t n)
{
    print_key(out, "kinds");
    str_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        const Counts *c = &counts[i];
        str_append(out, i > 0 ? ",{" : "{");
        print_text(out, "kind", c->kind->name);
        print_raw(out, "paused", c->kind->is_paused ? "true" : "false");
        json_number(out, "workers", c->takers);
        json_number(out, "waiting", c->waiting);
        json_number(out, "later", c->later);
        json_number(out, "processing", c->processing);
        json_seconds(out, "oldest_ready_s", c->oldest_ready_s);
        json_number(out, "lag", c->lag);
        json_number(out, "complete", c->complete);
        json_number(out, "failed", c->failed);
        json_number(out, "cancelled", c->cancelled);
        str_append_char(out, '}');
    }
    str_append_char(out, ']');
}

static void
json_workers(Str *out, const PGresult *rows)
{
    print_key(out, "workers");
    str_append_char(out, '[');
    for (int row = 0; row < PQntuples(rows); row++) {
        str_append(out, row > 0 ? ",{" : "{");
        print_raw(out, "id", PQgetvalue(rows, row, ID));
        print_text(out, "host", PQgetvalue(rows, row, HOST));
        print_raw(out, "slot", PQgetvalue(rows, row, SLOT));
        print_raw(out, "pid", PQgetvalue(rows, row, PID));
        print_text(out, "kinds", PQgetvalue(rows, row, KINDS));
        print_raw(out, "alive", cell_is_true(rows, row, IS_ALIVE) ? "true" : "false");
        print_raw(out, "seen_s", PQgetvalue(rows, row, SEEN));
        print_raw(out, "holdings", PQgetvalue(rows, row, HOLDINGS));
        print_raw(out, "jobs", PQgetvalue(rows, row, JOBS));
        str_append_char(out, '}');
    }
    str_append_char(out, ']');
}

/* The columns of status_slot.sql. */
enum { HAS_SLOT, IS_ACTIVE, WAL_STATUS, BEHIND, RECLAIMS, ANNOUNCES };

static void
json_slot(Str *out, const char *name, const PGresult *row)
{
    print_key(out, "slot");
    str_append_char(out, '{');
    print_text(out, "name", name);
    print_raw(out, "exists", cell_is_true(row, 0, HAS_SLOT) ? "true" : "false");
    print_raw(out, "active", cell_is_true(row, 0, IS_ACTIVE) ? "true" : "false");
    print_text(out, "wal_status", PQgetisnull(row, 0, WAL_STATUS) ? NULL : PQgetvalue(row, 0, WAL_STATUS));
    json_number(out, "behind_bytes", cell_number(row, BEHIND));
    str_append_char(out, '}');
    print_key(out, "reaper");
    str_append_char(out, '{');
    print_raw(out, "reclaim", cell_is_true(row, 0, RECLAIMS) ? "true" : "false");
    print_raw(out, "announce", cell_is_true(row, 0, ANNOUNCES) ? "true" : "false");
    str_append_char(out, '}');
}

/* --- as text --- */

/* text_number appends a number in a column, or a word where there is none. */
static void
text_number(Str *out, int width, int64_t value, const char *none)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    str_append_format(out, " %*s", width, value == UNKNOWN ? none : text);
}

static void
text_kinds(Str *out, const Counts *counts, size_t n)
{
    str_append_format(out, "%-20s %9s %9s %10s %12s %9s %10s %9s %9s\n", "kind", "waiting", "later",
                      "processing", "oldest ready", "lag", "complete", "failed", "cancelled");
    for (size_t i = 0; i < n; i++) {
        const Counts *c = &counts[i];
        char oldest[24] = "-";
        if (c->oldest_ready_s >= 0) {
            (void)snprintf(oldest, sizeof oldest, "%.1f s", c->oldest_ready_s);
        }
        str_append_format(out, "%-20s", c->kind->name);
        text_number(out, 9, c->waiting, "-");
        text_number(out, 9, c->later, "-");
        text_number(out, 10, c->processing, "-");
        str_append_format(out, " %12s", oldest);
        text_number(out, 9, c->lag, "unknown");
        text_number(out, 10, c->complete, "-");
        text_number(out, 9, c->failed, "-");
        text_number(out, 9, c->cancelled, "-");
        str_append(out, c->kind->is_paused ? "  paused" : "");
        str_append(out, c->takers == 0 ? "  no worker takes it\n" : "\n");
    }
}

static void
text_workers(Str *out, const PGresult *rows)
{
    str_append_format(out, "\n%-8s %-20s %5s %8s %-6s %10s %9s %7s  %s\n", "worker", "host", "slot", "pid",
                      "alive", "seen", "holdings", "jobs", "kinds");
    for (int row = 0; row < PQntuples(rows); row++) {
        double seen_s = 0;
        bool is_seen = str_to_double(PQgetvalue(rows, row, SEEN), &seen_s);
        str_append_format(out, "%-8s %-20s %5s %8s %-6s %8.1f s %9s %7s  %s\n", PQgetvalue(rows, row, ID),
                          PQgetvalue(rows, row, HOST), PQgetvalue(rows, row, SLOT),
                          PQgetvalue(rows, row, PID), cell_is_true(rows, row, IS_ALIVE) ? "yes" : "no",
                          is_seen ? seen_s : 0, PQgetvalue(rows, row, HOLDINGS), PQgetvalue(rows, row, JOBS),
                          PQgetvalue(rows, row, KINDS));
    }
}

static void
text_slot(Str *out, const char *name, const PGresult *row)
{
    if (cell_is_true(row, 0, HAS_SLOT)) {
        str_append_format(out, "\nreplication slot %s: %s, %s, %lld bytes behind\n", name,
                          cell_is_true(row, 0, IS_ACTIVE) ? "active" : "not active",
                          PQgetvalue(row, 0, WAL_STATUS), (long long)cell_number(row, BEHIND));
    } else {
        str_append_format(out, "\nreplication slot %s: missing (a producer makes it)\n", name);
    }
    str_append_format(out, "reaper: reclaim %s, announce %s\n",
                      cell_is_true(row, 0, RECLAIMS) ? "active" : "not running",
                      cell_is_true(row, 0, ANNOUNCES) ? "active" : "not running");
}

/* --- the command --- */

static bool
counts_read(Command *command, const JobKinds *kinds, bool is_whole, Counts *counts, Err *err)
{
    bool is_up = true;
    for (size_t i = 0; i < kinds->n; i++) {
        if (!kind_count(command, &kinds->items[i], is_whole, &counts[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < kinds->n; i++) {
        lag_read(command->config, &counts[i], &is_up);
    }
    return true;
}

static bool
status_read(Command *command, const JobKinds *kinds, bool is_whole, bool is_json, Str *out, Err *err)
{
    const char *slot = command->config->slot;
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, slot);
    _cleanup_(free_pointer) Counts *counts = calloc(kinds->n + 1, sizeof *counts);
    if (counts == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "out of memory");
    }
    if (!counts_read(command, kinds, is_whole, counts, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *workers = db_query(command->db, &sql_status_workers, NULL, err);
    for (size_t i = 0; workers != NULL && i < kinds->n; i++) {
        counts[i].takers = takers_count(workers, kinds->items[i].name);
    }
    _cleanup_(db_result_clear) PGresult *slot_row =
        workers != NULL ? db_query(command->db, &sql_status_slot, &args, err) : NULL;
    if (slot_row == NULL) {
        return false;
    }
    if (is_json) {
        str_append_char(out, '{');
        json_kinds(out, counts, kinds->n);
        json_workers(out, workers);
        json_slot(out, slot, slot_row);
        str_append(out, "}\n");
    } else {
        text_kinds(out, counts, kinds->n);
        text_workers(out, workers);
        text_slot(out, slot, slot_row);
    }
    return true;
}

int
status_command(Command *command)
{
    bool is_json = false;
    bool is_whole = false;
    Err err = ERR_NONE;
    JobKinds kinds = { .items = NULL };
    _cleanup_(str_done) Str out = STR_EMPTY;
    const CommandOption options[] = { { .name = "--json", .ret_flag = &is_json },
                                      { .name = "--count", .ret_flag = &is_whole },
                                      { .name = NULL } };
    if (!command_parse(command, options, 0, 0)) {
        return EXIT_CODE_USAGE;
    }
    bool is_read = command_connect(command, &err) && job_kinds_load(command->db, &kinds, &err) &&
                   status_read(command, &kinds, is_whole, is_json, &out, &err);
    job_kinds_done(&kinds);
    return is_read ? command_print(command, &out, EXIT_CODE_OK) : command_fail(command, &err);
}
