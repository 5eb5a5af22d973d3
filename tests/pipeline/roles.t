#!/bin/bash
# Least privilege: each program does its work under its own role, and may do no more than that.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# may ROLE SQL: the role may; what it does is rolled back. may_not ROLE SQL: refused for want of a right.
may() {
    ok "$1 may: $2" psql -XAtq -v ON_ERROR_STOP=1 -U "paceline_$1" -c "BEGIN; $2; ROLLBACK"
}
may_not() {
    local out
    out=$(psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -U "paceline_$1" -c "BEGIN; $2; ROLLBACK" 2>&1)
    like "$out" '42501' "$1 may not: $2" # insufficient_privilege
}

jobs_start null fail
sql "CREATE TABLE private (id bigint PRIMARY KEY, secret text);
     CREATE TABLE kept (id bigint PRIMARY KEY, owner uuid); SELECT job_adopt('kept', kind => 'kept');
     ALTER TABLE kept ENABLE ROW LEVEL SECURITY" >/dev/null

# --- the programs at work, each as itself
is "$(psql -XAtq -d "$(database_of worker)" -c 'SELECT current_user')" paceline_worker 'the worker connects as paceline_worker'
sql "INSERT INTO null_jobs VALUES (1), (2); INSERT INTO fail_jobs (id, ending) VALUES ('bad', 'fail'), ('effect', 'effect')"
ok 'run-one' program worker run-one null 1
is "$(sql 'SELECT job_status FROM null_jobs WHERE id = 1')" complete 'does the job'
ok 'run-one with effects' program worker run-one fail effect
fails 'run-one of a job that fails' program worker run-one fail bad
is "$(sql "SELECT job_status FROM fail_jobs WHERE id = 'bad'")" failed 'says so'
is "$(sql 'SELECT count(*) FROM workers')$(sql 'SELECT count(*) FROM holdings')" 00 'and leaves nothing behind'
producer_start
sql "SET session_replication_role = replica; INSERT INTO null_jobs VALUES (3);
     INSERT INTO null_jobs (id, job_status, job_worker, job_changed_at) VALUES (4, 'processing', 99, now() - interval '1 day')"
reaper_start
worker_start worker
ok 'the waiting job is done' wait_value 20 0 jobs_left null
ok 'lost announcements and ownerless jobs come back' wait_value 60 0 jobs_left null
sql "UPDATE job_kinds SET keep_finished = '1 s' WHERE kind = 'null'"
for command in 'status' 'status --count --json' 'failed' 'failed fail --json' 'requeue fail bad' 'requeue null --failed' 'cancel fail bad' 'pause null' \
    'resume null' 'verify'; do
    # shellcheck disable=SC2086 # the words of the command
    program reaper $command >"$TEST_DIR/command.out" 2>&1
    like "$?" '^[01]$' "paceline_reaper suffices for: $command"
done
is "$(cat "$TEST_DIR"/*.log | grep -c 'permission denied')" 0 'nobody missed a right'
# shellcheck disable=SC2043 # more may come
for command in 'adopt private --kind private' 'abandon null' 'migrate'; do
    # shellcheck disable=SC2086
    program reaper $command >"$TEST_DIR/command.out" 2>&1
    is "$?" 4 "and not for: $command"
done
like "$(cat "$TEST_DIR/command.out")" 'permission denied|must be owner' 'which it says'
stop worker
stop reaper
stop producer

# --- what each may
sql "INSERT INTO kept SELECT generate_series(1, 3), gen_random_uuid()"
for role in worker reaper; do
    may $role 'SELECT count(*) FROM null_jobs'
    may $role "UPDATE null_jobs SET job_status = 'pending' WHERE id = 1"
    is "$(psql -XAtq -U "paceline_$role" -c 'SELECT count(*) FROM kept')" 3 "row-level security lets $role in"
    may $role "SELECT job_cancel('null', '1')"
done
may reaper 'DELETE FROM null_jobs WHERE id = 1'
may reaper "UPDATE job_kinds SET paused = true, swept_to = now()"
may worker "INSERT INTO holdings VALUES (1, 1, 'null', '{1}', now())"

# --- and may not
for role in worker reaper producer; do
    may_not $role 'SELECT * FROM private'
    may_not $role 'INSERT INTO null_jobs VALUES (77)'
    may_not $role 'TRUNCATE null_jobs'
    may_not $role 'ALTER TABLE null_jobs ADD COLUMN mine int'
    may_not $role 'ALTER TABLE null_jobs DISABLE TRIGGER job_announce'
    may_not $role 'DROP TABLE null_jobs'
    may_not $role "INSERT INTO job_kinds SELECT * FROM job_kinds"
    may_not $role "UPDATE job_kinds SET topic = 'elsewhere'"
    may_not $role 'DELETE FROM job_kinds'
    may_not $role 'CREATE TABLE mine (id int)'
    may_not $role "SELECT job_adopt('private', kind => 'private')"
    may_not $role "SELECT job_abandon('null')"
    may_not $role 'INSERT INTO paceline_migrations VALUES (9999, $$later$$, $$$$)'
    may_not $role "SET ROLE postgres"
    may_not $role "SELECT pg_read_file('/etc/passwd')"
    may_not $role "ALTER ROLE paceline_$role SUPERUSER"
    may_not $role "SET session_replication_role = replica"
done
may_not worker 'DELETE FROM null_jobs'
may_not worker 'UPDATE job_kinds SET paused = true'
may_not worker 'INSERT INTO job_ground VALUES (true, $$1$$, 1, now())'
may_not worker "SELECT pg_drop_replication_slot('paceline')"
may_not reaper "INSERT INTO workers (host, slot, pid, kinds) VALUES ('h', 0, 1, '{}')"
may_not reaper "SELECT pg_drop_replication_slot('paceline')"
may_not producer 'SELECT count(*) FROM null_jobs'
may_not producer "UPDATE null_jobs SET job_status = 'pending'"
may_not producer 'DELETE FROM null_jobs'
may_not producer 'SELECT count(*) FROM kept'
may_not producer 'SELECT * FROM workers'
may_not producer 'UPDATE job_kinds SET paused = true'
may_not producer 'SELECT * FROM holdings'
is "$(sql "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'paceline_%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)")" \
    '' 'none is above the rules'
is "$(sql "SELECT rolname FROM pg_roles WHERE rolname LIKE 'paceline_%' AND rolreplication")" paceline_producer 'the producer alone replicates'
done_testing
