#!/bin/bash
# The replication slot is dropped, with announcements that were not sent.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
roles_signal STOP producer wal
elapse 2
slot_drop() {
    sql "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'paceline' AND active" >/dev/null
    sql "SELECT pg_drop_replication_slot('paceline')"
}
ok 'the slot is dropped' wait_for 30 slot_drop
roles_signal CONT producer wal
fault_since
fault_over
recovered
promise 'slot dropped' 60 "$RECOVERY_S"
fault_done
