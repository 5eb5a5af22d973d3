#include "reaper/announce.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/exit_code.h"
#include "common/kafka.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/str.h"
#include "reaper/barrier.h"
#include "reaper/duty.h"
#include "sql.h"

enum {
    KINDS_MAX = 64,
    GROUPS_MAX = 16,
    PAGE_ROWS = 500,
    SWEEP_ROWS = 1000,
    PAGES_MAX = 40,            /* of one kind in one turn; the rest comes at the next */
    BARRIER_STEP_US = 1000000, /* a begun barrier is looked at so often */
    KAFKA_RETRY_US = 5000000,  /* after Kafka did not answer */
    GAUGES_EVERY_US = 5000000,
    GROUND_EVERY_US = 10000000,
};

/* Kept is what the announcer keeps of one kind between turns. */
typedef struct Kept {
    char kind[64];
    Barrier barrier;
    int64_t step_at_us; /* monotonic: the barrier's next step */
    bool wants_sweep;   /* at the next barrier that passes */
    bool is_sweeping;
    char sweep_t[64];                /* T of that barrier */
    char sweep_key[JOB_KEY_MAX + 1]; /* last key looked at; "" at first */
    int sweep_rows;                  /* a page: fewer where the database refuses to change one */
} Kept;

/* Group is a consumer group that kinds belong to, with a client that has its id and never subscribes. */
typedef struct Group {
    char name[128];
    rd_kafka_t *client;
} Group;

typedef struct Announcer {
    size_t group_count;
    Group groups[GROUPS_MAX];
    size_t kept_count;
    Kept kept[KINDS_MAX];
    int64_t gauges_at_us, ground_at_us, retain_at_us;
    bool is_sweep_pending; /* of all kinds: ground_save when the last has ended */
    char system_identifier[32], timeline[16];
} Announcer;

static Announcer *
announce_new(void)
{
    return calloc(1, sizeof(Announcer));
}

static void
announce_free(Announcer *announcer)
{
    if (announcer == NULL) {
        return;
    }
    for (size_t i = 0; i < announcer->kept_count; i++) {
        barrier_reset(&announcer->kept[i].barrier);
    }
    for (size_t i = 0; i < announcer->group_count; i++) {
        rd_kafka_destroy(announcer->groups[i].client);
    }
    free(announcer);
}

static void
announce_online(void *state)
{
    Announcer *announcer = state;
    for (size_t i = 0; i < announcer->kept_count; i++) {
        barrier_reset(&announcer->kept[i].barrier);
    }
    announcer->ground_at_us = 0; /* it may be another server */
}

static int64_t
announce_interval_us(const Config *config)
{
    return config->announce_interval_ms * 1000;
}

static Kept *
kept_of(Announcer *announcer, const JobKind *kind)
{
    for (size_t i = 0; i < announcer->kept_count; i++) {
        if (strcmp(announcer->kept[i].kind, kind->name) == 0) {
            return &announcer->kept[i];
        }
    }
    if (announcer->kept_count == KINDS_MAX) {
        return NULL;
    }
    Kept *kept = &announcer->kept[announcer->kept_count++];
    (void)str_copy(kept->kind, sizeof kept->kind, kind->name);
    return kept;
}

/* page_run runs one page of a template; first [2] are its leading arguments, NULL where it has fewer. */
static bool
page_run(Reaper *reaper, const SqlQuery *query, const char *const first[2], int limit, int skipped,
         int64_t *ret_rows, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    for (int i = 0; i < 2 && first[i] != NULL; i++) {
        args_text(&args, first[i]);
    }
    args_int(&args, limit);
    args_int(&args, skipped);
    return db_run(reaper->db, query, &args, ret_rows, err);
}

/* Pages is how far a template is run, and what became of it. */
typedef struct Pages {
    int page_rows, pages_max;
    int64_t rows; /* changed */
    int refused;  /* rows that the database did not let change; never more than a page in one go */
    Err refusal;  /* why, the last of them */
} Pages;

/* pages_run runs a template again and again while it finds full pages. A page that the database refuses
 * (duty_row_refused) comes again half as long, until the row stands alone and is passed over. */
