#!/bin/bash
# One row that the database refuses to change kept what was held beside it: a dead worker's other jobs were never given back, and the
# log said so eight times a second.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null
start_program reaper reaper
wait_ready reaper
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'this one stays'; END \$\$"
held() { # FIRST DEADLINE: five jobs in work, in the hands of a worker that is dead; the third of them stays
    local worker
    worker=$(sql "INSERT INTO workers (host, slot, pid, kinds) VALUES ('gone', 0, 1, '{null}') RETURNING id")
    sql "INSERT INTO null_jobs SELECT generate_series($1, $1 + 4);
         UPDATE null_jobs SET job_status = 'processing', job_epoch = 1, job_attempts = 1, job_worker = $worker WHERE id >= $1;
         CREATE OR REPLACE TRIGGER refuse BEFORE UPDATE ON null_jobs FOR EACH ROW WHEN (NEW.id = $1 + 2) EXECUTE FUNCTION refuse();
         INSERT INTO holdings SELECT $worker, 1, 'null', array_agg(id::text), now() + interval '$2' FROM null_jobs WHERE id >= $1"
    echo "$worker"
}
dead=$(held 1 '5 minutes')
ok "what a dead worker ($dead) held beside it comes back" wait_value 20 4 jobs_in pending null
ok 'and is announced' wait_value 10 4 sql "SELECT count(*) FROM null_jobs WHERE job_announced_at >= job_due_at"
is "$(sql "SELECT keys::text FROM holdings WHERE worker = $dead")" '{1,2,3,4,5}' 'its holding stays, and names it'
like "$(grep '"error".*reclaim.jobs' "$TEST_DIR/reaper.log")" 'this one stays' 'the log says why'
another=$(held 11 '-1 second')
ok 'so does what was held past its deadline, meanwhile' wait_value 20 8 jobs_in pending null
told=$(grep -cE '"reclaim\.worker"|"error".*"reclaim\.jobs"' "$TEST_DIR/reaper.log")
is "$([ "$told" -lt 12 ] && echo few)" few "and the log does not go on about it ($told lines)"
sql 'DROP TRIGGER refuse ON null_jobs'
ok 'when it may change it comes back, too' wait_value 30 10 jobs_in pending null
ok 'and nothing is left of the dead' wait_value 10 '0|0' sql 'SELECT (SELECT count(*) FROM holdings), (SELECT count(*) FROM workers)'
is "$(jobs_wrong)" '' 'the contract holds'
done_testing
