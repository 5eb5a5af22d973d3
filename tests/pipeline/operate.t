#!/bin/bash
# The commands of paceline-reaper with which people look after jobs: status, failed, requeue, cancel, pause, resume, migrate.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
command -v jq >/dev/null || skip_all 'jq is not installed'

# reaper ARGUMENT...: runs a command; its output in OUT, its exit status in STATUS.
reaper() {
    OUT=$(program reaper "$@" 2>&1)
    STATUS=$?
}

# says STATUS REGEX NAME ARGUMENT...
says() {
    local status=$1 regex=$2 name=$3
    shift 3
    reaper "$@"
    like "$STATUS $OUT" "^$status $regex" "$name"
}

# kind_of KIND FILTER: one figure of status --json.
kind_of() {
    program reaper status --json | jq -r ".kinds[] | select(.kind == \"$1\") | $2"
}

jobs_start null fail hang
sql "UPDATE job_kinds SET cancel_at_once = false WHERE kind = 'hang'"

# --- what is not understood is said, and is exit status 2
says 2 '.*no such subcommand' 'an unknown command' nonsense
says 2 '.*status: --nonsense: no such option' 'an unknown option' status --nonsense
says 2 '.*status: too many arguments' 'an argument too many' status null
says 2 '.*status: --json: takes no value' 'a flag with a value' status --json=yes
says 2 '.*failed: --limit: 0 is not a whole number from 1' 'a number out of range' failed --limit 0
says 2 '.*failed: --limit: x is not' 'a number that is none' failed --limit=x
says 2 '.*failed: --limit: no value' 'an option without its value' failed --limit
says 2 '.*failed: no kind nonsense is adopted; there are: fail, hang, null' 'an unknown kind, and the known ones' failed nonsense
says 2 '.*requeue: too few arguments' 'requeue without a kind' requeue
says 2 '.*requeue: no keys, and no --failed' 'requeue without keys' requeue null
says 2 '.*requeue: --failed takes no keys' 'requeue of both' requeue null 1 --failed
says 2 '.*requeue: --failed takes no keys and no --force' 'failed jobs need no force' requeue null --failed --force
says 2 '.*requeue: --class and --limit go with --failed' 'a class without --failed' requeue null 1 --class invalid_data
says 2 '.*requeue: --class: nonsense is no class of errors; there are: network_error, rate_limit, .*' 'an unknown class' requeue null --failed --class nonsense
says 2 '.*requeue: 1x: not a key of kind null \(bigint\)' 'a key of another type' requeue null 1x
says 2 '.*cancel: too few arguments' 'cancel without keys' cancel null
says 2 '.*cancel: 7: not a key of kind hang \(uuid\)' 'a number for a uuid' cancel hang 7
says 2 '.*pause: too few arguments' 'pause without a kind' pause
says 2 '.*resume: no kind x is adopted' 'resume of an unknown kind' resume x
says 2 '.*verify: too many' 'verify of something' verify null
says 2 '.*migrate: too many' 'migrate to something' migrate 7
says 0 '.*requeue KIND KEY' 'help lists the commands' --help
OUT=$(PACELINE_DATABASE="host=$TEST_DIR/nowhere" "$BUILD/paceline-reaper" status 2>&1)
like "$? $OUT" '^4 paceline-reaper: status: database: ' 'a database out of reach is exit status 4'

# --- before anything runs
reaper status
like "$OUT" 'slot paceline: missing' 'no slot yet'
like "$OUT" 'reclaim not running, announce not running' 'no reaper yet'
reaper pause null
is "$STATUS $OUT" '0 null: paused; workers notice within 5 s' 'pause'
reaper pause null
is "$STATUS $OUT" '0 null: paused already' 'twice changes nothing'
producer_start
reaper_start
worker_start worker -j 2

# --- waiting, in work, finished, lag
sql "INSERT INTO null_jobs SELECT generate_series(1, 20)"
ok 'what waits is counted, and the lag of Kafka' wait_value 20 '20 20 true' kind_of null '"\(.waiting) \(.lag) \(.paused)"'
is "$(program reaper status --json | jq -c '.kinds[] | select(.kind == "null") | [.later, .processing, .complete, .oldest_ready_s > 0]')" \
    '[0,0,0,true]' 'none later, none in work, and the oldest has an age'
sql "UPDATE null_jobs SET job_due_at = now() + interval '1 hour' WHERE id > 15"
is "$(kind_of null '"\(.waiting) \(.later)"')" '20 5' 'five of them are for later'
sql "UPDATE null_jobs SET job_due_at = now() WHERE id > 15"
reaper resume null
is "$STATUS $OUT" '0 null: resumed' 'resume'
ok 'then they are done' wait_value 30 0 jobs_left null
ok 'and counted as complete, without lag' wait_value 20 '0 0 20 0 null' kind_of null \
    '"\(.waiting) \(.processing) \(.complete) \(.lag) \(.oldest_ready_s)"'
