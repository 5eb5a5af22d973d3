#include "worker/kinds/partitions/fitness.h"

#include <math.h>

/* approach moves a value towards the load by a day's share of its time constant. */
static double
approach(double value, double load, double days)
{
    return value + (load - value) * (1 - exp(-1 / days));
}

Fitness
fitness_next(const Fitness *before, double load)
{
    return (Fitness){
        .fitness = approach(before->fitness, load, FITNESS_DAYS),
        .fatigue = approach(before->fatigue, load, FATIGUE_DAYS),
        .form = before->fitness - before->fatigue,
    };
}
