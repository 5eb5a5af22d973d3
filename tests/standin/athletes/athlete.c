#include "tests/standin/athletes/athlete.h"

#include <math.h>
#include <string.h>

#define STREAM_ATHLETES 1000000 /* activities use the streams below */

static const struct {
    const char *timezone;
    int32_t utc_offset_s;
    double lat, lng;
} homes[] = {
    { "Asia/Tokyo", 32400, 35.66, 139.53 },         { "America/Phoenix", -25200, 33.45, -112.07 },
    { "Africa/Johannesburg", 7200, -26.10, 28.05 }, { "Asia/Kolkata", 19800, 12.97, 77.59 },
    { "America/Bogota", -18000, 4.71, -74.07 },     { "Australia/Brisbane", 36000, -27.47, 153.02 },
    { "Europe/Istanbul", 10800, 41.01, 28.97 },     { "Atlantic/Reykjavik", 0, 64.13, -21.90 },
    { "Africa/Lagos", 3600, 6.52, 3.37 },
};

/* body_init draws the body; a fit athlete is fit on foot and on the bike. */
static void
body_init(Athlete *athlete, Rng *rng)
{
    Thresholds *body = &athlete->body;
    const double fitness = rng_uniform(rng, 0, 1);

    body->rest_hr_bpm = round(rng_uniform(rng, 40, 62) - 6 * fitness);
    body->max_hr_bpm = round(rng_uniform(rng, 174, 200));
    body->lthr_bpm =
        round(body->rest_hr_bpm + rng_uniform(rng, 0.84, 0.90) * (body->max_hr_bpm - body->rest_hr_bpm));
    body->ftp_w = round(athlete->mass_kg * (2.5 + 1.6 * fitness + rng_uniform(rng, -0.15, 0.15)));
    body->cp_w = round(body->ftp_w * rng_uniform(rng, 1.01, 1.04));
    body->w_prime_j = round(rng_uniform(rng, 13000, 24000) / 100) * 100;
    body->threshold_speed_mps = 3.2 + 1.3 * fitness + rng_uniform(rng, -0.1, 0.1);
    body->speed_5k_mps = body->threshold_speed_mps * 1.06;
    body->speed_10k_mps = body->threshold_speed_mps * 1.02;
    body->speed_marathon_mps = body->threshold_speed_mps * 0.92;
    body->speed_easy_mps = body->threshold_speed_mps * 0.78;
}

/* known_init writes what the athlete has had tested: all of it by most, parts by some. */
static void
known_init(Athlete *athlete, Rng *rng, const char *first_day, const char *improved_from)
{
    Thresholds *first = &athlete->known[0];
    Thresholds *second = &athlete->known[1];

    *first = athlete->body;
    if (rng_chance(rng, 0.12)) {
        first->ftp_w = first->cp_w = first->w_prime_j = 0;
    }
    if (rng_chance(rng, 0.12)) {
        first->lthr_bpm = 0;
    }
    if (rng_chance(rng, 0.10)) {
        first->rest_hr_bpm = 0;
    }
    if (rng_chance(rng, 0.12)) {
        first->threshold_speed_mps = first->speed_5k_mps = first->speed_10k_mps = 0;
        first->speed_marathon_mps = first->speed_easy_mps = 0;
    }
    *second = *first;
    second->ftp_w = round(first->ftp_w * 1.03);
    second->cp_w = round(first->cp_w * 1.03);
    second->threshold_speed_mps = first->threshold_speed_mps * 1.01;
    second->speed_5k_mps = first->speed_5k_mps * 1.01;
    memcpy(first->valid_from, first_day, sizeof first->valid_from);
    memcpy(second->valid_from, improved_from, sizeof second->valid_from);
}

void
athlete_init(Athlete *athlete, uint64_t seed, size_t index, const char *first_day, const char *improved_from)
{
    Rng rng;

    rng_seed(&rng, seed, STREAM_ATHLETES + index);
    *athlete = (Athlete){ .sex = rng_chance(&rng, 0.5) ? "female" : "male" };
    rng_uuid(&rng, athlete->user_id);
    const int home = rng_int(&rng, 0, (int)(sizeof homes / sizeof homes[0]) - 1);
    athlete->timezone = homes[home].timezone;
    athlete->utc_offset_s = homes[home].utc_offset_s;
    athlete->home_lat = homes[home].lat + rng_uniform(&rng, -0.05, 0.05);
    athlete->home_lng = homes[home].lng + rng_uniform(&rng, -0.05, 0.05);
    athlete->mass_kg =
        strcmp(athlete->sex, "female") == 0 ? rng_uniform(&rng, 50, 68) : rng_uniform(&rng, 62, 86);
    athlete->share_of_rides = rng_uniform(&rng, 0.25, 0.75);
    athlete->hilliness = rng_uniform(&rng, 0.1, 1);
    body_init(athlete, &rng);
    known_init(athlete, &rng, first_day, improved_from);
}
