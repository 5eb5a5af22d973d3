#include "producer/announcement.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/str.h"

/* Far above what the triggers write (500 jobs with keys of 200 bytes, each escaped as six): a larger message
 * is somebody else's, and reading it could take more memory than there is, at every new start again. */
enum { ANNOUNCEMENT_MAX = 1 << 20 };

static bool
refused(Err *err, const char *why)
{
    return err_set(err, ERR_INVALID_DATA, "announcement", "announcement: %s", why);
}

/* kind_valid: the CHECK of job_kinds.kind; it becomes part of a topic's name. */
static bool
kind_valid(const char *kind)
{
    size_t n = strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return kind[0] >= 'a' && kind[0] <= 'z' && n <= 48 && kind[n] == '\0';
}

/* job_read reads one ["key", epoch]. */
static bool
job_read(const cJSON *pair, JobMessage *ret_job, Err *err)
{
    const char *key = NULL;
    int64_t epoch = 0;

    if (!cJSON_IsArray(pair) || cJSON_GetArraySize(pair) != 2) {
        return refused(err, "a job is not a pair of key and epoch");
    }
    if (!json_text(pair->child, "key", JOB_KEY_MAX, &key, err) ||
        !json_int64(pair->child->next, "epoch", &epoch, err)) {
        return false;
    }
    if (key[0] == '\0' || epoch < 0 || epoch > INT32_MAX) {
        return refused(err, "an empty key, or an epoch out of range");
    }
    (void)str_copy(ret_job->key, sizeof(ret_job->key), key);
    ret_job->epoch = (int32_t)epoch;
    return true;
}

static bool
jobs_read(const cJSON *jobs, Announcement *announcement, Err *err)
{
    if (!cJSON_IsArray(jobs) || jobs->child == NULL) {
        return refused(err, "jobs is not a list with something in it");
    }
    announcement->jobs = calloc((size_t)cJSON_GetArraySize(jobs), sizeof(*announcement->jobs));
    if (announcement->jobs == NULL) {
        return err_set(err, ERR_MEMORY_LIMIT, "memory", "announcement: no memory for its jobs");
    }
    for (const cJSON *pair = jobs->child; pair != NULL; pair = pair->next) {
        JobMessage *job = &announcement->jobs[announcement->n];
        if (!job_read(pair, job, err)) {
            return false;
        }
        memcpy(job->kind, announcement->kind, sizeof(job->kind));
        announcement->n++;
    }
    return true;
}

static bool
members_read(const cJSON *json, Announcement *announcement, Err *err)
{
    const char *kind = NULL;
    const char *trace = NULL;
    const cJSON *trace_value = json_member(json, "trace");
    int64_t marker = 0;

    if (json_member(json, "marker") != NULL) {
        return json_int64(json_member(json, "marker"), "marker", &marker, err);
    }
    if (json_member(json, "kind") == NULL) {
        return refused(err, "it names no kind");
    }
    if (!json_text(json_member(json, "kind"), "kind", sizeof(announcement->kind) - 1, &kind, err)) {
        return false;
    }
    if (!kind_valid(kind)) {
        return refused(err, "its kind is not a kind's name");
    }
    (void)str_copy(announcement->kind, sizeof(announcement->kind), kind);
    /* A trace is a convenience: a bad one is left out, the job goes on. */
    if (trace_value != NULL && cJSON_IsString(trace_value)) {
        trace = trace_value->valuestring;
        if (traceparent_valid(trace)) {
            (void)str_copy(announcement->traceparent, sizeof(announcement->traceparent), trace);
        }
    }
    return jobs_read(json_member(json, "jobs"), announcement, err);
}

bool
announcement_parse(const char *content, size_t n, Announcement *ret_announcement, Err *err)
{
    if (n > ANNOUNCEMENT_MAX) {
        return refused(err, "it is larger than 1 MiB");
    }
    _cleanup_(json_delete) cJSON *json = json_parse(content, n, err);
    Announcement announcement = { .jobs = NULL };

    if (json == NULL) {
        return false;
    }
    if (!members_read(json, &announcement, err)) {
        announcement_done(&announcement);
        return false;
    }
    *ret_announcement = announcement;
    return true;
}

void
announcement_done(Announcement *announcement)
{
    free(announcement->jobs);
    *announcement = (Announcement){ .jobs = NULL };
}
