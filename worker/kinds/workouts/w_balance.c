#include "worker/kinds/workouts/w_balance.h"

#include <math.h>

/* gap_s is the number of seconds at 0 W between element i - 1 and element i of R. */
static int32_t
gap_s(const int32_t *time_s, size_t i)
{
    return i == 0 ? 0 : time_s[i] - time_s[i - 1] - 1;
}

double
w_balance_tau_exact_s(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w)
{
    int64_t sum = 0;
    int64_t seconds = 0;

    for (size_t i = 0; i + 1 < n; i++) { /* without the last second */
        seconds += gap_s(time_s, i);
        if (power_w[i] < cp_w) {
            sum += power_w[i];
            seconds++;
        }
    }
    seconds += n > 0 ? gap_s(time_s, n - 1) : 0; /* the pause before it counts */
    double below_w = seconds > 0 ? (double)sum / (double)seconds : 0;
    return 546 * exp(-0.01 * (cp_w - below_w)) + 316;
}

/* Expenditure is the state of the integral, W' spent and not yet rebuilt. */
typedef struct Expenditure {
    double spent_j;
    double cp_w;
    double tau_s;
    double decay; /* e^(-1/tau) */
} Expenditure;

static void
expenditure_step(Expenditure *state, int32_t pause_s, int32_t power_w)
{
    if (pause_s > 0) {
        state->spent_j *= exp(-pause_s / state->tau_s);
    }
    state->spent_j = state->spent_j * state->decay + fmax(0, power_w - state->cp_w);
}

void
w_balance_series_j(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w, double w_prime_j,
                   double tau_s, double *ret_j)
{
    Expenditure state = { .cp_w = cp_w, .tau_s = tau_s, .decay = exp(-1 / tau_s) };

    for (size_t i = 0; i < n; i++) {
        expenditure_step(&state, gap_s(time_s, i), power_w[i]);
        ret_j[i] = w_prime_j - state.spent_j;
    }
}

bool
w_balance(const int32_t *time_s, const int32_t *power_w, size_t n, double cp_w, double w_prime_j,
          WBalance *ret_balance)
{
    if (power_w == NULL || n == 0 || !(cp_w > 0) || !(w_prime_j > 0)) {
        return false;
    }
    WBalance balance = { .tau_s = floor(w_balance_tau_exact_s(time_s, power_w, n, cp_w)),
                         .min_j = w_prime_j };
    Expenditure state = { .cp_w = cp_w, .tau_s = balance.tau_s, .decay = exp(-1 / balance.tau_s) };

    for (size_t i = 0; i < n; i++) {
        expenditure_step(&state, gap_s(time_s, i), power_w[i]);
        if (w_prime_j - state.spent_j < balance.min_j) {
            balance.min_j = w_prime_j - state.spent_j;
            balance.min_at = i;
        }
    }
    balance.used_pct = 100 * (w_prime_j - balance.min_j) / w_prime_j;
    *ret_balance = balance;
    return true;
}
