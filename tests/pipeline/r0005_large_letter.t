#!/bin/bash
# An unreadable message just below Kafka's limit: its copy, larger by headers, was refused; the worker read it again and again,
# and died of it, restart after restart.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

jobs_start null
worker_start worker
sql 'INSERT INTO null_jobs VALUES (1)'
head -c 999900 /dev/zero | tr '\0' x | send_raw paceline.null large -p 3 -X message.max.bytes=2000000
send -p 3 null 1
ok 'the message behind it is read' wait_value 20 0 jobs_left null
ok 'a part of it is in paceline.dead' wait_value 10 1 eval 'messages paceline.dead "%k\n" | grep -c large'
like "$(messages paceline.dead '%k %S %h\n')" '^large 65536 .*paceline-cut-from-bytes=999900' 'with the reason, and how large it was'
is "$(grep -c process.died "$TEST_DIR/worker.log")" 0 'no process died'
done_testing