static bool
pages_run(Reaper *reaper, const JobKind *kind, const SqlQuery *template, const char *const first[2],
          Pages *pages, Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    int limit = pages->page_rows;
    bool is_full = true;
    if (!job_query(kind, template, NULL, &query, err)) {
        return false;
    }
    for (int page = 0; is_full && page < pages->pages_max && pages->refused < pages->page_rows &&
                       !role_draining(reaper->role);) {
        Err refusal = ERR_NONE;
        int64_t rows = 0;
        if (page_run(reaper, &query, first, limit, pages->refused, &rows, &refusal)) {
            page++;
            pages->rows += rows;
            is_full = rows == limit;
            limit = limit < pages->page_rows / 2 ? limit * 2 : pages->page_rows;
        } else if (!duty_row_refused(reaper, &refusal)) {
            *err = refusal;
            return false;
        } else {
            pages->refused += limit == 1 ? 1 : 0;
            pages->refusal = refusal;
            limit = limit > 1 ? limit / 2 : 1;
        }
        role_tick(reaper->role);
    }
    return true;
}

/* run_pages announces rows, and counts them under `why`. */
static bool
run_pages(Reaper *reaper, const JobKind *kind, const SqlQuery *template, const char *const first[2],
          const char *why, Err *err)
{
    Pages pages = { .page_rows = PAGE_ROWS, .pages_max = PAGES_MAX };
    if (!pages_run(reaper, kind, template, first, &pages, err)) {
        return false;
    }
    if (pages.rows > 0) {
        metric_add(METRIC_REANNOUNCE_TOTAL, kind->name, why, (uint64_t)pages.rows);
        LOG_AT(strcmp(why, "due") == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "announce.again",
               LOG_TEXT("kind", kind->name), LOG_TEXT("why", why), LOG_INT("jobs", pages.rows), LOG_END);
    }
    if (pages.refused > 0) {
        LOG_ERROR("announce.refused", LOG_TEXT("kind", kind->name), LOG_INT("jobs", pages.refused),
                  LOG_FAILURE(&pages.refusal));
    }
    return true;
}

/* --- 2: rows whose time has come --- */

static bool
due_announce(Reaper *reaper, const JobKind *kind, Err *err)
{
    static const char *const none[2] = { NULL, NULL };
    return run_pages(reaper, kind, &sql_announce_due, none, "due", err);
}

/* --- 3: lost announcements --- */

/* client_of returns the client of a group, made at the first call; NULL on failure. */
static rd_kafka_t *
client_of(Announcer *announcer, const Config *config, const char *name, Err *err)
{
    for (size_t i = 0; i < announcer->group_count; i++) {
        if (strcmp(announcer->groups[i].name, name) == 0) {
            return announcer->groups[i].client;
        }
    }
    if (announcer->group_count == GROUPS_MAX) {
        err_set(err, ERR_INVALID_DATA, "too_many_groups",
                "group %s: a reaper watches %d consumer groups at most", name, GROUPS_MAX);
        return NULL;
    }
    Group *group = &announcer->groups[announcer->group_count];
    group->client = kafka_group_client(config, "paceline-reaper", name, err);
    if (group->client == NULL) {
        return NULL;
    }
    (void)str_copy(group->name, sizeof group->name, name);
    announcer->group_count++;
    return group->client;
}

static bool
swept_to_read(Reaper *reaper, const JobKind *kind, char *buffer, size_t size, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind->name);
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, &sql_kind_swept, &args, err);
    if (row == NULL) {
        return false;
    }
    return (PQntuples(row) == 1 && str_copy(buffer, size, PQgetvalue(row, 0, 0))) ||
           err_set(err, ERR_UNKNOWN, "abandoned", "kind %s: abandoned", kind->name);
}

/* lost_announce announces what the barrier has shown to be lost, and moves swept_to. */
static bool
lost_announce(Reaper *reaper, const JobKind *kind, const char *t, Err *err)
{
    char swept_to[64];
    DbArgs swept = DB_ARGS_EMPTY;
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    if (!swept_to_read(reaper, kind, swept_to, sizeof swept_to, err) ||
        !job_query(kind, &sql_announce_swept, NULL, &query, err)) {
        return false;
    }
    const char *const due[2] = { t, NULL };
    const char *const new[2] = { t, swept_to };
    args_text(&swept, kind->name);
    args_text(&swept, t);
    return run_pages(reaper, kind, &sql_announce_lost_due, due, "lost", err) &&
           run_pages(reaper, kind, &sql_announce_lost_new, new, "lost", err) &&
           db_run(reaper->db, &query, &swept, NULL, err);
}

