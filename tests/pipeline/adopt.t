#!/bin/bash
# adopt and abandon: in steps, on a large table that others use meanwhile; killed at every step and run again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# owner ARGUMENT...: runs a command as the owner of the tables; its output in OUT, its exit status in STATUS.
owner() {
    OUT=$(program reaper --database "$DATABASE" "$@" 2>&1)
    STATUS=$?
}

# says STATUS REGEX NAME ARGUMENT...
says() {
    local status=$1 regex=$2 name=$3
    shift 3
    owner "$@"
    like "$STATUS $OUT" "^$status $regex" "$name"
}

# in_order KIND: verify has nothing to say of this kind.
in_order() {
    ! program reaper verify | grep "^$1 "
}

# adopt_start NAME ARGUMENT...: in the background.
adopt_start() {
    local name=$1
    shift
    start "$name" env PACELINE_DATABASE="$DATABASE" PACELINE_CONFIG="$CONFIG" "$BUILD/paceline-reaper" adopt "$@"
}

pg_start
migrate

# --- what is not possible is said before anything is changed
sql "CREATE TABLE plain (id bigint PRIMARY KEY, other bigint, at date UNIQUE); CREATE VIEW seen AS SELECT 1 AS id;
     CREATE TABLE two (a bigint, b bigint, PRIMARY KEY (a, b))"
says 2 '.*--kind: not given' 'adopt without a kind' adopt plain
says 2 '.*too few arguments.usage: paceline-reaper adopt SCHEMA.TABLE --kind KIND' 'adopt without a table' adopt --kind plain
says 2 '.*--existing: gone is neither' 'existing rows become what there is' adopt plain --kind plain --existing gone
says 2 '.*--max-attempts: 0 is not' 'no attempts' adopt plain --kind plain --max-attempts 0
says 1 '.*there is no table public.none' 'an unknown table' adopt public.none --kind plain
says 1 '.*seen is not a table' 'a view' adopt seen --kind plain
says 1 '.*--kind: Plain: not 1 to 48' 'a kind that is no name' adopt plain --kind Plain
says 1 '.*there is no column nothing' 'an unknown key' adopt plain --kind plain --key nothing
says 1 '.*key other needs to be NOT NULL and unique' 'a key that is not unique' adopt plain --kind plain --key other
says 1 '.*key at is date' 'a key of another type' adopt plain --kind plain --key at
says 1 '.*key a needs to be NOT NULL and unique' 'half a key' adopt two --kind two --key a
says 1 '.*--lease: soon is no time' 'a lease that is no time' adopt plain --kind plain --lease soon
says 1 '.*--lease: -5s is not 00:00:01 or more, up to 1 day' 'a lease that never was' adopt plain --kind plain --lease -5s
says 1 '.*--lease: 25h is not' 'a lease that never ends' adopt plain --kind plain --lease 25h
says 1 '.*--backoff-base: 2h is not' 'a backoff beyond its range' adopt plain --kind plain --backoff-base 2h
says 1 '.*--backoff-cap: x is no time' 'a cap that is no time' adopt plain --kind plain --backoff-cap x
says 1 '.*--keep-finished: 0 is not' 'finished rows that do not stay' adopt plain --kind plain --keep-finished 0
says 2 '.*no kind plain is adopted' 'abandon of what is not adopted' abandon plain
is "$(sql "SELECT count(*) FROM pg_attribute WHERE attname = 'job_status' AND attrelid::regclass::text IN ('plain', 'two')")" 0 'nothing was changed'
says 0 '.*adopted as kind plain' 'then it is adopted' adopt plain --kind plain --lease 90s --max-attempts 7 --backoff-base 2s --backoff-cap 1min \
    --cancel-at-once --keep-finished '30 days'
is "$(sql "SELECT key_column, key_type, topic, lease, max_attempts, backoff_base, backoff_cap, cancel_at_once, keep_finished FROM job_kinds WHERE kind = 'plain'")" \
    'id|bigint|paceline.plain|00:01:30|7|00:00:02|00:01:00|t|30 days' 'with these settings'
