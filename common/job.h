/* job.h - the kinds that are adopted in this database, with their queries made ready.
 *
 * Loaded from job_kinds (sql/queries/job_kinds.sql). Owned by whoever loads it; a reload makes a new list, so
 * pointers into the old one end with it.
 */
#ifndef PACELINE_JOB_H
#define PACELINE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db.h"
#include "common/err.h"
#include "common/sql_query.h"

enum { JOB_KEY_MAX = 200, JOB_BATCH_MAX = 500 };
enum { JOB_MESSAGE_MAX = 2048 }; /* kind and key, each byte of them escaped as six, and 100 for the rest */

typedef struct JobKind {
    char name[64];
    char schema[64], relation[64], key_column[64];
    char key_type[16]; /* uuid, bigint, integer or text */
    char topic[256], consumer_group[128];
    int64_t lease_us, backoff_base_us, backoff_cap_us;
    int max_attempts;
    bool cancel_at_once;
    bool is_paused;
} JobKind;

typedef struct JobKinds {
    JobKind *items; /* [n], by name */
    size_t n;
} JobKinds;

/* job_kinds_load reads all adopted kinds. Free with job_kinds_done. */
MUST_CHECK bool job_kinds_load(Db *db, JobKinds *ret_kinds, Err *err);
void job_kinds_done(JobKinds *kinds);

/* job_kind_find returns the kind of that name, or NULL; job_kind_of_table the one that adopted
 * schema.relation; job_kind_of_topic the one whose messages a topic carries. */
const JobKind *job_kind_find(const JobKinds *kinds, const char *name);
const JobKind *job_kind_of_table(const JobKinds *kinds, const char *schema, const char *relation);
const JobKind *job_kind_of_topic(const JobKinds *kinds, const char *topic);

/* job_query makes a template of sql/queries/ ready for a kind: its schema, relation, key and key_type are put
 * in, and `columns` (NULL for none; a list that begins with a comma). The result's name is
 * "<template>_<kind>". Free with job_query_done. */
MUST_CHECK bool job_query(const JobKind *kind, const SqlQuery *template, const char *columns,
                          SqlQuery *ret_query, Err *err);
void job_query_done(SqlQuery *query);

/* job_key_valid tells whether text is a key that this kind can have (a uuid, a number in range, a text of 1
 * to 200 bytes); anything else would make the whole claim fail. */
bool job_key_valid(const JobKind *kind, const char *text);

/* job_key_canonical rewrites a valid key in place as PostgreSQL prints it, so that it can be compared with
 * what a query returns: a uuid in lower case, a number without sign or leading zeros. */
void job_key_canonical(const JobKind *kind, char *key);

/* job_key_lowest returns a key that no key of this kind stands before in the order of its index, where a walk
 * through all rows begins. */
const char *job_key_lowest(const JobKind *kind);

/* JobMessage is what one Kafka message says: look at this row (DESIGN.md, section 5). */
typedef struct JobMessage {
    char kind[64];
    char key[JOB_KEY_MAX + 1];
    int32_t epoch; /* -1 if the message has none (hand-written) */
} JobMessage;

/* job_message_parse reads a message's value {"kind","key","epoch"}; epoch may be missing. ERR_INVALID_DATA
 * otherwise. */
MUST_CHECK bool job_message_parse(const char *value, size_t length, JobMessage *ret_message, Err *err);

/* job_message_print writes the value into buffer; returns its length. size >= JOB_MESSAGE_MAX always fits. */
size_t job_message_print(const JobMessage *message, char *buffer, size_t size);

#endif
