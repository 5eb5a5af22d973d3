#!/bin/bash
# verify finds each violation of the contract, made by hand with triggers disabled, and nothing else.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
command -v jq >/dev/null || skip_all 'jq is not installed'

verify() {
    OUT=$(program reaper verify "$@" 2>&1)
    STATUS=$?
}

# finds LINE NAME SQL [UNDO]: verify prints exactly this line (a pattern of bash) after SQL, and nothing after UNDO.
finds() {
    sql "SET session_replication_role = replica; $3" >/dev/null || bail_out "$2"
    verify
    # shellcheck disable=SC2254 # it is a pattern
    case $STATUS/$OUT in
    1/$1$'\n''verify: 1 violation') pass "$2" ;;
    *) fail "$2" "got:    $STATUS $OUT" "wanted: $1" ;;
    esac
    sql "SET session_replication_role = replica; ${4:-DELETE FROM null_jobs WHERE id > 100; DELETE FROM holdings; DELETE FROM workers}" >/dev/null
    verify
    [ "$STATUS $OUT" = '0 verify: 0 violations' ] || fail "nothing is left of: $2" "$OUT"
}

jobs_start null fail
producer_start
verify
is "$STATUS $OUT" '0 verify: 0 violations' 'a database at rest is in order'
is "$(program reaper verify --json)" '{"violations":[],"count":0}' 'in JSON too'
sql "INSERT INTO null_jobs SELECT generate_series(1, 100)"
verify
is "$STATUS" 0 'so are jobs that wait'

# --- one row
add='INSERT INTO null_jobs (id, job_status'
worker="INSERT INTO workers (id, host, slot, pid, kinds) OVERRIDING SYSTEM VALUE VALUES (7, 'h', 0, 1, '{}')"
held="$worker; INSERT INTO holdings VALUES (7, 1, 'null', '{200}', now() + interval '1 hour')"
# A row that its constraints refuse needs them gone; that is found too, below.
unchecked() {
    sql "ALTER TABLE null_jobs DROP CONSTRAINT $1"
}
checked() {
    sql "SELECT job_adopt_checks('null_jobs', 'id'); SELECT job_adopt_validate('null_jobs')" >/dev/null
}

finds 'null 200: in work, but no holding of worker 7 names it' 'a job in work without a holding' \
    "$worker; $add, job_worker) VALUES (200, 'processing', 7)"
finds 'null 200: in work, but no holding of worker 7 names it' 'nor is one of another worker any good' \
    "$worker; INSERT INTO workers (id, host, slot, pid, kinds) OVERRIDING SYSTEM VALUE VALUES (8, 'h', 0, 1, '{}');
     INSERT INTO holdings VALUES (8, 1, 'null', '{200}', now() + interval '1 hour'); $add, job_worker) VALUES (200, 'processing', 7)"
finds 'null 200: in work, but no holding of worker 7 names it' 'or one of another kind' \
    "$worker; INSERT INTO holdings VALUES (7, 1, 'fail', '{200}', now() + interval '1 hour'); $add, job_worker) VALUES (200, 'processing', 7)"
sql "$held; SET session_replication_role = replica; $add, job_worker, job_attempts) VALUES (200, 'processing', 7, 1)"
verify
is "$STATUS" 0 'a job in work that its worker holds is in order'
sql "DELETE FROM null_jobs WHERE id = 200; DELETE FROM holdings; DELETE FROM workers"
finds 'null 200: pending, but nothing finds it: not in the due index, and inserted before swept_to' 'a row that no index names' \
    "$add, job_inserted_at) VALUES (200, 'pending', now() - interval '1 day')"
finds 'null 200: pending, with a wish to cancel that should have ended it' 'a wish that was forgotten' \
    "$add, job_cancel_requested_at) VALUES (200, 'pending', now())"
finds 'null 200: attempt 7 of at most 5' 'too many attempts' "$add, job_attempts) VALUES (200, 'pending', 7)"
finds 'null 200: failed, without an error' 'a failure without a reason' "$add) VALUES (200, 'failed')"

