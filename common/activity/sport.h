/* sport.h - the sports a workout can have.
 *
 * The names are the values of workouts.sport (workouts.md, section 2.1). Pure.
 */
#ifndef PACELINE_SPORT_H
#define PACELINE_SPORT_H

#include <stdbool.h>

#include "common/err.h"

typedef enum Sport {
    SPORT_RUN,
    SPORT_RIDE,
    SPORT_SWIM,
    SPORT_WALK,
    SPORT_STRENGTH,
    SPORT_MOBILITY,
    SPORT_PILATES_YOGA,
    SPORT_OTHER,
    SPORT_COUNT
} Sport;

/* sport_name returns the stored name: "run", "ride", ... "other". */
const char *sport_name(Sport sport);

/* sport_from_name reads a stored name, exactly; false (and *ret_sport untouched) for any other text or NULL.
 */
MUST_CHECK bool sport_from_name(const char *name, Sport *ret_sport);

/* sport_from_provider maps Strava's sport_type, Garmin's activityType or a client's own word: a stored name,
 * else by substring without case ("TRAIL_RUNNING", "MountainBikeRide"; workouts.md, section 5.2), else
 * SPORT_OTHER. */
Sport sport_from_provider(const char *provider_sport);

/* sport_on_foot tells whether speed is told as pace and cadence as steps a minute: run and walk. */
bool sport_on_foot(Sport sport);

#endif
