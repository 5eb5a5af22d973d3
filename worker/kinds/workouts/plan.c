#include "worker/kinds/workouts/plan.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "common/json_read.h"

static const char *const kind_names[STEP_KIND_COUNT] = { "warmup", "work", "recovery", "cooldown" };

const char *
step_kind_name(StepKind kind)
{
    return kind_names[kind];
}

/* number reads an optional measure of 0 or more; NaN if it is not there. */
static bool
number(const cJSON *object, const char *name, double *ret_value, Err *err)
{
    const cJSON *value = json_member(object, name);
    double read = NAN;

    if (value != NULL && !json_number(value, name, &read, err)) {
        return false;
    }
    if (read < 0 || read > 1e9) {
        return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: %s %g is out of range", name, read);
    }
    *ret_value = read;
    return true;
}

/* text copies an optional text; NULL if it is not there or is no text (ids may be numbers: they are printed).
 */
static bool
text(const cJSON *object, const char *name, Arena *arena, const char **ret_text, Err *err)
{
    const cJSON *value = json_member(object, name);
    char printed[32];
    const char *source = NULL;

    if (cJSON_IsNumber(value)) {
        (void)snprintf(printed, sizeof printed, "%.15g", value->valuedouble);
        source = printed;
    } else if (value != NULL && !json_text(value, name, 10000, &source, err)) {
        return false;
    }
    *ret_text = NULL;
    if (source != NULL) {
        *ret_text = arena_copy_text(arena, source, strlen(source));
        if (*ret_text == NULL) {
            return err_set(err, ERR_MEMORY_LIMIT, "plan", "plan: the job's memory is used up");
        }
    }
    return true;
}

static bool
step_kind(const cJSON *object, StepKind *ret_kind, Err *err)
{
    const cJSON *value = json_member(object, "kind");
    const char *name = "work";

    if (value != NULL && !json_text(value, "kind", 50, &name, err)) {
        return false;
    }
    for (int i = 0; i < STEP_KIND_COUNT; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *ret_kind = (StepKind)i;
            return true;
        }
    }
    return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: there is no kind of step %s", name);
}

/* order puts the ends of a range into order, and takes a single end for both. */
static void
order(double *min, double *max)
{
    if (isnan(*min) || *min == 0) {
        *min = *max;
    }
    if (isnan(*max) || *max == 0) {
        *max = *min;
    }
    if (*min > *max) {
        double swap = *min;
        *min = *max;
        *max = swap;
    }
}

static bool
step_read(const cJSON *object, int place, Arena *arena, PlanStep *step, Err *err)
{
    double index = NAN;

    if (!cJSON_IsObject(object)) {
        return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: step %d is no object", place);
    }
    if (!text(object, "id", arena, &step->id, err) || !text(object, "label", arena, &step->label, err) ||
        !step_kind(object, &step->kind, err) || !number(object, "planned_index", &index, err) ||
        !number(object, "duration_s", &step->duration_s, err) ||
        !number(object, "distance_m", &step->distance_m, err) ||
        !number(object, "speed_min_mps", &step->speed_min_mps, err) ||
        !number(object, "speed_max_mps", &step->speed_max_mps, err) ||
        !number(object, "power_min_w", &step->power_min_w, err) ||
        !number(object, "power_max_w", &step->power_max_w, err)) {
        return false;
    }
    step->index = isnan(index) ? place : (int)index;
    step->duration_s = step->duration_s > 0 ? step->duration_s : NAN;
    step->distance_m = step->distance_m > 0 ? step->distance_m : NAN;
    order(&step->speed_min_mps, &step->speed_max_mps);
    order(&step->power_min_w, &step->power_max_w);
    return true;
}

static bool
steps_read(const cJSON *array, Arena *arena, Plan *plan, Err *err)
{
    int n = array != NULL ? cJSON_GetArraySize(array) : 0;

    if (array != NULL && !cJSON_IsArray(array)) {
        return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: steps are no array");
    }
    if (n > PLAN_STEPS_MAX) {
        return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: %d steps are more than %d", n,
                       PLAN_STEPS_MAX);
    }
    plan->steps = arena_alloc(arena, (size_t)n, sizeof *plan->steps);
    if (plan->steps == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "plan", "plan: the job's memory is used up");
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array)
    {
        if (!step_read(item, (int)plan->n, arena, &plan->steps[plan->n], err)) {
            return false;
        }
        plan->n++;
    }
    return true;
}