# Those that a constraint refuses: two lines then, the row's and the constraint's.
finds_both() {
    unchecked "$1"
    sql "SET session_replication_role = replica; $4"
    verify
    is "$(echo "$OUT" | LC_ALL=C sort)" "$(printf '%s\n' "null -: constraint $1: missing" "null 200: $2" 'verify: 2 violations' | LC_ALL=C sort)" "$3"
    sql "DELETE FROM null_jobs WHERE id > 100; DELETE FROM workers"
    checked
}
finds_both job_worker_processing 'in work, but by no worker' 'a job in work by nobody' "$add) VALUES (200, 'processing')"
finds_both job_worker_processing 'complete, but worker 7 has it' 'a finished job that somebody has' "$worker; $add, job_worker) VALUES (200, 'complete', 7)"
finds_both job_due_pending 'complete, but due at 2030-01-01 00:00:00+00' 'a finished job that is due' "$add, job_due_at) VALUES (200, 'complete', '2030-01-01Z')"
finds_both job_status_known "its status is 'done'" 'an unknown status' "$add) VALUES (200, 'done')"
finds_both job_counts_positive 'epoch -1, generation 1, attempts 0' 'an epoch below zero' "$add, job_epoch) VALUES (200, 'complete', -1)"

# --- holdings and workers
finds '- -: worker 7 (h, pid 1) is without its lock, last seen *' 'a dead worker that nobody removed' \
    "$worker; UPDATE workers SET seen_at = now() - interval '2 minutes', started_at = now() - interval '1 hour'"
sql "$worker; UPDATE workers SET seen_at = now() - interval '50 s', started_at = now() - interval '1 hour'"
verify
is "$STATUS" 0 'the reaper has a minute for it'
sql "DELETE FROM workers"
finds 'null -: holding 1 of worker 7: there is no such worker' 'a holding of nobody' \
    "INSERT INTO holdings VALUES (7, 1, 'null', '{1}', now() + interval '1 hour')"
finds 'nonsense -: holding 1 of worker 7: there is no such kind' 'a holding of no kind' \
    "$worker; INSERT INTO holdings VALUES (7, 1, 'nonsense', '{1}', now() + interval '1 hour')"
finds 'null -: holding 1 of worker 7: it names no job' 'an empty holding' \
    "$worker; INSERT INTO holdings VALUES (7, 1, 'null', '{}', now() + interval '1 hour')"
finds 'null -: holding 1 of worker 7 has nothing in work, and its deadline passed at *' 'a holding left behind' \
    "$worker; INSERT INTO holdings VALUES (7, 1, 'null', '{1,2}', now() - interval '1 minute')"

# --- the table
column='ALTER TABLE null_jobs ALTER COLUMN'
finds 'null -: column job_status: its default is '\''complete'\''::text, not '\''pending'\''::text' 'a default that was changed' \
    "$column job_status SET DEFAULT 'complete'" "$column job_status SET DEFAULT 'pending'"
finds 'null -: column job_epoch: may be NULL' 'a column that may be NULL' "$column job_epoch DROP NOT NULL" "$column job_epoch SET NOT NULL"
finds 'null -: column job_attempts: integer, not smallint' 'a column of another type' \
    "ALTER TABLE null_jobs DISABLE TRIGGER USER; DROP TRIGGER job_insert ON null_jobs; $column job_attempts TYPE int;
     ALTER TABLE null_jobs ENABLE TRIGGER USER; SELECT job_adopt_triggers('null_jobs', 'null', 'id')" \
    "DROP TRIGGER job_insert ON null_jobs; $column job_attempts TYPE smallint; SELECT job_adopt_triggers('null_jobs', 'null', 'id')"
