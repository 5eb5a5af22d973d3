/* terrain.h - hills and a winding road along the distance of one activity.
 *
 * Altitude is a sum of sine waves over distance, so that it is smooth and has an exact slope; so is the
 * heading. Units: m, degrees, grade as a ratio (0.05 = 5 %).
 */
#ifndef PACELINE_ATHLETES_TERRAIN_H
#define PACELINE_ATHLETES_TERRAIN_H

#include "tests/standin/athletes/rng.h"

#define TERRAIN_WAVES 5

typedef struct Wave {
    double height; /* m, or radians for the heading */
    double per_m;  /* radians a metre */
    double phase;  /* radians */
} Wave;

typedef struct Terrain {
    double base_m;
    Wave hills[TERRAIN_WAVES];
    Wave bends[TERRAIN_WAVES];
    double heading;    /* radians from north, at the start */
    double turn_per_m; /* radians: the whole way is a loop */
    double lat, lng;   /* where the track is now */
} Terrain;

/* terrain_init lays out the land: hilliness 0 is flat, 1 has slopes of about 8 %. */
void terrain_init(Terrain *terrain, Rng *rng, double hilliness, double lat, double lng);

double terrain_altitude_m(const Terrain *terrain, double distance_m);
double terrain_grade(const Terrain *terrain, double distance_m);

/* terrain_advance moves the track by step_m at distance_m along the road. */
void terrain_advance(Terrain *terrain, double distance_m, double step_m);

#endif