static void
sweep_begin(Kept *kept)
{
    kept->wants_sweep = false;
    kept->is_sweeping = true;
    kept->sweep_key[0] = '\0';
    kept->sweep_rows = SWEEP_ROWS;
    (void)str_copy(kept->sweep_t, sizeof kept->sweep_t, kept->barrier.t);
    LOG_INFO("sweep.begin", LOG_TEXT("kind", kept->kind));
}

/* barrier_advance goes on with the kind's barrier. Kafka out of reach is no failure of the turn: the rest of
 * the duty goes on. */
static bool
barrier_advance(Announcer *announcer, Kept *kept, Reaper *reaper, const JobKind *kind, Err *err)
{
    BarrierStep step = BARRIER_WAITS;
    int64_t now_us = clock_monotonic_us();
    if (kind->is_paused || now_us < kept->step_at_us) {
        return true;
    }
    kept->step_at_us = now_us + BARRIER_STEP_US;
    rd_kafka_t *client = client_of(announcer, reaper->config, kind->consumer_group, err);
    if (client == NULL) {
        return false;
    }
    if (!barrier_step(&kept->barrier, reaper, kind, client, &step, err)) {
        LOG_WARN("barrier.step", LOG_TEXT("kind", kind->name), LOG_FAILURE(err));
        kept->step_at_us = clock_monotonic_us() + KAFKA_RETRY_US;
        return db_is_connected(reaper->db);
    }
    if (step == BARRIER_WAITS) {
        return true;
    }
    kept->wants_sweep = kept->wants_sweep || step == BARRIER_SHIFTED;
    if (!lost_announce(reaper, kind, kept->barrier.t, err)) {
        return false;
    }
    if (kept->wants_sweep && !kept->is_sweeping) {
        sweep_begin(kept);
    }
    metric_add(METRIC_BARRIER_PASS_TOTAL, kind->name, NULL, 1);
    kept->step_at_us = now_us + reaper->config->barrier_interval_ms * 1000;
    barrier_reset(&kept->barrier);
    return true;
}

/* --- 4: did the ground shift? --- */

static void
sweep_all(Announcer *announcer, Reaper *reaper)
{
    announcer->is_sweep_pending = true;
    for (size_t i = 0; i < reaper->kinds.n; i++) {
        Kept *kept = kept_of(announcer, &reaper->kinds.items[i]);
        if (kept != NULL) {
            kept->wants_sweep = true;
        }
    }
}

static bool
ground_look(Announcer *announcer, Reaper *reaper, Err *err)
{
    enum { SYSTEM, TIMELINE, AHEAD, SHIFTED, SWEPT_AGO };
    int64_t swept_ago_us = -1;
    if (clock_monotonic_us() < announcer->ground_at_us) {
        return true;
    }
    announcer->ground_at_us = clock_monotonic_us() + GROUND_EVERY_US;
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, &sql_ground, NULL, err);
    if (row == NULL) {
        return false;
    }
    (void)str_copy(announcer->system_identifier, sizeof announcer->system_identifier,
                   PQgetvalue(row, 0, SYSTEM));
    (void)str_copy(announcer->timeline, sizeof announcer->timeline, PQgetvalue(row, 0, TIMELINE));
    bool has_shifted = PQgetvalue(row, 0, SHIFTED)[0] == 't' || PQgetvalue(row, 0, AHEAD)[0] == 't';
    bool is_overdue = !str_to_int64(PQgetvalue(row, 0, SWEPT_AGO), &swept_ago_us) || swept_ago_us < 0 ||
                      swept_ago_us > reaper->config->sweep_interval_s * 1000000;
    if ((has_shifted || is_overdue) && !announcer->is_sweep_pending) {
        LOG_INFO("ground.sweep", LOG_TEXT("why", has_shifted ? "the ground has shifted" : "it is time"));
        sweep_all(announcer, reaper);
    }
    return true;
}

enum { SWEEP_LAST_KEY, SWEEP_ANNOUNCED, SWEEP_GIVEN_BACK };