finds 'null -: constraint job_due_pending: missing' 'a missing constraint' 'ALTER TABLE null_jobs DROP CONSTRAINT job_due_pending' \
    "SELECT job_adopt_checks('null_jobs', 'id'); SELECT job_adopt_validate('null_jobs')"
finds 'null -: constraint job_due_pending: not validated' 'one that is not validated' \
    "ALTER TABLE null_jobs DROP CONSTRAINT job_due_pending; SELECT job_adopt_checks('null_jobs', 'id')" "SELECT job_adopt_validate('null_jobs')"
finds 'null -: constraint job_due_pending: not the one that it ought to be' 'one that says something else' \
    'ALTER TABLE null_jobs DROP CONSTRAINT job_due_pending; ALTER TABLE null_jobs ADD CONSTRAINT job_due_pending CHECK (job_due_at IS NULL OR true)' \
    "ALTER TABLE null_jobs DROP CONSTRAINT job_due_pending; SELECT job_adopt_checks('null_jobs', 'id'); SELECT job_adopt_validate('null_jobs')"
finds 'null -: index null_jobs_job_due: missing' 'a missing index' 'DROP INDEX null_jobs_job_due' \
    'CREATE INDEX null_jobs_job_due ON null_jobs (job_due_at) WHERE job_due_at IS NOT NULL'
finds 'null -: index null_jobs_job_due: not the one that it ought to be' 'an index on something else' \
    'DROP INDEX null_jobs_job_due; CREATE INDEX null_jobs_job_due ON null_jobs (job_due_at)' \
    'DROP INDEX null_jobs_job_due; CREATE INDEX null_jobs_job_due ON null_jobs (job_due_at) WHERE job_due_at IS NOT NULL'
finds 'null -: index null_jobs_job_inserted: not valid' 'an index that is not valid' \
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'null_jobs_job_inserted'::regclass" \
    "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'null_jobs_job_inserted'::regclass"
finds 'null -: index mine is on job_status, which claims and finishes write' 'an index that ends HOT updates' \
    "CREATE INDEX mine ON null_jobs (id) WHERE job_status = 'failed'" 'DROP INDEX mine'
finds 'null -: trigger job_announce on null_jobs: disabled' 'a trigger that is switched off' \
    'ALTER TABLE null_jobs DISABLE TRIGGER job_announce' 'ALTER TABLE null_jobs ENABLE TRIGGER job_announce'
finds 'null -: trigger job_transition on null_jobs: missing' 'a missing trigger' 'DROP TRIGGER job_transition ON null_jobs' \
    "SELECT job_adopt_triggers('null_jobs', 'null', 'id')"
finds 'null -: trigger job_announce_insert on null_jobs: not the one that it ought to be' 'a trigger that announces another kind' \
    "SELECT job_adopt_triggers('null_jobs', 'null', 'id');
     CREATE OR REPLACE TRIGGER job_announce_insert AFTER INSERT ON null_jobs REFERENCING NEW TABLE AS job_inserted
     FOR EACH STATEMENT EXECUTE FUNCTION job_announce_insert('other', 'id')" "SELECT job_adopt_triggers('null_jobs', 'null', 'id')"
finds 'null -: paceline_worker may not UPDATE' 'a right that is missing' 'REVOKE UPDATE ON null_jobs FROM paceline_worker' \
    'GRANT UPDATE ON null_jobs TO paceline_worker'
finds 'null -: row-level security has no policy for paceline_worker' 'a policy that is missing' \
    'ALTER TABLE null_jobs ENABLE ROW LEVEL SECURITY; DROP POLICY paceline_worker ON null_jobs' \
    "ALTER TABLE null_jobs DISABLE ROW LEVEL SECURITY; SELECT job_adopt_register('null_jobs', 'null', 'id')"
