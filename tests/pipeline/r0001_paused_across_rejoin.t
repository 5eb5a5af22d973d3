#!/bin/bash
# A partition that was paused when the group took it away stays paused in librdkafka. If its kind is resumed before it
# comes back, nobody knew to resume it, and it was read by no one for ever.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
needs_embedded_broker 'a real one does not refuse to let members join on demand'

revoked() {
    metric worker paceline_worker_revoke_total
}

jobs_start null
producer_start
program reaper pause null >/dev/null
worker_start worker
sql "INSERT INTO null_jobs SELECT generate_series(1, 20)"
ok 'messages wait in a paused kind' wait_value 20 20 sql "SELECT count(*) FROM null_jobs WHERE job_status = 'pending'"
broker_wipe
broker_say error 11 15 8 # JoinGroup: COORDINATOR_NOT_AVAILABLE, asked again once a second
ok 'a broker without memory takes the partitions away' wait_for 30 'n=$(revoked); echo "$n"; [ "${n:-0}" -ge 16 ]'
program reaper resume null >/dev/null
ok 'meanwhile the kind is resumed' wait_for 20 'grep kind.resume "$TEST_DIR/worker.log"'
send null $(seq 1 20)
ok 'what comes then is read' wait_value 40 0 jobs_left null
done_testing
