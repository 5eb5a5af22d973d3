/* floor - the same claims and finishes as the worker's, by bare libpq: what the database alone allows.
 *
 *   floor CONNINFO KIND FIRST LAST CONNECTIONS
 *
 * Batches of 500 keys, two in flight on each connection, one process a connection; the statements are those
 * of sql/queries. Prints the jobs finished and the seconds from the first claim to the last finish.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/job.h"
#include "common/str.h"
#include "sql.h"

enum { BATCH = 500, IN_FLIGHT = 2, CONNECTIONS_MAX = 64 };

static void
die(const char *what, const char *why)
{
    (void)fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(1);
}

static double
now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef struct Floor {
    PGconn *connection;
    char worker[24];
    const char *kind;
    SqlQuery claim, finish;
    long next, last, step; /* first keys of the batches of this connection */
    long batch;
    long finished;
} Floor;

/* wait_result returns the next result of the pipeline, syncs and ends left out. */
static PGresult *
wait_result(Floor *floor)
{
    for (;;) {
        PGresult *result = PQgetResult(floor->connection);
        if (result == NULL || PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            continue;
        }
        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
            die("query", PQerrorMessage(floor->connection));
        }
        return result;
    }
}

static void
send(Floor *floor, const char *statement, int n, const char *const *values)
{
    if (PQsendQueryPrepared(floor->connection, statement, n, values, NULL, NULL, 0) != 1 ||
        PQpipelineSync(floor->connection) != 1 || PQflush(floor->connection) < 0) {
        die("send", PQerrorMessage(floor->connection));
    }
}

static bool
claim_send(Floor *floor)
{
    Str keys = STR_EMPTY;
    char batch[24];
    if (floor->next > floor->last) {
        return false;
    }
    for (long key = floor->next; key < floor->next + BATCH && key <= floor->last; key++) {
        str_append_format(&keys, "%c%ld", key == floor->next ? '{' : ',', key);
    }
    str_append_char(&keys, '}');
    floor->next += floor->step;
    (void)snprintf(batch, sizeof batch, "%ld", floor->batch++);
    send(floor, "claim", 6,
         (const char *[]){ str_text(&keys), floor->worker, batch, floor->kind, "f", "5 min" });
    str_done(&keys);
    return true;
}

/* finish_send ends every job that a claim took. */
static void
finish_send(Floor *floor, const PGresult *claimed, long batch)
{
    Str columns[6] = { STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY };
    char number[24];
    for (int i = 0; i < PQntuples(claimed); i++) {
        const char *items[] = {
            PQgetvalue(claimed, i, 0), PQgetvalue(claimed, i, 1), "complete", "0 us", "0", NULL
        };
        for (int c = 0; c < 6; c++) {
            str_append_pg_array_item(&columns[c], items[c]);
        }
    }
    for (int c = 0; c < 6; c++) {
        str_append(&columns[c], columns[c].length == 0 ? "{}" : "}");
    }
    (void)snprintf(number, sizeof number, "%ld", batch);
    send(floor, "finish", 9,
         (const char *[]){ str_text(&columns[0]), str_text(&columns[1]), floor->worker, str_text(&columns[2]),
                           str_text(&columns[3]), str_text(&columns[4]), str_text(&columns[5]), number,
                           "t" });
    for (int c = 0; c < 6; c++) {
        str_done(&columns[c]);
    }
}

static void
floor_open(Floor *floor, const char *conninfo)
{
    floor->connection = PQconnectdb(conninfo);
    if (PQstatus(floor->connection) != CONNECTION_OK) {
        die("connect", PQerrorMessage(floor->connection));
    }
    PGresult *row = PQexec(floor->connection, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan "
                                              "= off; INSERT INTO workers (host, slot, pid, kinds) "
                                              "VALUES ('floor', 0, 0, '{}') RETURNING id");
    if (PQntuples(row) != 1) {
        die("register", PQerrorMessage(floor->connection));
    }
    (void)str_copy(floor->worker, sizeof floor->worker, PQgetvalue(row, 0, 0));
    PQclear(row);
    PQclear(PQprepare(floor->connection, "claim", floor->claim.text, 0, NULL));
    PQclear(PQprepare(floor->connection, "finish", floor->finish.text, 0, NULL));
    PQenterPipelineMode(floor->connection);
}

/* floor_run keeps two batches in flight: while one is finished, the other is claimed. Answers come in the
 * order of the sends. */
static long
floor_run(Floor *floor)
{
    char order[1 << 16]; /* what answers are owed: a ring of 'c' and 'f' */
    size_t head = 0;
    size_t tail = 0;
    long claimed = 0;
    for (int i = 0; i < IN_FLIGHT && claim_send(floor); i++) {
        order[head++ % sizeof order] = 'c';
    }
    while (tail < head) {
        PGresult *result = wait_result(floor);
        if (order[tail++ % sizeof order] == 'f') {
            floor->finished += PQntuples(result);
        } else {
            finish_send(floor, result, claimed++);
            order[head++ % sizeof order] = 'f';
            if (claim_send(floor)) {
                order[head++ % sizeof order] = 'c';
            }
        }
        PQclear(result);
    }
    return floor->finished;
}

static void
kind_open(const char *conninfo, const char *name, Floor *floor)
{
    Err err = ERR_NONE;
    JobKinds kinds;
    Db *db = db_new(conninfo, "floor");
    if (db == NULL || !db_connect(db, &err) || !job_kinds_load(db, &kinds, &err)) {
        die("kinds", err.message);
    }
    const JobKind *kind = job_kind_find(&kinds, name);
    if (kind == NULL || !job_query(kind, &sql_job_claim, NULL, &floor->claim, &err) ||
        !job_query(kind, &sql_job_finish, NULL, &floor->finish, &err)) {
        die("kind", name);
    }
    floor->kind = name;
    job_kinds_done(&kinds);
    db_free(db);
}

int
main(int argc, char **argv)
{
    int64_t first = 0;
    int64_t last = 0;
    int64_t n = 0;
    Floor floor = { .batch = 0 };
    if (argc != 6 || !str_to_int64(argv[3], &first) || !str_to_int64(argv[4], &last) ||
        !str_to_int64(argv[5], &n) || n < 1 || n > CONNECTIONS_MAX) {
        die("usage", "floor CONNINFO KIND FIRST LAST CONNECTIONS");
    }
    kind_open(argv[1], argv[2], &floor);
    double began_s = now_s();
    long *finished =
        mmap(NULL, sizeof(long) * CONNECTIONS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < n; i++) {
        if (fork() == 0) {
            floor.next = first + (long)i * BATCH;
            floor.last = last;
            floor.step = (long)n * BATCH;
            floor_open(&floor, argv[1]);
            finished[i] = floor_run(&floor);
            PQfinish(floor.connection);
            _exit(0);
        }
    }
    long total = 0;
    while (wait(NULL) > 0) {
    }
    for (int i = 0; i < n; i++) {
        total += finished[i];
    }
    printf("%ld %.3f\n", total, now_s() - began_s);
    return 0;
}
