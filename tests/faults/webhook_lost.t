#!/bin/bash
# Rows whose announcement nobody sends, as when a webhook is lost, among others that flow: the barrier finds them.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
sql "SET session_replication_role = replica; INSERT INTO null_jobs SELECT nextval('load_key') FROM generate_series(1, 500);
     INSERT INTO fail_jobs (id, ending) SELECT nextval('load_key'), 'effect' FROM generate_series(1, 500)"
fault_since
fault_over
recovered
promise 'webhook or announcement lost' 60 "$RECOVERY_S"
fault_done
