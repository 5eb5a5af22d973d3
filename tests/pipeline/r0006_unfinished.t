#!/bin/bash
# A job whose finish the database refuses, even as failed, lost its holding with the rest of its batch, and nobody gave it back.
# A release that was refused for a passing reason was sent again thousands of times a second.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null hang
sql "UPDATE job_kinds SET lease = '3 seconds' WHERE kind = 'null'"
programs_start -j 1
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = TG_ARGV[0]; END \$\$;
     CREATE TRIGGER refuse BEFORE UPDATE ON null_jobs FOR EACH ROW
         WHEN (OLD.job_status = 'processing' AND NEW.id % 5 = 0) EXECUTE FUNCTION refuse('P0001');
     INSERT INTO null_jobs SELECT generate_series(1, 200)"
ok 'the others of their batches are done' wait_value 20 160 jobs_in complete null
ok 'they are not, and say why' wait_for 10 'grep job.finish "$TEST_DIR/worker.log" | grep -q "not now"'
sql 'INSERT INTO null_jobs VALUES (1001)'
ok 'the next batch is done' wait_value 20 161 jobs_in complete null
is "$(sql "SELECT count(*) FROM null_jobs AS t
            WHERE job_status = 'processing'
              AND NOT EXISTS (SELECT FROM holdings AS h WHERE h.worker = t.job_worker AND t.id::text = ANY (h.keys))")" 0 'their holdings stay'
sql 'DROP TRIGGER refuse ON null_jobs'
ok 'so that the deadline gives them back' wait_value 20 0 jobs_left null
is "$(jobs_wrong)" '' 'the contract holds'

sql "INSERT INTO hang_jobs VALUES ('00000000-0000-0000-0000-000000000001', 60, true)"
ok 'a job in work' wait_value 10 1 jobs_in processing hang
sql "CREATE TRIGGER refuse BEFORE DELETE ON holdings FOR EACH ROW EXECUTE FUNCTION refuse('25006');
     UPDATE hang_jobs SET job_status = 'cancelled'"
refusals() { grep -c '"jobs":0.*"25006"' "$TEST_DIR/worker.log"; }
ok 'is lost, and its holding cannot be deleted' wait_for 15 '[ "$(refusals)" -gt 2 ]'
is "$([ "$(refusals)" -lt 100 ] && echo few)" few 'which is tried again in its time'
sql 'DROP TRIGGER refuse ON holdings'
ok 'until it can' wait_value 20 0 sql 'SELECT count(*) FROM holdings'
done_testing
