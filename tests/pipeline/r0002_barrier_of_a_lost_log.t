#!/bin/bash
# A barrier that waits for the consumers to read up to an offset waited for ever when the broker lost its log meanwhile:
# the new log may never come so far, and what was lost with the old one was never announced again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

barriers() {
    local n
    n=$(metric reaper "paceline_barrier_pass_total{kind=\"$1\"}")
    echo "${n:-0}"
}

jobs_start null crash
# As if a full sweep had just been: it would find what the barrier must.
sql "INSERT INTO job_ground SELECT true, s.system_identifier, c.timeline_id, now() FROM pg_control_system() AS s, pg_control_checkpoint() AS c"
producer_start
reaper_start
sql "INSERT INTO null_jobs SELECT generate_series(1, 500)"
ok 'messages wait, and nobody reads them' wait_for 20 '[ "$(program reaper status --json | jq ".kinds[] | select(.kind == \"null\") | .lag")" = 500 ]'
until=$(($(barriers crash) + 6))
ok 'a barrier waits with them, while others pass' wait_for 40 "n=\$(barriers crash); echo \"\$n\"; [ \"\$n\" -ge $until ]"
broker_wipe
worker_start worker
ok 'what was lost with the log is announced again and done' wait_value 60 0 jobs_left null
is "$(claims null)" 500 'once each'
done_testing
