#include "worker/kinds/workouts/swim.h"

#include <math.h>
#include <string.h>

#include "common/json_read.h"
#include "worker/kinds/workouts/documents.h"
#include "worker/kinds/workouts/json_write.h"

/* first_number reads the first of the names (ended by NULL) that is a number above 0; NaN if none is. */
static double
first_number(const cJSON *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        const cJSON *value = json_member(object, *names);
        if (cJSON_IsNumber(value) && value->valuedouble > 0) {
            return value->valuedouble;
        }
    }
    return NAN;
}

static bool
lengths_read(const char *text, cJSON **ret_lengths, Err *err)
{
    _cleanup_(json_delete) cJSON *lengths = json_parse(text, strlen(text), err);
    const cJSON *item = NULL;

    if (lengths == NULL) {
        return false;
    }
    if (!cJSON_IsArray(lengths) || cJSON_GetArraySize(lengths) > SWIM_LENGTHS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "bad_lengths", "swim: lengths are no array of at most %d",
                       SWIM_LENGTHS_MAX);
    }
    cJSON_ArrayForEach(item, lengths)
    {
        if (!cJSON_IsObject(item)) {
            return err_set(err, ERR_INVALID_DATA, "bad_lengths", "swim: a length is no object");
        }
    }
    *ret_lengths = lengths;
    lengths = NULL;
    return true;
}

bool
swim_read(const Workout *workout, Swim *ret_swim, Err *err)
{
    static const char *const times[] = { "duration_s",
                                         "elapsed_time_s",
                                         "moving_time_s",
                                         "totalTimerTimeInSeconds",
                                         "elapsed_time",
                                         "duration",
                                         NULL };
    static const char *const distances[] = { "distance_m", "distance", "totalDistanceInMeters", NULL };
    _cleanup_(json_delete) cJSON *lengths = NULL;
    const cJSON *item = NULL;
    Swim swim = { .pool_length_m = workout->scalars.pool_length_m };

    if (workout->scalars.sport == SPORT_SWIM && workout->scalars.lengths != NULL) {
        if (!lengths_read(workout->scalars.lengths, &lengths, err)) {
            return false;
        }
        swim.is_known = true;
        swim.lengths = arena_alloc(workout->arena, (size_t)cJSON_GetArraySize(lengths), sizeof *swim.lengths);
        if (swim.lengths == NULL) {
            return err_set(err, ERR_MEMORY_LIMIT, "swim", "swim: the job's memory is used up");
        }
    }
    cJSON_ArrayForEach(item, lengths)
    {
        double distance_m = first_number(item, distances);
        swim.lengths[swim.n++] = (SwimLength){
            .duration_s = first_number(item, times),
            .distance_m = isnan(distance_m) ? swim.pool_length_m : distance_m,
        };
    }
    *ret_swim = swim;
    return true;
}

void
swim_write(Str *json, const Swim *swim)
{
    if (!swim->is_known) {
        json_put_null(json, "swim");
        return;
    }
    json_open(json, "swim", '{');
    json_put_number(json, "pool_length_m", swim->pool_length_m, DIGITS_M);
    json_open(json, "lengths", '[');
    for (size_t i = 0; i < swim->n; i++) {
        const SwimLength *length = &swim->lengths[i];
        json_open(json, NULL, '{');
        json_put_int(json, "n", (int64_t)i + 1);
        json_put_number(json, "duration_s", length->duration_s, 1);
        json_put_number(json, "distance_m", length->distance_m, DIGITS_M);
        json_put_number(json, "speed_mps", length->distance_m / length->duration_s, DIGITS_MPS);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}
