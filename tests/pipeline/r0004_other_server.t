#!/bin/bash
# A producer that ran on while its database was replaced (a restore, a failover) confirmed to the new slot what it had read of the
# old server. Where the new one's log was shorter, everything up to there was skipped after the next reconnection.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

is_ahead() {
    sql "SELECT confirmed_flush_lsn > pg_current_wal_insert_lsn() FROM pg_replication_slots WHERE slot_name = 'paceline'"
}
jobs_start null
producer_start
sql "SELECT pg_logical_emit_message(true, 'elsewhere', repeat('x', 100000)) FROM generate_series(1, 500)" >/dev/null
reached() { sql "SELECT confirmed_flush_lsn - '0/0' > 50000000 FROM pg_replication_slots WHERE slot_name = 'paceline'"; }
ok 'the producer confirms 50 MB of log' wait_value 20 t reached
pg_kill
mv "$PG_FOLDER" "$PG_FOLDER.before"
pg_start
sql 'ALTER DATABASE paceline CONNECTION LIMIT 0' # a producer that finds no schema ends
migrate
jobs_create null
sql 'ALTER DATABASE paceline CONNECTION LIMIT -1'
confirmed() { sql "SELECT active AND confirmed_flush_lsn >= '$1' FROM pg_replication_slots WHERE slot_name = 'paceline'"; }
ok 'it reads the log of another server, which is shorter' wait_value 20 t confirmed "$(sql 'SELECT pg_current_wal_lsn()')"
is "$(is_ahead)" f 'and confirms nothing that is not there'
sql "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots" >/dev/null
sql 'INSERT INTO null_jobs SELECT generate_series(1, 3)'
announced() { messages paceline.null '%o\n' | grep -c .; }
ok 'nothing is skipped when it connects again' wait_value 20 3 announced
done_testing
