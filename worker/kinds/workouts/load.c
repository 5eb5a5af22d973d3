#include "worker/kinds/workouts/load.h"

#include <math.h>
#include <string.h>

#include "common/json_read.h"

#define KG_REPS_UNIT 4536.0 /* kg * repetitions (10,000 lb) that an hour near threshold is compared with */
#define VOLUME_MIN 0.1
#define HR_SCALE 0.6 /* TRIMP of an hour near threshold is about 165 */
#define INTENSITY_UNKNOWN 0.75
#define SETS_MAX 10000

double
rpe_intensity(int rpe)
{
    if (rpe < 3) {
        return 0.60;
    }
    return 0.65 + 0.05 * ((rpe > 9 ? 9 : rpe) - 3);
}

double
rir_intensity(double rir)
{
    if (rir > 5) {
        return 0.70;
    }
    return 0.95 - 0.05 * (fmax(ceil(rir), 1) - 1);
}

/* positive reads a member that is a number of 0 or more; `otherwise` if it is not there or no number. */
static double
positive(const cJSON *object, const char *name, double otherwise)
{
    const cJSON *value = json_member(object, name);

    return cJSON_IsNumber(value) && value->valuedouble >= 0 ? value->valuedouble : otherwise;
}

/* volume_add counts one set `times` times. */
static void
volume_add(const cJSON *set, double times, Volume *volume, double *rir_sum, double *rir_n)
{
    double rir = positive(set, "rir", NAN);

    times = fmin(times, SETS_MAX);
    volume->kg_reps += times * positive(set, "weight_kg", 0) * positive(set, "reps", 0);
    volume->sets += (int)times;
    if (!isnan(rir)) {
        *rir_sum += times * rir;
        *rir_n += times;
    }
}

bool
volume_read(const char *exercises, Volume *ret_volume, Err *err)
{
    _cleanup_(json_delete) cJSON *array = json_parse(exercises, strlen(exercises), err);
    Volume volume = { 0, NAN, 0 };
    double rir_sum = 0;
    double rir_n = 0;
    const cJSON *exercise = NULL;

    if (array == NULL) {
        return false;
    }
    if (!cJSON_IsArray(array)) {
        return err_set(err, ERR_INVALID_DATA, "bad_exercises", "load: exercises are no array");
    }
    cJSON_ArrayForEach(exercise, array)
    {
        const cJSON *sets = json_member(exercise, "sets");
        const cJSON *set = NULL;
        if (!cJSON_IsObject(exercise)) {
            return err_set(err, ERR_INVALID_DATA, "bad_exercises", "load: an exercise is no object");
        }
        if (!cJSON_IsArray(sets)) {
            volume_add(exercise, positive(exercise, "sets", 1), &volume, &rir_sum, &rir_n);
            continue;
        }
        cJSON_ArrayForEach(set, sets)
        {
            volume_add(set, 1, &volume, &rir_sum, &rir_n);
        }
    }
    volume.mean_rir = rir_n > 0 ? rir_sum / rir_n : NAN;
    *ret_volume = volume;
    return true;
}

/* duration_intensity is what an hour of a sport costs when nothing else is known. */
static double
duration_intensity(const Workout *workout)
{
    static const double by_sport[SPORT_COUNT] = {
        [SPORT_RUN] = 0.75,      [SPORT_RIDE] = 0.70,     [SPORT_SWIM] = 0.75,         [SPORT_WALK] = 0.40,
        [SPORT_STRENGTH] = 0.75, [SPORT_MOBILITY] = 0.60, [SPORT_PILATES_YOGA] = 0.75, [SPORT_OTHER] = 0.75,
    };
    Sport sport = workout->scalars.sport;
    double intensity = by_sport[sport];

    if (sport == SPORT_PILATES_YOGA && workout->scalars.session_rpe != ACTIVITY_NO_INT) {
        intensity = rpe_intensity(workout->scalars.session_rpe);
    }
    return plan_intensity(workout->has_plan ? &workout->plan : NULL, intensity);
}

static double
volume_load(const Workout *workout, const Volume *volume)
{
    double intensity = INTENSITY_UNKNOWN;

    if (workout->scalars.session_rpe != ACTIVITY_NO_INT) {
        intensity = rpe_intensity(workout->scalars.session_rpe);
    } else if (!isnan(volume->mean_rir)) {
        intensity = rir_intensity(volume->mean_rir);
    }
    return fmax(volume->kg_reps / KG_REPS_UNIT, VOLUME_MIN) * intensity * intensity * 100;
}

bool
load_choose(const Workout *workout, const LoadInputs *inputs, Load *ret_load, Err *err)
{
    Sport sport = workout->scalars.sport;
    double duration_s = isnan(workout->overall.moving_time_s) ? workout->overall.elapsed_time_s
                                                              : workout->overall.moving_time_s;
    Volume volume = { 0, NAN, 0 };

    if (sport == SPORT_STRENGTH && workout->scalars.exercises != NULL &&
        !volume_read(workout->scalars.exercises, &volume, err)) {
        return false;
    }
    if (sport == SPORT_RIDE && !isnan(inputs->tss)) {
        *ret_load = (Load){ inputs->tss, "tss" };
    } else if (sport_on_foot(sport) && !isnan(inputs->r_tss)) {
        *ret_load = (Load){ inputs->r_tss, "r_tss" };
    } else if (!isnan(inputs->hr_tss)) {
        *ret_load = (Load){ inputs->hr_tss, "hr_tss" };
    } else if (!isnan(inputs->trimp)) {
        *ret_load = (Load){ HR_SCALE * inputs->trimp, "hr_scaled" };
    } else if (volume.sets > 0) {
        *ret_load = (Load){ volume_load(workout, &volume), "volume" };
    } else if (duration_s > 0) {
        double intensity = duration_intensity(workout);
        *ret_load = (Load){ duration_s / 3600 * intensity * intensity * 100, "duration" };
    } else {
        *ret_load = (Load){ NAN, NULL };
    }
    return true;
}
