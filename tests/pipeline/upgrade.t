#!/bin/bash
# Programs of several versions on one database: who is refused, what goes on, and a rolling restart under load.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# contract MAJOR: what a migration would write that older programs cannot live with.
contract() {
    sql "UPDATE job_contract SET major = $1"
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
major=$(sql 'SELECT major FROM job_contract')
minor=$(sql 'SELECT max(number) FROM paceline_migrations')
newer="contract $((major + 1)).$minor, which this program .* is too old to share: update the program"

# --- a contract of another major number
contract $((major + 1))
for name in producer worker reaper; do
    refused $name "$newer"
done
OUT=$(program reaper status 2>&1)
like "$? $OUT" "^4 .*$newer" 'a command is refused, too'
OUT=$(program worker run-one null 1 2>&1)
like "$? $OUT" "^4 .*$newer" 'and run-one'
OUT=$(program producer topics 2>&1)
like "$? $OUT" "^4 .*$newer" 'and topics'
contract "$major"

# --- a database that has not been migrated to what the program needs
sql "CREATE TABLE migrated AS SELECT * FROM paceline_migrations WHERE number = $minor; DELETE FROM paceline_migrations WHERE number = $minor"
for name in producer worker reaper; do
    refused $name "contract $major.$((minor - 1)), but this program needs $major.$minor: run paceline-reaper migrate"
done
sql 'INSERT INTO paceline_migrations SELECT * FROM migrated'
sql 'CREATE DATABASE empty' -d postgres
OUT=$(env PACELINE_DATABASE="host=$PG_FOLDER user=postgres dbname=empty" "$BUILD/paceline-reaper" status 2>&1)
like "$? $OUT" '^4 .*says nothing of its contract: run paceline-reaper migrate' 'a database that was never migrated'

# --- compatible: what runs goes on, what starts may be older or newer
producer_start
reaper_start
worker_start one
worker_start two
sql "INSERT INTO null_jobs SELECT generate_series(1, 2000)"
sql "INSERT INTO paceline_migrations VALUES ($((minor + 1)), 'later', '')" # one that older programs can live with
start_program three worker
wait_ready three
pass 'a program that needs less than there is runs'
fails 'but does not migrate what it does not know' program reaper migrate --database "$DATABASE"

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
contract $((major + 1))
sql "INSERT INTO null_jobs VALUES (0)"
ok 'what runs goes on' wait_value 60 0 jobs_left null
sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'paceline\\_%'" >/dev/null
for name in producer one two three reaper; do
    ok "$name ends when it has to come back" wait_for 60 "! is_running $name"
    ok 'and says why' grep -q 'is too old to share' "$TEST_DIR/$name.log"
done
done_testing
