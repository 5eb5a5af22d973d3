#!/bin/bash
# A dump taken while the fleet is at work, restored on another server: with Kafka empty, and with its old messages.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/readme.sh"
[ -x "$PG_BIN/pg_dump" ] || skip_all 'pg_dump is not installed'

# open_jobs: every job that is not finished: kind, key, status.
open_jobs() {
    sql "SELECT 'null', id::text, job_status FROM null_jobs WHERE job_status IN ('pending', 'processing') UNION ALL
         SELECT 'fail', id, job_status FROM fail_jobs WHERE job_status IN ('pending', 'processing') UNION ALL
         SELECT 'hang', id::text, job_status FROM hang_jobs WHERE job_status IN ('pending', 'processing')"
}

jobs_left_anywhere() {
    open_jobs | wc -l
}

# server_new FOLDER: another cluster, empty, takes the place of the one that runs.
server_new() {
    stop postgres QUIT 30
    PG_FOLDER=$1
    export PGHOST=$PG_FOLDER DATABASE="host=$PG_FOLDER user=postgres dbname=paceline"
    pg_start
    sql 'DROP DATABASE paceline' -d postgres
}

# fleet_start, fleet_kill: as it is killed, nothing is given back.
fleet_start() {
    producer_start
    reaper_start
    worker_start worker -j 2
}
fleet_kill() {
    local name
    for name in worker reaper producer; do
        stop $name KILL
    done
}

# kafka_empty: the broker comes back without its data.
kafka_empty() {
    stop broker TERM 30
    [ "$BROKER" = embedded ] || "$KAFKA" wipe "$TEST_DIR/kafka" || bail_out 'Kafka cannot be wiped'
    broker_start
}

# --- jobs of every sort, and a dump while they are at work
jobs_start null fail hang
fleet_start
sql "INSERT INTO null_jobs SELECT generate_series(1, 300); INSERT INTO fail_jobs (id, ending) SELECT 'done ' || i, 'effect' FROM generate_series(1, 20) AS i"
ok 'some are done' wait_value 40 0 jobs_left_anywhere
ok 'the reaper has looked at the ground' wait_for 60 'sql "SELECT timeline FROM job_ground" | grep 1'
sql "INSERT INTO hang_jobs (id, seconds) SELECT gen_random_uuid(), 600 FROM generate_series(1, 4)"
ok 'some are in work' wait_for 40 '[ "$(claims hang)" -gt 1 ]'
sql "INSERT INTO null_jobs SELECT generate_series(1001, 1200);
     INSERT INTO fail_jobs (id, ending) SELECT 'waits ' || i, 'effect' FROM generate_series(1, 20) AS i;
     INSERT INTO fail_jobs (id, ending, job_due_at) VALUES ('later', 'effect', now() + interval '1 min')"
sql "SET session_replication_role = replica; INSERT INTO null_jobs SELECT generate_series(2001, 2010)"
ok 'a dump, as the README says' readme_run backup
ok 'a base backup' pg_as_server "$PG_BIN/pg_basebackup" -h "$PG_FOLDER" -U postgres -D "$PG_FOLDER/base" -X stream -c fast --no-sync
sql "INSERT INTO null_jobs VALUES (3001)" # after the dump: it is gone
fleet_kill

# all_is_done WHERE SLOTS: the fleet starts on what was restored, and does what was open, each once.
all_is_done() {
    local last
    open_jobs | sort >"$TEST_DIR/open"
    like "$(cut -d'|' -f3 "$TEST_DIR/open" | sort | uniq -c | paste -sd ' ')" '[0-9]+ pending +[1-9][0-9]* processing' "$1: jobs wait and are in work"
    is "$(sql 'SELECT count(*) FROM pg_replication_slots')" "$2" "$1: there is $2 slot"
    ok "$1: the dead fleet holds jobs" test "$(sql 'SELECT count(*) FROM holdings')" -gt 0
    sql "UPDATE hang_jobs SET seconds = 0; UPDATE fail_jobs SET job_due_at = now() + interval '3 s' WHERE id = 'later' AND job_status = 'pending'"
    last=$(sql 'SELECT max(n) FROM witness.transitions')
    fleet_start
    ok "$1: everything is done" wait_value 120 0 jobs_left_anywhere
    is "$(sql "SELECT kind || '|' || key FROM witness.transitions WHERE n > $last AND became = 'complete'" | sort)" \
        "$(cut -d'|' -f1,2 "$TEST_DIR/open" | sort)" "$1: exactly what was open, each once"
    is "$(sql "SELECT count(*) FROM (SELECT FROM fail_jobs_effects GROUP BY key, generation HAVING count(*) <> 1) AS twice")" 0 "$1: effects once"
    ok "$1: the reaper knows the new ground" wait_value 60 1 sql "SELECT count(*) FROM job_ground AS g, pg_control_system() AS s, pg_control_checkpoint() AS c
         WHERE g.system_identifier = s.system_identifier::text AND g.timeline = c.timeline_id"
    is "$(jobs_wrong)" '' "$1: the contract holds"
    ok "$1: verify is clean" program reaper verify
    is "$(sql "SELECT count(*) FROM workers WHERE id IN (SELECT worker FROM witness.transitions WHERE n <= $last)")" 0 \
        "$1: of the dead fleet nothing is left"
    fleet_kill
}

for kafka in empty kept; do
    [ $kafka = kept ] || kafka_empty
    server_new "$TEST_DIR/pg-$kafka"
    ok "Kafka $kafka: the restore, as the README says" readme_run restore
    [ $kafka = empty ] || send null 3001 1 1001 # of a row that is not there, of a finished one, of one that waits
    all_is_done "Kafka $kafka" 0
done

# --- the base backup, brought to a timeline of its own, as after recovery to a point in time
stop postgres QUIT 30
base=$TEST_DIR/pg/base PG_FOLDER=$TEST_DIR/pg-base
export PGHOST=$PG_FOLDER DATABASE="host=$PG_FOLDER user=postgres dbname=paceline"
pg_folder_make "$PG_FOLDER"
mv "$base" "$PG_FOLDER/data"
printf '%s\n' "unix_socket_directories = '$PG_FOLDER'" "restore_command = 'false'" >>"$PG_FOLDER/data/postgresql.conf"
pg_as_server touch "$PG_FOLDER/data/recovery.signal"
pg_run
ok 'recovered' wait_value 30 f sql 'SELECT pg_is_in_recovery()'
is "$(sql 'SELECT timeline_id FROM pg_control_checkpoint()')" 2 'on a timeline of its own'
topics
all_is_done 'another timeline' 0

# --- a snapshot of the volume: the same timeline goes on, from before what was done and read since
stop postgres QUIT 30
PG_FOLDER=$TEST_DIR/pg
export PGHOST=$PG_FOLDER DATABASE="host=$PG_FOLDER user=postgres dbname=paceline"
cp -a "$PG_FOLDER/data" "$PG_FOLDER/snapshot"
pg_run
sql "UPDATE hang_jobs SET seconds = 0; UPDATE fail_jobs SET job_due_at = now() WHERE id = 'later'"
fleet_start
ok 'everything is done' wait_value 120 0 jobs_left_anywhere
fleet_kill
stop postgres QUIT 30
rm -rf "$PG_FOLDER/data"
mv "$PG_FOLDER/snapshot" "$PG_FOLDER/data"
pg_run
all_is_done 'a snapshot' 1
done_testing
