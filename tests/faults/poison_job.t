#!/bin/bash
# A job that kills every worker that runs it, among others in the same batch: it ends failed, they end complete.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_database
jobs_table crash
sql "UPDATE job_kinds SET max_attempts = 3 WHERE kind = 'crash'"
fault_programs
fault_since
sql "INSERT INTO crash_jobs SELECT i, CASE WHEN i <> 15 THEN 0 END FROM generate_series(1, 30) AS i"
ok 'the job ends failed' wait_value "$RECOVERY_DEADLINE_S" failed sql 'SELECT job_status FROM crash_jobs WHERE id = 15'
fault_over
promise 'poison job: failed after 3 attempts' $((3 * SESSION_PROMISE_S)) "$(seconds_from "$SINCE" "$OVER")"
ok 'its neighbours end' wait_value "$RECOVERY_DEADLINE_S" 0 jobs_left crash
promise 'poison job: its neighbours' $((3 * SESSION_PROMISE_S)) "$(seconds_from "$SINCE" "$(now_s)")"
is "$(jobs_in complete crash)" 29 'its neighbours are complete'
is "$(sql 'SELECT job_attempts FROM crash_jobs WHERE id = 15')" 3 'it was tried as often as it may'
is "$(sql 'SELECT max(job_attempts) <= 2 FROM crash_jobs WHERE id <> 15')" t 'they lost one attempt at most'
fault_done
