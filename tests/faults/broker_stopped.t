#!/bin/bash
# The broker is out of reach for 30 s and comes back with all it had.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
broker_away
elapse 30
broker_back
fault_since
fault_over
recovered
promise 'broker stopped for 30 s' 15 "$RECOVERY_S"
fault_done
