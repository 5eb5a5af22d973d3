#!/bin/bash
# One backend of PostgreSQL dies by kill -9: the server ends every session and recovers.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
pid=$(sql "SELECT pid FROM pg_stat_activity WHERE usename = 'paceline_worker' LIMIT 1")
fault_since
kill -9 "$pid"
ok 'the server recovers' wait_for 30 'sql "SELECT 1"'
fault_over
recovered
promise 'one backend killed (-9)' 15 "$RECOVERY_S"
fault_done
