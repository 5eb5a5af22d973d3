#!/bin/bash
# One row that the database refuses to change kept the reaper from announcing any other of its kind: retries waited for ever.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start fail
programs_start -j 1
# Three rows that are due before all others and that an old constraint does not let be changed.
sql "SET session_replication_role = replica;
     INSERT INTO fail_jobs (id, ending, job_due_at, job_announced_at)
     SELECT 'stuck ' || i, 'done', now() - interval '1 hour', NULL FROM generate_series(1, 3) AS i;
     ALTER TABLE fail_jobs ADD CONSTRAINT strict CHECK (id NOT LIKE 'stuck%') NOT VALID"
sql "INSERT INTO fail_jobs SELECT 'again ' || i, 'retry', 1 FROM generate_series(1, 20) AS i"
ok 'jobs that are tried again are done' wait_value 20 20 jobs_in complete fail
like "$(grep announce.refused "$TEST_DIR/reaper.log" | tail -n 1)" '"jobs":3,.*strict' 'the refused ones are told, with the reason'
mute="SET session_replication_role = replica; INSERT INTO fail_jobs (id, ending) SELECT 'lost ' || i, 'done' FROM generate_series(1, 20) AS i"
sql "$mute"
ok 'lost announcements are found' wait_value 30 40 jobs_in complete fail
is "$(jobs_in pending fail)" 3 'the refused ones stay behind'
sql 'ALTER TABLE fail_jobs DROP CONSTRAINT strict'
ok 'until they may be changed' wait_value 30 0 jobs_left fail
done_testing
