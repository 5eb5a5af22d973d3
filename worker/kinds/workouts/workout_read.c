#include "worker/kinds/workouts/workout_read.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "common/json_read.h"
#include "sql.h"
#include "worker/kinds/workouts/stream_array.h"

/* Columns of workout_read.sql that go into the scalars as they are. */
static const struct {
    const char *column;
    size_t offset;
} double_columns[] = {
    { "distance_m", offsetof(Activity, distance_m) },
    { "speed_avg_mps", offsetof(Activity, speed_avg_mps) },
    { "speed_max_mps", offsetof(Activity, speed_max_mps) },
    { "hr_avg_bpm", offsetof(Activity, hr_avg_bpm) },
    { "hr_max_bpm", offsetof(Activity, hr_max_bpm) },
    { "cadence_avg_spm", offsetof(Activity, cadence_avg_spm) },
    { "cadence_avg_rpm", offsetof(Activity, cadence_avg_rpm) },
    { "power_avg_w", offsetof(Activity, power_avg_w) },
    { "power_max_w", offsetof(Activity, power_max_w) },
    { "work_j", offsetof(Activity, work_j) },
    { "elevation_gain_m", offsetof(Activity, elevation_gain_m) },
    { "elevation_loss_m", offsetof(Activity, elevation_loss_m) },
    { "pool_length_m", offsetof(Activity, pool_length_m) },
};
static const struct {
    const char *column;
    size_t offset;
} int_columns[] = {
    { "moving_time_s", offsetof(Activity, moving_time_s) },
    { "elapsed_time_s", offsetof(Activity, elapsed_time_s) },
    { "session_rpe", offsetof(Activity, session_rpe) },
};
static const struct {
    const char *column;
    size_t offset;
} threshold_columns[] = {
    { "rest_hr_bpm", offsetof(Thresholds, rest_hr_bpm) },
    { "max_hr_bpm", offsetof(Thresholds, max_hr_bpm) },
    { "lthr_bpm", offsetof(Thresholds, lthr_bpm) },
    { "ftp_w", offsetof(Thresholds, ftp_w) },
    { "cp_w", offsetof(Thresholds, cp_w) },
    { "w_prime_j", offsetof(Thresholds, w_prime_j) },
    { "threshold_speed_mps", offsetof(Thresholds, threshold_speed_mps) },
};

/* column returns a value of the one row, or NULL if it is NULL. */
static const char *
column(const PGresult *row, const char *name)
{
    int field = PQfnumber(row, name);

    return field < 0 || PQgetisnull(row, 0, field) ? NULL : PQgetvalue(row, 0, field);
}

static double
column_double(const PGresult *row, const char *name)
{
    const char *text = column(row, name);
    double value = NAN;

    return text != NULL && str_to_double(text, &value) ? value : NAN;
}

static int32_t
column_int(const PGresult *row, const char *name, int32_t missing)
{
    const char *text = column(row, name);
    int64_t value = missing;

    return text != NULL && str_to_int64(text, &value) ? (int32_t)value : missing;
}

/* column_copy copies a text into the arena; *ret_text is NULL for NULL. */
static bool
column_copy(const PGresult *row, const char *name, Arena *arena, const char **ret_text, Err *err)
{
    const char *text = column(row, name);

    *ret_text = NULL;
    if (text != NULL) {
        *ret_text = arena_copy_text(arena, text, strlen(text));
        if (*ret_text == NULL) {
            return err_set(err, ERR_MEMORY_LIMIT, "workout", "workout: %s does not fit into the job's memory",
                           name);
        }
    }
    return true;
}

static void
read_scalars(const PGresult *row, Workout *workout)
{
    char *scalars = (char *)&workout->scalars;

    for (size_t i = 0; i < sizeof double_columns / sizeof *double_columns; i++) {
        *(double *)(void *)(scalars + double_columns[i].offset) =
            column_double(row, double_columns[i].column);
    }
    for (size_t i = 0; i < sizeof int_columns / sizeof *int_columns; i++) {
        *(int32_t *)(void *)(scalars + int_columns[i].offset) =
            column_int(row, int_columns[i].column, ACTIVITY_NO_INT);
    }
    if (!sport_from_name(column(row, "sport"), &workout->scalars.sport)) {
        workout->scalars.sport = SPORT_OTHER;
    }
}

