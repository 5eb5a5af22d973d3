#!/bin/bash
# A slot stopped past its lease, which is 15 s here: its jobs are done by others. Continued, its late result is fenced.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

lease_s=15
fault_database
sql "UPDATE job_kinds SET lease = '$lease_s s'"
fault_programs
hold_long false
pid=$HOLDER_PID
hung=$(sql "SELECT id FROM workers WHERE pid = $pid")
kill -STOP "$pid"
fault_since
fault_over
long_jobs_end
claimed_again "$hung"
promise "worker hung: what it held (lease $lease_s s)" "$lease_s" "$RECOVERY_S"
recovered
promise 'worker hung: all that came before' $((lease_s > SESSION_PROMISE_S ? lease_s : SESSION_PROMISE_S)) "$RECOVERY_S"
is "$(cat "$TEST_DIR"/{one,two}.log | grep -c job.fenced)" 0 'nobody has come late yet'
kill -CONT "$pid"
ok 'its late result is fenced' wait_for 30 'grep -q job.fenced "$TEST_DIR/$HOLDER.log"'
fault_done
