#!/bin/bash
# Long jobs and the end of a worker: ticks move the deadline and hear of wishes; SIGTERM finishes or gives back, and leaves.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
# Long enough to tell who leaves its group from who lets its session end: when one has left, the embedded broker waits for
# the others for this time less 1 s; when a session has to end first, twice as long.
SESSION_MS=12000
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null hang
start_program producer producer
start_program reaper reaper
wait_ready producer
wait_ready reaper
start_program a worker -j 1
start_program b worker -j 1
wait_ready a
wait_ready b

# job N SECONDS TICKS: a new hang job, and whoever is idle is told of it, as the reaper tells what came back.
job() {
    key=$(printf '00000000-0000-0000-0000-%012d' "$1")
    sql "INSERT INTO hang_jobs VALUES ('$key', $2, $3);
         SELECT pg_notify('paceline_back', '{\"kind\":\"hang\",\"keys\":[\"$key\"]}')" >/dev/null
}
row() {
    sql "SELECT job_status, job_epoch, job_attempts, job_generation FROM hang_jobs WHERE id = '$key'"
}
status_of() {
    sql "SELECT job_status FROM hang_jobs WHERE id = '$key'"
}
in_work() {
    ok "$1" wait_value 10 processing status_of
}
# ended NAME SIGNAL CODE: the signal ends the worker with this exit code.
ended() {
    ok "$1: $2 ends it" stop "$1" "$2" 15
    is "$(grep '"supervisor.end"' "$TEST_DIR/$1.log" | tail -n 1 | sed 's/.*"exit_code"://; s/[^0-9].*//')" "$3" "$1: exit code $3"
}
nothing_left() { # no row of a worker but those given, no holding
    is "$(sql "SELECT (SELECT count(*) FROM workers), (SELECT count(*) FROM holdings)")" "$1|0" "$2"
}

# --- SIGTERM among short jobs: what runs is finished, what is not started goes back
wait_sharing hang a b
# Short jobs first: a batch is as large as the mean time of a job allows.
sql "INSERT INTO hang_jobs SELECT gen_random_uuid(), 0, false FROM generate_series(1, 64)"
ok 'short jobs of two workers' wait_value 20 0 jobs_left hang
sql "TRUNCATE witness.transitions"
sql "INSERT INTO hang_jobs SELECT ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 0.2, false FROM generate_series(1, 30) AS n"
holds() { # a has more than 3 jobs in hand, in one batch
    sql "SELECT worker FROM holdings WHERE cardinality(keys) > 3 AND worker = (SELECT id FROM workers WHERE pid = $(slots_of a))"
}
ok 'one has a batch in hand' wait_for 15 '[ -n "$(holds)" ]'
worker_a=$(sql "SELECT id FROM workers WHERE pid = $(slots_of a)")
ended a TERM 0
is "$(sql "SELECT count(*) > 0, count(*) FILTER (WHERE attempts <> 0), count(*) FILTER (WHERE wait > '0') FROM witness.transitions
            WHERE was = 'processing' AND became = 'pending'")" 't|0|0' 'what was not started went back, without an attempt, due at once'
is "$(sql "SELECT count(*) FROM workers WHERE id = $worker_a")|$(sql "SELECT count(*) FROM holdings WHERE worker = $worker_a")" '0|0' \
    'its row is gone and nothing is held'
sql "UPDATE hang_jobs SET seconds = 0; INSERT INTO null_jobs SELECT generate_series(101, 200)"
ok 'it has left the group: the other reads every partition sooner than after the end of a session' wait_value 17 0 jobs_left null
ok 'and does the rest' wait_value 20 0 jobs_left hang
is "$(sql "SELECT count(*), count(DISTINCT key) FROM witness.transitions WHERE kind = 'hang' AND became = 'complete'")" '30|30' 'each job once'

# --- ticks
ended b TERM 0
sql "UPDATE job_kinds SET lease = '2 s' WHERE kind = 'hang'"
start_program b worker -j 1 # which knows the lease, and no mean time of a job
wait_listening b
sql "TRUNCATE witness.transitions"
job 1 5 true
in_work 'a job longer than its lease'
ok 'ends' wait_value 10 complete status_of
is "$(row)" 'complete|1|1|1' 'and was never taken back'
like "$(metric b 'paceline_job_checkpoint_total{kind="hang"}')" '^[345]$' 'it saved its progress'

