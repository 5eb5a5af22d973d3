#!/bin/bash
# kill -9 of a worker, supervisor and slots, with jobs in hand. What it held is claimed elsewhere at once; the messages it had
# not claimed are read by others when its session in Kafka ends.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
elapse 10 # for so long after its start the reaper takes nobody for dead
hold_long
fault_since
fault_over
group_kill $HOLDER
long_jobs_end
claimed_again "$HOLDER_IDS"
promise 'worker killed (-9): what it held' 2 "$RECOVERY_S"
recovered
promise 'worker killed (-9): messages not yet claimed' "$SESSION_PROMISE_S" "$RECOVERY_S"
fault_done
