/* workouts.h - the kind that computes activities; see workouts.c. */
#ifndef PACELINE_WORKOUTS_H
#define PACELINE_WORKOUTS_H

#include "worker/kinds/kind.h"

extern const Kind kind_workouts;

#endif
