#!/bin/bash
# Every worker is drained and started again, one after the other, under load: completions go on in every second.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

fault_database
fault_programs one two three
fault_since
for name in one two three; do
    ok "$name ends" stop $name TERM 25
    worker_start $name -j 2
done
fault_over
recovered
in_time="became = 'complete' AND at BETWEEN to_timestamp($SINCE) AND to_timestamp($OVER)"
promise 'rolling restart: longest time without a completion' 1 "$(sql "SELECT round(max(extract(epoch FROM gap)), 2)
    FROM (SELECT at - lag(at) OVER (ORDER BY at) AS gap FROM witness.transitions WHERE $in_time) AS g")"
diag "$(sql "SELECT count(*) FROM witness.transitions WHERE $in_time") completions in $(seconds_from "$SINCE" "$OVER") s"
fault_done
