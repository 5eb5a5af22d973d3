#!/bin/bash
# Every connection to the database is cut at once: those of workers, producer, reaper and the load.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender')" >/dev/null
fault_since
fault_over
recovered
promise 'every connection cut' 15 "$RECOVERY_S"
fault_done
