#!/bin/bash
# What a worker held comes back when it dies or hangs, is done elsewhere, and nothing is done twice.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# uuids N: the keys of N jobs of kind hang, as VALUES.
uuids() {
    sql "SELECT string_agg(format('(%L)', lpad(i::text, 32, '0')::uuid), ',') FROM generate_series(1, $1) AS i"
}

# holder_of KIND: the process of the slot that holds the job in work.
holder_of() {
    sql "SELECT w.pid FROM workers AS w JOIN holdings AS h ON h.worker = w.id WHERE h.kind = '$1' LIMIT 1"
}

in_order() {
    is "$(jobs_wrong)$(program reaper verify)" 'verify: 0 violations' "$1"
}

jobs_start null hang crash
producer_start
reaper_start

# --- killed with jobs in hand
worker_start one
sql "SET session_replication_role = replica; INSERT INTO hang_jobs (id, seconds) SELECT id::uuid, 600 FROM (VALUES $(uuids 5)) AS v (id)"
# Announced by hand, in one partition: they arrive together, so one claim takes them all.
# shellcheck disable=SC2046 # keys
send -p 0 hang $(sql 'SELECT id FROM hang_jobs')
ok 'a worker holds five jobs' wait_value 20 5 jobs_in processing hang
ok 'and the gauge says so' wait_value 30 5 metric reaper 'paceline_jobs_processing{kind="hang"}'
sql "UPDATE hang_jobs SET seconds = 0"
worker_start two
killed_at=$(sql 'SELECT clock_timestamp()')
stop one KILL
ok 'killed, they are given back and done by another' wait_value 20 0 jobs_left hang
is "$(jobs_in complete hang)" 5 'all of them'
is "$(sql "SELECT count(DISTINCT worker) FROM witness.transitions WHERE became = 'processing' AND kind = 'hang'")" 2 'by two workers in turn'
is "$(sql "SELECT max(job_generation), max(job_attempts) FROM hang_jobs")" '1|2' 'in the same generation, with one attempt lost'
is "$(sql "SELECT max(at) - '$killed_at' < interval '10 s' FROM witness.transitions WHERE became = 'processing'")" t 'soon'
is "$(sql "SELECT DISTINCT job_error ->> 'code' FROM hang_jobs WHERE job_error IS NOT NULL")" '' 'a completion leaves no error'
ok 'the dead worker is removed' wait_value 20 1 sql 'SELECT count(*) FROM workers'
in_order 'nothing was done twice'
ok 'the gauge says that, too' wait_value 30 0 metric reaper 'paceline_jobs_processing{kind="hang"}'

# --- one slot killed, its supervisor lives
pid=$(slots_of two)
sql "INSERT INTO hang_jobs (id, seconds) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 600)"
ok 'a job in work' wait_value 20 1 jobs_in processing hang
sql "UPDATE hang_jobs SET seconds = 0 WHERE job_status = 'processing'"
kill -9 "$pid"
ok 'its slot killed, the new one does it' wait_value 20 0 jobs_left hang
in_order 'once'

# --- a wish to cancel is granted by the give-back
sql "UPDATE job_kinds SET cancel_at_once = false WHERE kind = 'hang'"
sql "INSERT INTO hang_jobs (id, seconds, ticks) VALUES ('aaaaaaaa-0000-0000-0000-000000000002', 600, false)"
ok 'a job that hears nothing is in work' wait_value 20 1 jobs_in processing hang
is "$(program reaper cancel hang aaaaaaaa-0000-0000-0000-000000000002)" 'aaaaaaaa-0000-0000-0000-000000000002: requested' 'a wish to cancel it'
kill -9 "$(holder_of hang)"
ok 'its worker killed, it ends cancelled' wait_value 20 cancelled sql "SELECT job_status FROM hang_jobs WHERE id = 'aaaaaaaa-0000-0000-0000-000000000002'"
in_order 'and is not run again'
is "$(claims hang aaaaaaaa-0000-0000-0000-000000000002)" 1 'it was claimed once'

# --- a hung worker past its lease
sql "UPDATE job_kinds SET lease = '6 s' WHERE kind = 'hang'"
stop two
worker_start one
worker_start two
sql "INSERT INTO hang_jobs (id, seconds, ticks) VALUES ('aaaaaaaa-0000-0000-0000-000000000003', 3, false)"
ok 'a short job in work' wait_value 20 1 jobs_in processing hang
pid=$(holder_of hang)
kill -STOP "$pid"
ok 'its worker stopped past the lease, another does it' wait_value 40 1 sql "SELECT count(*) FROM hang_jobs WHERE id = 'aaaaaaaa-0000-0000-0000-000000000003' AND job_status = 'complete'"
is "$(sql "SELECT job_attempts, job_epoch FROM hang_jobs WHERE id = 'aaaaaaaa-0000-0000-0000-000000000003'")" '2|3' 'as a second attempt'
fenced() {
    grep -h job.fenced "$TEST_DIR/one.log" "$TEST_DIR/two.log" | grep -c aaaaaaaa-0000-0000-0000-000000000003
}
is "$(fenced)" 0 'nobody has come late yet'
kill -CONT "$pid"
ok 'the late result is fenced' wait_value 20 1 fenced
ok 'counted' test "$(($(metric one 'paceline_job_fenced_total{kind="hang"}' || echo 0) + $(metric two 'paceline_job_fenced_total{kind="hang"}' || echo 0)))" = 1
sql "INSERT INTO null_jobs SELECT generate_series(1, 50)"
ok 'the worker that hung goes on' wait_value 20 0 jobs_left null
in_order 'nothing was done twice'
sql "UPDATE job_kinds SET lease = '5 minutes' WHERE kind = 'hang'"

