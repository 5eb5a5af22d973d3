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

/* words, in the order they are tried: those that contain another sport's word come first ("motorcycling"
 * is no cycling, "treadmill_walking" no running). */
static const struct {
    const char *part;
    Sport sport;
} parts[] = {
    { "motor", SPORT_OTHER },
    { "wheelchair", SPORT_OTHER },
    { "multi", SPORT_OTHER },
    { "yoga", SPORT_PILATES_YOGA },
    { "pilates", SPORT_PILATES_YOGA },
    { "mobility", SPORT_MOBILITY },
    { "stretch", SPORT_MOBILITY },
    { "flexib", SPORT_MOBILITY },
    { "strength", SPORT_STRENGTH },
    { "weight", SPORT_STRENGTH },
    { "crossfit", SPORT_STRENGTH },
    { "swim", SPORT_SWIM },
    { "walk", SPORT_WALK },
    { "hik", SPORT_WALK },
    { "run", SPORT_RUN },
    { "jog", SPORT_RUN },
    { "treadmill", SPORT_RUN },
    { "ride", SPORT_RIDE },
    { "bik", SPORT_RIDE },
    { "cycl", SPORT_RIDE },
    { "spinning", SPORT_RIDE },
};

Sport
sport_from_provider(const char *provider_sport)
{
    Sport sport = SPORT_OTHER;

    if (provider_sport == NULL || sport_from_name(provider_sport, &sport)) {
        return sport;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcasestr(provider_sport, parts[i].part) != NULL) {
            return parts[i].sport;
        }
    }
    return SPORT_OTHER;
}
