/* workout.h - one workout in memory: what its stages read, and what they hand to each other.
 *
 * workout_read.c fills the inputs, the runner (stages.h) calls the stages in order, workout_store.c writes
 * what they produced. s, m, m/s, bpm, W, J; unknown is NaN (or NULL, or ACTIVITY_NO_INT), never 0. Everything
 * lives in the job's arena, but for the Str of the documents: workout_done frees them.
 */
#ifndef PACELINE_WORKOUT_H
#define PACELINE_WORKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/activity/activity.h"
#include "common/activity/laps.h"
#include "common/activity/streams.h"
#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"
#include "worker/kinds/workouts/grade_adjusted.h"
#include "worker/kinds/workouts/plan.h"
#include "worker/kinds/workouts/samples.h"
#include "worker/kinds/workouts/segments.h"

/* In the order in which they run. */
typedef enum StageId {
    STAGE_STREAMS,
    STAGE_ATTACH,
    STAGE_SUMMARY,
    STAGE_ANALYSIS,
    STAGE_METRICS,
    STAGE_EXECUTION,
    STAGE_COUNT
} StageId;

/* A stage goes from pending to complete or failed, and from either back to pending when it is asked for
 * again. */
typedef enum StageStatus { STAGE_PENDING, STAGE_COMPLETE, STAGE_FAILED } StageStatus;

#define STAGE_ERROR_MAX 1000 /* bytes of <stage>_error; workouts.md, section 8 */

typedef struct StageState {
    StageStatus status;
    char stored_inputs[17]; /* fingerprint of what it was computed from last; "" if never */
    char inputs[17];        /* fingerprint of this run */
    const char *reason;     /* why there is nothing to do or to show; NULL */
    bool is_written;        /* this run's status and result go into the row */
    Err err;                /* of a failure in this run */
} StageState;

/* The athlete's thresholds on the workout's day. NaN = unknown. */
typedef struct Thresholds {
    double rest_hr_bpm, max_hr_bpm, lthr_bpm;
    double ftp_w, cp_w, w_prime_j;
    double threshold_speed_mps;
    bool is_female;
} Thresholds;

/* Overall: the figures of the whole workout (metrics.md section 3), made by summary. */
typedef struct Overall {
    double distance_m, elapsed_time_s, moving_time_s;
    double speed_avg_mps, speed_gap_mps, speed_max_mps;
    double hr_avg_bpm, hr_max_bpm;
    double cadence_avg; /* steps or revolutions a minute, by sport */
    double power_avg_w, power_max_w, work_j;
    double elevation_gain_m, elevation_loss_m;
    double adherence_pct;
} Overall;

typedef enum PassState { PASS_NONE, PASS_PASS, PASS_PARTIAL, PASS_SKIP } PassState;

/* Interval: one lap, split or carried-out step. */
typedef struct Interval {
    const PlanStep *step; /* NULL without a plan */
    const char *label;    /* NULL */
    bool is_recorded;     /* false: a step that was not carried out; the fields below mean nothing then */
    Segment segment;
    double duration_s; /* recorded seconds: the timer's, pauses left out */
    double adherence_pct;
    PassState pass;
} Interval;

typedef struct Workout {
    /* inputs */
    Arena *arena;
    const char *id;
    Activity scalars; /* the provider's; documents as JSON text */
    Streams streams;
    int32_t streams_version;
    int streams_priority;
    Err streams_err;          /* why the stored samples cannot be read; class NONE if they can */
    const char *scalars_hash; /* fingerprint of scalars and documents */
    Lap *laps;
    size_t laps_n;
    Thresholds thresholds;
    GapModel gap_model;
    Err plan_err; /* why the plan, or one that might be attached, cannot be read; class NONE if they can */
    bool has_plan;
    Plan plan;
    enum { PLANNED_BY_NOBODY, PLANNED_BY_AUTO, PLANNED_BY_USER, PLANNED_BY_DETACHED } planned_by;
    Plan *candidates; /* [candidates_n] plans of the day and sport */
    size_t candidates_n;
    int same_day_n; /* open plans of the day, any sport */
    int taken_n;    /* plans of the day and sport that other workouts carried out */

    /* between the stages */
    bool has_samples; /* at least two rows: samples are there */
    Samples samples;
    const char *link_plan_id; /* attach chose this plan: to be linked when the job finishes; NULL */
    Overall overall;
    Interval *intervals; /* [intervals_n] */
    size_t intervals_n;
    struct Analysis *analysis;   /* NULL until its stage ran */
    struct Metrics *metrics;     /* NULL until its stage ran */
    struct Execution *execution; /* NULL until its stage ran */

    StageState stages[STAGE_COUNT];

    /* documents: JSON text of each path that a stage owns, written by the stage */
    Str overall_json, intervals_json, planned_steps_json, analysis_json, metrics_json, execution_json;
} Workout;

/* workout_init makes an empty workout in the arena: nothing known, every stage pending. */
void workout_init(Workout *workout, Arena *arena);
void workout_done(Workout *workout);

const char *stage_name(StageId id);                /* "streams", "attach", ... */
const char *stage_status_name(StageStatus status); /* "pending", "complete", "failed" */

/* workout_duration_s and workout_distance_m: moving time and distance, the provider's figure first, else that
 * of the samples; NaN if neither is known. The provider's moving time counts if it is above 0 and at most the
 * elapsed time of the samples. */
double workout_duration_s(const Workout *workout);
double workout_distance_m(const Workout *workout);

/* The stages. Each leaves its figures in the workout and sets *ret_reason where there is nothing to do or to
 * show; false if it fails. The runner alone sets statuses. */
MUST_CHECK bool stage_streams(Workout *workout, const char **ret_reason, Err *err);
MUST_CHECK bool stage_attach(Workout *workout, const char **ret_reason, Err *err);
MUST_CHECK bool stage_summary(Workout *workout, const char **ret_reason, Err *err);
MUST_CHECK bool stage_analysis(Workout *workout, const char **ret_reason, Err *err);
MUST_CHECK bool stage_metrics(Workout *workout, const char **ret_reason, Err *err);
MUST_CHECK bool stage_execution(Workout *workout, const char **ret_reason, Err *err);

/* What a stage found, written into the documents that it owns; after the stage. Fails as document_whole. */
MUST_CHECK bool stage_summary_write(Workout *workout, Err *err);
MUST_CHECK bool stage_analysis_write(Workout *workout, Err *err);
MUST_CHECK bool stage_metrics_write(Workout *workout, Err *err);
MUST_CHECK bool stage_execution_write(Workout *workout, Err *err);

#endif