# --- a job that kills its worker, among others
sql "UPDATE job_kinds SET max_attempts = 3 WHERE kind = 'crash'"
sql "INSERT INTO crash_jobs SELECT i, CASE WHEN i <> 15 THEN 0 END FROM generate_series(1, 30) AS i"
ok 'a job that kills its workers ends failed' wait_value 60 failed sql "SELECT job_status FROM crash_jobs WHERE id = 15"
ok 'the others are done' wait_value 60 0 jobs_left crash
is "$(jobs_in complete crash)" 29 'all of them'
is "$(claims crash 15)" 3 'it was tried as often as it may'
is "$(sql "SELECT job_error ->> 'code', job_error ->> 'class', job_attempts FROM crash_jobs WHERE id = 15")" 'worker_died|unknown_error|3' 'and says why'
ok 'its neighbours lost one attempt at most' test "$(sql "SELECT max(job_attempts) <= 2 FROM crash_jobs WHERE id <> 15")" = t
is "$(sql "SELECT count(*) FROM witness.transitions AS a JOIN witness.transitions AS b ON b.worker = a.worker AND b.n <> a.n
            WHERE a.kind = 'crash' AND a.key = '15' AND a.attempts > 1 AND a.became = 'processing' AND b.kind = 'crash'
              AND b.became = 'processing' AND b.at = a.at")" 0 'from the second time on it was claimed alone'
sql "INSERT INTO crash_jobs VALUES (100, 1)"
ok 'one that crashes once is done the second time' wait_value 30 complete sql "SELECT job_status FROM crash_jobs WHERE id = 100"
in_order 'nothing was done twice'
stop one
stop two

# --- the reaper killed in between
worker_start one
sql "INSERT INTO hang_jobs (id, seconds) VALUES ('aaaaaaaa-0000-0000-0000-000000000004', 600)"
ok 'a job in work' wait_value 20 1 jobs_in processing hang
sql "UPDATE hang_jobs SET seconds = 0"
stop reaper KILL
stop one KILL
worker_start two
is "$(jobs_in processing hang)" 1 'without a reaper it stays with the dead'
reaper_start
ok 'a new reaper gives it back' wait_value 30 0 jobs_left hang
in_order 'once'
if has_failpoints; then
    stop reaper
    sql "INSERT INTO hang_jobs (id, seconds) VALUES ('aaaaaaaa-0000-0000-0000-000000000005', 600)"
    ok 'another' wait_value 20 1 jobs_in processing hang
    sql "UPDATE hang_jobs SET seconds = 0"
    export PACELINE_FAILPOINTS="reclaim.commit=crash"
    reaper_start
    unset PACELINE_FAILPOINTS
    stop two KILL
    worker_start one
    ok 'a reaper killed before it commits the give-back' wait_for 20 'grep -c "process.died.*\"role\":\"reclaim\"" "$TEST_DIR/reaper.log"'
    is "$(jobs_in processing hang)" 1 'has given nothing back'
    stop reaper KILL
    reaper_start
    ok 'the next one does' wait_value 30 0 jobs_left hang
    in_order 'once'
else
    skip 'a reaper killed before it commits the give-back' 'built without failpoints'
fi

# --- a second reaper stands by
start_program second reaper
wait_ready second
is "$(grep -c reaper.active "$TEST_DIR/second.log")" 0 'a second reaper stands by'
stop reaper KILL
ok 'and takes over' wait_for 20 '[ "$(grep -c reaper.active "$TEST_DIR/second.log")" = 2 ]'
sql "INSERT INTO hang_jobs (id, seconds) VALUES ('aaaaaaaa-0000-0000-0000-000000000006', 600)"
ok 'a job in work' wait_value 20 1 jobs_in processing hang
sql "UPDATE hang_jobs SET seconds = 0"
kill -9 "$(holder_of hang)"
ok 'is given back by it' wait_value 30 0 jobs_left hang

# --- PostgreSQL restarts: every lock is gone at once, and nobody is dead
sql "INSERT INTO hang_jobs (id, seconds) VALUES ('aaaaaaaa-0000-0000-0000-000000000007', 600)"
ok 'a job in work' wait_value 20 1 jobs_in processing hang
known=$(sql 'SELECT id FROM workers')
buried=$(cat "$TEST_DIR"/*.log | grep -c reclaim.worker)
stop second
sed -i 's/^reconnect_grace_ms.*/reconnect_grace_ms = 10000;/' "$CONFIG"
reaper_start
pg_kill QUIT
pg_run
ok 'the worker takes its lock again' wait_value 30 t sql "SELECT bool_and(EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory'
    AND (l.classid::bigint << 32) | l.objid::bigint = job_worker_lock(w.id))) FROM workers AS w"
is "$(sql 'SELECT id FROM workers')" "$known" 'and is who it was'
is "$(cat "$TEST_DIR"/*.log | grep -c reclaim.worker)" "$buried" 'nobody was taken for dead'
program reaper cancel hang aaaaaaaa-0000-0000-0000-000000000007 >/dev/null
ok 'its job can be ended' wait_value 20 cancelled sql "SELECT job_status FROM hang_jobs WHERE id = 'aaaaaaaa-0000-0000-0000-000000000007'"
in_order 'nothing was done twice'
done_testing
