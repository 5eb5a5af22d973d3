/* Athletes, thresholds and plans, as JSON and as SQL. */
#include "tests/standin/athletes/print.h"

/* Field is one column of athlete_thresholds, with the digits that a person would write. */
typedef struct Field {
    const char *name;
    size_t offset;
    int decimals;
} Field;

static const Field fields[] = {
    { "rest_hr_bpm", offsetof(Thresholds, rest_hr_bpm), 0 },
    { "max_hr_bpm", offsetof(Thresholds, max_hr_bpm), 0 },
    { "lthr_bpm", offsetof(Thresholds, lthr_bpm), 0 },
    { "ftp_w", offsetof(Thresholds, ftp_w), 0 },
    { "cp_w", offsetof(Thresholds, cp_w), 0 },
    { "w_prime_j", offsetof(Thresholds, w_prime_j), 0 },
    { "threshold_speed_mps", offsetof(Thresholds, threshold_speed_mps), 3 },
    { "speed_5k_mps", offsetof(Thresholds, speed_5k_mps), 3 },
    { "speed_10k_mps", offsetof(Thresholds, speed_10k_mps), 3 },
    { "speed_marathon_mps", offsetof(Thresholds, speed_marathon_mps), 3 },
    { "speed_easy_mps", offsetof(Thresholds, speed_easy_mps), 3 },
};
#define FIELDS (sizeof fields / sizeof fields[0])

static double
field_value(const Thresholds *thresholds, const Field *field)
{
    return *(const double *)(const void *)((const char *)thresholds + field->offset);
}

/* has_row: an athlete may have been tested only once. */
static bool
has_row(const Athlete *athlete, size_t row)
{
    return athlete->known[row].valid_from[0] != '\0';
}

static void
print_thresholds_json(Str *text, const Thresholds *thresholds)
{
    str_append_format(text, "{\"valid_from\":\"%s\"", thresholds->valid_from);
    for (size_t i = 0; i < FIELDS; i++) {
        const double value = field_value(thresholds, &fields[i]);
        if (value > 0) {
            print_member(text, fields[i].name, value, fields[i].decimals);
        } else {
            str_append_format(text, ",\"%s\":null", fields[i].name);
        }
    }
    str_append_char(text, '}');
}

void
world_athletes_json(const World *world, Str *text)
{
    for (size_t i = 0; i < world->athletes_n; i++) {
        const Athlete *athlete = &world->athletes[i];
        str_append_format(
            text, "%s{\"user_id\":\"%s\",\"timezone\":\"%s\",\"utc_offset_s\":%d,\"sex\":\"%s\"",
            i == 0 ? "[" : ",\n", athlete->user_id, athlete->timezone, athlete->utc_offset_s, athlete->sex);
        str_append(text, ",\"thresholds\":[");
        for (size_t row = 0; row < ATHLETE_THRESHOLD_ROWS && has_row(athlete, row); row++) {
            str_append(text, row > 0 ? "," : "");
            print_thresholds_json(text, &athlete->known[row]);
        }
        str_append(text, "]}");
    }
    str_append(text, "]\n");
}

/* print_steps prints the steps as workouts.md section 2.2 stores them. */
static void
print_steps(Str *text, const Plan *plan)
{
    str_append_char(text, '[');
    for (size_t i = 0; i < plan->steps_n; i++) {
        const Step *step = &plan->steps[i];
        str_append_format(text, "%s{\"id\":\"s%zu\",\"kind\":\"%s\",\"label\":\"%s\",\"planned_index\":%zu",
                          i > 0 ? "," : "", i + 1, step_kind_name(step->kind), step->label, i);
        print_member_known(text, "duration_s", step->duration_s, 0);
        print_member_known(text, "distance_m", step->distance_m, 0);
        print_member_known(text, "speed_min_mps", step->speed_min_mps, 3);
        print_member_known(text, "speed_max_mps", step->speed_max_mps, 3);
        print_member_known(text, "power_min_w", step->power_min_w, 0);
        print_member_known(text, "power_max_w", step->power_max_w, 0);
        str_append_char(text, '}');
    }
    str_append_char(text, ']');
}