says 0 '.*adopted' 'and again' adopt plain --kind plain --lease 60s
is "$(sql "SELECT lease, max_attempts FROM job_kinds WHERE kind = 'plain'")" '00:01:00|7' 'what is not given stays'
says 1 '.*plain is adopted already, as kind plain' 'under another name' adopt plain --kind other
says 1 '.*kind plain is another table already: plain' 'another table under the name' adopt two --kind plain --key a
ok 'is in order' in_order plain

# --- warnings
sql "CREATE TABLE warned (id bigint PRIMARY KEY, a int, b int, c int, updated_at timestamptz, touched_at timestamptz, seldom_at timestamptz);
     CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
     CREATE FUNCTION seldom() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seldom_at = now(); RETURN NEW; END';
     CREATE TRIGGER touch BEFORE UPDATE ON warned FOR EACH ROW EXECUTE FUNCTION touch();
     CREATE TRIGGER seldom BEFORE UPDATE OF a ON warned FOR EACH ROW EXECUTE FUNCTION seldom();
     CREATE INDEX by_seldom ON warned (seldom_at);
     CREATE INDEX by_day ON warned (a) WHERE updated_at IS NOT NULL"
owner adopt warned --kind warned
like "$OUT" 'warning: trigger touch sets updated_at on every update, and index by_day is on it' 'an index in whose predicate a trigger writes'
is "$(echo "$OUT" | grep -c warning)" 1 'no warning of a trigger that is bound to a column, nor of few indexes'
sql "CREATE INDEX by_status ON warned (job_status); CREATE INDEX ON warned (a); CREATE INDEX ON warned (b); CREATE INDEX ON warned (c); CREATE INDEX ON warned (a, b)"
owner adopt warned --kind warned --existing pending
like "$OUT" 'warning: index by_status is on job_status, which claims and finishes write' 'an index on a job column'
like "$OUT" 'warning: 8 indexes: every update' 'many indexes'
like "$OUT" 'warning: the job columns are there already: --existing changes nothing' 'what comes too late'
if [ "$(sql "SELECT count(*) FROM pg_available_extensions WHERE name = 'moddatetime'")" = 1 ]; then
    sql "CREATE EXTENSION moddatetime; CREATE INDEX by_touched ON warned (touched_at);
         CREATE TRIGGER moved BEFORE UPDATE ON warned FOR EACH ROW EXECUTE FUNCTION moddatetime(touched_at)"
    owner adopt warned --kind warned
    like "$OUT" 'warning: trigger moved sets touched_at on every update, and index by_touched is on it' 'a column that a trigger gets as argument'
else
    skip 'a column that a trigger gets as argument' 'moddatetime is not installed'
fi

# --- a large table that others write to
sql "CREATE TABLE live (id bigint PRIMARY KEY, note text);
     INSERT INTO live SELECT i, repeat('x', 100) FROM generate_series(1, 200000) AS i;
     CREATE SEQUENCE live_next START 200001; CREATE TABLE waited (what text, took interval)"
