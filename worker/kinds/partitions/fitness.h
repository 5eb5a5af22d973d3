/* fitness.h - what the loads of all days add up to: fitness, fatigue, and the form between them.
 *
 * Load is that of metrics.load, one hour at threshold being 100; a day without a workout has load 0 and
 * counts. Source: Banister's impulse and response as Coggan's performance manager has it, time constants 42
 * and 7 days (metrics.md, section 5). Pure.
 */
#ifndef PACELINE_FITNESS_H
#define PACELINE_FITNESS_H

#define FITNESS_DAYS 42.0
#define FATIGUE_DAYS 7.0

/* Fitness is the state at the end of a day; all zero before the first. */
typedef struct Fitness {
    double fitness; /* C, load a day */
    double fatigue; /* A, load a day */
    double form;    /* C - A of the day before: how fresh the day began */
} Fitness;

/* fitness_next returns the state after one more day: C + (load - C)(1 - e^(-1/42)), A the same with 7.
 *   load  of the whole day, 0 or more */
Fitness fitness_next(const Fitness *before, double load);

#endif
