#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/activity/sport.h"

static void
every_name_reads_back(void **state)
{
    (void)state;
    for (int i = 0; i < SPORT_COUNT; i++) {
        Sport sport = SPORT_COUNT;
        assert_true(sport_from_name(sport_name((Sport)i), &sport));
        assert_int_equal(sport, i);
    }
    assert_string_equal(sport_name(SPORT_PILATES_YOGA), "pilates_yoga");
}

static void
other_texts_are_refused(void **state)
{
    (void)state;
    Sport sport = SPORT_RIDE;
    assert_false(sport_from_name("Run", &sport));
    assert_false(sport_from_name("", &sport));
    assert_false(sport_from_name(NULL, &sport));
    assert_int_equal(sport, SPORT_RIDE);
}

static void
only_run_and_walk_are_on_foot(void **state)
{
    (void)state;
    assert_true(sport_on_foot(SPORT_RUN));
    assert_true(sport_on_foot(SPORT_WALK));
    assert_false(sport_on_foot(SPORT_RIDE));
    assert_false(sport_on_foot(SPORT_SWIM));
}

/* workouts.md 5.2: a provider's word by substring, else other. */
static void
provider_words_map_by_substring(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        Sport sport;
    } cases[] = {
        { "Run", SPORT_RUN },
        { "TrailRun", SPORT_RUN },
        { "VirtualRun", SPORT_RUN },
        { "TREADMILL_RUNNING", SPORT_RUN },
        { "Ride", SPORT_RIDE },
        { "MountainBikeRide", SPORT_RIDE },
        { "EBikeRide", SPORT_RIDE },
        { "ROAD_BIKING", SPORT_RIDE },
        { "INDOOR_CYCLING", SPORT_RIDE },
        { "Swim", SPORT_SWIM },
        { "LAP_SWIMMING", SPORT_SWIM },
        { "Walk", SPORT_WALK },
        { "Hike", SPORT_WALK },
        { "TREADMILL_WALKING", SPORT_WALK },
        { "WeightTraining", SPORT_STRENGTH },
        { "STRENGTH_TRAINING", SPORT_STRENGTH },
        { "Yoga", SPORT_PILATES_YOGA },
        { "PILATES", SPORT_PILATES_YOGA },
        { "pilates_yoga", SPORT_PILATES_YOGA },
        { "mobility", SPORT_MOBILITY },
        { "Stretching", SPORT_MOBILITY },
        { "MOTORCYCLING", SPORT_OTHER },
        { "WHEELCHAIR_PUSH_RUN", SPORT_OTHER },
        { "Kayaking", SPORT_OTHER },
        { "", SPORT_OTHER },
        { NULL, SPORT_OTHER },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sport_from_provider(cases[i].word), cases[i].sport);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_reads_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(only_run_and_walk_are_on_foot),
        cmocka_unit_test(provider_words_map_by_substring),
    };
    return cmocka_run_group_tests_name("sport", tests, NULL, NULL);
}
