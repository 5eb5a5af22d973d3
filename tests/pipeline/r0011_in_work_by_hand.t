#!/bin/bash
# A job whose key was changed while it was in work, or that an update by hand put into work, belonged to nobody until the next daily sweep.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start hang
programs_start -j 1
a=00000000-0000-0000-0000-00000000000a b=00000000-0000-0000-0000-00000000000b
sql "INSERT INTO hang_jobs VALUES ('$a', 600, true)"
ok 'a job is in work' wait_value 20 1 jobs_in processing hang
sql "UPDATE hang_jobs SET id = '$b', seconds = 0"
ok 'under another key it is done anew' wait_value 40 "$b|complete|2" sql 'SELECT id, job_status, job_generation FROM hang_jobs'
ok 'and nothing is held' wait_value 20 0 sql 'SELECT count(*) FROM holdings'
like "$(sql "UPDATE hang_jobs SET job_status = 'processing', job_worker = 1" 2>&1)" 'by a claim alone' 'nobody else puts a job into work'
sql 'UPDATE hang_jobs SET job_epoch = 0'
is "$(sql 'SELECT job_epoch > 2 FROM hang_jobs')" t 'an epoch does not fall'
is "$(program reaper verify)" 'verify: 0 violations' 'the contract holds'
done_testing
