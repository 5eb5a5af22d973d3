#!/bin/bash
# Programs of several versions on one database: who is refused, what goes on, and a rolling restart under load.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# contract MAJOR MINOR: what a migration would write.
contract() {
    sql "UPDATE job_contract SET major = $1, minor = $2"
}

# refused NAME REGEX: the program ends with exit status 3 and says why.
refused() {
    program "$1" run >"$TEST_DIR/refused-$1.txt" 2>&1 &
    local pid=$! status
    TEST_PIDS[refused]=$pid
    ok "$1 ends by itself" wait_for 40 '! is_running refused'
    wait "$pid"
    status=$?
    unset 'TEST_PIDS[refused]'
    is "$status" 3 "as a program that is set up wrongly"
    like "$(cat "$TEST_DIR/refused-$1.txt")" "$2" 'and says why'
}

jobs_start null fail
read -r major minor < <(sql "SELECT major || ' ' || minor FROM job_contract")
newer="contract $((major + 1)).0, which this program .* is too old to share: update the program"
older="contract $((major - 1)).9, but this program needs $major.$minor: run paceline-reaper migrate"

# --- a contract of another major number
contract $((major + 1)) 0
for name in producer worker reaper; do
    refused $name "$newer"
done
OUT=$(program reaper status 2>&1)
like "$? $OUT" "^4 .*$newer" 'a command is refused, too'
OUT=$(program worker run-one null 1 2>&1)
like "$? $OUT" "^4 .*$newer" 'and run-one'
OUT=$(program producer topics 2>&1)
like "$? $OUT" "^4 .*$newer" 'and topics'
sql 'ALTER TABLE job_contract DROP CONSTRAINT job_contract_major_check'
contract $((major - 1)) 9
for name in producer worker reaper; do
    refused $name "$older"
done
sql 'CREATE DATABASE empty' -d postgres
OUT=$(env PACELINE_DATABASE="host=$PG_FOLDER user=postgres dbname=empty" "$BUILD/paceline-reaper" status 2>&1)
like "$? $OUT" '^4 .*says nothing of its contract: run paceline-reaper migrate' 'a database that was never migrated'

# --- compatible: what runs goes on, what starts may be older or newer
contract "$major" "$minor"
producer_start
reaper_start
worker_start one
worker_start two
sql "INSERT INTO null_jobs SELECT generate_series(1, 2000)"
contract "$major" $((minor + 1)) # a migration that older programs can live with
start_program three worker
wait_ready three
pass 'a program that needs less than there is runs'
ok 'migrate changes nothing that is there' program reaper migrate --database "$DATABASE"

# --- the order of an upgrade, under load: reaper, workers one after the other, producer
n=2000
# load: more jobs, while somebody is away.
load() {
    sql "INSERT INTO null_jobs SELECT generate_series($((n + 1)), $((n + 500))); INSERT INTO fail_jobs (id, ending) SELECT 'e' || i, 'effect' FROM generate_series($n, $((n + 49))) AS i"
    n=$((n + 500))
}
load
stop reaper
load
reaper_start
for name in one two three; do
    load
    stop $name
    load
    worker_start $name
done
load
stop producer
load
producer_start
ok 'every job is done' wait_value 120 0 jobs_left null
ok 'and every one with effects' wait_value 120 0 jobs_left fail
is "$(sql "SELECT count(*) FROM witness.transitions WHERE kind = 'null' AND became = 'complete'")" "$n" 'each once'
is "$(sql "SELECT count(*), count(DISTINCT key) FROM fail_jobs_effects")" "$(sql "SELECT count(*) || '|' || count(*) FROM fail_jobs")" 'and their effects'
is "$(jobs_wrong)" '' 'the contract holds'
ok 'verify agrees' program reaper verify

# --- what runs keeps running on an open connection; when it comes back to a contract it cannot share, it ends
contract $((major + 1)) 0
sql "INSERT INTO null_jobs VALUES (0)"
ok 'what runs goes on' wait_value 60 0 jobs_left null
sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'paceline\\_%'" >/dev/null
for name in producer one two three reaper; do
    ok "$name ends when it has to come back" wait_for 60 "! is_running $name"
    ok 'and says why' grep -q 'is too old to share' "$TEST_DIR/$name.log"
done
done_testing
