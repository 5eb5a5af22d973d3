#!/bin/bash
# A fleet at work: members join, leave and are killed during 100,000 jobs, and every job is done once.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
JOBS=${JOBS:-100000}

jobs_start null hang
start_program producer producer
start_program reaper reaper
start_program a worker -j 1
start_program b worker -j 1
wait_ready producer
wait_ready reaper
wait_ready a
wait_ready b

# kill_worker NAME: supervisor and slots at once, as when their host dies.
kill_worker() {
    local pids
    pids="$(pgrep -d ' ' -P "$(pid_of "$1")") $(pid_of "$1")"
    # shellcheck disable=SC2086
    kill -KILL $pids
    stop "$1" KILL
}

# holder_of KEY: a or b, whoever has the job.
holder_of() {
    local pid name
    pid=$(sql "SELECT w.pid FROM hang_jobs AS j JOIN workers AS w ON w.id = j.job_worker WHERE j.id = '$1'")
    for name in a b; do
        [ -z "$pid" ] || [ "$(slots_of $name)" != "$pid" ] || echo $name
    done
}

# --- what a killed worker held runs elsewhere at once, not when its session in Kafka ends
key=00000000-0000-0000-0000-000000000001
sql "INSERT INTO hang_jobs VALUES ('$key', 3600, true)"
ok 'a long job runs' wait_for 20 "[ -n \"\$(holder_of $key)\" ]"
victim=$(holder_of $key)
sql "UPDATE hang_jobs SET seconds = 0" # who takes it next is done at once
[ "$victim" = a ] && other=b || other=a
killed_at=$(sql 'SELECT clock_timestamp()')
kill_worker "$victim"
ok 'its worker is killed, the job ends elsewhere' wait_value 20 0 jobs_left hang
like "$(sql "SELECT round(1000 * extract(epoch FROM at - '$killed_at')) FROM witness.transitions
              WHERE kind = 'hang' AND was = 'pending' ORDER BY n DESC LIMIT 1")" '^([0-9]{1,3}|[123][0-9]{3})$' \
    'claimed again within 4 s, the session would have lasted 6'
is "$(metric "$other" paceline_worker_wake_total)" 1 'the other worker was woken'
is "$(sql "SELECT job_attempts, job_epoch, job_error IS NULL FROM hang_jobs")" '2|3|t' 'the attempt of the killed one counts'
is "$(metric reaper 'paceline_reclaim_job_total{kind="hang"}')" 1 'the reaper gave it back'

# --- 100,000 jobs, or as many as it takes to have work left whenever a member comes or goes
inserted() { sql 'SELECT count(*) FROM null_jobs'; }
insert() {
    sql "INSERT INTO null_jobs SELECT n + (SELECT count(*) FROM null_jobs) FROM generate_series(1, $1) AS n"
}
joined() { # both have read messages, and there is more to do
    [ "$(jobs_left null)" -gt $((JOBS / 20)) ] || { insert $((JOBS / 10)); return 1; }
    [ "$(consumed c null)" -gt 0 ] && [ "$(consumed d null)" -gt 0 ]
}
insert $((JOBS / 5))
ok 'work begins' wait_for 40 '[ "$(jobs_in complete null)" -gt 0 ]'
start_program c worker -j 1
start_program d worker -j 1
ok 'two members join while there is work left' wait_for 60 joined
insert $((JOBS / 5))
pid=$(slots_of "$other")
left=$(jobs_left null)
ok 'one leaves' stop "$other" TERM 20
ok "with $left jobs left" test "$left" -gt 0
is "$(sql "SELECT count(*) FROM workers AS w LEFT JOIN holdings AS h ON h.worker = w.id WHERE w.pid = $pid")" 0 'with its row and all it held'
rest=$((JOBS - $(inserted)))
insert $((rest > JOBS / 5 ? rest : JOBS / 5))
holds() { [ "$(sql "SELECT count(*) FROM holdings AS h JOIN workers AS w ON w.id = h.worker WHERE w.pid = $(slots_of "$1")")" -gt 0 ]; }
ok 'one has jobs in hand, and is killed' wait_for 20 'holds c'
kill_worker c
inserted=$(inserted)
ok "all $inserted end, one member killed" wait_value 90 0 jobs_left null
is "$(jobs_in complete null)" "$inserted" 'complete'
is "$(sql "SELECT count(*), count(DISTINCT key) FROM witness.transitions WHERE kind = 'null' AND became = 'complete'")" "$inserted|$inserted" \
    'each once'
ok 'nothing is held at the end' wait_value 10 0 sql 'SELECT count(*) FROM holdings'
is "$(jobs_wrong)" '' 'the contract holds'
ok 'verify finds nothing' program reaper verify
diag "given back: $(sql "SELECT count(*) FROM witness.transitions WHERE kind = 'null' AND was = 'processing' AND became = 'pending'")"
done_testing
