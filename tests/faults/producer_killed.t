#!/bin/bash
# kill -9 of the producer while a second one stands by: it takes over the slot, and what was not sent.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
start_program second producer
wait_ready second
ok 'a second producer stands by' wait_for 20 'grep -q wal.standby "$TEST_DIR/second.log"'
fault_since
group_kill producer
ok 'it takes over the slot' wait_for 60 'grep -q wal.stream "$TEST_DIR/second.log"'
fault_over
recovered
promise 'producer killed (-9), another takes over' 5 "$RECOVERY_S"
fault_done