job 2 3600 true
in_work 'an endless job'
is "$(sql "SELECT job_cancel('hang', '$key')")" requested 'a wish to cancel'
ok 'is heard by its tick' wait_value 5 cancelled status_of
is "$(row)" 'cancelled|2|1|1' 'and granted'

job 3 3600 true
in_work 'another one'
sql "UPDATE hang_jobs SET seconds = 0, job_status = 'pending' WHERE id = '$key'"
ok 'made pending by hand, it is told that it is lost' wait_value 5 complete status_of
is "$(row)" 'complete|3|1|2' 'and the new request runs'
is "$(metric b 'paceline_job_fenced_total{kind="hang"}')" 1 'the lost one was fenced'

job 4 4 false
in_work 'a job that stands still beyond its lease'
sql "UPDATE hang_jobs SET seconds = 0 WHERE id = '$key'"
ok 'is taken back' wait_value 15 1 metric reaper 'paceline_reclaim_job_total{kind="hang"}'
ok 'and run again' wait_value 10 complete status_of
is "$(row)" 'complete|3|2|1' 'as its second attempt'
is "$(metric b 'paceline_job_fenced_total{kind="hang"}')" 2 'the late result was fenced'

# --- SIGTERM during a long job that ticks
sql "UPDATE job_kinds SET lease = '5 minutes' WHERE kind = 'hang'"
job 5 3600 true
in_work 'a long job that ticks'
ended b TERM 0
is "$(row)" 'pending|2|0|1' 'it yields, and no attempt is counted'
nothing_left 0 'no worker, no holding'

# --- SIGTERM during one that does not: it is finished
sql "UPDATE hang_jobs SET seconds = 3, ticks = false WHERE id = '$key'"
PACELINE_LOG_LEVEL=debug start_program c worker -j 1
wait_listening c
sql "SELECT pg_notify('paceline_back', '{\"kind\":\"hang\",\"keys\":[\"$key\"]}')" >/dev/null
ok 'a job that stands still' wait_for 10 'grep -q "\"job.claim\"" "$TEST_DIR/c.log"' # it runs, that is
ended c TERM 0
is "$(row)" 'complete|3|1|1' 'is finished'
nothing_left 0 'no worker, no holding'

# --- a second signal forces, and so does the drain's deadline; the reaper gives back what was in work
start_program d worker -j 1
PACELINE_DRAIN_TIMEOUT_S=1 start_program e worker -j 1
wait_listening d
wait_listening e
job 6 3600 false
in_work 'a job that never ends'
[ "$(sql "SELECT w.pid FROM workers AS w JOIN hang_jobs AS j ON j.job_worker = w.id")" = "$(slots_of d)" ] && forced=d || forced=e
job 7 3600 false
in_work 'and another'
sql "UPDATE hang_jobs SET seconds = 0"
kill -TERM "$(pid_of d)"
kill -TERM "$(pid_of e)"
ok 'both drain' wait_for 5 'grep -q supervisor.drain "$TEST_DIR/d.log" && grep -q supervisor.drain "$TEST_DIR/e.log"'
ended d TERM 11
ok 'e: its deadline ends it' stop e 0 5
is "$(grep '"supervisor.end"' "$TEST_DIR/e.log" | sed 's/.*"exit_code"://; s/[^0-9].*//')" 11 'e: exit code 11'
ok 'the reaper gives both back' wait_value 10 2 jobs_in pending hang
ok 'and buries the workers' wait_value 10 0 sql 'SELECT count(*) FROM workers'
is "$(sql "SELECT DISTINCT job_epoch, job_attempts, job_error ->> 'code' FROM hang_jobs WHERE job_status = 'pending'")" '2|1|worker_died' \
    'the attempt counts'
start_program f worker -j 1
wait_listening f
sql "SELECT pg_notify('paceline_back', json_build_object('kind', 'hang', 'keys', json_agg(id))::text) FROM hang_jobs WHERE job_status = 'pending'" >/dev/null
ok 'the next worker does them' wait_value 20 0 jobs_left hang
is "$(jobs_wrong)" '' 'the contract holds'
ok 'verify finds nothing' program reaper verify
done_testing
