#!/bin/bash
# A fatal error of the producer's Kafka client: its process exits, and the supervisor starts another one.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

[ "$BROKER" = embedded ] || skip_all 'a real broker does not refuse a sequence number on demand'
fault_stack
wal=$(role_of producer wal)
broker_say error 0 45 1 >/dev/null
fault_since
ok 'the process ends' wait_for 20 "! kill -0 $wal"
fault_over
recovered
promise 'Kafka fatal error' 15 "$RECOVERY_S"
fault_done