static void
read_thresholds(const PGresult *row, Workout *workout)
{
    char *thresholds = (char *)&workout->thresholds;
    const char *sex = column(row, "sex");

    for (size_t i = 0; i < sizeof threshold_columns / sizeof *threshold_columns; i++) {
        *(double *)(void *)(thresholds + threshold_columns[i].offset) =
            column_double(row, threshold_columns[i].column);
    }
    workout->thresholds.is_female = sex != NULL && strcmp(sex, "female") == 0;
}

/* read_stages takes each stage's status and the fingerprint it was computed from. */
static bool
read_stages(const PGresult *row, Workout *workout, Err *err)
{
    const char *text = column(row, "stages");
    _cleanup_(json_delete) cJSON *document = text != NULL ? json_parse(text, strlen(text), err) : NULL;
    char name[32];

    if (text != NULL && document == NULL) {
        return false;
    }
    for (int id = 0; id < STAGE_COUNT; id++) {
        StageState *state = &workout->stages[id];
        (void)snprintf(name, sizeof name, "%s_status", stage_name((StageId)id));
        const char *status = column(row, name);
        const cJSON *inputs = json_member(json_member(document, stage_name((StageId)id)), "inputs");
        state->status = status != NULL && strcmp(status, "complete") == 0 ? STAGE_COMPLETE : STAGE_PENDING;
        if (cJSON_IsString(inputs)) {
            (void)str_copy(state->stored_inputs, sizeof state->stored_inputs, inputs->valuestring);
        }
    }
    return true;
}

/* read_plan: a plan that cannot be read is the attach stage's failure, not that of the read. */
static void
read_plan(const PGresult *row, Workout *workout)
{
    const char *planned_by = column(row, "planned_by");
    const char *text = column(row, "plan");

    workout->planned_by = planned_by == NULL                    ? PLANNED_BY_NOBODY
                          : strcmp(planned_by, "detached") == 0 ? PLANNED_BY_DETACHED
                          : strcmp(planned_by, "user") == 0     ? PLANNED_BY_USER
                                                                : PLANNED_BY_AUTO;
    if (text != NULL) {
        _cleanup_(json_delete) cJSON *document = json_parse(text, strlen(text), &workout->plan_err);
        workout->has_plan =
            document != NULL && plan_read(document, workout->arena, &workout->plan, &workout->plan_err);
    }
}

/* stream_read reads one array of the row by its name; a stream that is missing stays NULL. */
static bool
stream_read(const PGresult *row, const char *name, size_t n, Arena *arena, int32_t **ret_ints,
            float **ret_reals, Err *err)
{
    int field = PQfnumber(row, name);

    if (field < 0 || PQgetisnull(row, 0, field)) {
        return true;
    }
    const char *bytes = PQgetvalue(row, 0, field);
    size_t length = (size_t)PQgetlength(row, 0, field);
    return ret_ints != NULL ? int_array_read(name, bytes, length, n, arena, ret_ints, err)
                            : real_array_read(name, bytes, length, n, arena, ret_reals, err);
}

static bool
arrays_read(const PGresult *row, Arena *arena, Streams *streams, Err *err)
{
    size_t n = streams->n;

    return stream_read(row, "time_s", n, arena, &streams->time_s, NULL, err) &&
           stream_read(row, "distance_m", n, arena, NULL, &streams->distance_m, err) &&
           stream_read(row, "lat_e7", n, arena, &streams->lat_e7, NULL, err) &&
           stream_read(row, "lng_e7", n, arena, &streams->lng_e7, NULL, err) &&
           stream_read(row, "altitude_m", n, arena, NULL, &streams->altitude_m, err) &&
           stream_read(row, "speed_mps", n, arena, NULL, &streams->speed_mps, err) &&
           stream_read(row, "hr_bpm", n, arena, &streams->hr_bpm, NULL, err) &&
           stream_read(row, "cadence_per_min", n, arena, &streams->cadence_per_min, NULL, err) &&
           stream_read(row, "power_w", n, arena, &streams->power_w, NULL, err) &&
           stream_read(row, "temperature_c", n, arena, &streams->temperature_c, NULL, err) &&
           stream_read(row, "grade_pct", n, arena, NULL, &streams->grade_pct, err) &&
           stream_read(row, "moving", n, arena, &streams->moving, NULL, err);
}

