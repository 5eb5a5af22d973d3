#include "producer/api/pace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SLOWEST_MPS 0.5
#define NAME_SIZE 64
#define PREFIX "speed"
#define SUFFIX "_mps"

double
pace_s_per_km(double speed_mps)
{
    return speed_mps >= SLOWEST_MPS ? round(10000.0 / speed_mps) / 10.0 : NAN;
}

static cJSON *
pace_value(const cJSON *speed)
{
    double pace = cJSON_IsNumber(speed) ? pace_s_per_km(speed->valuedouble) : NAN;

    return isnan(pace) ? cJSON_CreateNull() : cJSON_CreateNumber(pace);
}

/* pace_of makes the value beside a speed: one, or an array. NULL when memory is out. */
static cJSON *
pace_of(const cJSON *speed)
{
    if (!cJSON_IsArray(speed)) {
        return pace_value(speed);
    }
    cJSON *array = cJSON_CreateArray();
    for (const cJSON *item = speed->child; item != NULL && array != NULL; item = item->next) {
        if (!cJSON_AddItemToArray(array, pace_value(item))) {
            cJSON_Delete(array);
            return NULL;
        }
    }
    return array;
}

/* pace_name turns speed_gap_mps into pace_gap_s_per_km; false for any other name. */
static bool
pace_name(const char *name, char ret_name[NAME_SIZE])
{
    size_t prefix_n = strlen(PREFIX);
    size_t suffix_n = strlen(SUFFIX);
    size_t n = strlen(name);

    if (n < prefix_n + suffix_n || n > 40 || strncmp(name, PREFIX, prefix_n) != 0 ||
        strcmp(name + n - suffix_n, SUFFIX) != 0) {
        return false;
    }
    (void)snprintf(ret_name, NAME_SIZE, "pace%.*s_s_per_km", (int)(n - prefix_n - suffix_n), name + prefix_n);
    return true;
}

static bool
is_speed(const cJSON *member, char ret_name[NAME_SIZE])
{
    return member->string != NULL &&
           (cJSON_IsNumber(member) || cJSON_IsNull(member) || cJSON_IsArray(member)) &&
           pace_name(member->string, ret_name);
}

/* insert_behind puts `item` named `name` behind `member` of the object. */
static bool
insert_behind(cJSON *object, cJSON *member, const char *name, cJSON *item)
{
    char *string = item != NULL ? cJSON_malloc(strlen(name) + 1) : NULL;

    if (string == NULL) {
        cJSON_Delete(item);
        return false;
    }
    (void)memcpy(string, name, strlen(name) + 1);
    item->string = string;
    item->prev = member;
    item->next = member->next;
    if (member->next != NULL) {
        member->next->prev = item;
    } else {
        object->child->prev = item; /* the first child's prev is the last */
    }
    member->next = item;
    return true;
}

bool
pace_add(cJSON *json, Err *err)
{
    char name[NAME_SIZE];

    /* Depth is bounded: json_parse refuses more than 64. */
    for (cJSON *member = json->child; member != NULL; member = member->next) {
        if (cJSON_IsObject(json) && is_speed(member, name)) {
            if (!insert_behind(json, member, name, pace_of(member))) {
                return err_set(err, ERR_MEMORY_LIMIT, "memory", "workouts: no memory for paces");
            }
            member = member->next;
        } else if (!pace_add(member, err)) {
            return false;
        }
    }
    return true;
}
