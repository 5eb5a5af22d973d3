#include <math.h>

#include "tests/standin/athletes/effort.h"

#define GRAVITY 9.81      /* m/s^2 */
#define BIKE_KG 9.0       /* with bottle */
#define ROLLING 0.005     /* coefficient, asphalt */
#define DRAG_AREA_M2 0.34 /* CdA, hands on the hoods */
#define AIR_KG_PER_M3 1.2
#define DRIVETRAIN 0.975 /* share of power that arrives */
#define BRAKE_MPS2 2.2
#define SPEED_MAX_MPS 17.5 /* brakes from here */
#define COAST_GRADE (-0.03)
#define COAST_MPS 10.0
#define SUBSTEPS 4 /* a second: power/speed is stiff when slow */

void
motion_init(Motion *motion)
{
    *motion = (Motion){ .slow = { .keep = 0.985, .spread = 0.045 },
                        .fast = { .keep = 0.6, .spread = 0.08 },
                        .rhythm = { .keep = 0.95, .spread = 3 } };
}

/* power_wanted_w is what goes into the pedals this second. */
static double
power_wanted_w(Motion *motion, Rng *rng, const Athlete *athlete, double intensity, double grade)
{
    const double slow = wander_next(&motion->slow, rng);
    const double fast = wander_next(&motion->fast, rng);
    const double slope = fmin(fmax(1 + 1.6 * grade, 0.7), 1.12);

    if (grade < COAST_GRADE && motion->speed_mps > COAST_MPS) {
        return 0;
    }
    return fmax(0, athlete->body.ftp_w * intensity * slope * (1 + slow + fast));
}

void
ride_second(Motion *motion, Rng *rng, const Athlete *athlete, double intensity, double grade, bool is_stop)
{
    const double mass_kg = athlete->mass_kg + BIKE_KG;
    const double wanted_w = power_wanted_w(motion, rng, athlete, intensity, grade);
    const double rhythm = wander_next(&motion->rhythm, rng);
    const double power_w = is_stop ? 0 : wanted_w;
    double speed = motion->speed_mps;

    for (int i = 0; i < SUBSTEPS; i++) {
        const double push = power_w * DRIVETRAIN / fmax(speed, 2.0);
        const double drag = 0.5 * AIR_KG_PER_M3 * DRAG_AREA_M2 * speed * speed;
        const double slope = mass_kg * GRAVITY * (grade + ROLLING);
        double change = (push - drag - slope) / mass_kg;
        if (is_stop || speed > SPEED_MAX_MPS) {
            change = -BRAKE_MPS2;
        }
        speed = fmax(is_stop ? 0 : 0.9, speed + fmin(change, 1.5) / SUBSTEPS);
    }
    motion->speed_mps = speed;
    motion->power_w = power_w;
    motion->cadence_per_min = power_w < 15 ? 0 : fmax(45, 89 + rhythm - 250 * fmax(0, grade - 0.05));
    motion->demand += (power_w / athlete->body.ftp_w - motion->demand) * 0.2;
}