finds "null -: its key column id is integer, not bigint" 'a key of another type than it had' \
    "UPDATE job_kinds SET key_type = 'bigint' WHERE kind = 'null'; DROP TRIGGER job_transition ON null_jobs; DROP TRIGGER job_announce ON null_jobs;
     $column id TYPE int; SELECT job_adopt_triggers('null_jobs', 'null', 'id')" \
    "DROP TRIGGER job_transition ON null_jobs; DROP TRIGGER job_announce ON null_jobs;
     $column id TYPE bigint; SELECT job_adopt_triggers('null_jobs', 'null', 'id')"
sql "CREATE TABLE lost (id bigint PRIMARY KEY); SELECT job_adopt('lost', kind => 'lost')" >/dev/null
oid=$(sql "SELECT 'lost'::regclass::oid")
finds "lost -: its table (oid $oid) is gone; abandon it" 'a table that is gone' 'DROP TABLE lost' "DELETE FROM job_kinds WHERE kind = 'lost'"
sql "ALTER TABLE null_jobs DROP COLUMN job_error"
verify
like "$STATUS $OUT" '^1 .*null -: column job_error: missing' 'a missing column'
like "$OUT" 'null -: cannot be checked \(verify_rows_null\): .*job_error' 'and what cannot be checked without it'
sql "SELECT job_adopt('null_jobs', kind => 'null')" >/dev/null

# --- several at once, as JSON and of another key type
sql "SET session_replication_role = replica; INSERT INTO fail_jobs (id, job_status) SELECT 'ß \"' || i, 'failed' FROM generate_series(1, 3) AS i"
is "$(program reaper verify --json | jq -c '[.count, (.violations | map([.kind, .key, .what]) | sort | .[0])]')" \
    '[3,["fail","ß \"1","failed, without an error"]]' 'each is named'
sql "SET session_replication_role = replica; INSERT INTO fail_jobs (id, job_status) SELECT 'x' || i, 'failed' FROM generate_series(1, 1500) AS i"
is "$(program reaper verify --json | jq -c '[.count, .violations[-1].what]')" \
    '[1001,"there may be more of the kind above: one query reports no more than 1000"]' 'no more than 1000 of a sort'
sql "DELETE FROM fail_jobs"

# --- a partitioned table
sql "CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
     CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
     SELECT job_adopt('parts', kind => 'parts')" >/dev/null
verify
is "$STATUS $OUT" '0 verify: 0 violations' 'a partitioned table is in order'
finds 'parts -: trigger job_announce_insert on parts_2: missing' 'a partition that does not announce' 'DROP TRIGGER job_announce_insert ON parts_2' \
    "SELECT job_adopt_triggers('parts', 'parts', 'id')"

# --- the slot
stop producer
finds '- -: publication paceline is missing' 'the publication' 'DROP PUBLICATION paceline' 'CREATE PUBLICATION paceline'
sql "SELECT pg_drop_replication_slot('paceline')" >/dev/null
verify
is "$STATUS $OUT" $'1 - -: replication slot paceline is missing\nverify: 1 violation' 'the slot'
sql "SELECT pg_create_logical_replication_slot('paceline', 'test_decoding')" >/dev/null
verify
like "$STATUS $OUT" "^1 - -: replication slot paceline is another's: plugin test_decoding" 'the slot of somebody else'
sql "SELECT pg_drop_replication_slot('paceline')" >/dev/null
sql "SELECT pg_create_logical_replication_slot('paceline', 'pgoutput')" >/dev/null
sql "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'"
sql "SELECT pg_reload_conf()" >/dev/null
sql "CREATE TABLE ballast (filler text)"
lose_slot() {
    sql "INSERT INTO ballast SELECT repeat('x', 1000) FROM generate_series(1, 20000)"
    sql "SELECT pg_switch_wal()" >/dev/null
    sql "CHECKPOINT"
    [ "$(sql "SELECT wal_status FROM pg_replication_slots")" = lost ]
}
ok 'the server throws away what the slot has not read' wait_for 60 lose_slot
verify
is "$STATUS $OUT" $'1 - -: replication slot paceline is lost: the server threw away WAL that it had not read\nverify: 1 violation' 'a lost slot'
done_testing