is "$(BOOTSTRAP=127.0.0.1:1 program reaper status --json | jq -c '[.kinds[].lag] | unique')" '[null]' 'Kafka out of reach: unknown'
like "$(BOOTSTRAP=127.0.0.1:1 program reaper status)" $'\nnull .* unknown +20 ' 'in words too'
is "$(program reaper status --json | jq -c '[.slot.exists, .slot.active, .slot.wal_status, .slot.behind_bytes >= 0, .reaper.reclaim, .reaper.announce]')" \
    '[true,true,"reserved",true,true,true]' 'the slot, and who is active'
is "$(program reaper status --json | jq -c '[.workers[] | [.slot, .alive, .holdings, (.kinds | test("^fail,hang,null"))]] | sort')" \
    '[[0,true,0,true],[1,true,0,true]]' 'the workers live and hold nothing'

# --- failed jobs
sql "INSERT INTO fail_jobs (id, ending) VALUES ('a', 'invalid_data'), ('ß \"', 'permission_denied')"
ok 'two fail' wait_value 20 2 jobs_in failed fail
is "$(program reaper failed --json | jq -c '[.failed[] | [.kind, .key, .class, .code, .attempts]] | sort')" \
    '[["fail","a","invalid_data","as_told",1],["fail","ß \"","permission_denied","as_told",1]]' 'failed says which and why'
is "$(program reaper failed fail --json | jq -r '.failed[0].at | test("^20..-..-..T..:..:..\\....Z$")')" true 'and when'
like "$(program reaper failed fail)" 'fail a  invalid_data/as_told  attempts 1
    fail: job a was told to end with invalid_data' 'in words'
is "$(program reaper failed hang)" 'no failed jobs' 'of another kind there is none'
sql "UPDATE null_jobs SET job_status = 'failed', job_changed_at = now(), job_error = '{\"class\": \"unknown_error\"}' WHERE id = 3"
is "$(program reaper failed --json --limit 1 | jq -r '.failed[].key')" 3 'the newest of all kinds first'
says 0 'null: 1 requeued' 'requeue of failed jobs' requeue null --failed
ok 'they are done' wait_value 20 0 jobs_left null

# --- requeue
sql "UPDATE fail_jobs SET ending = 'done'"
says 0 'fail: 1 requeued' 'requeue of one class' requeue fail --failed --class permission_denied
ok 'is done again' wait_value 20 1 jobs_in complete fail
is "$(sql "SELECT id, job_generation, job_attempts FROM fail_jobs WHERE job_status = 'complete'")" 'ß "|2|1' 'as a new generation'
sql "INSERT INTO fail_jobs (id, ending, job_status, job_error)
     SELECT 'many ' || i, 'done', 'failed', '{\"class\": \"network_error\"}' FROM generate_series(1, 1200) AS i"
says 0 'fail: 700 requeued' 'requeue up to a limit, in batches' requeue fail --failed --class network_error --limit 700
says 0 'fail: 501 requeued' 'and the rest' requeue fail --failed
ok 'all are done' wait_value 60 1202 jobs_in complete fail
is "$(sql "SELECT count(*) FROM fail_jobs WHERE job_generation = 2")" 1202 'each requeued once'
says 0 'fail: 0 requeued' 'then there is none left' requeue fail --failed
reaper requeue null 1 2 999 01
is "$STATUS $OUT" $'1 999: absent\nnull: 2 requeued' 'requeue by key: finished jobs too, what is absent is said, a key twice is once'
ok 'they are done again' wait_value 20 0 jobs_left null
is "$(sql "SELECT job_generation FROM null_jobs WHERE id IN (1, 2)")" $'2\n2' 'as new generations'
sql "INSERT INTO null_jobs VALUES (-5)"
ok 'a key that looks like an option' wait_value 20 1 sql "SELECT count(*) FROM null_jobs WHERE id = -5 AND job_status = 'complete'"
says 0 'null: 1 requeued' 'is a key' requeue null -5
says 0 'null: 1 requeued' 'behind -- too' requeue null -- -5