static void
print_plan_json(Str *text, const World *world, const Plan *plan)
{
    str_append_format(
        text, "{\"id\":\"%s\",\"user_id\":\"%s\",\"local_date\":\"%s\",\"sport\":\"%s\",\"name\":", plan->id,
        world->athletes[plan->athlete].user_id, plan->local_date, sport_name(plan->sport));
    str_append_json(text, plan->name);
    str_append_format(text, ",\"total_duration_s\":%d,\"steps_preset\":", plan->total_duration_s);
    str_append(text, plan->tokens_n > 0 ? "[" : "null");
    for (size_t i = 0; i < plan->tokens_n; i++) {
        str_append(text, i > 0 ? "," : "");
        str_append_json(text, plan->tokens[i]);
    }
    str_append(text, plan->tokens_n > 0 ? "],\"steps\":" : ",\"steps\":");
    if (plan->has_steps) {
        print_steps(text, plan);
    } else {
        str_append(text, "null");
    }
    str_append_char(text, '}');
}

void
world_plans_json(const World *world, Str *text)
{
    for (size_t i = 0; i < world->plans_n; i++) {
        str_append(text, i == 0 ? "[" : ",\n");
        print_plan_json(text, world, &world->plans[i]);
    }
    str_append(text, world->plans_n == 0 ? "[]\n" : "]\n");
}

/* print_thresholds_sql prints one VALUES row; 0 is NULL. */
static void
print_thresholds_sql(Str *text, const char *user_id, const Thresholds *thresholds)
{
    str_append_format(text, "    ('%s', '%s'", user_id, thresholds->valid_from);
    for (size_t i = 0; i < FIELDS; i++) {
        const double value = field_value(thresholds, &fields[i]);
        str_append(text, ", ");
        if (value > 0) {
            str_append_double(text, value, fields[i].decimals);
        } else {
            str_append(text, "NULL");
        }
    }
    str_append_char(text, ')');
}

static void
print_athletes_sql(Str *text, const World *world)
{
    str_append(text, "INSERT INTO athletes (user_id, timezone, sex)\nVALUES\n");
    for (size_t i = 0; i < world->athletes_n; i++) {
        const Athlete *athlete = &world->athletes[i];
        str_append_format(text, "%s    ('%s', '%s', '%s')", i > 0 ? ",\n" : "", athlete->user_id,
                          athlete->timezone, athlete->sex);
    }
    str_append(text, "\nON CONFLICT DO NOTHING;\n\nINSERT INTO athlete_thresholds (user_id, valid_from");
    for (size_t i = 0; i < FIELDS; i++) {
        str_append_format(text, ", %s", fields[i].name);
    }
    str_append(text, ")\nVALUES\n");
    for (size_t i = 0; i < world->athletes_n; i++) {
        const Athlete *athlete = &world->athletes[i];
        for (size_t row = 0; row < ATHLETE_THRESHOLD_ROWS && has_row(athlete, row); row++) {
            str_append(text, i + row > 0 ? ",\n" : "");
            print_thresholds_sql(text, athlete->user_id, &athlete->known[row]);
        }
    }
    str_append(text, "\nON CONFLICT DO NOTHING;\n");
}

static void
print_plan_sql(Str *text, const World *world, const Plan *plan)
{
    str_append_format(text, "    ('%s', '%s', '%s', '%s', '%s', %d, ", plan->id,
                      world->athletes[plan->athlete].user_id, plan->local_date, sport_name(plan->sport),
                      plan->name, plan->total_duration_s);
    if (plan->tokens_n == 0) {
        str_append(text, "NULL, ");
    } else {
        for (size_t i = 0; i < plan->tokens_n; i++) {
            str_append_format(text, "%s'%s'", i == 0 ? "ARRAY[" : ", ", plan->tokens[i]);
        }
        str_append(text, "], ");
    }
    if (plan->has_steps) {
        str_append_char(text, '\'');
        print_steps(text, plan);
        str_append(text, "')");
    } else {
        str_append(text, "NULL)");
    }
}

void
world_sql(const World *world, Str *text)
{
    str_append(text,
               "-- Athletes, their thresholds, and what was planned for them; written by paceline-athletes.\n"
               "-- May run again: what is there stays.\n\n");
    print_athletes_sql(text, world);
    for (size_t i = 0; i < world->plans_n; i++) {
        str_append(
            text,
            i == 0
                ? "\nINSERT INTO planned_workouts (id, user_id, local_date, sport, name, total_duration_s, "
                  "steps_preset, steps)\nVALUES\n"
                : ",\n");
        print_plan_sql(text, world, &world->plans[i]);
    }
    str_append(text, world->plans_n > 0 ? "\nON CONFLICT DO NOTHING;\n" : "");
}
