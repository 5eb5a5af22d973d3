#!/bin/bash
# Faults on the way to a job's end: connections cut, PostgreSQL down, workers killed at every step. Each job is done once.
SESSION_MS=3000 # members that were killed are missed sooner
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

points='job.claim job.claimed job.run job.begun job.effects job.commit job.committed job.finish'
gate=$TEST_DIR/gate # a file for each failpoint: whoever comes by waits while it is missing
mkdir "$gate"
if has_failpoints; then
    for point in $points; do
        touch "$gate/$point"
        PACELINE_FAILPOINTS=${PACELINE_FAILPOINTS:-}${PACELINE_FAILPOINTS:+;}$point=wait:$gate/$point
    done
    export PACELINE_FAILPOINTS
fi
echo 'restart_limit = 32;' >>"$CONFIG"
jobs_start null fail hang
for role in postgres paceline_producer paceline_reaper; do # who does not wait where the workers do, below
    sql "ALTER ROLE $role SET synchronous_commit = local"
done
start_program producer producer
start_program reaper reaper
start_program a worker -j 2
start_program b worker -j 2
wait_ready producer
wait_ready reaper
wait_ready a
wait_ready b

number=0
# insert N: so many jobs of the kinds null and fail, these with an effect; idle slots are told of up to 50 of each.
insert() {
    local first=$((number + 1))
    number=$((number + $1))
    sql "INSERT INTO null_jobs SELECT generate_series($first, $number);
         INSERT INTO fail_jobs SELECT n, 'effect' FROM generate_series($first, $number) AS n;
         SELECT pg_notify('paceline_back', json_build_object('kind', kind, 'keys', json_agg(n::text))::text)
           FROM unnest(ARRAY['null', 'fail']) AS kind, generate_series($first, least($first + 49, $number)) AS n GROUP BY kind" >/dev/null
}
left() {
    echo $(($(jobs_left null) + $(jobs_left fail)))
}
# all_once NAME: every job there is has been done, and once.
all_once() {
    is "$(jobs_in complete null)|$(jobs_in complete fail)" "$number|$number" "$1: all complete"
    is "$(sql 'SELECT count(*), count(DISTINCT key) FROM fail_jobs_effects')" "$number|$number" "$1: each with one effect"
    ok "$1: nothing is held" wait_value 10 0 sql 'SELECT count(*) FROM holdings'
    is "$(jobs_wrong)" '' "$1: the contract holds"
}

# --- connections cut in the middle of batches, and of a long job
cut_all() {
    sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'paceline_worker'"
}
insert 3000
cuts=0
while [ $cuts -lt 4 ]; do
    [ "$(left)" -gt 100 ] || insert 1000
    cut_all >/dev/null
    cuts=$((cuts + 1))
    wait_for 10 "[ \$(sql \"SELECT count(*) FROM pg_stat_activity WHERE usename = 'paceline_worker'\") -gt 0 ]"
done
ok 'the connections are cut four times, all jobs end' wait_value 30 0 left
all_once 'connections cut'
sql "INSERT INTO hang_jobs VALUES ('00000000-0000-0000-0000-000000000001', 2.5, true)"
ok 'a long job' wait_value 15 1 jobs_in processing hang
cut_all >/dev/null
ok 'ends although its connection was cut' wait_value 10 1 jobs_in complete hang
is "$(claims hang)" 1 'without being given back'

# --- PostgreSQL crashes under load
insert 1500
ok 'PostgreSQL crashes' pg_kill QUIT
pg_run
ok 'all are back at work within 15 s' wait_value 15 0 left
all_once 'PostgreSQL crashed'

# --- committed, but the answer is lost: a commit that waits for a standby which is not there, cut off while it waits
answers_wait() {
    sql "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
    sql 'SELECT pg_reload_conf()' >/dev/null
}
waiting() {
    sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'paceline_worker' AND wait_event = 'SyncRep'"
}
answers_lose() { # who comes back and waits again is let go
    local pids
    pids=$(sql "SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE usename = 'paceline_worker' AND wait_event = 'SyncRep'")
    sql "SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[$pids]) AS pid" >/dev/null
    wait_value 10 0 sql "SELECT count(*) FROM pg_stat_activity WHERE pid IN ($pids)"
    sql 'ALTER SYSTEM RESET synchronous_standby_names'
    sql 'SELECT pg_reload_conf()' >/dev/null
}
answers_wait
insert 1
ok 'claims wait for their answer' wait_for 10 '[ "$(waiting)" -gt 0 ]'
ok 'which is lost' answers_lose
ok 'the jobs end' wait_value 20 0 left
is "$(sql "SELECT count(*) > 0, count(*) FILTER (WHERE attempts <> 0) FROM witness.transitions
            WHERE key = '$number' AND was = 'processing' AND became = 'pending'")" 't|0' 'given back by the claimer itself, without an attempt'
all_once 'a claim without an answer'
if has_failpoints; then
    rm "$gate/job.finish" "$gate/job.commit"
    insert 1
    ok 'a job before its finish, another before its commit' wait_for 10 'test -s "$gate/job.finish.reached" && test -s "$gate/job.commit.reached"'
    answers_wait
    touch "$gate/job.finish" "$gate/job.commit"
    ok 'both wait for their answer' wait_value 10 2 waiting
    ok 'which is lost' answers_lose
    ok 'the jobs end' wait_value 20 0 left
    is "$(claims null "$number")|$(claims fail "$number")" '1|1' 'as they had ended'
    all_once 'a finish without an answer'
fi

# --- killed at each step
if has_failpoints; then
    for point in $points; do
        rm -f "$gate/$point" "$gate/$point.reached"
        insert 4
        ok "$point: a worker comes by" wait_for 20 "test -s '$gate/$point.reached'"
        kill -KILL "$(cat "$gate/$point.reached")"
        touch "$gate/$point"
    done
    ok 'all jobs end' wait_value 30 0 left
    all_once 'killed at each step'
else
    skip 'killed at each step' 'built without failpoints'
fi

# --- killed at any moment
insert 1000
for name in a b; do
    slots=$(slots_of $name | tr '\n' ' ')
    # shellcheck disable=SC2086
    kill -KILL $slots
    before=$(left)
    wait_for 10 "[ \$(left) -lt $before ]"
done
ok 'all slots killed, one worker after the other: all jobs end' wait_value 40 0 left
all_once 'killed at any moment'
ok 'verify finds nothing' program reaper verify
done_testing