# --- jobs in work
uuid=00000000-0000-0000-0000-00000000000a
sql "INSERT INTO hang_jobs (id, seconds) VALUES ('$uuid', 600)"
ok 'a long job is in work' wait_value 20 1 jobs_in processing hang
is "$(kind_of hang '"\(.waiting) \(.processing)"')" '0 1' 'counted so'
is "$(program reaper status --json | jq -c '[.workers[] | [.holdings, .jobs]] | sort')" '[[0,0],[1,1]]' 'held by one worker'
says 1 "$uuid: in work; --force .*hang: 0 requeued" 'requeue leaves it alone' requeue hang "${uuid^^}"
says 0 'hang: 1 requeued' 'unless forced' requeue hang "$uuid" --force
ok 'then it is begun anew' wait_value 30 2 claims hang
is "$(sql "SELECT job_status, job_epoch, job_generation, job_attempts FROM hang_jobs")" 'processing|3|2|1' 'as a new generation, whose late result is fenced'
says 0 "$uuid: requested" 'cancel of a job in work is a wish' cancel hang "$uuid"
ok 'which it grants' wait_value 20 1 jobs_in cancelled hang
says 1 "$uuid: finished" 'cancel of a finished job' cancel hang "$uuid"
says 1 '00000000-0000-0000-0000-000000000000: absent' 'cancel of none' cancel hang 00000000-0000-0000-0000-000000000000
sql "INSERT INTO hang_jobs (id, seconds, job_due_at) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 0, now() + interval '1 hour'
       FROM unnest('{b,c,d}'::text[]) AS n"
reaper cancel hang "${uuid/%a/b}" "${uuid/%a/c}"
is "$STATUS $OUT" "0 ${uuid/%a/b}: cancelled
${uuid/%a/c}: cancelled" 'waiting ones are cancelled at once'
reaper requeue hang "${uuid/%a/b}" "${uuid/%a/d}"
is "$STATUS $OUT" "0 ${uuid/%a/d}: pending already
hang: 1 requeued" 'a cancelled one may be requeued, one that waits is left alone'
ok 'it is done' wait_value 20 1 jobs_in complete hang
sql "UPDATE job_kinds SET cancel_at_once = true WHERE kind = 'hang'; UPDATE hang_jobs SET seconds = 600, job_due_at = now() WHERE job_status = 'pending'"
ok 'a long job again' wait_value 20 1 jobs_in processing hang
says 0 "${uuid/%a/d}: cancelled" 'a kind may cancel at once what is in work' cancel hang "${uuid/%a/d}"
is "$(jobs_in processing hang)" 0 'nothing is in work any more'
ok 'the late result is fenced' wait_for 20 'grep -c "job.fenced.*00d\"" "$TEST_DIR/worker.log"'
is "$(jobs_wrong)" '' 'the contract holds'
says 0 'verify: 0 violations' 'verify agrees' verify
stop worker
stop producer

# --- finished rows of a large table are counted only when asked for
sql "CREATE TABLE large (id bigint PRIMARY KEY, note text);
     ALTER TABLE large ALTER note SET STORAGE PLAIN;
     INSERT INTO large SELECT i, repeat('x', 7000) FROM generate_series(1, 9000) AS i;
     SELECT job_adopt('large', kind => 'large')" >/dev/null
is "$(kind_of large '"\(.waiting) \(.complete)"')" '0 null' 'not counted'
is "$(program reaper status --json --count | jq -r '.kinds[] | select(.kind == "large") | .complete')" 9000 'unless asked for'

# --- migrate
sql 'CREATE DATABASE other' -d postgres
other="host=$PG_FOLDER user=postgres dbname=other"
migrations=("$ROOT"/sql/migrations/*.sql)
n=${#migrations[@]}
start first "$BUILD/paceline-reaper" --database "$other" migrate
start second "$BUILD/paceline-reaper" --database "$other" migrate
ok 'two migrate at once' wait_for 60 '! is_running first && ! is_running second'
is "$(cat "$TEST_DIR/first.log" "$TEST_DIR/second.log" | grep -c '^migrate: 0 applied')$(cat "$TEST_DIR/first.log" "$TEST_DIR/second.log" | grep -c "^migrate: $n applied")" \
    11 'one finds nothing to do'
is "$(sql 'SELECT count(*) FROM paceline_migrations' -d other)" "$n" 'each is applied once'
sql "UPDATE paceline_migrations SET checksum = 'other' WHERE number = 3" -d other
says 4 '.*migrate: 0003_job_triggers was applied with other contents' 'a migration whose contents changed' --database "$other" migrate
sql "UPDATE paceline_migrations SET checksum = c.checksum FROM (SELECT checksum FROM paceline_migrations WHERE number = 2) AS c WHERE number = 3;
     DELETE FROM paceline_migrations WHERE number = 3" -d other
says 0 'migrate: 1 applied|.*migrate.apply' 'one that is missing is applied again' --database "$other" migrate
sql "INSERT INTO paceline_migrations VALUES (9999, '9999_later', '')" -d other
says 4 '.*migrate: the database has 9999_later, which this program does not know' 'a newer database' --database "$other" migrate
done_testing
