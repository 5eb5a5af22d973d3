/* provider_report.h - one log line and the metrics of a call of a provider; for ProviderSession.report. */
#ifndef PACELINE_PROVIDER_REPORT_H
#define PACELINE_PROVIDER_REPORT_H

#include "common/provider/session.h"

/* provider_report logs "provider.call" (debug; a failure: warn, unless it was only not admitted). user is not
 * used. */
void provider_report(void *user, const ProviderReport *report);

#endif
