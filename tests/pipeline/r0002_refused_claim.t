#!/bin/bash
# A row that the database refuses to change stopped every kind of the slot that had its message, and a table that was renamed, or
# adopted without a column, every kind of every worker: the claim failed, and was tried again for ever.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null fail
programs_start -j 1
others_go_on() { # NAME: jobs that are inserted now are done
    next=$((${next:-10000} + 100))
    sql "INSERT INTO null_jobs SELECT generate_series($next, $next + 99)"
    ok "$1" wait_value 20 0 sql "SELECT count(*) FROM null_jobs WHERE id >= $next AND job_status <> 'complete'"
}
others_go_on 'jobs are done'

# --- one row among many
sql "INSERT INTO null_jobs (id, job_epoch) VALUES (1, 2147483647)"
others_go_on 'a row whose epoch cannot rise stops nobody'
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'this one stays'; END \$\$;
     CREATE TRIGGER refuse BEFORE UPDATE ON null_jobs FOR EACH ROW WHEN (NEW.id = 50) EXECUTE FUNCTION refuse();
     INSERT INTO null_jobs SELECT generate_series(30, 70)"
ok 'nor does one that a trigger refuses: its neighbours are done' wait_value 20 40 \
    sql "SELECT count(*) FROM null_jobs WHERE id BETWEEN 30 AND 70 AND job_status = 'complete'"
others_go_on 'and those that come later'
like "$(grep claim.refused "$TEST_DIR/worker.log" | grep '"50"')" 'this one stays' 'it is named, with the reason'
sql 'DROP TRIGGER refuse ON null_jobs; DELETE FROM null_jobs WHERE id = 1'
ok 'when its trigger is gone the reaper announces it again' wait_value 20 0 jobs_left null
is "$(sql 'SELECT count(*) FROM holdings')" 0 'nothing is held'

# --- a whole table
sql "ALTER TABLE fail_jobs RENAME TO fail_jobs_renamed;
     INSERT INTO fail_jobs_renamed (id, ending) VALUES ('renamed', 'done')"
others_go_on 'a table that is renamed stops nobody'
ok 'and its own jobs are done, once the worker has noticed' wait_value 20 complete \
    sql "SELECT job_status FROM fail_jobs_renamed WHERE id = 'renamed'"
sql "REVOKE UPDATE ON fail_jobs_renamed FROM paceline_worker;
     INSERT INTO fail_jobs_renamed (id, ending) VALUES ('revoked', 'done')"
ok 'a right that is taken away is told' wait_for 10 'grep claim.kind "$TEST_DIR/worker.log" | grep -q 42501'
others_go_on 'and stops nobody'
sql 'GRANT UPDATE ON fail_jobs_renamed TO paceline_worker'
ok 'when it is given again, the job is done' wait_value 20 complete sql "SELECT job_status FROM fail_jobs_renamed WHERE id = 'revoked'"
sql "CREATE TABLE lacking (id bigint PRIMARY KEY); SELECT job_adopt('lacking', kind => 'crash')"
ok 'a table adopted without a column that its kind reads is refused' wait_for 20 \
    'grep kind.refused "$TEST_DIR/worker.log" | grep -q "has no column times"'
others_go_on 'and stops nobody'
status=$(program reaper status)
like "$status" $'\ncrash [^\n]* no worker takes it' 'status says that nobody takes it'
is "$(echo "$status" | grep -c 'no worker takes it')" 1 'of no other kind'
program reaper pause fail >"$TEST_DIR/pause.log"
ok 'the worker looks at its kinds again' wait_for 20 'grep kind.pause "$TEST_DIR/worker.log"'
is "$(grep -c kind.refused "$TEST_DIR/worker.log")" 1 'and does not repeat what it said'
kill -KILL "$(slots_of worker)"
others_go_on 'a slot that starts anew refuses that kind alone'
stop worker
start_program worker worker -j 1
wait_ready worker
others_go_on 'and so does a worker'
sql "INSERT INTO fail_jobs_renamed (id, ending) VALUES ('one', 'done')" # its kind is paused
like "$(program worker run-one crash 1 2>&1; echo $?)" 'kind crash: table public.lacking has no column times.1$' 'run-one says what is wrong with its kind'
ok 'and runs any other' program worker run-one fail one
done_testing
