#!/bin/bash
# The backlog of a kind whose jobs take long filled the slot's inbox, and the jobs of every other kind waited behind it.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null hang
start_program producer producer
start_program worker worker -j 1
wait_ready producer
wait_ready worker
sql "INSERT INTO hang_jobs (id, seconds) SELECT gen_random_uuid(), 0.3 FROM generate_series(1, 3000)"
ok 'a backlog of slow jobs' wait_for 20 '[ "$(jobs_in complete hang)" -ge 3 ]'
announced() { messages paceline.hang '%o\n' | grep -c .; }
ok 'all of it in Kafka' wait_value 20 3000 announced
sql 'INSERT INTO null_jobs SELECT generate_series(1, 10)'
ok 'jobs of another kind are done meanwhile' wait_value 10 0 jobs_left null
ok 'the slow ones go on' wait_for 10 "[ \$(jobs_in complete hang) -gt $(jobs_in complete hang) ]"
ok 'the inbox is not full of them' [ "$(consumed worker hang)" -lt 1000 ]
done_testing
