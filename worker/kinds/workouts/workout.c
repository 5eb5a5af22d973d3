#include "worker/kinds/workouts/workout.h"

#include <math.h>

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_STREAMS] = "streams",   [STAGE_ATTACH] = "attach",   [STAGE_SUMMARY] = "summary",
    [STAGE_ANALYSIS] = "analysis", [STAGE_METRICS] = "metrics", [STAGE_EXECUTION] = "execution",
};

const char *
stage_name(StageId id)
{
    return stage_names[id];
}

const char *
stage_status_name(StageStatus status)
{
    return status == STAGE_COMPLETE ? "complete" : status == STAGE_FAILED ? "failed" : "pending";
}

void
workout_init(Workout *workout, Arena *arena)
{
    *workout = (Workout){
        .arena = arena,
        .thresholds = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, false },
        .overall = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN },
    };
    activity_init(&workout->scalars);
}

void
workout_done(Workout *workout)
{
    str_done(&workout->overall_json);
    str_done(&workout->intervals_json);
    str_done(&workout->planned_steps_json);
    str_done(&workout->analysis_json);
    str_done(&workout->metrics_json);
    str_done(&workout->execution_json);
}

double
workout_duration_s(const Workout *workout)
{
    int32_t own_s = workout->scalars.moving_time_s;

    if (!workout->has_samples) {
        return own_s > 0 ? (double)own_s : NAN;
    }
    if (own_s > 0 && own_s <= workout->samples.total_s) {
        return own_s;
    }
    return workout->samples.moving_s[workout->samples.n - 1];
}

double
workout_distance_m(const Workout *workout)
{
    double distance_m = NAN;

    if (workout->has_samples && samples_distance_m(&workout->samples, &distance_m)) {
        return distance_m;
    }
    return workout->scalars.distance_m;
}

/* stage_streams makes the recorded seconds of the stored samples. Nothing is fetched here: a workout without
 * samples is computed from its scalars. */
bool
stage_streams(Workout *workout, const char **ret_reason, Err *err)
{
    workout->has_samples = false;
    if (workout->streams_err.class != ERR_CLASS_NONE) {
        *err = workout->streams_err;
        return false;
    }
    if (workout->streams.n < 2) {
        bool was_asked = workout->streams_priority > 0 || workout->streams_version > 0;
        *ret_reason = was_asked ? "no_samples" : "not_requested";
        return true;
    }
    if (!samples_build(&workout->streams, workout->scalars.sport, workout->arena, &workout->samples, err)) {
        return false;
    }
    if (sport_on_foot(workout->scalars.sport) &&
        !grade_adjusted_add(&workout->samples, workout->gap_model, workout->arena, err)) {
        return false;
    }
    workout->has_samples = true;
    return true;
}
