#!/bin/bash
# The slot falls behind max_slot_wal_keep_size and is invalidated, with announcements that were not sent.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack max_slot_wal_keep_size=16MB
roles_signal STOP producer wal
elapse 2
slot_is_lost() {
    for _ in 1 2 3; do # 48 MB of log
        sql "SELECT pg_logical_emit_message(false, 'test', ''); SELECT pg_switch_wal()" >/dev/null
    done
    sql CHECKPOINT
    sql "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'paceline'" | tee "$TEST_DIR/wal_status"
    grep -qx lost "$TEST_DIR/wal_status"
}
ok 'the slot is invalidated' wait_for 120 slot_is_lost
roles_signal CONT producer wal
fault_since
fault_over
recovered
promise 'slot invalidated (max_slot_wal_keep_size)' 60 "$RECOVERY_S"
fault_done