/* sweep_query runs the next page; NULL on failure. */
static PGresult *
sweep_query(const Kept *kept, Reaper *reaper, const JobKind *kind, bool changes, Err *err)
{
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    DbArgs args = DB_ARGS_EMPTY;
    bool is_first = kept->sweep_key[0] == '\0';
    args_text(&args, is_first ? job_key_lowest(kind) : kept->sweep_key);
    args_text(&args, kept->sweep_t);
    args_int(&args, kept->sweep_rows);
    args_bool(&args, is_first);
    args_bool(&args, changes);
    return job_query(kind, &sql_sweep_page, NULL, &query, err) ? db_query(reaper->db, &query, &args, err)
                                                               : NULL;
}

static void
sweep_count(const JobKind *kind, const PGresult *row)
{
    int64_t announced = 0;
    int64_t given_back = 0;
    if (str_to_int64(PQgetvalue(row, 0, SWEEP_ANNOUNCED), &announced) && announced > 0) {
        metric_add(METRIC_REANNOUNCE_TOTAL, kind->name, "swept", (uint64_t)announced);
    }
    if (str_to_int64(PQgetvalue(row, 0, SWEEP_GIVEN_BACK), &given_back) && given_back > 0) {
        metric_add(METRIC_RECLAIM_JOB_TOTAL, kind->name, NULL, (uint64_t)given_back);
        LOG_WARN("sweep.ownerless", LOG_TEXT("kind", kind->name), LOG_INT("jobs", given_back));
    }
}

/* sweep_page looks through the next page of a kind that is being swept: one a turn, to stay gentle. A page
 * that the database refuses (duty_row_refused) comes again half as long, until the row stands alone and is
 * passed over. */
static bool
sweep_page(Kept *kept, Reaper *reaper, const JobKind *kind, Err *err)
{
    Err refusal = ERR_NONE;
    _cleanup_(db_result_clear) PGresult *row = sweep_query(kept, reaper, kind, true, &refusal);
    bool is_refused = row == NULL && duty_row_refused(reaper, &refusal);
    if (is_refused && kept->sweep_rows > 1) {
        kept->sweep_rows /= 2;
        return true;
    }
    if (is_refused) {
        row = sweep_query(kept, reaper, kind, false, &refusal);
    }
    if (row == NULL) {
        *err = refusal;
        return false;
    }
    sweep_count(kind, row);
    kept->is_sweeping = PQgetisnull(row, 0, SWEEP_LAST_KEY) == 0 &&
                        str_copy(kept->sweep_key, sizeof kept->sweep_key, PQgetvalue(row, 0, SWEEP_LAST_KEY));
    if (is_refused) {
        LOG_ERROR("sweep.refused", LOG_TEXT("kind", kind->name), LOG_TEXT("key", kept->sweep_key),
                  LOG_FAILURE(&refusal));
    } else if (kept->sweep_rows < SWEEP_ROWS) {
        kept->sweep_rows *= 2;
    }
    if (!kept->is_sweeping) {
        LOG_INFO("sweep.end", LOG_TEXT("kind", kind->name));
    }
    return true;
}

/* ground_settle remembers the ground once every kind that wanted a sweep has had it. */
static bool
ground_settle(Announcer *announcer, Reaper *reaper, Err *err)
{
    if (!announcer->is_sweep_pending) {
        return true;
    }
    for (size_t i = 0; i < reaper->kinds.n; i++) {
        const Kept *kept = kept_of(announcer, &reaper->kinds.items[i]);
        if (kept != NULL && (kept->wants_sweep || kept->is_sweeping)) {
            return true;
        }
    }
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, announcer->system_identifier);
    args_text(&args, announcer->timeline);
    announcer->is_sweep_pending = false;
    return db_run(reaper->db, &sql_ground_save, &args, NULL, err);
}

/* --- retention and gauges --- */

/* kind_retain deletes what a kind does not keep, but for rows that others refer to. */
static bool
kind_retain(Reaper *reaper, const JobKind *kind, Err *err)
{
    const char *const first[2] = { kind->name, NULL };
    Pages pages = { .page_rows = (int)reaper->config->retain_batch, .pages_max = INT_MAX };
    bool is_good = pages_run(reaper, kind, &sql_retain, first, &pages, err);
    metric_add(METRIC_RETAIN_DELETE_TOTAL, kind->name, NULL, (uint64_t)pages.rows);
    if (pages.refused > 0) {
        LOG_ERROR("retain.refused", LOG_TEXT("kind", kind->name), LOG_INT("jobs", pages.refused),
                  LOG_FAILURE(&pages.refusal));
    }
    return is_good;
}