/* read_streams: a failure of the database ends the read, one of the samples is the streams stage's. */
static bool
read_streams(Db *db, Workout *workout, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    Streams streams = { .n = 0 };
    uint32_t n_be = 0;

    args_text(&args, workout->id);
    _cleanup_(db_result_clear) PGresult *row = db_query_binary(db, &sql_workout_streams_read, &args, err);
    if (row == NULL) {
        return false;
    }
    if (PQntuples(row) == 0) {
        return true;
    }
    memcpy(&n_be, PQgetvalue(row, 0, PQfnumber(row, "n")), sizeof n_be); /* int4, by its own column's type */
    streams.n = ntohl(n_be);
    if (streams.n > STREAMS_MAX_SAMPLES) {
        (void)err_set(&workout->streams_err, ERR_INVALID_DATA, "too_many_samples",
                      "streams: %zu samples are more than %d", streams.n, STREAMS_MAX_SAMPLES);
    } else if (arrays_read(row, workout->arena, &streams, &workout->streams_err)) {
        workout->streams = streams;
    }
    return true;
}

/* read_laps comes after the samples, which its indices are checked against. */
static void
read_laps(const char *laps, Workout *workout)
{
    Err err = ERR_NONE;
    const Streams *streams = workout->streams.n > 0 ? &workout->streams : NULL;

    if (!laps_read(laps, streams, workout->arena, &workout->laps, &workout->laps_n, &err) &&
        workout->streams_err.class == ERR_CLASS_NONE) {
        workout->streams_err = err;
    }
}

/* note_quiet is the answer of workout_settings_quiet.sql. */
static void
note_quiet(void *user, PGresult *result, const Err *err)
{
    bool *is_quiet = user;

    (void)err; /* of a broken connection: the next query says so */
    *is_quiet = result != NULL && PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] != 'f';
    PQclear(result);
}

bool
workout_read(Db *db, const char *id, Workout *workout, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;
    Arena *arena = workout->arena;
    bool is_quiet = false;

    workout->id = id;
    args_text(&args, id);
    if (!db_send(db, &sql_workout_settings_quiet, &args, note_quiet, &is_quiet, err)) {
        return false;
    }
    _cleanup_(db_result_clear) PGresult *row = db_query(db, &sql_workout_read, &args, err);
    if (row == NULL) {
        return false;
    }
    if (PQntuples(row) == 0) {
        return err_set(err, ERR_INVALID_DATA, "absent", "workout %s: there is no such row", id);
    }
    if (!is_quiet) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "settings_change",
                       "workout %s: its athlete's settings are being changed", id);
    }
    read_scalars(row, workout);
    read_thresholds(row, workout);
    workout->streams_version = column_int(row, "streams_version", 0);
    workout->streams_priority = column_int(row, "streams_priority", 0);
    if (!column_copy(row, "lengths", arena, &workout->scalars.lengths, err) ||
        !column_copy(row, "exercises", arena, &workout->scalars.exercises, err) ||
        !column_copy(row, "scalars", arena, &workout->scalars_hash, err) || !read_stages(row, workout, err) ||
        !read_streams(db, workout, err)) {
        return false;
    }
    read_plan(row, workout);
    read_laps(column(row, "laps"), workout);
    return true;
}

static bool
candidates_fill(const char *text, Workout *workout, Err *err)
{
    _cleanup_(json_delete) cJSON *plans = json_parse(text, strlen(text), &workout->plan_err);
    const cJSON *item = NULL;

    if (plans == NULL) {
        return true;
    }
    workout->candidates =
        arena_alloc(workout->arena, (size_t)cJSON_GetArraySize(plans), sizeof *workout->candidates);
    if (workout->candidates == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "workout",
                       "workout: the candidates do not fit into the job's memory");
    }
    cJSON_ArrayForEach(item, plans)
    {
        if (plan_read(item, workout->arena, &workout->candidates[workout->candidates_n],
                      &workout->plan_err)) {
            workout->candidates_n++;
        }
    }
    if (workout->candidates_n > 0) { /* another plan's fault is not this workout's */
        workout->plan_err = ERR_NONE;
    }
    return true;
}

bool
workout_candidates_read(Db *db, Workout *workout, Err *err)
{
    DbArgs args = DB_ARGS_EMPTY;

    args_text(&args, workout->id);
    _cleanup_(db_result_clear) PGresult *row = db_query(db, &sql_workout_candidates, &args, err);
    if (row == NULL) {
        return false;
    }
    if (PQntuples(row) == 0) {
        return err_set(err, ERR_DATABASE_TIMEOUT, "plans_change",
                       "workout %s: its user's plans are being changed", workout->id);
    }
    workout->same_day_n = column_int(row, "same_day", 0);
    workout->taken_n = column_int(row, "taken", 0);
    const char *plans = column(row, "plans");
    return plans == NULL || candidates_fill(plans, workout, err);
}
