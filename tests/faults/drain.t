#!/bin/bash
# SIGTERM to a worker during long and short jobs: it finishes or gives back, leaves, and no attempt is lost.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_stack
hold_long
fault_since
fault_over
ok 'the worker ends within its deadline' stop $HOLDER TERM 25
drained_s=$(seconds_from "$SINCE" "$(now_s)")
is "$(grep '"supervisor.end"' "$TEST_DIR/$HOLDER.log" | tail -n 1 | sed 's/.*"exit_code"://; s/[^0-9].*//')" 0 'with exit code 0'
promise 'SIGTERM: the worker has ended' 25 "$drained_s"
long_jobs_end
recovered
promise 'SIGTERM: what it gave back or had not read' 25 "$RECOVERY_S"
is "$(sql "SELECT count(*) > 0, count(*) FILTER (WHERE attempts > 0) FROM witness.transitions
            WHERE worker IN ($HOLDER_IDS) AND was = 'processing' AND became = 'pending' AND at > to_timestamp($SINCE)")" 't|0' \
    'jobs were given back, without an attempt'
fault_done