static bool
retain_run(Announcer *announcer, Reaper *reaper, Err *err)
{
    if (clock_monotonic_us() < announcer->retain_at_us) {
        return true;
    }
    announcer->retain_at_us = clock_monotonic_us() + reaper->config->retain_interval_ms * 1000;
    for (size_t i = 0; i < reaper->kinds.n; i++) {
        if (kind_retain(reaper, &reaper->kinds.items[i], err)) {
            continue;
        }
        if (!db_is_connected(reaper->db)) {
            return false;
        }
        LOG_ERROR("retain.kind", LOG_TEXT("kind", reaper->kinds.items[i].name), LOG_FAILURE(err));
    }
    return true;
}

/* kind_gauges_set sets what a kind has waiting and in work, and the age of its oldest ready row. */
static bool
kind_gauges_set(Reaper *reaper, const JobKind *kind, Err *err)
{
    static const struct {
        MetricId id;
        int column; /* of kind_counts */
    } gauges[] = { { METRIC_JOBS_WAITING, 0 },
                   { METRIC_JOBS_PROCESSING, 2 },
                   { METRIC_OLDEST_READY_SECONDS, 3 } };
    _cleanup_(job_query_done) SqlQuery query = { .name = NULL };
    DbArgs args = DB_ARGS_EMPTY;
    args_text(&args, kind->name);
    if (!job_query(kind, &sql_kind_counts, NULL, &query, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *row = db_query(reaper->db, &query, &args, err);
    if (row == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        double value = 0; /* NULL: nothing is ready */
        if (PQgetisnull(row, 0, gauges[i].column) == 0 &&
            !str_to_double(PQgetvalue(row, 0, gauges[i].column), &value)) {
            continue;
        }
        metric_set(gauges[i].id, kind->name, NULL, value);
    }
    return true;
}

/* --- the turn --- */

/* kind_turn serves one kind. A kind in trouble (its table is gone, a right is missing) must not stop the
 * others. */
static void
kind_turn(Announcer *announcer, Reaper *reaper, const JobKind *kind, bool sets_gauges)
{
    Err err = ERR_NONE;
    Kept *kept = kept_of(announcer, kind);
    bool is_good = due_announce(reaper, kind, &err);
    if (is_good && kept != NULL) {
        is_good = barrier_advance(announcer, kept, reaper, kind, &err) &&
                  (!kept->is_sweeping || sweep_page(kept, reaper, kind, &err));
    }
    if (is_good && sets_gauges) {
        is_good = kind_gauges_set(reaper, kind, &err);
    }
    if (!is_good) {
        LOG_ERROR("announce.kind", LOG_TEXT("kind", kind->name), LOG_FAILURE(&err));
    }
}

static bool
announce_turn(Reaper *reaper, void *state, Err *err)
{
    Announcer *announcer = state;
    if (!ground_look(announcer, reaper, err)) {
        return false;
    }
    bool sets_gauges = clock_monotonic_us() >= announcer->gauges_at_us;
    if (sets_gauges) {
        announcer->gauges_at_us = clock_monotonic_us() + GAUGES_EVERY_US;
    }
    for (size_t i = 0; i < reaper->kinds.n && db_is_connected(reaper->db); i++) {
        kind_turn(announcer, reaper, &reaper->kinds.items[i], sets_gauges);
        role_tick(reaper->role);
    }
    return ground_settle(announcer, reaper, err) && retain_run(announcer, reaper, err);
}

int
announce_run(Role *role, Config *config)
{
    Announcer *announcer = announce_new();
    if (announcer == NULL) {
        return EXIT_CODE_MEMORY;
    }
    const Duty duty = { .lock = DUTY_ANNOUNCE,
                        .turn = announce_turn,
                        .online = announce_online,
                        .state = announcer,
                        .interval_us = announce_interval_us };
    int exit_code = duty_run(role, config, &duty);
    announce_free(announcer);
    return exit_code;
}
