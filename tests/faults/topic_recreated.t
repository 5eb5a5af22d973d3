#!/bin/bash
# A topic is deleted, with messages that nobody has read, and made again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

[ "$BROKER" = kafka ] || skip_all 'the embedded broker cannot delete a topic; BROKER=kafka runs this'
fault_stack
for name in one two; do
    roles_signal STOP $name slot # so that there are messages to lose
done
elapse 2
topic_recreate paceline.null
for name in one two; do
    roles_signal CONT $name slot
done
fault_since
fault_over
recovered
promise 'topic deleted and recreated' 60 "$RECOVERY_S"
fault_done
