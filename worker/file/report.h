/* report.h - the computed document of one activity as a person reads it: summary, chart, splits, zones,
 * curve.
 *
 * It reads the document as any client does (workouts.md, section 6); what is null there is left out here.
 */
#ifndef PACELINE_REPORT_H
#define PACELINE_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "common/activity/ingest.h"
#include "common/err.h"
#include "common/str.h"

/* report_append writes the report.
 *   request      of which sport, start and laps are told
 *   computed     the document, with all its parts
 *   has_unicode  the reader's terminal shows block characters
 * False: ERR_MEMORY_LIMIT. */
MUST_CHECK bool report_append(Str *text, const IngestRequest *request, const cJSON *computed,
                              bool has_unicode, Err *err);

#endif
