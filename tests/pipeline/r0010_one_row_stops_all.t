#!/bin/bash
# One row that others refer to kept every finished row of every kind, and made the reaper unready; one that the database refuses to change
# stopped the sweep, and with it whatever else only the sweep finds.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

echo 'retain_interval_ms = 300;' >>"$CONFIG"
jobs_start crash null
sql "CREATE TABLE notes (job bigint REFERENCES crash_jobs);
     INSERT INTO crash_jobs (id, job_status) SELECT i, 'complete' FROM generate_series(1, 20) AS i;
     INSERT INTO notes VALUES (5), (6);
     INSERT INTO null_jobs (id, job_status) SELECT i, 'complete' FROM generate_series(101, 120) AS i;
     UPDATE job_kinds SET keep_finished = '1 ms' WHERE kind IN ('crash', 'null')"
# Work that no holding names; the seventh row may not be changed.
sql "INSERT INTO null_jobs SELECT generate_series(1, 20);
     UPDATE null_jobs SET job_status = 'processing', job_epoch = 1, job_attempts = 1, job_worker = 1, job_changed_at = now() - interval '1 hour'
      WHERE id <= 20;
     CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'this one stays'; END \$\$;
     CREATE TRIGGER refuse BEFORE UPDATE ON null_jobs FOR EACH ROW WHEN (NEW.id = 7) EXECUTE FUNCTION refuse()"
start_program producer producer
wait_ready producer
start_program reaper reaper
wait_ready reaper
ok 'finished rows go, but for those that others refer to' wait_value 20 2 jobs_in complete crash
ok 'and those of other kinds' wait_value 20 0 jobs_in complete null
ok 'work without an owner is given back' wait_value 40 19 jobs_in pending null
ok 'the sweep ends' wait_for 40 'grep sweep.end "$TEST_DIR/reaper.log" | grep -q "\"null\""'
like "$(grep retain.refused "$TEST_DIR/reaper.log" | tail -n 1)" '"jobs":2,.*notes_job_fkey' 'the log says what stays, and why'
like "$(grep sweep.refused "$TEST_DIR/reaper.log")" '"key":"7",.*this one stays' 'both times'
is "$(grep -cE 'reaper.offline|announce.kind' "$TEST_DIR/reaper.log")" 0 'the reaper was never in trouble'
is "$(jobs_in processing null)" 1 'what may not be changed is left'
sql 'TRUNCATE notes'
ok 'what nobody refers to any more goes, too' wait_value 20 0 jobs_in complete crash
done_testing
