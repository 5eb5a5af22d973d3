/* admission.h - may a call be made now, and what did it bring: breaker and budgets of the whole fleet, in
 * PostgreSQL (0014_providers.sql). One short statement before each call and one after it, outside
 * transactions.
 */
#ifndef PACELINE_ADMISSION_H
#define PACELINE_ADMISSION_H

#include "common/err.h"
#include "common/provider/provider.h"
#include "common/provider/session.h"

/* What a call is for decides how much of a window it may use: provider_take. */
typedef enum CallPriority {
    PRIORITY_HISTORY = 1,
    PRIORITY_SESSION = 2,
    PRIORITY_INTERACTIVE = 3
} CallPriority;

typedef struct Admission {
    char called_at[40]; /* the database's time */
    int budget_left;
} Admission;

/* admission_ask takes cost from the provider's windows. Refused: ERR_RATE_LIMIT with code "budget_spent", or
 * ERR_QUOTA_EXCEEDED if it is a day's, or ERR_TEMPORARY_API with code "breaker_open"; retry_at_us is set, and
 * nothing is used. Any of them is no attempt: give the job back until then. scope  the user, for providers
 * that count by user; "" otherwise */
MUST_CHECK bool admission_ask(ProviderSession *session, Provider provider, const char *scope, int cost,
                              CallPriority priority, Admission *ret_admission, Err *err);

/* admission_tell reports the verdict of a call that was admitted. If the answer called a window used up, and
 * err (may be NULL) has no time of its own to try again, it gets that of the window. What the database then
 * refuses is only logged by the return value: the call has been made. */
MUST_CHECK bool admission_tell(ProviderSession *session, Provider provider, const char *scope,
                               const Admission *admission, const ProviderVerdict *verdict, Err *call_err,
                               Err *err);

#endif