cat >"$TEST_DIR/writer.sql" <<'END'
BEGIN;
INSERT INTO live (id, note) SELECT nextval('live_next'), 'new' FROM generate_series(1, 5);
UPDATE live SET note = 'changed' WHERE id = 1 + (random() * 199999)::int;
INSERT INTO waited SELECT 'write', clock_timestamp() - now();
COMMIT;
END
writer() {
    for ((i = 0; i < 3000; i++)); do
        cat "$TEST_DIR/writer.sql"
    done | psql -XAtq -v ON_ERROR_STOP=1
}
export -f writer
export TEST_DIR
start writer bash -c writer
ok 'a writer writes' wait_for 10 '[ "$(sql "SELECT count(*) FROM waited")" -gt 50 ]'
before=$(sql 'SELECT count(*) FROM waited')
says 0 '.*public.live: adopted as kind null' 'the table is adopted meanwhile' adopt public.live --kind null --key id
ok 'the writer is still at work' is_running writer
ok 'and wrote meanwhile' test "$(sql 'SELECT count(*) FROM waited')" -gt "$before"
ok 'it never waited as long as two seconds' test "$(sql "SELECT max(took) < interval '2 s' FROM waited")" = t
stop writer
ok 'is in order' in_order null
is "$(sql "SELECT count(*) FROM live WHERE job_status = 'complete' AND id <= 200000")" 200000 'what was there before counts as done'
is "$(sql "SELECT count(*) FROM pg_index WHERE indrelid = 'live'::regclass AND NOT indisvalid")" 0 'its indexes are valid'
waiting=$(sql "SELECT count(*) FROM live WHERE job_status = 'pending'")
ok 'what came between columns and triggers waits' test "$waiting" -gt 0
broker_start
topics
producer_start
# As if a full sweep had just been: it would find what the barrier must.
sql "INSERT INTO job_ground SELECT true, s.system_identifier, c.timeline_id, now() FROM pg_control_system() AS s, pg_control_checkpoint() AS c"
reaper_start
worker_start worker
ok 'and is found and done' wait_value 60 0 sql "SELECT count(*) FROM live WHERE job_status <> 'complete'"
sql "INSERT INTO live VALUES (-1, 'after')"
ok 'as what comes later' wait_value 20 complete sql "SELECT job_status FROM live WHERE id = -1"

# --- a lock that somebody holds
sql "CREATE TABLE locked (id bigint PRIMARY KEY); INSERT INTO locked SELECT generate_series(1, 100)"
session_open
session_say 'BEGIN; SELECT count(*) FROM locked;' 'idle in transaction'
adopt_start locked locked --kind locked
ok 'a step that does not get its lock lets others go first' wait_for 20 'grep "^columns: the table is locked; trying again" "$TEST_DIR/locked.log"'
session_say 'COMMIT;' idle
ok 'and comes again' wait_for 30 '! is_running locked'
like "$(cat "$TEST_DIR/locked.log")" 'locked: adopted as kind locked' 'until it is done'
ok 'is in order' in_order locked

# --- two at once
sql "CREATE TABLE twice (id bigint PRIMARY KEY); INSERT INTO twice SELECT generate_series(1, 20000)"
adopt_start first twice --kind twice
adopt_start second twice --kind twice
ok 'two adopt one table' wait_for 60 '! is_running first && ! is_running second'
is "$(cat "$TEST_DIR/first.log" "$TEST_DIR/second.log" | grep -c 'twice: adopted as kind twice')" 2 'both succeed'
ok 'is in order' in_order twice

# --- killed while an index is built: a transaction with a snapshot keeps it from its end
sql "CREATE TABLE broken (id bigint PRIMARY KEY); INSERT INTO broken SELECT generate_series(1, 1000)"
session_say 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;' 'idle in transaction'
adopt_start builder broken --kind broken
ok 'an index is being built' wait_for 30 '[ "$(sql "SELECT count(*) FROM pg_index WHERE indrelid = '\''broken'\''::regclass AND NOT indisvalid")" = 1 ]'
stop builder KILL
ok 'the server notices the end of a killed command' wait_value 20 0 sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'paceline-reaper adopt'"
is "$(sql "SELECT count(*) FROM pg_index WHERE indrelid = 'broken'::regclass AND NOT indisvalid")" 1 'an invalid index is left behind'
session_say 'COMMIT;' idle
says 0 '.*left invalid by a broken attempt; building it again.*adopted as kind broken' 'the next attempt builds it again' adopt broken --kind broken
ok 'is in order' in_order broken

# --- killed behind every step
if has_failpoints; then
    for step in columns checks validate storage index register triggers settle; do
        sql "CREATE TABLE at_$step (id bigint PRIMARY KEY, note text); INSERT INTO at_$step SELECT generate_series(1, 100)"
        PACELINE_FAILPOINTS="adopt.$step=crash" owner adopt "at_$step" --kind "at_$step" --existing pending
        is "$STATUS" 137 "killed behind $step"
        sql "INSERT INTO at_$step (id) VALUES (101); UPDATE at_$step SET note = 'still in use' WHERE id = 101"
        owner adopt "at_$step" --kind "at_$step"
        is "$STATUS $(sql "SELECT count(*) FROM at_$step WHERE job_status = 'pending'")" '0 101' 'run again, it is adopted'
        ok 'and in order' in_order "at_$step"
    done
