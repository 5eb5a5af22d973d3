#!/bin/bash
# The broker comes back without its data while everything else goes on: messages and committed offsets are gone.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
for name in one two; do
    roles_signal STOP $name slot # so that there are messages to lose
done
elapse 2
broker_wipe
for name in one two; do
    roles_signal CONT $name slot
done
fault_since
fault_over
recovered
promise "broker's data wiped" 60 "$RECOVERY_S"
fault_done
