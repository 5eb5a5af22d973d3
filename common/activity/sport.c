#include "common/activity/sport.h"

#include <stddef.h>
#include <string.h>

static const char *const names[SPORT_COUNT] = {
    [SPORT_RUN] = "run",           [SPORT_RIDE] = "ride",
    [SPORT_SWIM] = "swim",         [SPORT_WALK] = "walk",
    [SPORT_STRENGTH] = "strength", [SPORT_MOBILITY] = "mobility",
    [SPORT_OTHER] = "other",       [SPORT_PILATES_YOGA] = "pilates_yoga",
};

const char *
sport_name(Sport sport)
{
    return names[sport < SPORT_COUNT ? sport : SPORT_OTHER];
}

bool
sport_from_name(const char *name, Sport *ret_sport)
{
    for (int i = 0; name != NULL && i < SPORT_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret_sport = (Sport)i;
            return true;
        }
    }
    return false;
}

bool
sport_on_foot(Sport sport)
{
    return sport == SPORT_RUN || sport == SPORT_WALK;
}