else
    skip 'killed behind every step' 'built without failpoints'
fi

# --- its table dropped
sql 'CREATE TABLE gone (id bigint PRIMARY KEY)'
says 0 '.*adopted' 'a table to be dropped' adopt gone --kind dropped
sql 'DROP TABLE gone; CREATE TABLE gone (id bigint PRIMARY KEY)'
like "$(program reaper verify)" 'dropped .*is gone; abandon it' 'verify says what to do with a kind whose table was dropped'
says 1 '.*kind dropped is another table already, which was dropped; abandon' 'so does adopt' adopt gone --kind dropped
says 0 'dropped: abandoned' 'it is abandoned' abandon dropped
says 0 '.*adopted' 'and its name is free' adopt gone --kind dropped

# --- abandoned, and adopted anew
sql "UPDATE job_kinds SET lease = '1 h' WHERE kind = 'null'"
sql "INSERT INTO workers (id, host, slot, pid, kinds) OVERRIDING SYSTEM VALUE VALUES (9000, 'h', 0, 1, '{}')"
stop reaper
stop worker
sql "INSERT INTO holdings VALUES (9000, 1, 'null', '{1}', now() + interval '1 h')"
says 1 '.*jobs of kind null are in work; pause it' 'abandon is refused while something is held' abandon null
sql "DELETE FROM holdings; SET session_replication_role = replica;
     UPDATE live SET job_status = 'processing', job_worker = 9000 WHERE id = 1"
says 1 '.*1 jobs are in work' 'also if no holding says so' abandon null
sql "UPDATE live SET job_status = 'complete', job_worker = NULL WHERE id = 1; DELETE FROM workers WHERE id = 9000"
session_say 'BEGIN; SELECT count(*) FROM live;' 'idle in transaction'
start abandoner env PACELINE_DATABASE="$DATABASE" PACELINE_CONFIG="$CONFIG" "$BUILD/paceline-reaper" abandon null
ok 'abandon too lets others go first' wait_for 20 'grep "^abandon: the table is locked; trying again" "$TEST_DIR/abandoner.log"'
session_say 'COMMIT;' idle
ok 'then it is abandoned' wait_for 30 'grep "^null: abandoned" "$TEST_DIR/abandoner.log"'
is "$(sql "SELECT count(*) FROM pg_attribute WHERE attrelid = 'live'::regclass AND attname LIKE 'job%' AND NOT attisdropped")" 0 'no column of ours is left'
is "$(sql "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'live'::regclass")" 0 'no trigger'
is "$(sql "SELECT count(*) FROM pg_constraint WHERE conrelid = 'live'::regclass AND contype = 'c'")" 0 'no constraint'
is "$(sql "SELECT count(*) FROM pg_index WHERE indrelid = 'live'::regclass")" 1 'no index'
is "$(sql "SELECT count(*) FROM pg_policy WHERE polrelid = 'live'::regclass")" 0 'no policy'
is "$(sql "SELECT has_table_privilege('paceline_worker', 'live', 'SELECT')")" f 'no right'
is "$(sql 'SELECT reloptions FROM pg_class WHERE oid = '\''live'\''::regclass')" '' 'no storage option'
sql "INSERT INTO live VALUES (-2, 'plain again')"
says 2 '.*no kind null is adopted' 'abandoned is abandoned' abandon null
says 0 '.*adopted as kind null' 'adopted anew' adopt live --kind null --existing pending
ok 'is in order' in_order null
is "$(sql "SELECT count(*) FROM live WHERE job_status = 'pending'")" "$(sql 'SELECT count(*) FROM live')" 'with every row pending this time'
sql "DELETE FROM live WHERE id > 500"
reaper_start
worker_start worker
ok 'which are found and done' wait_value 60 0 sql "SELECT count(*) FROM live WHERE job_status <> 'complete'"
is "$(sql "SELECT count(*) FROM holdings")" 0 'and let go of'
done_testing
