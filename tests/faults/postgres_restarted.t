#!/bin/bash
# PostgreSQL is stopped fast and started again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
ok 'PostgreSQL stops' pg_kill INT
pg_run
fault_since
fault_over
recovered
promise 'PostgreSQL restarted' 15 "$RECOVERY_S"
fault_done