bool
plan_read(const cJSON *document, Arena *arena, Plan *ret_plan, Err *err)
{
    Plan plan = { .n = 0 };

    if (!cJSON_IsObject(document)) {
        return err_set(err, ERR_INVALID_DATA, "bad_plan", "plan: the document is no object");
    }
    if (!text(document, "id", arena, &plan.id, err) ||
        !text(document, "updated_at", arena, &plan.updated_at, err) ||
        !text(document, "words", arena, &plan.words, err) ||
        !text(document, "tokens", arena, &plan.tokens, err) ||
        !number(document, "total_duration_s", &plan.total_duration_s, err) ||
        !number(document, "duration_s", &plan.duration_s, err) ||
        !number(document, "total_distance_m", &plan.total_distance_m, err) ||
        !number(document, "steady_min_mps", &plan.steady_min_mps, err) ||
        !number(document, "steady_max_mps", &plan.steady_max_mps, err) ||
        !steps_read(json_member(document, "steps"), arena, &plan, err)) {
        return false;
    }
    *ret_plan = plan;
    return true;
}

double
step_speed_mps(const PlanStep *step)
{
    if (!(step->speed_min_mps > 0)) {
        return NAN;
    }
    return 2 / (1 / step->speed_min_mps + 1 / step->speed_max_mps);
}

double
step_power_w(const PlanStep *step)
{
    return step->power_min_w > 0 ? (step->power_min_w + step->power_max_w) / 2 : NAN;
}

double
step_time_s(const PlanStep *step)
{
    return isnan(step->duration_s) ? step->distance_m / step_speed_mps(step) : step->duration_s;
}

double
plan_duration_s(const Plan *plan)
{
    double sum_s = 0;

    for (size_t i = 0; i < plan->n; i++) {
        sum_s += step_time_s(&plan->steps[i]); /* NaN if one does not say */
    }
    if (sum_s > 0) {
        return sum_s;
    }
    if (plan->total_duration_s > 0) {
        return plan->total_duration_s;
    }
    return plan->duration_s > 0 ? plan->duration_s : NAN;
}

double
plan_distance_m(const Plan *plan)
{
    double sum_m = 0;

    if (plan->total_distance_m > 0) {
        return plan->total_distance_m;
    }
    for (size_t i = 0; i < plan->n; i++) {
        sum_m += plan->steps[i].distance_m; /* NaN if one has none */
    }
    return sum_m > 0 ? sum_m : NAN;
}

bool
plan_is_easy(const Plan *plan)
{
    static const char *const easy[] = { "easy", "long", "recovery", "base", "z2" };
    const char *words = plan->words != NULL ? plan->words : "";

    for (size_t i = 0; i < sizeof easy / sizeof *easy; i++) {
        for (const char *at = strstr(words, easy[i]); at != NULL; at = strstr(at + 1, easy[i])) {
            char after = at[strlen(easy[i])];
            bool begins_word = at == words || !isalnum((unsigned char)at[-1]);
            bool ends_word = !isalnum((unsigned char)after);
            bool in_token = strncmp(at, "longrun", 7) == 0 || strncmp(at, "easyrun", 7) == 0 ||
                            strncmp(at, "easypace", 8) == 0;
            if (begins_word && (ends_word || in_token)) {
                return true;
            }
        }
    }
    return false;
}

/* Intensity factors that tokens stand for: the share of threshold at which such a piece is run or ridden
 * (Coggan's zones: endurance up to 0.75, tempo to 0.90, threshold to 1.05). A whole workout around it is
 * easier than its hardest piece, hence the values at the lower ends. */
static const struct {
    const char *word;
    double intensity;
} token_intensity[] = {
    { "interval", 0.95 }, { "5kpace", 0.95 },    { "vo2", 0.95 },      { "threshold", 0.90 },
    { "10kpace", 0.90 },  { "tempo", 0.85 },     { "marathon", 0.80 }, { "longrun", 0.70 },
    { "longride", 0.70 }, { "endurance", 0.70 }, { "easy", 0.65 },     { "recovery", 0.55 },
};

double
plan_intensity(const Plan *plan, double otherwise)
{
    double highest = NAN;

    for (size_t i = 0;
         plan != NULL && plan->tokens != NULL && i < sizeof token_intensity / sizeof *token_intensity; i++) {
        if (strstr(plan->tokens, token_intensity[i].word) != NULL) {
            highest = fmax(highest, token_intensity[i].intensity);
        }
    }
    return isnan(highest) ? otherwise : highest;
}
