/* backoff.h - how long to wait before the next try: full jitter over an exponential.
 *
 * Source: Brooker, "Exponential Backoff and Jitter" (AWS, 2015): wait = random(0, min(cap, base * 2^n)).
 * Pure but for the caller's random state.
 */
#ifndef PACELINE_BACKOFF_H
#define PACELINE_BACKOFF_H

#include <stdint.h>

/* backoff_us returns a wait in µs, uniform in [0, min(cap_us, base_us * 2^attempt)].
 *   attempt   0 for the first retry; negative counts as 0; overflow saturates at cap_us
 *   random    state of the generator (xorshift64*), not 0; advanced by the call */
int64_t backoff_us(int64_t base_us, int64_t cap_us, int attempt, uint64_t *random);

/* random_seed returns a state for backoff_us from the kernel's entropy, never 0. */
uint64_t random_seed(void);

/* random_next advances the state and returns 64 uniform bits. */
uint64_t random_next(uint64_t *random);

#endif
