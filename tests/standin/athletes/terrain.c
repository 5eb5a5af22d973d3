#include "tests/standin/athletes/terrain.h"

#include <math.h>

#define PI 3.14159265358979323846
#define METRES_PER_DEGREE 111195.08 /* of latitude, R = 6,371,008.8 m */
#define GRADE_AT_HILLINESS_1 0.03   /* deviation of one wave's slope; five of them add up */

void
terrain_init(Terrain *terrain, Rng *rng, double hilliness, double lat, double lng)
{
    *terrain = (Terrain){ .base_m = rng_uniform(rng, 20, 400), .lat = lat, .lng = lng };
    for (int i = 0; i < TERRAIN_WAVES; i++) {
        const double length_m = 350 * pow(2.1, i) * rng_uniform(rng, 0.8, 1.25); /* 350 m to 7 km */
        Wave *hill = &terrain->hills[i];
        Wave *bend = &terrain->bends[i];
        hill->per_m = 2 * PI / length_m;
        hill->height = hilliness * GRADE_AT_HILLINESS_1 * rng_uniform(rng, 0.4, 1.2) / hill->per_m;
        hill->phase = rng_uniform(rng, 0, 2 * PI);
        bend->per_m = 2 * PI / (rng_uniform(rng, 0.6, 1.4) * length_m);
        bend->height = rng_uniform(rng, 0.1, 0.5);
        bend->phase = rng_uniform(rng, 0, 2 * PI);
    }
    terrain->heading = rng_uniform(rng, 0, 2 * PI);
    terrain->turn_per_m = 2 * PI / rng_uniform(rng, 6000, 30000);
}

double
terrain_altitude_m(const Terrain *terrain, double distance_m)
{
    double altitude_m = terrain->base_m;

    for (int i = 0; i < TERRAIN_WAVES; i++) {
        const Wave *hill = &terrain->hills[i];
        altitude_m += hill->height * sin(hill->per_m * distance_m + hill->phase);
    }
    return altitude_m;
}

double
terrain_grade(const Terrain *terrain, double distance_m)
{
    double grade = 0;

    for (int i = 0; i < TERRAIN_WAVES; i++) {
        const Wave *hill = &terrain->hills[i];
        grade += hill->height * hill->per_m * cos(hill->per_m * distance_m + hill->phase);
    }
    return grade;
}

void
terrain_advance(Terrain *terrain, double distance_m, double step_m)
{
    double heading = terrain->heading + terrain->turn_per_m * distance_m;

    for (int i = 0; i < TERRAIN_WAVES; i++) {
        const Wave *bend = &terrain->bends[i];
        heading += bend->height * sin(bend->per_m * distance_m + bend->phase);
    }
    terrain->lat += cos(heading) * step_m / METRES_PER_DEGREE;
    terrain->lng += sin(heading) * step_m / (METRES_PER_DEGREE * cos(terrain->lat * PI / 180));
}
